"""Validates the kinds of Karmada and of this project with their JSON Schemas.

The schemas are files in `schemas/` at the top of the project; editors and kubeconform can use them too. They contain the rules of
Karmada's resource definitions, and those rules of its webhooks that need only one field. `admission/` has the rules that compare
several fields of an object (the same taint twice, a namespace that differs from the policy's). Built-in kinds:
`kubernetes_kinds.py`; kinds that a CustomResourceDefinition in the repository defines: `crd.py`.

An unknown field of a Karmada kind is a warning here: many clients let Karmada's API server drop it silently, so existing files
have such fields. `strict.py` makes it an error where the Configuration asks for that. In a `Configuration` it is always an error:
a misspelled `exclude` must not be treated as absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from reconciler.errors import ReconcilerError
from reconciler.load.schemas.explain_violations import UNKNOWN_VERSION, ReportOptions, Violation, explain
from reconciler.load.schemas.quick_check import Validator, compile_schema
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest

_OUR_GROUP = "reconciler.dev"
_KARMADA = ReportOptions(Severity.WARNING, "it has no effect, and `kubectl apply` refuses it", quotes=True)
_OURS = ReportOptions(Severity.ERROR, "its setting would be ignored", quotes=True)


class SchemasMissingError(ReconcilerError):
    """The schema files are neither in the installed package nor at the top of the source tree."""


def validate(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """The violations of a document of one of `known_kinds()`, sorted by path; empty for other kinds.

    Null fields count as absent, as in Karmada's API server.
    """
    schema = _schemas().get(gvk)
    if schema is None:
        return []
    stored = _without_nulls(document)
    is_valid = _validator(gvk)
    if is_valid is not None and is_valid(stored, None):
        return []
    return explain(schema, stored, _OURS if gvk.group == _OUR_GROUP else _KARMADA)


def unknown_version(gvk: GroupVersionKind) -> list[Violation]:
    """An error where one of `known_kinds()` is in a version that it does not have; else empty."""
    versions = _versions().get((gvk.group, gvk.kind), ())
    if not versions or gvk.api_version in versions:
        return []
    message = f"{gvk.kind} has no version {gvk.api_version}"
    return [Violation(("apiVersion",), Severity.ERROR, UNKNOWN_VERSION, message, f"Write apiVersion: {' or '.join(versions)}.")]


@cache
def known_kinds() -> frozenset[GroupVersionKind]:
    """The kinds that have a schema."""
    return frozenset(_schemas())


def schema_of(gvk: GroupVersionKind) -> Mapping[str, Any]:
    """The schema of one of `known_kinds()`; for other kinds the empty schema, which allows everything."""
    return _schemas().get(gvk, {})


def schema_folder() -> Path:
    """The folder of the schema files: inside an installed wheel, or at the top of the source tree.

    Raises SchemasMissingError. The core may read these files, because they are part of the program.
    """
    package = Path(__file__).parents[2]
    for folder in (package / "_data" / "schemas", package.parent / "schemas"):
        if (folder / "reconciler.dev").is_dir():
            return folder
    raise SchemasMissingError("the JSON Schemas of this program are missing", remedy="Install it again.")


@cache
def _schemas() -> Mapping[GroupVersionKind, Mapping[str, Any]]:
    files = sorted(schema_folder().glob("*/[!_]*.json"))
    schemas = [_linked(_read(file), file) for file in files]
    return {_gvk_of_schema(schema): schema for schema in schemas}


@cache
def _versions() -> Mapping[tuple[str, str], Sequence[str]]:
    """Group and kind → the versions that have a schema."""
    versions: dict[tuple[str, str], list[str]] = {}
    for gvk in sorted(_schemas()):
        versions.setdefault((gvk.group, gvk.kind), []).append(gvk.api_version)
    return versions


@cache
def _validator(gvk: GroupVersionKind) -> Validator | None:
    return compile_schema(_schemas()[gvk])


@cache
def _read(file: Path) -> Any:
    return orjson.loads(file.read_bytes())


def _gvk_of_schema(schema: Mapping[str, Any]) -> GroupVersionKind:
    members = schema["properties"]
    return GroupVersionKind.parse(members["apiVersion"]["const"], members["kind"]["const"])


def _linked(node: Any, file: Path) -> Any:
    """The schema with each `$ref` replaced by what it refers to. Fields next to a `$ref` win. Our schemas are not circular."""
    if isinstance(node, list):
        return [_linked(item, file) for item in node]
    if not isinstance(node, dict):
        return node
    fields = {name: _linked(member, file) for name, member in node.items() if name != "$ref"}
    if "$ref" not in node:
        return fields
    name, _, pointer = node["$ref"].partition("#")
    target = (file.parent / name).resolve() if name else file
    part = _read(target)
    for step in pointer.removeprefix("/").split("/"):
        part = part[step]
    return {**_linked(part, target), **fields}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
