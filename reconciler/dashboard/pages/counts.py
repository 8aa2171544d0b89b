"""How much there is of something, by a word with a role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.present.style import Style

ORDER = {Style.BAD: 0, Style.CAUTION: 1, Style.PLAIN: 2, Style.GOOD: 3}
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Count:
    word: str
    role: Style
    number: int


def counted(words: Iterable[tuple[str, Style]]) -> tuple[Count, ...]:
    """Worst first, then by number."""
    found = [Count(word, role, number) for (word, role), number in Counter(words).items()]
    return tuple(sorted(found, key=lambda one: (ORDER[one.role], -one.number, one.word)))
