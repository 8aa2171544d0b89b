"""`get -w`: prints what happens to objects on all members, until it is interrupted. Where a line is of another kind than the one
before it, the header of its table comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.cli.get_output import GetOutput, Shape
from reconciler.cli.terminal import print_document, print_harmless, print_lines, print_remarks
from reconciler.cluster.listing import Event
from reconciler.present.document import Format
from reconciler.present.objects import ObjectTable, TableOptions, object_name, shown_objects
from reconciler.present.style import Line
from reconciler.present.table import Room
from reconciler.present.templated import TemplateTable, copies_of, copies_with, object_texts
from reconciler.review.follow import Change, Lost
from reconciler.review.get import Block, GetResult


class FollowedObjects:
    """Prints the objects of a result, and then each change as it comes."""

    def __init__(self, result: GetResult, output: GetOutput, room: Room, options: TableOptions) -> None:
        self._output = output
        self._room = room
        self._options = options
        several = len(result.blocks) > 1
        self._tables = {(block.group, block.kind): ObjectTable(block, room, options, kinds=several) for block in result.blocks}
        self._result = result
        self._columns: TemplateTable | None = None
        self._last: tuple[str, str] | None = None
        """The group and kind of the table to which the last line belongs."""

    def print_first(self) -> None:
        """What is there at the beginning. A table without rows has no header yet: the first row brings it."""
        shape = self._output.shape
        if shape is Shape.CUSTOM_COLUMNS:
            copies = copies_of(self._result)
            self._columns = TemplateTable(self._output.columns, copies, self._room, headers=self._options.headers)
            print_lines(self._columns.first_lines())
        elif shape in (Shape.TABLE, Shape.WIDE):
            filled = [block for block in self._result.blocks if block.rows]
            print_lines(line for block in filled for line in self._tables[block.group, block.kind].first_lines())
            self._tables = {(block.group, block.kind): self._tables[block.group, block.kind] for block in filled}
            self._last = (filled[-1].group, filled[-1].kind) if filled else None
        else:
            for block in self._result.blocks:
                for cluster, listing, row in block.rows:
                    self._print(Change(cluster, Event.ADDED, replace(listing, rows=(row,))))

    def print_change(self, change: Change | Lost) -> None:
        if isinstance(change, Lost):
            reason = change.reason or f"{change.cluster} answers again"
            print_remarks([reason if change.cluster in reason else f"{change.cluster}: {reason}"])
        else:
            self._print(change)

    def _print(self, change: Change) -> None:
        cluster, listing, output = change.cluster, change.listing, self._output
        gvk = listing.gvk
        if output.shape is Shape.NAME:
            print_lines([object_name(gvk.group, gvk.kind, cluster, change.row)])
        elif output.shape in (Shape.JSON, Shape.YAML):
            (manifest,) = shown_objects([change.row.object])
            document = {"cluster": cluster, "event": change.event.value, "manifest": manifest}
            if output.shape is Shape.YAML:
                print_lines(["---"])
            print_document(document, Format(output.shape.value))
        elif output.shape is Shape.CUSTOM_COLUMNS and self._columns is not None:
            print_lines(self._columns.line(copy) for copy in copies_with(cluster, [change.row.object]))
        elif output.shape in (Shape.JSONPATH, Shape.JSONPATH_AS_JSON):
            as_json = output.shape is Shape.JSONPATH_AS_JSON
            texts = object_texts(copies_with(cluster, [change.row.object]), output.template, as_json=as_json)
            print_harmless("".join(text if as_json else f"{text}\n" for _, text in texts))
        else:
            print_lines(self._rows(change))

    def _rows(self, change: Change) -> Iterator[Line]:
        kind = change.listing.gvk.group, change.listing.gvk.kind
        table = self._tables.get(kind)
        if table is None:
            block = Block(*kind, change.listing.namespaced, {change.cluster: change.listing})
            table = self._tables[kind] = ObjectTable(block, self._room, self._options, kinds=bool(self._tables))
        if self._last != kind:
            yield from table.header_lines()
        self._last = kind
        yield table.line(change.cluster, change.listing, change.event)
