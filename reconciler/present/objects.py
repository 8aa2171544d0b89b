"""Objects of all members in kubectl's form, with a column for the member."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.cluster.listing import Column, Listing, Row
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, labels_of, without
from reconciler.plan.mask_secrets import mask
from reconciler.present.document import object_document
from reconciler.present.members import unanswered_lines
from reconciler.present.style import Line, Style, labelled, styled
from reconciler.present.table import WHOLE, GrowingTable, Room
from reconciler.present.table import Column as TableColumn
from reconciler.review.get import Block, GetResult

_LEAST_NAME, _LEAST = 30, 12
"""To how many characters names and other cells are shortened on a narrow terminal."""
_LISTED = "ADDED"
"""What happened to an object that was there when one began to look, as kubectl says it."""
_NO_VALUE = "<unknown>"
"""The cell of a column that this member's server does not have. kubectl prints it for an unknown age."""


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What the tables of objects show besides the columns of the servers."""

    namespaces: bool = False
    headers: bool = True
    labels: tuple[str, ...] = ()
    """Keys of labels with a column each."""
    all_labels: bool = False
    """Whether the last column has all labels."""
    events: bool = False
    """Whether the first column says what happened to the object."""


def object_tables(result: GetResult, room: Room = WHOLE, options: TableOptions = TableOptions()) -> list[Line]:
    """One table for each kind that has objects, with empty lines between them."""
    filled = [block for block in result.blocks if any(listing.rows for listing in block.listings.values())]
    tables = [_table(block, room, options, kinds=len(result.blocks) > 1) for block in filled]
    return [line for lines in tables for line in ([styled("")] if lines is not tables[0] else []) + lines]


class ObjectTable:
    """The table of one kind, to which rows are added while the objects are followed."""

    def __init__(self, block: Block, room: Room, options: TableOptions, *, kinds: bool = False) -> None:
        """kinds: whether names begin with the kind, as in a table beside others."""
        self._options = options
        self._namespaced = block.namespaced
        self._columns = [column for column in merge_columns(block.listings.values()) if room.wide or not column.wide]
        self._prefix = f"{_kind_of(block)}/" if kinds else ""
        rows = [self._cells(cluster, listing, row) for cluster, listing, row in block.rows]
        self._table = GrowingTable(self._titles(), rows, room, headers=options.headers)

    def first_lines(self) -> list[Line]:
        """The header, and the rows of the block."""
        return self._table.first_lines()

    def header_lines(self) -> list[Line]:
        """The header alone; nothing where headers are left out."""
        return self._table.header_lines()

    def line(self, cluster: ClusterName, listing: Listing, event: str = "") -> Line:
        """A further row: the first one of a listing."""
        return self._table.line(self._cells(cluster, listing, listing.rows[0], event))

    def _titles(self) -> list[TableColumn]:
        options = self._options
        first = ["EVENT"] if options.events else []
        first += ["CLUSTER", "NAMESPACE"] if options.namespaces and self._namespaced else ["CLUSTER"]
        last = [label.rpartition("/")[2].upper() for label in options.labels] + (["LABELS"] if options.all_labels else [])
        return [
            *(TableColumn(title, least=_LEAST, middle=True) for title in first),
            *(_table_column(place, column) for place, column in enumerate(self._columns)),
            *(TableColumn(title, rank=1, least=_LEAST) for title in last),
        ]

    def _cells(self, cluster: ClusterName, listing: Listing, row: Row, event: str = "") -> list[str]:
        options, labels = self._options, labels_of(row.object)
        first = [event or _LISTED] if options.events else []
        first += [cluster, row.namespace] if options.namespaces and self._namespaced else [cluster]
        cells = dict(zip([column.name for column in listing.columns], row.cells, strict=False))
        last = [labels.get(label, "") for label in options.labels]
        if options.all_labels:
            last.append(",".join(f"{key}={labels[key]}" for key in sorted(labels)) or "<none>")
        return [*first, *(_cell(column, cells, self._prefix) for column in self._columns), *last]


def object_names(result: GetResult) -> Iterator[str]:
    """`member1 deployment.apps/web`, one line for each object."""
    for block in result.blocks:
        for cluster, _, row in block.rows:
            yield object_name(block.group, block.kind, cluster, row)


def object_name(group: str, kind: str, cluster: ClusterName, row: Row) -> str:
    """`member1 deployment.apps/web`."""
    return f"{cluster} {qualified(group, kind)}/{row.name}"


def objects_document(result: GetResult) -> dict[str, Any]:
    """The objects with their members. Secrets are masked; the copies of one Secret together, so that differences stay visible."""
    return {
        "items": [
            {"cluster": cluster, "manifest": manifest}
            for block in result.blocks
            for cluster, manifest in zip(
                [cluster for cluster, _, _ in block.rows], shown_objects([row.object for _, _, row in block.rows]), strict=True
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
    yield from absence_lines(result, namespace)
    yield from unanswered_lines(result.unanswered)


def absence_lines(result: GetResult, namespace: str) -> Iterator[Line | str]:
    """Nothing found, unknown kinds, missing objects. Where members did not answer, no line says anything about these.

    namespace: the requested one; empty for all.
    """
    listings = [listing for block in result.blocks for listing in block.listings.values()]
    somebody_answered = bool(listings or result.unserved or not result.unanswered)
    if somebody_answered and not (any(listing.rows for listing in listings) or result.unknown or result.missing):
        inside = namespace and (not result.blocks or any(block.namespaced for block in result.blocks))
        where = " on the members that answered" if result.unanswered else ""
        yield f"No resources found in {namespace} namespace{where}." if inside else f"No resources found{where}"
    members = "the members that answered" if result.unanswered else "the members"
    for kind in result.unknown:
        yield labelled("Error", Style.BAD, f'none of {members} serves a kind "{kind}"')
    for key in result.missing:
        yield labelled("Error", Style.BAD, f"{key} is on none of {members}")
    for kind, names in result.unserved.items():
        if kind not in result.unknown:
            yield f'{", ".join(names)}: no kind "{kind}" there'


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


def _table(block: Block, room: Room, options: TableOptions, *, kinds: bool) -> list[Line]:
    return ObjectTable(block, room, options, kinds=kinds).first_lines()


def _table_column(place: int, column: Column) -> TableColumn:
    """Servers put what matters first: on a narrow terminal, long cells are shortened, then the last columns are left out."""
    is_name = column.name == "Name"
    return TableColumn(column.name.upper(), rank=min(place, 2), least=_LEAST_NAME if is_name else _LEAST, middle=is_name)


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
    return qualified(block.group, block.kind)


def qualified(group: str, kind: str) -> str:
    """`deployment.apps`."""
    return f"{kind}.{group}".lower() if group else kind.lower()


def shown_objects(objects: Collection[Manifest], *, managers: bool = False) -> list[Manifest]:
    """The objects with Secrets masked, object by object; without managedFields, which kubectl omits too where it prints whole
    objects. managers: with them."""
    copies: dict[tuple[str, str], list[int]] = {}
    plain: list[Any] = [item if managers else without(item, ("metadata", "managedFields")) for item in objects]
    for place, item in enumerate(plain):
        metadata = item.get("metadata", {})
        copies.setdefault((metadata.get("namespace", ""), metadata.get("name", "")), []).append(place)
    for places in copies.values():
        for place, masked in zip(places, mask(*[plain[place] for place in places]), strict=True):
            plain[place] = masked
    return plain
