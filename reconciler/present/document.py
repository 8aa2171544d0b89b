"""Values as JSON and YAML text."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.documents.writer import dump
from reconciler.model.keys import ResourceKey
from reconciler.model.moments import time_text

if TYPE_CHECKING:
    from reconciler.repo.revision import Commit


class Format(StrEnum):
    """Values of `--output`."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def object_document(key: ResourceKey) -> dict[str, str]:
    """How an object is named in every document (`docs/output.md`: OBJECT)."""
    return {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name}


def commit_document(commit: Commit) -> dict[str, str]:
    """How a commit is named in every document (`docs/output.md`: COMMIT)."""
    return {"sha": commit.sha, "subject": commit.subject, "author": commit.author, "time": time_text(commit.time)}


def document_text(document: Any, output: Format) -> str:
    """The document as text that ends with a line break; YAML for any format other than JSON.

    `document` holds JSON values. Keys are sorted, so that the output of two runs can be compared as text.
    """
    if output is Format.JSON:
        return write_json(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    return dump(document)
