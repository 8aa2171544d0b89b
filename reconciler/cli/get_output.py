"""The value of `get -o`: a form of output by its name, or a template of kubectl's (`jsonpath=…`, `custom-columns=…`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import typer

from reconciler.present.templated import TemplateColumn
from reconciler.query.kubectl_jsonpath import relaxed_path
from reconciler.query.kubectl_syntax import Template, TemplateError, parse_template


class Shape(StrEnum):
    """What stands before the `=`."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"
    JSONPATH = "jsonpath"
    JSONPATH_AS_JSON = "jsonpath-as-json"
    CUSTOM_COLUMNS = "custom-columns"


PLAIN = (Shape.TABLE, Shape.WIDE, Shape.JSON, Shape.YAML, Shape.NAME)
"""Those without a template."""
FILES = {"jsonpath-file": Shape.JSONPATH, "custom-columns-file": Shape.CUSTOM_COLUMNS}
"""Those whose template is in a file."""
METAVAR = "table|wide|json|yaml|name|jsonpath=TEMPLATE|custom-columns=SPEC"


@dataclass(frozen=True, slots=True)
class GetOutput:
    """How the objects are printed."""

    shape: Shape
    template: Template = ()
    """Of `jsonpath` and `jsonpath-as-json`."""
    columns: tuple[TemplateColumn, ...] = ()
    """Of `custom-columns`."""

    @property
    def needs_objects(self) -> bool:
        """Whether whole objects are printed, or read by a template."""
        return self.shape not in (Shape.TABLE, Shape.WIDE, Shape.NAME)

    def __str__(self) -> str:
        return self.shape.value


AS_TABLE = GetOutput(Shape.TABLE)


def parse_get_output(text: str | GetOutput) -> GetOutput:
    """text: or the value of the default, which typer passes through here, too. Raises BadParameter."""
    if isinstance(text, GetOutput):
        return text
    word, equals, argument = text.partition("=")
    name = word.lower()
    if not equals and name in PLAIN:
        return GetOutput(Shape(name))
    if name not in (*FILES, Shape.JSONPATH, Shape.JSONPATH_AS_JSON, Shape.CUSTOM_COLUMNS):
        raise typer.BadParameter(f"{text!r} is not one of {', '.join((*PLAIN, *_TEMPLATES))}.")
    if not argument:
        raise typer.BadParameter(f"{name} needs a template: {_EXAMPLES[FILES.get(name) or Shape(name)]}")
    try:
        if name in FILES:
            return _of_file(FILES[name], Path(argument))
        if name == Shape.CUSTOM_COLUMNS:
            return GetOutput(Shape.CUSTOM_COLUMNS, columns=tuple(_column(part) for part in argument.split(",")))
        return GetOutput(Shape(name), parse_template(argument))
    except TemplateError as error:
        raise typer.BadParameter(f"{argument}: {error.message}") from error


def _of_file(shape: Shape, place: Path) -> GetOutput:
    """Raises BadParameter, TemplateError."""
    try:
        content = place.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{place} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}") from error
    if shape is Shape.JSONPATH:
        return GetOutput(shape, parse_template(content))
    titles, paths = [line.split() for line in (*content.splitlines(), "", "")[:2]]
    if not titles or len(titles) != len(paths):
        raise typer.BadParameter(f"{place} needs two lines, titles and as many paths: it has {len(titles)} and {len(paths)}")
    return GetOutput(shape, columns=tuple(TemplateColumn(*pair) for pair in zip(titles, map(relaxed_path, paths), strict=True)))


def _column(part: str) -> TemplateColumn:
    """Raises BadParameter, TemplateError."""
    title, colon, path = part.partition(":")
    if not colon:
        raise typer.BadParameter(f"{part} is not TITLE:PATH, such as NAME:.metadata.name")
    return TemplateColumn(title, relaxed_path(path) if path else parse_template(""))


_TEMPLATES = ("jsonpath=…", "jsonpath-as-json=…", "jsonpath-file=…", "custom-columns=…", "custom-columns-file=…")
_EXAMPLES = {
    Shape.JSONPATH: "jsonpath='{.items[*].metadata.name}'",
    Shape.JSONPATH_AS_JSON: "jsonpath-as-json='{.items[*].metadata.name}'",
    Shape.CUSTOM_COLUMNS: "custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image",
}
