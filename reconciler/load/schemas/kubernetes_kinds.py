"""Validates the built-in kinds of Kubernetes offline, with the schemas in the package kubernetes-validate. The `validate()` of
that package is not used: it reads and resolves the schemas again for each document (12.6 s per 1,000). Here each kind is compiled
once.

The schema is that of the newest Kubernetes version that has the kind: it has the fields of all older versions, except a few
alpha fields. What goes to a member is also validated by the schema of the member's own release, which may lack newer fields.
Unknown fields are errors, because server-side apply refuses them. `status` is not validated, because it is not applied. As in the
API server, null counts as absent where a field is not required.

Stricter than the published schemas only where the API server is stricter too: base64, quantities, ranges of integers, and the
rules of `api_server_rules.py`.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson

from reconciler.errors import ReconcilerError
from reconciler.load.schemas.api_server_rules import with_rules
from reconciler.load.schemas.explain_violations import ReportOptions, Violation, explain
from reconciler.load.schemas.list_keys import keyword_of
from reconciler.load.schemas.quick_check import Validator, compile_schema
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest

_OPTIONS = ReportOptions(Severity.ERROR, "the API server refuses to apply such fields")

_QUANTITY = {
    "type": ["string", "number", "null"],
    "pattern": r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?\s*$",
    "errorMessage": "must be a quantity. Write a number, with a suffix where needed: 500m, 2, 128Mi, 10G.",
}
"""resource.Quantity (k8s.io/apimachinery pkg/api/resource)."""

_DIGIT = "(?:[A-Za-z0-9+/][\r\n]*+)"
"""One digit of base64. Go's decoder (encoding/base64) skips line breaks."""

_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "byte": {
        "pattern": f"^[\r\n]*(?:{_DIGIT}{{4}})*+(?:{_DIGIT}{{2}}=[\r\n]*=|{_DIGIT}{{3}}=)?[\r\n]*$",
        "errorMessage": "must be base64. Encode it; a Secret also takes plain text, under stringData.",
    },
}
"""format → the rule that the API server's decoder applies, as JSON Schema."""

_KINDS = 4096
"""Kinds and versions that are remembered: they are text of users."""
_COPIED_KEYWORDS = ("type", "required", "enum", "additionalProperties")


class BuiltinSchemasMissingError(ReconcilerError):
    """The package kubernetes-validate, which contains the schemas, is not installed."""


def knows(gvk: GroupVersionKind) -> bool:
    """Whether this is a built-in kind, in an API version that at least one Kubernetes version since 1.25 serves."""
    return _schema(gvk) is not None


def validate(document: Manifest, gvk: GroupVersionKind, release: str = "", valid: Manifest | None = None) -> list[Violation]:
    """The violations of a document of a built-in kind, sorted by path; empty for other kinds.

    release: one of `releases()`, whose schema counts where it has the kind; by default the newest that has it.
    valid: a document of the same kind without violations. What the two share is not checked again.
    """
    applied = {name: member for name, member in document.items() if name != "status"} if "status" in document else document
    is_valid = _validator(gvk, release)
    if is_valid is not None and is_valid(applied, valid):
        return []
    schema = _schema(gvk, release)
    return [] if schema is None else explain(schema, applied, _OPTIONS)


def releases() -> tuple[str, ...]:
    """The Kubernetes releases whose schemas are recorded, newest first, such as `1.34`."""
    return tuple(map(_release, _folders()))


@lru_cache(_KINDS)
def release_of(version: str) -> str:
    """The recorded release that describes a server of this version, such as `v1.31.2+k3s1`: its own, else the newest one before
    it, else the oldest. Empty for the newest release, for servers that are newer, and for a version that is not known."""
    match = _SERVER_VERSION.match(version)
    if match is None:
        return ""
    newest, *older = releases()
    minor = _numbers(match[0])
    if minor >= _numbers(newest):
        return ""
    return next((release for release in older if _numbers(release) <= minor), older[-1] if older else "")


_SERVER_VERSION = re.compile(r"v?\d{1,4}\.\d{1,4}")


