"""Objects of members by a template of the user: `-o jsonpath` and `-o custom-columns` as kubectl prints them, and `--sort-by`.

A template sees what kubectl's sees: one object, or a List. Every object of a List also answers to `.cluster`, the name of its
member, which is not part of it and is not printed with it. Secrets are masked, as everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.present.objects import shown_objects
from reconciler.present.style import Line
from reconciler.present.table import WHOLE, GrowingTable, Room
from reconciler.present.table import Column as TableColumn
from reconciler.query.go_text import plain_text
from reconciler.query.kubectl_jsonpath import WithHidden, find_results, render_template
from reconciler.query.kubectl_order import sorted_places
from reconciler.query.kubectl_syntax import Template
from reconciler.review.get import Block, GetResult

Copy = tuple[ClusterName, WithHidden]
"""An object, and the member that has it."""


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of `-o custom-columns`."""

    title: str
    path: Template


def copies_of(result: GetResult) -> list[Copy]:
    """All objects in their order, as templates see them."""
    return [copy for block in result.blocks for copy in _copies(block)]


def copies_with(cluster: ClusterName, objects: Collection[Any]) -> list[Copy]:
    """Objects of one member, as templates see them."""
    return [(cluster, WithHidden(item, {"cluster": cluster})) for item in shown_objects(objects, managers=True)]


def list_text(copies: Sequence[Copy], template: Template, *, as_json: bool = False) -> str:
    """The text for all of them as one List. Raises TemplateError."""
    items = [item for _, item in copies]
    document = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    return render_template(template, document, as_json=as_json)


def object_texts(copies: Sequence[Copy], template: Template, *, as_json: bool = False) -> Iterator[tuple[ClusterName, str]]:
    """The text for each of them. Raises TemplateError."""
    for cluster, item in copies:
        yield cluster, render_template(template, item, as_json=as_json)


class TemplateTable:
    """A table with columns of the user."""

    def __init__(
        self, columns: Sequence[TemplateColumn], copies: Sequence[Copy], room: Room = WHOLE, *, headers: bool = True
    ) -> None:
        """Raises TemplateError."""
        self._columns = columns
        last = len(columns) - 1
        titles = [column.title.ljust(_LEAST_WIDTH if place < last else 0) for place, column in enumerate(columns)]
        shown = [TableColumn(title, least=_LEAST, middle=True) for title in titles]
        self._table = GrowingTable(shown, [self._cells(item) for _, item in copies], room, headers=headers)

    def first_lines(self) -> list[Line]:
        return self._table.first_lines()

    def line(self, copy: Copy) -> Line:
        """A further row. Raises TemplateError."""
        return self._table.line(self._cells(copy[1]))

    def _cells(self, item: WithHidden) -> list[str]:
        return [_cell(find_results(column.path, item)) for column in self._columns]


def in_order(result: GetResult, path: Template) -> GetResult:
    """The result with the objects of each kind, of all members together, in the order of a field. Raises TemplateError."""
    return replace(result, blocks=tuple(_ordered(block, path) for block in result.blocks))


_LEAST_WIDTH = 3
"""Characters of a column of kubectl that is not the last one; three spaces follow."""
_LEAST = 12
"""To how many characters a cell is shortened on a narrow terminal."""


def _cell(results: list[list[Any]]) -> str:
    absent = [] if results and results[0] else ["<none>"]
    return ",".join([*absent, *(plain_text(value) for values in results for value in values)])


def _copies(block: Block) -> list[Copy]:
    rows = block.rows
    shown = shown_objects([row.object for _, _, row in rows], managers=True)
    return [(cluster, WithHidden(item, {"cluster": cluster})) for (cluster, _, _), item in zip(rows, shown, strict=True)]


def _ordered(block: Block, path: Template) -> Block:
    places = [(cluster, place) for cluster, listing in block.listings.items() for place in range(len(listing.rows))]
    items = [item for _, item in _copies(replace(block, order=None))]
    return replace(block, order=tuple(places[at] for at in sorted_places(path, items))) if items else block
