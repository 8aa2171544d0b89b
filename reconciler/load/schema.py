"""The kinds that we and Karmada define: which there are, and what is wrong with a document of one.

Their schemas are files (`schemas/` at the top of the project, also for editors and kubeconform); they say what Karmada's
resource definitions and, where one place is enough to tell, its webhooks say. What compares several places of an object (the
same taint twice, a namespace unlike the policy's) is `admission/`'s business. Built-in kinds: `native.py`; kinds that
a CustomResourceDefinition in the repository defines: `custom.py`.

An unknown field of a Karmada kind is a warning: Karmada's API server drops it in silence, so existing files have them. In a
`Configuration` it is an error: a misspelt `exclude` must not be acted on as if it were absent.
"""

from __future__ import annotations

from collections.abc import Mapping
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

UNREAD_KINDS: Mapping[tuple[str, str], str] = {
    ("work.karmada.io", "Work"): "works are made from templates and policies in each pass; commit the manifest itself",
    ("work.karmada.io", "ResourceBinding"): "decisions are made from policies, and recorded on the status branch",
    ("work.karmada.io", "ClusterResourceBinding"): "decisions are made from policies, and recorded on the status branch",
    ("networking.karmada.io", "MultiClusterService"): "Services are not yet connected across clusters",
    ("networking.karmada.io", "MultiClusterIngress"): "it is for controllers that read a Karmada API server",
    ("autoscaling.karmada.io", "FederatedHPA"): "nothing scales across clusters yet; propagate an autoscaler to each",
    ("autoscaling.karmada.io", "CronFederatedHPA"): "nothing scales by the clock; change replicas by commits",
    ("remedy.karmada.io", "Remedy"): "it is for controllers that read a Karmada API server",
    ("search.karmada.io", "ResourceRegistry"): "it configures the cache of Karmada's search server",
    ("config.karmada.io", "ResourceInterpreterWebhookConfiguration"): (
        "kinds are interpreted in this program, without webhooks; write a ResourceInterpreterCustomization"
    ),
    ("operator.karmada.io", "Karmada"): "it installs a Karmada control plane, and there is none here",
}
"""Karmada kinds, by (group, kind), that have no effect here, each with the reason as a clause: "… has no effect: REASON"."""

_OUR_GROUP = "reconciler.dev"
_KARMADA = Manner(Severity.WARNING, "Karmada drops such fields without a word", quotes=True)
_OURS = Manner(Severity.ERROR, "what it was meant to say would be lost", quotes=True)


class SchemasMissingError(ReconcilerError):
    """The schema files are neither in the installed package nor beside the source tree."""


def complaints(document: Manifest, gvk: GroupVersionKind) -> list[Complaint]:
    """What is wrong with a document of one of `known_kinds()`, sorted by path; empty for other kinds.

    Members that are null count as absent, as in Karmada's API server.
    """
    schema = _schemas().get(gvk)
    if schema is None:
        return []
    stored = _without_nulls(document)
    accepts = _acceptor(gvk)
    if accepts is not None and accepts(stored):
        return []
    return explain(schema, stored, _OURS if gvk.group == _OUR_GROUP else _KARMADA)


def is_ours_to_read(group: str) -> bool:
    """Whether documents of this API group are Karmada's or ours, and so never resource templates."""
    return group == _OUR_GROUP or group.endswith(".karmada.io")


def known_kinds() -> frozenset[GroupVersionKind]:
    """The kinds that have a schema."""
    return frozenset(_schemas())


def schema_of(gvk: GroupVersionKind) -> Mapping[str, Any]:
    """The schema of one of `known_kinds()`; for other kinds the one that everything fits."""
    return _schemas().get(gvk, {})


def schema_folder() -> Path:
    """Where the schema files are: inside an installed wheel, or at the top of the source tree.

    Raises SchemasMissingError. (The files belong to the program; reading them is not reading the world.)
    """
    package = Path(__file__).parents[1]
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
def _acceptor(gvk: GroupVersionKind) -> Accepts | None:
    return compile_schema(_schemas()[gvk])


@cache
def _read(file: Path) -> Any:
    return orjson.loads(file.read_bytes())


def _gvk_of_schema(schema: Mapping[str, Any]) -> GroupVersionKind:
    members = schema["properties"]
    return GroupVersionKind.parse(members["apiVersion"]["const"], members["kind"]["const"])


def _linked(node: Any, file: Path) -> Any:
    """A schema with every `$ref` replaced by what it names (our schemas do not nest without end); members beside it win."""
    if isinstance(node, list):
        return [_linked(item, file) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {name: _linked(member, file) for name, member in node.items() if name != "$ref"}
    if "$ref" not in node:
        return beside
    name, _, pointer = node["$ref"].partition("#")
    target = (file.parent / name).resolve() if name else file
    part = _read(target)
    for step in pointer.removeprefix("/").split("/"):
        part = part[step]
    return {**_linked(part, target), **beside}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
