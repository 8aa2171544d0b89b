"""How `get` shows objects: its options besides `-o`, and the printing of a whole result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from reconciler.cli.get_output import GetOutput, Shape
from reconciler.cli.grouped_options import grouped
from reconciler.cli.terminal import print_document, print_harmless, print_lines, room
from reconciler.errors import ReconcilerError
from reconciler.present.document import Format
from reconciler.present.objects import TableOptions, object_names, object_tables, objects_document
from reconciler.present.table import Room
from reconciler.present.templated import TemplateTable, copies_of, in_order, list_text, object_texts
from reconciler.query.kubectl_jsonpath import relaxed_path
from reconciler.query.kubectl_syntax import Template, TemplateError
from reconciler.review.get import GetResult

SortBy = Annotated[
    str,
    typer.Option("--sort-by", help="Order of the objects of all members, by a field such as .metadata.name.", metavar="PATH"),
]
LabelColumns = Annotated[
    list[str],
    typer.Option(
        "--label-columns", "-L", help="A column for this label; may be repeated, or be a list with commas.", metavar="KEY"
    ),
]
ShowLabels = Annotated[bool, typer.Option("--show-labels", help="A last column with all labels.")]
NoHeaders = Annotated[bool, typer.Option("--no-headers", help="No titles above the columns.")]
WatchEvents = Annotated[
    bool, typer.Option("--output-watch-events", help="With -w, a first column that says what happened: ADDED, MODIFIED, DELETED.")
]


@dataclass(frozen=True, slots=True)
class ObjectsView:
    """What is shown of objects, and in which order."""

    sort_by: Template | None = None
    labels: tuple[str, ...] = ()
    all_labels: bool = False
    headers: bool = True
    events: bool = False

    def table(self, *, namespaces: bool, follows: bool = False) -> TableOptions:
        return TableOptions(namespaces, self.headers, self.labels, self.all_labels, self.events and follows)


def _view(
    sort_by: SortBy = "",
    label_columns: LabelColumns = [],  # noqa: B006 -- typer reads it as "none given"
    show_labels: ShowLabels = False,
    no_headers: NoHeaders = False,
    output_watch_events: WatchEvents = False,
) -> ObjectsView:
    """Raises BadParameter."""
    try:
        path = relaxed_path(sort_by) if sort_by else None
    except TemplateError as error:
        raise typer.BadParameter(error.message, param_hint="--sort-by") from error
    labels = tuple(key for keys in label_columns for key in keys.split(",") if key)
    return ObjectsView(path, labels, show_labels, not no_headers, output_watch_events)


shows_objects = grouped("view", _view)
"""Replaces the parameter `view` of a command by the options of `_view`."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the arguments of `get` say about its output."""

    namespaces: bool
    """Whether objects of all namespaces are shown."""
    is_object: bool
    """Whether one object is named, so that a template is about it and not about a List."""
    one_member: bool
    """Whether one member is named."""


def print_objects(result: GetResult, output: GetOutput, view: ObjectsView, arguments: Arguments) -> None:
    """Raises ReconcilerError where a template has no meaning for these objects."""
    with template_errors():
        if view.sort_by is not None:
            result = in_order(result, view.sort_by)
        options, space = view.table(namespaces=arguments.namespaces), room_of(output)
        match output.shape:
            case Shape.NAME:
                print_lines(object_names(result))
            case Shape.JSON | Shape.YAML:
                print_document(objects_document(result), Format(output.shape.value))
            case Shape.CUSTOM_COLUMNS:
                table = TemplateTable(output.columns, copies_of(result), space, headers=view.headers)
                print_lines(table.first_lines())
            case Shape.JSONPATH | Shape.JSONPATH_AS_JSON:
                print_harmless(_templated(result, output, arguments))
            case _:
                print_lines(object_tables(result, space, options))


def room_of(output: GetOutput) -> Room:
    return room(wide=output.shape is Shape.WIDE)


@contextmanager
def template_errors() -> Iterator[None]:
    """Around the evaluation of templates: says which options to look at. Raises ReconcilerError."""
    try:
        yield
    except TemplateError as error:
        raise ReconcilerError(
            f"the template cannot be evaluated: {error.message}",
            remedy="Correct it in -o or --sort-by, or choose objects that have these fields; -o json shows what they have.",
        ) from error


def _templated(result: GetResult, output: GetOutput, arguments: Arguments) -> str:
    copies, as_json = copies_of(result), output.shape is Shape.JSONPATH_AS_JSON
    if not arguments.is_object or (as_json and not arguments.one_member):
        return list_text(copies, output.template, as_json=as_json)
    texts = object_texts(copies, output.template, as_json=as_json)
    if arguments.one_member:
        return "".join(text for _, text in texts)
    return "".join(f"{cluster}: {text}".rstrip(" ") + "\n" for cluster, text in texts)
