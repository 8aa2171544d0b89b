"""Validates custom resources whose CustomResourceDefinition is in the repository, with the schema in that definition.

A structural schema (Kubernetes: apiextensions.k8s.io/v1, "Specifying a structural schema") is translated to JSON Schema. As in
the API server, null at a field that is not nullable counts as absent, and a required field with a default may be left out. An
unknown field is a warning, because the API server prunes it. Only the API server checks CEL rules, formats and patterns.
(Patterns use RE2, which differs from Python's regular expressions; a pattern that is harmless in RE2 can take exponential time
in Python.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.interpreter.containers import defined_kind
from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.api_server_rules import METADATA
from reconciler.load.schemas.explain_violations import ReportOptions, Violation, explain
from reconciler.load.schemas.list_keys import keyword_of
from reconciler.load.schemas.quick_check import Validator, compile_schema
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, mapping, sequence, text

_OPTIONS = ReportOptions(Severity.WARNING, "the API server drops such fields silently")

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_COPIED = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")


@dataclass(frozen=True, slots=True, eq=False)
class CRDSchema:
    """The schema of one version of a CustomResourceDefinition, compiled once."""

    structural: Mapping[str, Any]
    """`openAPIV3Schema`, as written."""
    schema: Mapping[str, Any]
    """The same as JSON Schema."""
    is_valid: Validator | None
    """None where the schema has a keyword that `quick_check` does not compile."""


def schemas_of_crd(crd: Manifest) -> Mapping[GroupVersionKind, CRDSchema]:
    """Kind → schema, for each version that has one; empty if the CustomResourceDefinition is invalid."""
    if kubernetes_kinds.validate(crd, gvk_of(crd)):
        return {}
    group, kind = defined_kind(crd)
    return {
        GroupVersionKind(group, text(version, "name"), kind): _compiled(mapping(version, "schema", "openAPIV3Schema"))
        for version in sequence(crd, "spec", "versions")
        if mapping(version, "schema", "openAPIV3Schema")
    }


def validate(document: Manifest, crd_schema: CRDSchema) -> list[Violation]:
    """The violations of a custom resource, sorted by path. Its `status` is not validated."""
    stored = _without_nulls({name: part for name, part in document.items() if name != "status"}, crd_schema.structural)
    if crd_schema.is_valid is not None and crd_schema.is_valid(stored, None):
        return []
    return explain(crd_schema.schema, stored, _OPTIONS)


def _compiled(structural: Mapping[str, Any]) -> CRDSchema:
    schema = _json_schema({**structural, "type": "object"})
    schema["properties"] = {
        **schema.get("properties", {}),
        "apiVersion": {},
        "kind": {},
        "metadata": METADATA,
    }
    return CRDSchema(structural, schema, compile_schema(schema))


def _json_schema(node: Mapping[str, Any]) -> dict[str, Any]:
    """One node of a structural schema, with everything below it."""
    schema = _constraints(node)
    types = [name for name in (node.get("type"),) if name in _TYPES]
    if node.get("x-kubernetes-int-or-string"):
        types = ["integer", "string"]
    nullable = node.get("nullable") is True
    if types:
        schema["type"] = [*types, "null"] if nullable else types
    if nullable and "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if "items" in node:
        schema["items"] = _json_schema(mapping(node, "items"))
        schema |= keyword_of(node)
    if types == ["object"]:
        schema |= _object(node)
    return schema


def _object(node: Mapping[str, Any]) -> dict[str, Any]:
    members = mapping(node, "properties")
    optional = {name for name, member in members.items() if isinstance(member, Mapping) and "default" in member}
    properties = {name: _json_schema(member) for name, member in members.items() if isinstance(member, Mapping)}
    if node.get("x-kubernetes-embedded-resource"):
        properties = {"apiVersion": {}, "kind": {}, "metadata": {}, **properties}
    others = node.get("additionalProperties")
    if isinstance(others, Mapping):
        others = _json_schema(others)
    elif others is not True:
        others = bool(node.get("x-kubernetes-preserve-unknown-fields"))
    required = [name for name in sequence(node, "required") if name not in optional]
    return {"properties": properties, "additionalProperties": others, "required": required}


def _constraints(node: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords that limit values without describing their structure. Only these may occur in allOf, anyOf, oneOf and not."""
    schema = {keyword: node[keyword] for keyword in _COPIED if keyword in node}
    if "enum" in node:
        schema["enum"] = list(sequence(node, "enum"))
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if bound in node:
            schema[exclusive if node.get(exclusive) is True else bound] = node[bound]
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts = [_value_rule(part) for part in sequence(node, keyword) if isinstance(part, Mapping)]
        if parts:
            schema[keyword] = parts
    if isinstance(node.get("not"), Mapping):
        schema["not"] = _value_rule(node["not"])
    return schema


def _value_rule(node: Mapping[str, Any]) -> dict[str, Any]:
    schema = _constraints(node)
    if "required" in node:
        schema["required"] = list(sequence(node, "required"))
    if "properties" in node:
        members = mapping(node, "properties").items()
        schema["properties"] = {name: _value_rule(member) for name, member in members if isinstance(member, Mapping)}
    if isinstance(node.get("items"), Mapping):
        schema["items"] = _value_rule(node["items"])
    return schema


def _without_nulls(value: Any, node: Any) -> Any:
    """A copy without those nulls that the API server drops (apiextensions-apiserver pkg/apiserver/schema/defaulting)."""
    if isinstance(value, list):
        return [_without_nulls(item, mapping(node, "items")) for item in value]
    if not isinstance(value, dict):
        return value
    members, others = mapping(node, "properties"), mapping(node, "additionalProperties")
    parts = [(name, part, mapping(members, name) or others) for name, part in value.items()]
    return {
        name: _without_nulls(part, schema)
        for name, part, schema in parts
        if part is not None or not schema or schema.get("nullable") is True
    }