def _numbers(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", text)]


def kinds_of(release: str) -> Collection[GroupVersionKind]:
    """All kinds that this release serves, in all their versions."""
    return _index(_folders()[releases().index(release)]).keys()


def newest_kinds() -> Collection[GroupVersionKind]:
    """The kinds of the newest recorded release."""
    return kinds_of(releases()[0])


@lru_cache(_KINDS)
def _validator(gvk: GroupVersionKind, release: str = "") -> Validator | None:
    schema = _schema(gvk, release)
    return None if schema is None else compile_schema(schema)


@lru_cache(_KINDS)
def _schema(gvk: GroupVersionKind, release: str = "") -> Mapping[str, Any] | None:
    """The schema of the kind, without `$ref`: in this release if it has the kind, or else in the newest one that has it."""
    newest, *older = sorted(_folders(), key=lambda folder: _release(folder) != release)
    # The file name only avoids reading releases that cannot have the kind. Groups can share a file name, so the index decides.
    # The kind is text of a user, so it is looked up among the names of the folder and never becomes a path.
    name = f"{gvk.kind.lower()}-{gvk.group.partition('.')[0] + '-' if gvk.group else ''}{gvk.version}.json"
    for folder in (newest, *(folder for folder in older if name in _file_names(folder))):
        definition = _index(folder).get(gvk)
        if definition is not None:
            return _linker(folder)(definition)
    return None


@cache
def _folders() -> tuple[Path, ...]:
    """The strict schemas of every Kubernetes version, newest first."""
    # Only the folder is needed; importing the package costs 0.13 s.
    spec = importlib.util.find_spec("kubernetes_validate")
    places = (spec.submodule_search_locations if spec else None) or []
    folders = [folder for place in places for folder in (Path(place) / "kubernetes-json-schema").glob("v*-local-strict")]
    if not folders:
        raise BuiltinSchemasMissingError("the schemas of the built-in kinds are missing", remedy="Install kubernetes-validate.")
    return tuple(sorted(folders, key=lambda folder: _numbers(folder.name), reverse=True))


def _release(folder: Path) -> str:
    return ".".join(re.findall(r"\d+", folder.name)[:2])


@cache
def _file_names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir())


@cache
def _definitions(folder: Path) -> Mapping[str, Any]:
    definitions: Mapping[str, Any] = orjson.loads((folder / "_definitions.json").read_bytes())["$defs"]
    return definitions


@cache
def _index(folder: Path) -> Mapping[GroupVersionKind, str]:
    """Kind → name of its definition. Types that belong to every group, such as DeleteOptions, are not included."""
    kinds = {}
    for name, definition in _definitions(folder).items():
        match definition.get("x-kubernetes-group-version-kind"):
            case [{"group": group, "version": version, "kind": kind}]:
                kinds[GroupVersionKind(group, version, kind)] = name
    return kinds


@cache
def _linker(folder: Path) -> Callable[[str], Mapping[str, Any]]:
    """A function: definition name → its schema, in which each `$ref` is replaced by the object that it names. Schemas may be
    circular."""
    definitions = _definitions(folder)
    linked: dict[str, dict[str, Any]] = {}

    def link(name: str) -> dict[str, Any]:
        if name not in linked:
            linked[name] = {}
            linked[name].update(with_rules(name, _plain(definitions[name], link)))
        return linked[name]

    return link


def _plain(node: Any, link: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """One node of the OpenAPI schema that Kubernetes publishes → JSON Schema."""
    if "$ref" in node:
        return link(node["$ref"].rpartition("/")[2])
    if "oneOf" in node:  # Quantity and IntOrString. Null matches both alternatives, and oneOf would refuse it for that.
        types = sorted({name for part in node["oneOf"] for name in part["type"]})
        return dict(_QUANTITY) if "number" in types else {"type": types}
    plain = {keyword: node[keyword] for keyword in _COPIED_KEYWORDS if keyword in node} | dict(
        _FORMATS.get(node.get("format"), {})
    )
    plain |= keyword_of(node)
    if "enum" in plain and "null" in plain.get("type", ()):
        plain["enum"] = [*plain["enum"], None]
    if "properties" in node:
        plain["properties"] = {name: _plain(member, link) for name, member in node["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            plain[keyword] = _plain(node[keyword], link)
    return plain
