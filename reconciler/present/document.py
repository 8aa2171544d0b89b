"""JSON and YAML on stdout."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import orjson
import typer

from reconciler.documents.writer import dump


class Format(StrEnum):
    """Values of `--output`."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def print_document(document: Any, output: Format) -> None:
    """`document` holds JSON values; keys come out sorted, so that two runs can be compared as text."""
    if output is Format.JSON:
        typer.echo(orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode())
    else:
        typer.echo(dump(document), nl=False)
