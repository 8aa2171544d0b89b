"""Tables in kubectl's form: one line per row, no frames, columns as wide as their widest cell. On a terminal they fit its width.

What goes first where the terminal is too narrow is a decision of each table, stated by its columns: columns without any value,
then the end of long texts, then columns by their rank. A cell may have shorter forms that say the same (`member_names.py`). A
table for a pipe or a file is never cut. rich has no ranks and no forms, and a command would import it only for this.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.model.wording import on_one_line, printable
from reconciler.present.style import Line, Span, Style


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and what becomes of it where there is little room."""

    title: str
    rank: int = 0
    """The column with the highest rank is left out first; a column of rank 0 never is. One of rank 3 or more is left out before
    others are cut to less than twice their `least`."""
    least: int | None = None
    """To how many characters the shortest forms of its cells may be cut; None: they are never cut."""
    most: int | None = None
    """On a terminal, a cell that is longer than this takes its next shorter form."""
    wide: bool = False
    """Whether only `-o wide` shows it."""
    middle: bool = False
    """Whether a cell that is too long loses its middle and not its end: names often differ in their last letters."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text that can be said in several ways, or has a role."""

    forms: tuple[str, ...]
    """At least one, the longest first."""
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Room:
    """Where a table is printed."""

    width: int | None = None
    """Characters in a line; None: a pipe or a file, or a person who wants everything."""
    wide: bool = False
    """Whether `-o wide` was given."""


WHOLE = Room()


def table(columns: Sequence[Column | str], rows: Iterable[Sequence[object]], room: Room = WHOLE) -> list[Line]:
    """The header and one line per row. Columns are separated by three spaces, on a narrow terminal by two. A line break and a
    control character in a cell are escaped.

    rows: a `Cell` or a value per column, in the order of `columns`.
    """
    return GrowingTable(columns, rows, room).first_lines()


class GrowingTable:
    """A table to which rows are added after it was printed: they have the columns of the first ones."""

    def __init__(
        self, columns: Sequence[Column | str], rows: Iterable[Sequence[object]], room: Room = WHOLE, *, headers: bool = True
    ) -> None:
        """As `table`. headers: whether the first line has the titles of the columns."""
        named = [Column(column) if isinstance(column, str) else column for column in columns]
        self._shown = [place for place, column in enumerate(named) if room.wide or not column.wide]
        self._columns = [named[place] for place in self._shown]
        self._rows = [self._cells(row) for row in rows]
        self._titles = [Cell((column.title if headers else "",)) for column in self._columns]
        self._headers = headers
        self._width = room.width
        columns_shown = self._columns if headers else [replace(column, title="") for column in self._columns]
        self._layout = _layout(columns_shown, self._rows, room.width)

    def first_lines(self) -> list[Line]:
        """The header and the rows."""
        return [*self.header_lines(), *(_line(self._columns, line, self._layout) for line in self._rows)]

    def header_lines(self) -> list[Line]:
        """The header alone; nothing in a table without one."""
        return [_line(self._columns, self._titles, self._layout)] if self._headers else []

    def line(self, row: Sequence[object]) -> Line:
        """A further row. Columns get wider where they must, on a terminal as long as the line has room; then cells are cut."""
        cells, layout = self._cells(row), self._layout
        spare = math.inf if self._width is None else max(0, self._width - _total(layout.widths, layout.gap))
        widths = []
        for width, cell in zip(layout.widths, cells, strict=True):
            more = min(max(0, len(cell.forms[0]) - width), spare) if width or self._width is None else 0
            spare -= more
            widths.append(int(width + more))
        self._layout = replace(layout, widths=tuple(widths))
        return _line(self._columns, cells, self._layout)

    def _cells(self, row: Sequence[object]) -> list[Cell]:
        return [_cell(row[place]) for place in self._shown]


@dataclass(frozen=True, slots=True)
class _Layout:
    widths: tuple[int, ...]
    """Of each column; 0 for one that is left out."""
    gap: int
    """Spaces between columns."""


def _cell(value: object) -> Cell:
    forms, style = (value.forms, value.style) if isinstance(value, Cell) else ((str(value),), Style.PLAIN)
    return Cell(tuple(printable(on_one_line(form)) for form in forms), style)


