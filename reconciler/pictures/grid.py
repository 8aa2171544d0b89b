"""A grid of tiles: one row for each workload, one column for each member, in each tile what is there.

The caller folds what is too much (`folding.py`): a grid is as large as its values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.memo import Memo
from reconciler.pictures.svg import NAME_WIDTH, Tone, columns, drawing, fitted, number, text, tile


@dataclass(frozen=True, slots=True)
class Tile:
    words: str
    """What stands in it: a few characters."""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    tiles: tuple[Tile | None, ...]
    """One for each column; None where nothing is there."""


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    warned: bool = False
    """Whether something is wrong with all of it: a `!` stands before its name."""


@dataclass(frozen=True, slots=True)
class Grid:
    title: str
    """Its heading."""
    said: str
    """A sentence below the heading: what is shown, and how many there are."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    legend: tuple[tuple[Tone, str], ...] = ()
    """What the tones mean."""
    note: str = ""
    """A sentence below, such as how it is folded."""


_MARGIN = 16
_HEIGHT = 24
"""Of a tile."""
_GAP = 4
_NAME, _HEADING = 30, 20
"""Characters of the name of a row, and of a column."""
_FEW = 8
"""So many columns have room for a name across; more have theirs at an angle."""
_WIDE, _NARROW = 96, 44
"""Of a tile where columns are few, and where they are many."""
_ACROSS = 13
"""Characters of a name across a wide tile."""
_SLOPE = 0.71
"""Of a name at an angle of 45°."""
_LETTER = 6.2
"""Of a sentence: about the width of a letter."""
_TOP = 62
"""Where the names of columns begin."""


def grid_text(grid: Grid, memo: Memo | None = None, *, alone: bool = True) -> str:
    """The drawing. alone: as for `drawing`. memo: keeps the text of rows that did not change."""
    memo = memo or Memo()
    few = len(grid.columns) <= _FEW
    heads = [fitted(f"! {one.label}" if one.warned else one.label, _ACROSS if few else _HEADING) for one in grid.columns]
    across = _WIDE if few else _NARROW
    longest = max(map(columns, heads), default=0)
    names = [fitted(row.label, _NAME) for row in grid.rows]
    left = _MARGIN + max(map(columns, names), default=0) * NAME_WIDTH + 12
    top = _TOP + (18 if few else longest * NAME_WIDTH * _SLOPE + 12)
    lean = 0 if few or not heads else max(0, columns(heads[-1]) * NAME_WIDTH * _SLOPE + 10 - across / 2)
    bottom = top + len(grid.rows) * (_HEIGHT + _GAP)
    foot = list(_foot(grid, bottom))
    across_all = left + len(grid.columns) * (across + _GAP) - _GAP + lean
    said = max(len(grid.said), len(grid.note)) * _LETTER + _MARGIN
    width = max(across_all, said, _foot_width(grid)) + _MARGIN
    body = [
        text(_MARGIN, 26, grid.title, "head"),
        text(_MARGIN, 44, grid.said, "dim"),
        *_heads(grid.columns, heads, left, top, across, few=few),
    ]
    for at, (row, name) in enumerate(zip(grid.rows, names, strict=True)):
        body.append(memo(_row, row, name, number(left), number(top + at * (_HEIGHT + _GAP)), across))
    height = bottom + (18 if grid.legend else 0) + (18 if grid.note else 0) + _MARGIN - _GAP
    return drawing(width, height, f"{grid.title}: {grid.said}", [*body, *foot], alone=alone)


def _heads(heads: Sequence[Column], names: Sequence[str], left: float, top: float, across: float, *, few: bool) -> Iterator[str]:
    for at, (column, name) in enumerate(zip(heads, names, strict=True)):
        x = left + at * (across + _GAP) + across / 2
        classes = ("name",) if column.warned else ("name", "dim")
        y = top - 8
        turned = ' text-anchor="middle"' if few else f' transform="rotate(-45 {number(x)} {number(y)})"'
        yield text(x, y, name, *classes, more=turned)


def _row(row: Row, name: str, start: str, top: str, across: int) -> str:
    """The name, the fields, and what stands in them. start, top: where it is, as numbers."""
    left, y, words = float(start), float(top), []
    parts = [text(_MARGIN, y + 16, name, "name")]
    for at, one in enumerate(row.tiles):
        x = left + at * (across + _GAP)
        if one is None:
            parts.append(f'<path class="rule" d="M{number(x + across / 2 - 4)} {number(y + _HEIGHT / 2)}h8"/>')
        else:
            parts.append(tile(x, y, across, _HEIGHT, one.tone))
            words.append(text(x + across / 2, y + 16, one.words))
    return "".join([*parts, f'<g class="number">{"".join(words)}</g>'])


def _foot(grid: Grid, y: float) -> Iterator[str]:
    x: float = _MARGIN
    for tone, meaning in grid.legend:
        yield tile(x, y + 8, 14, 12, tone)
        yield text(x + 20, y + 18, meaning, "dim")
        x += 20 + len(meaning) * _LETTER + 16
    if grid.note:
        yield text(_MARGIN, y + (36 if grid.legend else 18), grid.note, "dim")


def _foot_width(grid: Grid) -> float:
    return _MARGIN + sum(36 + len(meaning) * _LETTER for _, meaning in grid.legend)
