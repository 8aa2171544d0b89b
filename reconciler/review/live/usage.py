"""What `kubectl top` prints, as rows: its columns are its own, and its numbers have units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.keys import ClusterName
from reconciler.model.quantity import Quantity, QuantityError


@dataclass(frozen=True, slots=True)
class Usage:
    """A table of all members."""

    columns: tuple[str, ...]
    """As kubectl titles them, such as `NAME`, `CPU(cores)`."""
    rows: tuple[tuple[ClusterName, Mapping[str, str]], ...]
    """The member, and its cells by column."""


def usage_of(outputs: Mapping[ClusterName, str], sort_by: str = "") -> Usage:
    """outputs: sorted by member. sort_by: `cpu` or `memory` puts what uses most first, over all members; without it, rows are in
    the order of the members, and of kubectl."""
    columns: dict[str, None] = {}
    rows: list[tuple[ClusterName, Mapping[str, str]]] = []
    for name, output in outputs.items():
        header, *lines = output.splitlines()
        titles = header.split()
        columns |= dict.fromkeys(titles)
        rows += [(name, dict(zip(titles, line.split(), strict=False))) for line in lines if line.strip()]
    if sort_by:
        column = next((title for title in columns if title.lower().startswith(f"{sort_by}(")), "")
        rows.sort(key=lambda row: (-_nanos(row[1].get(column, "")), row[0], sorted(row[1].items())))
    return Usage(tuple(columns), tuple(rows))


def _nanos(cell: str) -> int:
    """Of a quantity such as `250m` or `12Mi`, in billionths; -1 for `<unknown>`."""
    try:
        return Quantity.parse(cell).nanos
    except QuantityError:
        return -1