def _line(columns: Sequence[Column], cells: Sequence[Cell], layout: _Layout) -> Line:
    spans = []
    for column, cell, width in zip(columns, cells, layout.widths, strict=True):
        if width:
            text = fitting(cell.forms, width, middle=column.middle)
            spans += [Span(text, cell.style), Span(" " * (width - len(text) + layout.gap))]
    last = len(spans) - 1
    while last >= 0 and not spans[last].text.strip():
        last -= 1
    return Line(tuple(span for span in spans[: last + 1] if span.text))


def fitting(forms: Sequence[str], width: int, *, middle: bool = False) -> str:
    """The first form that is not longer than `width` characters; else as much of the last one as has room, and `…`.

    middle: whether its end stays, too.
    """
    text = _within(forms, width)
    if len(text) <= width:
        return text
    end = (width - 1) // 2 if middle else 0
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


_GAPS = (3, 2)
_DISPENSABLE = 3
"""The lowest rank of a column that is left out so that others need not be cut much."""
_NEXT_TO_NOTHING = 6
"""Characters that every column keeps, whatever the terminal."""


def _layout(columns: Sequence[Column], lines: Sequence[Sequence[Cell]], width: int | None) -> _Layout:
    widest = [max([len(column.title), *(len(line[at].forms[0]) for line in lines)]) for at, column in enumerate(columns)]
    if width is None:
        return _Layout(tuple(widest), _GAPS[0])
    wanted = [_wanted(column, at, lines) for at, column in enumerate(columns)]
    least, easy = (
        [min(size, _least(column, at, lines, times)) for (at, column), size in zip(enumerate(columns), wanted, strict=True)]
        for times in (1, 2)
    )
    empty = {at for at in range(len(columns)) if all(line[at].forms[0] in _NOTHING for line in lines)}
    ranked = sorted((at for at, column in enumerate(columns) if column.rank), key=lambda at: (-columns[at].rank, -at))
    for at in [place for place in ranked if place in empty]:
        if _total(wanted, _GAPS[0]) <= width:
            break
        wanted[at] = least[at] = easy[at] = 0
    left = [at for at in ranked if wanted[at]]
    while True:
        needed = easy if left and columns[left[0]].rank >= _DISPENSABLE else least
        for gap in _GAPS:
            if width >= _total(needed, gap):
                return _Layout(_shared(columns, lines, wanted, least, width - _total(least, gap)), gap)
        if not left:
            return _Layout(_squeezed(least, width), _GAPS[-1])
        at = left.pop(0)
        wanted[at] = least[at] = easy[at] = 0


def _wanted(column: Column, at: int, lines: Sequence[Sequence[Cell]]) -> int:
    """The width at which every cell stands in its longest form, or in the longest one within `Column.most`."""
    most = column.most
    texts = [line[at].forms[0] if most is None else _within(line[at].forms, most) for line in lines]
    return max(map(len, (column.title, *texts)))


def _least(column: Column, at: int, lines: Sequence[Sequence[Cell]], times: int) -> int:
    """The width at which every cell has room for its shortest form, or for so many times `Column.least` characters of it."""
    sizes = [len(line[at].forms[-1]) for line in lines] if times == 1 else [len(line[at].forms[0]) for line in lines]
    size = max(sizes, default=0)
    return max(len(column.title), size if column.least is None else min(size, times * column.least))


def _within(forms: Sequence[str], width: int) -> str:
    return next((form for form in forms if len(form) <= width), forms[-1])


def _total(widths: Sequence[int], gap: int) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + gap * (len(shown) - 1)


def _shared(
    columns: Sequence[Column], lines: Sequence[Sequence[Cell]], wanted: Sequence[int], least: Sequence[int], spare: int
) -> tuple[int, ...]:
    """What is left over goes to the columns from left to right, to each as much as it can use."""
    widths = []
    for at, (column, most) in enumerate(zip(columns, wanted, strict=True)):
        width = min(most, least[at] + spare)
        if width:
            width = max([len(column.title), *(min(width, len(_within(line[at].forms, width))) for line in lines)])
        spare -= width - least[at]
        widths.append(width)
    return tuple(widths)


def _squeezed(widths: Sequence[int], width: int) -> tuple[int, ...]:
    """Where all else is not enough, the widest columns are shortened."""
    result = list(widths)
    while _total(result, _GAPS[-1]) > width and max(result) > _NEXT_TO_NOTHING:
        result[result.index(max(result))] -= 1
    return tuple(result)


_NOTHING = ("", "0")
"""Cells that say nothing where there is little room."""
