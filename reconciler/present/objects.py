"""Objects of all members, as kubectl prints those of one, with the member in front."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import typer

from reconciler.cluster.listing import Column, Listing, Row
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, without
from reconciler.plan.mask import mask
from reconciler.present.members import print_troubles
from reconciler.present.table import table
from reconciler.review.get import Block, Inspection

_NOT_TOLD = "<unknown>"
"""In a column that this member's server does not have; kubectl's word for an age that nobody knows."""


def print_tables(inspection: Inspection, *, wide: bool, namespaces: bool) -> None:
    """One table for each kind of which there is something. namespaces: whether to show them."""
    filled = [block for block in inspection.blocks if any(listing.rows for listing in block.listings.values())]
    tables = [_table(block, wide=wide, namespaces=namespaces, kinds=len(inspection.blocks) > 1) for block in filled]
    if tables:
        typer.echo("\n\n".join(tables))


def print_names(inspection: Inspection) -> None:
    """`member1 deployment.apps/web`, a line for each object."""
    for block in inspection.blocks:
        for cluster, row in _rows(block):
            typer.echo(f"{cluster} {_typed(block)}/{row.name}")


def objects_document(inspection: Inspection) -> dict[str, Any]:
    """Secrets masked: the copies of one Secret alike, so that it is seen where they differ."""
    return {
        "items": [
            {"cluster": cluster, "manifest": manifest}
            for block in inspection.blocks
            for cluster, manifest in zip(
                [cluster for cluster, _ in _rows(block)], _shown([row.object for _, row in _rows(block)]), strict=True
            )
        ],
        "unanswered": inspection.unanswered,
        "notServed": {kind: list(names) for kind, names in inspection.unserved.items()},
        "missing": [
            {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name} for key in inspection.missing
        ],
    }


def print_remarks(inspection: Inspection, namespace: str) -> None:
    """What is not in the tables, to stderr. namespace: the one that was asked about; empty for all."""
    found = any(listing.rows for block in inspection.blocks for listing in block.listings.values())
    if not (found or inspection.unknown or inspection.missing):
        inside = namespace and (not inspection.blocks or any(block.namespaced for block in inspection.blocks))
        typer.echo(f"No resources found in {namespace} namespace." if inside else "No resources found", err=True)
    those = "the members that answered" if inspection.unanswered else "the members"
    for kind in inspection.unknown:
        typer.echo(f'Error: none of {those} serves a kind "{kind}"', err=True)
    for key in inspection.missing:
        typer.echo(f"Error: {key} is on none of {those}", err=True)
    for kind, names in inspection.unserved.items():
        if kind not in inspection.unknown:
            typer.echo(f'{", ".join(names)}: no kind "{kind}" there', err=True)
    print_troubles(inspection.unanswered)


def united_columns(listings: Collection[Listing]) -> list[Column]:
    """The columns of all, each in its place: what only one has stands behind what it stands behind there."""
    columns: list[Column] = []
    for listing in listings:
        place = 0
        for column in listing.columns:
            known = next((at for at, other in enumerate(columns) if other.name == column.name), None)
            if known is None:
                columns.insert(place, column)
                place += 1
            else:
                columns[known] = Column(column.name, wide=column.wide and columns[known].wide)
                place = known + 1
    return columns


def _table(block: Block, *, wide: bool, namespaces: bool, kinds: bool) -> str:
    columns = [column for column in united_columns(block.listings.values()) if wide or not column.wide]
    in_front = ["CLUSTER", "NAMESPACE"] if namespaces and block.namespaced else ["CLUSTER"]
    prefix = f"{_typed(block)}/" if kinds else ""
    lines = [
        [cluster, row.namespace][: len(in_front)] + [_cell(column, cells, prefix) for column in columns]
        for cluster, listing in block.listings.items()
        for row, cells in _by_column(listing)
    ]
    return table([*in_front, *(column.name.upper() for column in columns)], lines)


def _by_column(listing: Listing) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    names = [column.name for column in listing.columns]
    for row in listing.rows:
        yield row, dict(zip(names, row.cells, strict=False))


def _cell(column: Column, cells: Mapping[str, Any], prefix: str) -> str:
    if column.name not in cells:
        return _NOT_TOLD
    return (prefix if column.name == "Name" else "") + _one_line(cells[column.name])


def _one_line(value: Any) -> str:
    """As kubectl prints a cell: null is blank, text ends at its first line break."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    lines = str(value).splitlines() or [""]
    return _printable(lines[0]) + ("..." if len(lines) > 1 else "")


def _printable(text: str) -> str:
    """Without what a terminal would obey: a cell may hold what a stranger wrote."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _typed(block: Block) -> str:
    return f"{block.kind}.{block.group}".lower() if block.group else block.kind.lower()


def _rows(block: Block) -> Iterator[tuple[ClusterName, Row]]:
    return ((cluster, row) for cluster, listing in block.listings.items() for row in listing.rows)


def _shown(objects: Collection[Manifest]) -> list[Manifest]:
    """Without who owns which field, as kubectl leaves it out; Secrets masked, object by object."""
    copies: dict[tuple[str, str], list[int]] = {}
    plain: list[Any] = [without(item, ("metadata", "managedFields")) for item in objects]
    for place, item in enumerate(plain):
        metadata = item.get("metadata", {})
        copies.setdefault((metadata.get("namespace", ""), metadata.get("name", "")), []).append(place)
    for places in copies.values():
        for place, masked in zip(places, mask(*[plain[place] for place in places]), strict=True):
            plain[place] = masked
    return plain
