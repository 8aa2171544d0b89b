"""One part of a long list, and the links to the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from reconciler.dashboard.addresses import with_query

T = TypeVar("T")
Row = TypeVar("Row")
PAGE_SIZE = 100
"""Rows of a part: a page of these stays far below 300 KB."""


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Some rows of a list."""

    rows: tuple[T, ...]
    total: int
    """Rows of the whole list."""
    first: int
    """The number of the first row, counted from 1; 0 where there is none."""
    newer: str = ""
    """The address of the part before; empty where there is none."""
    older: str = ""
    """That of the part after."""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    def with_rows(self, rows: Iterable[Row]) -> Part[Row]:
        """The same part with what was made of its rows."""
        return Part(tuple(rows), self.total, self.first, self.newer, self.older)

    @property
    def is_whole(self) -> bool:
        return len(self.rows) == self.total


def part_of(rows: Sequence[T], query: Mapping[str, str], address: str, size: int = PAGE_SIZE) -> Part[T]:
    """The part that `page` of the query names; the first one where that is no number, the last one where it is too large."""
    wanted = query.get("page", "")
    pages = max(1, -(-len(rows) // size))
    number = min(max(int(wanted), 1), pages) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1
    start = (number - 1) * size
    others = {name: word for name, word in query.items() if name != "page"}

    def link(other: int) -> str:
        return with_query(address, **others, page="" if other == 1 else other) if 1 <= other <= pages else ""

    shown = tuple(rows[start : start + size])
    return Part(shown, len(rows), start + 1 if shown else 0, link(number - 1), link(number + 1))
