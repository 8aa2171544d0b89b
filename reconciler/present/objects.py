"""Objects of all members in kubectl's form, with a column for the member."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from reconciler.cluster.listing import Column, Listing, Row
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, without
from reconciler.plan.mask_secrets import mask
from reconciler.present.document import object_document
from reconciler.present.members import unanswered_lines
from reconciler.present.style import Line, Style, labelled, styled
from reconciler.present.table import WHOLE, Room, table
from reconciler.present.table import Column as TableColumn
from reconciler.review.get import Block, GetResult

_LEAST_NAME, _LEAST = 30, 12
"""To how many characters names and other cells are shortened on a narrow terminal."""
_NO_VALUE = "<unknown>"
"""The cell of a column that this member's server does not have. kubectl prints it for an unknown age."""


def object_tables(result: GetResult, room: Room = WHOLE, *, namespaces: bool) -> list[Line]:
    """One table for each kind that has objects, with empty lines between them. namespaces: whether to show that column."""
    filled = [block for block in result.blocks if any(listing.rows for listing in block.listings.values())]
    tables = [_table(block, room, namespaces=namespaces, kinds=len(result.blocks) > 1) for block in filled]
    return [line for lines in tables for line in ([styled("")] if lines is not tables[0] else []) + lines]


def object_names(result: GetResult) -> Iterator[str]:
    """`member1 deployment.apps/web`, one line for each object."""
    for block in result.blocks:
        for cluster, row in _rows(block):
            yield f"{cluster} {_kind_of(block)}/{row.name}"


def objects_document(result: GetResult) -> dict[str, Any]:
    """The objects with their members. Secrets are masked; the copies of one Secret together, so that differences stay visible."""
    return {
        "items": [
            {"cluster": cluster, "manifest": manifest}
            for block in result.blocks
            for cluster, manifest in zip(
                [cluster for cluster, _ in _rows(block)], _shown([row.object for _, row in _rows(block)]), strict=True
            )
        ],
        "unanswered": result.unanswered,
        "notServed": {kind: list(names) for kind, names in result.unserved.items()},
        "missing": [object_document(key) for key in result.missing],
    }


def object_remarks(result: GetResult, namespace: str) -> Iterator[Line | str]:
    """Messages besides the tables: nothing found, unknown kinds, missing objects, members that did not answer.

    namespace: the requested one; empty for all.
    """
    any_rows = any(listing.rows for block in result.blocks for listing in block.listings.values())
    if not (any_rows or result.unknown or result.missing):
        inside = namespace and (not result.blocks or any(block.namespaced for block in result.blocks))
        yield f"No resources found in {namespace} namespace." if inside else "No resources found"
    members = "the members that answered" if result.unanswered else "the members"
    for kind in result.unknown:
        yield labelled("Error", Style.BAD, f'none of {members} serves a kind "{kind}"')
    for key in result.missing:
        yield labelled("Error", Style.BAD, f"{key} is on none of {members}")
    for kind, names in result.unserved.items():
        if kind not in result.unknown:
            yield f'{", ".join(names)}: no kind "{kind}" there'
    yield from unanswered_lines(result.unanswered)


def merge_columns(listings: Collection[Listing]) -> list[Column]:
    """The columns of all listings. A column that only some have follows the column that it follows there."""
    columns: list[Column] = []
    for listing in listings:
        place = 0
        for column in listing.columns:
            index = next((at for at, other in enumerate(columns) if other.name == column.name), None)
            if index is None:
                columns.insert(place, column)
                place += 1
            else:
                columns[index] = Column(column.name, wide=column.wide and columns[index].wide)
                place = index + 1
    return columns


def _table(block: Block, room: Room, *, namespaces: bool, kinds: bool) -> list[Line]:
    columns = [column for column in merge_columns(block.listings.values()) if room.wide or not column.wide]
    leading = ["CLUSTER", "NAMESPACE"] if namespaces and block.namespaced else ["CLUSTER"]
    prefix = f"{_kind_of(block)}/" if kinds else ""
    lines = [
        [cluster, row.namespace][: len(leading)] + [_cell(column, cells, prefix) for column in columns]
        for cluster, listing in block.listings.items()
        for row, cells in _by_column(listing)
    ]
    return table([*leading, *(_table_column(place, column) for place, column in enumerate(columns))], lines, room)


def _table_column(place: int, column: Column) -> TableColumn:
    """Servers put what matters first: on a narrow terminal, long cells are shortened, then the last columns are left out."""
    return TableColumn(column.name.upper(), rank=min(place, 2), least=_LEAST_NAME if column.name == "Name" else _LEAST)


def _by_column(listing: Listing) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    names = [column.name for column in listing.columns]
    for row in listing.rows:
        yield row, dict(zip(names, row.cells, strict=False))


def _cell(column: Column, cells: Mapping[str, Any], prefix: str) -> str:
    if column.name not in cells:
        return _NO_VALUE
    return (prefix if column.name == "Name" else "") + _one_line(cells[column.name])


def _one_line(value: Any) -> str:
    """A cell in kubectl's form: null is blank, and text ends at its first line break."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    lines = str(value).splitlines() or [""]
    return _printable(lines[0]) + ("..." if len(lines) > 1 else "")


def _printable(text: str) -> str:
    """The text with control characters escaped, because anyone may have written the cell."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _kind_of(block: Block) -> str:
    return f"{block.kind}.{block.group}".lower() if block.group else block.kind.lower()


def _rows(block: Block) -> Iterator[tuple[ClusterName, Row]]:
    return ((cluster, row) for cluster, listing in block.listings.items() for row in listing.rows)


def _shown(objects: Collection[Manifest]) -> list[Manifest]:
    """The objects without managedFields, which kubectl omits too, and with Secrets masked, object by object."""
    copies: dict[tuple[str, str], list[int]] = {}
    plain: list[Any] = [without(item, ("metadata", "managedFields")) for item in objects]
    for place, item in enumerate(plain):
        metadata = item.get("metadata", {})
        copies.setdefault((metadata.get("namespace", ""), metadata.get("name", "")), []).append(place)
    for places in copies.values():
        for place, masked in zip(places, mask(*[plain[place] for place in places]), strict=True):
            plain[place] = masked
    return plain
