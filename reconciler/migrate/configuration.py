"""The edit of the Configuration that an import needs. Pure; comments and order of a Configuration that is there stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.documents.writer import dump
from reconciler.edit.object_text import FieldEdit, Wanted, change_object
from reconciler.migrate.gitops import ConfigurationNeeds
from reconciler.model.manifest import Manifest, get, sequence, text

_NEW: dict[str, Any] = {"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "metadata": {"name": "reconciler"}}


def configured(file: str, content: str | None, needs: ConfigurationNeeds) -> str:
    """The text of the file with what is needed; the same text where nothing is. content: None if there is no file.

    Raises DocumentError where the file cannot be edited without harm.
    """
    start = dump({**_NEW, "spec": {"validation": "Lenient"}}) if content is None else content
    return change_object(file, start, Wanted("the Configuration", _is_configuration), lambda found: _edits(found, needs))


def _is_configuration(document: Any) -> bool:
    return text(document, "kind") == "Configuration" and text(document, "apiVersion") == _NEW["apiVersion"]


def _edits(found: Manifest, needs: ConfigurationNeeds) -> list[FieldEdit]:
    lists: dict[str, Iterable[Any]] = {
        "adopt": (needs.adopt.value,),
        "expand": needs.expand,
        "exclude": needs.exclude,
        "ignoreDifferences": needs.ignored,
    }
    edits = [edit for name, values in lists.items() for edit in _added(found, name, list(values))]
    if needs.repository and not text(found, "spec", "repository"):
        edits.append(FieldEdit(("spec", "repository"), needs.repository))
    return edits


def _added(found: Manifest, name: str, values: list[Any]) -> list[FieldEdit]:
    """The list with those values that it lacks."""
    stated = sequence(found, "spec", name)
    missing = [one for one in values if one not in stated]
    if not missing:
        return []
    whole = [*stated, *missing]
    if get(found, "spec") is None:
        return [FieldEdit(("spec",), {name: whole})]
    return [FieldEdit(("spec", name), whole)]
