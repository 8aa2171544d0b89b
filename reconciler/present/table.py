"""Tables in kubectl's form: columns as wide as their widest cell, no frames, nothing cut off, so that they can be piped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.wording import on_one_line


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Text with one line per row, without a final line break. Columns are separated by three spaces. A line break in a
    cell is escaped."""
    lines = [list(header), *[[on_one_line(str(cell)) for cell in row] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
