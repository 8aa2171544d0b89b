"""The lines in which two texts differ, in bounded time.

`difflib` takes hours for a text of a megabyte that repeats its lines, and anyone who opens a pull request can write one. Here it
may make a number of steps; what it has not compared by then counts as replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate

GAP = "@@ … @@"
"""Stands between differences that are not near each other."""


def line_diff(old: Sequence[str], new: Sequence[str], context: int) -> Iterator[str]:
    """Lines with ` `, `-` or `+` in front, as in a unified diff without its headers.

    context: how many lines are kept around each difference.
    """
    groups = _BoundedMatcher(old, new).get_grouped_opcodes(context)
    for number, group in enumerate(groups):
        if number:
            yield GAP
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[old_start:old_end])
            else:
                yield from (f"-{line}" for line in old[old_start:old_end])
                yield from (f"+{line}" for line in new[new_start:new_end])


class _BoundedMatcher(SequenceMatcher[str]):
    """Finds no more matches after a number of steps."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new)
        places = Counter({line: len(found) for line, found in self.b2j.items()})  # type: ignore[attr-defined]
        self._length = len(old)
        self._steps = [0, *accumulate(1 + places[line] for line in old)]
        """How many steps it takes to look for all lines before a place of the old text, each at all its places in the new one."""
        self._left = _MOST_STEPS

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self._left -= self._steps[self._length if ahi is None else ahi] - self._steps[alo]
        return Match(alo, blo, 0) if self._left < 0 else super().find_longest_match(alo, ahi, blo, bhi)


_MOST_STEPS = 5_000_000
"""About a second. Two texts of 10,000 lines that are in another order take a tenth of it."""
