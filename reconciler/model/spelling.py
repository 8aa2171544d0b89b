"""What a misspelt word probably means: one rule for kinds, fields, choices and names.

Two words are near if few letters differ: a letter that is added, left out or replaced, or two neighbours that changed places (the
restricted distance of Damerau and Levenshtein). A third of the letters may differ, at least one, and always less than half. The
beginning of a word is near, too: `nodeSel`. Upper and lower case count as equal. `difflib` would call `wbe` and `web` too
different, and `memberl` nearer to `member3` than to `member1`.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.wording import one_of


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean member1, member2 or member3?`: the nearest of the known words; empty if none is near."""
    words = nearest(word, known)
    return f"Did you mean {one_of(words)}?" if words else ""


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The known words with the fewest different letters, if they are near: sorted, three at most."""
    lower, distances = word.lower(), {}
    limit = _limit(word)
    for name in set(known) - {word}:
        distance = _distance(lower, name.lower(), limit)
        if distance <= limit:
            distances[name] = distance
    if not distances:
        distances = {name: 0 for name in set(known) - {word} if _is_beginning(lower, name.lower())}
    least = min(distances.values(), default=0)
    return sorted(name for name, distance in distances.items() if distance == least)[:_MOST]


def nearest_parts(word: tuple[str, ...], known: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The known tuples that are equal to `word` but for one part, and near in that: `(kind, name)`, for example. Sorted."""
    alike = [other for other in set(known) if len(other) == len(word) and sum(map(str.__ne__, word, other)) == 1]
    for place, part in enumerate(word):
        differing = [other for other in alike if other[place] != part]
        names = nearest(part, [other[place] for other in differing])
        if names:
            return sorted(other for other in differing if other[place] in names)[:_MOST]
    return []


def _limit(word: str) -> int:
    """How many letters may differ."""
    return min(max(1, len(word) // 3), (len(word) - 1) // 2)


def _is_beginning(one: str, other: str) -> bool:
    """Whether one of them is the beginning of the other, and long enough to be more than chance."""
    return min(len(one), len(other)) > 3 and (one.startswith(other) or other.startswith(one))


def _distance(one: str, other: str, limit: int) -> int:
    """How many letters differ; a number above the limit if they are more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, counterpart in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != counterpart))
            if row > 1 and column > 1 and letter == other[column - 2] and counterpart == one[row - 2]:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, last = last, current
    return last[-1]


_MOST = 3
"""Words that a question names."""
