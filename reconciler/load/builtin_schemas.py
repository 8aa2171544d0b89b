"""Kubernetes' own kinds, checked offline with the schemas that kubernetes-validate carries. (Its `validate()` is not used:
it reads and resolves everything anew for every document, 12.6 s per 1,000; here a kind is compiled once.)

The newest version that knows a kind is the judge: it knows the fields of all versions before it but for a few alpha ones. Unknown
fields are errors, because server-side apply refuses them. `status` is not looked at: it is not applied. Null is taken as
the API server takes it, as absent, wherever a field is not required.

Stricter than the published schemas only where they say less than the API server does: base64, quantities, ranges of integers.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from reconciler.errors import ReconcilerError
from reconciler.load.fast_validator import Accepts, compile_schema
from reconciler.load.violations import Complaint, Manner, explain
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest

_MANNER = Manner(Severity.ERROR, "the API server refuses to apply such fields")

_QUANTITY = {
    "type": ["string", "number", "null"],
    "pattern": r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?\s*$",
    "errorMessage": "must be a quantity. Write a number, with a suffix where needed: 500m, 2, 128Mi, 10G.",
}
"""resource.Quantity (k8s.io/apimachinery pkg/api/resource)."""

_DIGIT = "(?:[A-Za-z0-9+/][\r\n]*+)"
"""One digit of base64; Go's decoder (encoding/base64) skips line ends."""

_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "byte": {
        "pattern": f"^[\r\n]*(?:{_DIGIT}{{4}})*+(?:{_DIGIT}{{2}}=[\r\n]*=|{_DIGIT}{{3}}=)?[\r\n]*$",
        "errorMessage": "must be base64. Encode it; a Secret also takes plain text, under stringData.",
    },
}
"""What a format means to the API server's decoder."""

_KEPT = ("type", "required", "enum", "additionalProperties")


class NativeSchemasMissingError(ReconcilerError):
    """kubernetes-validate, which carries the schemas, is not installed."""


def knows(gvk: GroupVersionKind) -> bool:
    """Whether this is a kind of Kubernetes' own, in a version that some Kubernetes since 1.25 serves."""
    return _schema(gvk) is not None


def read_all() -> None:
    """Read the schemas of every Kubernetes version now (0.15 s); what is asked later touches no file."""
    for folder in _folders():
        _index(folder)


def complaints(document: Manifest, gvk: GroupVersionKind) -> list[Complaint]:
    """What is wrong with a document of a kind that `knows` knows, sorted by path; empty for other kinds."""
    schema = _schema(gvk)
    if schema is None:
        return []
    stated = {name: member for name, member in document.items() if name != "status"} if "status" in document else document
    accepts = _acceptor(gvk)
    return [] if accepts is not None and accepts(stated) else explain(schema, stated, _MANNER)


@cache
def _acceptor(gvk: GroupVersionKind) -> Accepts | None:
    schema = _schema(gvk)
    return None if schema is None else compile_schema(schema)


@cache
def _schema(gvk: GroupVersionKind) -> Mapping[str, Any] | None:
    """The kind's schema with nothing left to resolve."""
    newest, *older = _folders()
    # The file name only spares reading releases that cannot know the kind; groups can share it, so the index decides.
    name = f"{gvk.kind.lower()}-{gvk.group.partition('.')[0] + '-' if gvk.group else ''}{gvk.version}.json"
    for folder in (newest, *(folder for folder in older if (folder / name).is_file())):
        definition = _index(folder).get(gvk)
        if definition is not None:
            return _linker(folder)(definition)
    return None


@cache
def _folders() -> tuple[Path, ...]:
    """The strict schemas of every Kubernetes version, newest first."""
    # Only the folder is wanted; importing the package costs 0.13 s.
    spec = importlib.util.find_spec("kubernetes_validate")
    places = (spec.submodule_search_locations if spec else None) or []
    folders = [folder for place in places for folder in (Path(place) / "kubernetes-json-schema").glob("v*-local-strict")]
    if not folders:
        raise NativeSchemasMissingError("the schemas of Kubernetes' kinds are missing", remedy="Install kubernetes-validate.")
    return tuple(sorted(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.name)], reverse=True))


@cache
def _definitions(folder: Path) -> Mapping[str, Any]:
    definitions: Mapping[str, Any] = orjson.loads((folder / "_definitions.json").read_bytes())["$defs"]
    return definitions


@cache
def _index(folder: Path) -> Mapping[GroupVersionKind, str]:
    """Which definition is which kind. Options and the like, which belong to every group, are none."""
    kinds = {}
    for name, definition in _definitions(folder).items():
        match definition.get("x-kubernetes-group-version-kind"):
            case [{"group": group, "version": version, "kind": kind}]:
                kinds[GroupVersionKind(group, version, kind)] = name
    return kinds


@cache
def _linker(folder: Path) -> Callable[[str], Mapping[str, Any]]:
    """definition name → its schema, in which each `$ref` has become the very object that it names, be it round a circle."""
    definitions = _definitions(folder)
    linked: dict[str, dict[str, Any]] = {}

    def link(name: str) -> dict[str, Any]:
        if name not in linked:
            linked[name] = {}
            linked[name].update(_plain(definitions[name], link))
        return linked[name]

    return link


def _plain(node: Any, link: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """OpenAPI as Kubernetes publishes it → plain JSON Schema."""
    if "$ref" in node:
        return link(node["$ref"].rpartition("/")[2])
    if "oneOf" in node:  # Quantity and IntOrString; null fits both alternatives, which oneOf would hold against it
        types = sorted({name for part in node["oneOf"] for name in part["type"]})
        return dict(_QUANTITY) if "number" in types else {"type": types}
    plain = {keyword: node[keyword] for keyword in _KEPT if keyword in node} | dict(_FORMATS.get(node.get("format"), {}))
    if "enum" in plain and "null" in plain.get("type", ()):
        plain["enum"] = [*plain["enum"], None]
    if "properties" in node:
        plain["properties"] = {name: _plain(member, link) for name, member in node["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            plain[keyword] = _plain(node[keyword], link)
    return plain
