"""Samples of the built-in kinds, made from the published schemas: they decode, but they need not be valid.

Scalars are never zero: Go leaves most zeros out when it writes an object, which would look like a difference.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate

from reconciler.load.scope import Scope, scope_of

SCHEMA_VERSION = "1.36.0"
_LEAVES: dict[str, tuple[Any, ...]] = {
    "Quantity": ("1", "2Gi"),
    "IntOrString": (1, "50%"),
    "Time": ("2026-01-01T00:00:00Z",),
    "MicroTime": ("2026-01-01T00:00:00.000000Z",),
    "FieldsV1": (),
    "RawExtension": (),
    "JSON": (1,),
    "JSONSchemaPropsOrArray": (),
    "JSONSchemaPropsOrBool": (True,),
    "JSONSchemaPropsOrStringArray": (),
}
"""Types that read themselves from JSON, with samples."""

_WORDS: dict[str, str] = {
    "Container.image": f"a a:1 a:latest registry.io:5000/a a@sha256:{'0' * 64} a:latest@sha256:{'0' * 64}",
    "ImageVolumeSource.reference": "a a:1 a:latest",
    "CustomResourceConversion.strategy": "None Webhook",
    "DaemonSetUpdateStrategy.type": "OnDelete RollingUpdate",
    "DeploymentStrategy.type": "Recreate RollingUpdate",
    "DeviceRequest.allocationMode": "All ExactCount",
    "DeviceSubRequest.allocationMode": "All ExactCount",
    "ExactDeviceRequest.allocationMode": "All ExactCount",
    "JobSpec.completionMode": "Indexed NonIndexed",
    "LimitRangeItem.type": "Container Pod",
    "LimitResponse.type": "Queue Reject",
    "PriorityLevelConfigurationSpec.type": "Exempt Limited",
    "ServiceSpec.sessionAffinity": "ClientIP None",
    "ServiceSpec.type": "ClusterIP ExternalName LoadBalancer NodePort",
    "StatefulSetUpdateStrategy.type": "OnDelete RollingUpdate",
    "Subject.kind": "Group ServiceAccount User",
}
"""Type and field → texts on which defaults depend, separated by spaces. All other texts are `a`."""


_RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
_SERVICE = {"service": {"name": "a", "namespace": "a"}}
_WEBHOOK = {"name": "a.b.c", "clientConfig": _SERVICE, "sideEffects": "None", "admissionReviewVersions": ["v1"]}
_POLICY = {"matchConstraints": {"resourceRules": [_RULE]}}
_APPLY = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
_MUTATIONS: dict[str, Any] = {"reinvocationPolicy": "Never", "mutations": [_APPLY]}
_MATCH: dict[str, Any] = {"matchResources": {"resourceRules": [_RULE]}}
_SELECTED: dict[str, Any] = {"paramRef": {"selector": {}, "parameterNotFoundAction": "Deny"}}

VALID_GROUP = "admissionregistration.k8s.io"
_VALID: dict[str, tuple[dict[str, Any], ...]] = {
    "MutatingAdmissionPolicy": (
        {"spec": {**_POLICY, **_MUTATIONS}},
        {"spec": {**_POLICY, **_MUTATIONS, "failurePolicy": "Ignore"}},
    ),
    "MutatingAdmissionPolicyBinding": tuple({"spec": {"policyName": "a", **more}} for more in ({}, _MATCH, _SELECTED)),
    "MutatingWebhookConfiguration": ({}, {"webhooks": [_WEBHOOK]}, {"webhooks": [{**_WEBHOOK, "rules": [_RULE]}]}),
    "ValidatingAdmissionPolicy": ({"spec": {**_POLICY, "validations": [{"expression": "true"}]}},),
    "ValidatingAdmissionPolicyBinding": tuple(
        {"spec": {"policyName": "a", "validationActions": ["Deny"], **more}} for more in ({}, _MATCH, _SELECTED)
    ),
    "ValidatingWebhookConfiguration": ({}, {"webhooks": [_WEBHOOK]}, {"webhooks": [{**_WEBHOOK, "rules": [_RULE]}]}),
}
"""Kinds that the API server shows to no webhook, so that their samples must be valid."""


@dataclass(frozen=True)
class Kind:
    api_version: str
    kind: str
    definition: str
    """Name of its definition in the schemas."""


@cache
def definitions() -> dict[str, Any]:
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{SCHEMA_VERSION}-local"
    found: dict[str, Any] = json.loads((folder / "_definitions.json").read_text())["$defs"]
    return found


@cache
def kinds() -> tuple[Kind, ...]:
    """Every built-in kind that a file can contain, in every version of the schemas."""
    return tuple(sorted(_kinds(), key=lambda kind: (kind.api_version, kind.kind)))


def _kinds() -> Iterator[Kind]:
    for name, definition in definitions().items():
        match definition.get("x-kubernetes-group-version-kind"):
            case [{"group": group, "version": version, "kind": kind}] if "metadata" in definition.get("properties", {}):
                if not kind.endswith("List"):
                    yield Kind(f"{group}/{version}" if group else version, kind, name)


def short_name(definition: str) -> str:
    """`io.k8s.api.core.v1.Container` → `core.v1.Container`."""
    return ".".join(definition.split(".")[-3:])


def samples(kind: Kind) -> Iterator[dict[str, Any]]:
    """Samples in which every field of every type is absent somewhere: one sample for each type, in which all values of this type
    have only the required fields, while all other types have all their fields; and a few random ones."""
    for number, share in enumerate((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)):
        yield sample(kind, _random(f"{kind.definition} {number}"), share)
    for thin in types_of(kind):
        yield sample(kind, _random(f"{kind.definition} {thin}"), 1.0, thin)


def full_sample(kind: Kind) -> dict[str, Any]:
    """A sample with every field."""
    return sample(kind, _random(kind.definition), 1.0)


def _random(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same samples every time


@cache
def types_of(kind: Kind) -> tuple[str, ...]:
    """The definitions of all types that an object of this kind can contain, sorted."""
    found: set[str] = set()
    waiting = [kind.definition]
    while waiting:
        name = waiting.pop()
        if name in found or not definitions()[name].get("properties") or name.rpartition(".")[2] in (*_LEAVES, "ObjectMeta"):
            continue
        found.add(name)
        for field, schema in definitions()[name]["properties"].items():
            if name != kind.definition or field != "status":
                waiting += [place["$ref"].rpartition("/")[2] for place in _places(schema) if "$ref" in place]
    return tuple(sorted(found))


def _places(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Where a schema of a field can name a type."""
    return [place for place in (schema, schema.get("items"), schema.get("additionalProperties")) if isinstance(place, dict)]


def sample(kind: Kind, choice: random.Random, share: float, thin: str = "") -> dict[str, Any]:
    """An object with every required field, and with about this share of the others; no status. thin: a type with required fields
    only."""
    fields = _sample_of_spec(kind, _Choice(choice, share, thin))
    group = kind.api_version.rpartition("/")[0]
    place = {"namespace": "default"} if scope_of(group, kind.kind) is Scope.NAMESPACED else {}
    metadata = {"name": "a", **place, "labels": {"a": "a"}, "annotations": {"a": "a"}}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **fields}


@dataclass(frozen=True)
class _Choice:
    """What a sample contains."""

    random: random.Random
    share: float
    thin: str

    def has(self, definition: str) -> bool:
        """Whether a value of this type gets one more field that it need not have."""
        return definition != self.thin and self.random.random() < self.share

    def among(self, values: Sequence[Any]) -> Any:
        return self.random.choice(values)


def _sample_of_spec(kind: Kind, choice: _Choice) -> dict[str, Any]:
    if kind.api_version.startswith(f"{VALID_GROUP}/"):
        return dict(choice.among(_VALID[kind.kind]))
    return _fields(kind.definition, choice, (), skip=("metadata", "status"))


def _fields(definition: str, choice: _Choice, outer: tuple[str, ...], skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """outer: the types around this one. A type that contains itself is empty there, or the sample would never end."""
    if definition in outer:
        return {}
    schema = definitions()[definition]
    required = schema.get("required", ())
    if "x-kubernetes-group-version-kind" in schema:
        skip = (*skip, "apiVersion", "kind")
    fields = {}
    for name, member in schema.get("properties", {}).items():
        if name in skip or (name not in required and not choice.has(definition)):
            continue
        value = _value(f"{definition.rpartition('.')[2]}.{name}", member, choice, (*outer, definition))
        if value is not None:
            fields[name] = value
    if fields.get("type") in ("OnDelete", "Recreate"):  # The API server refuses both together.
        fields.pop("rollingUpdate", None)
    return fields


def _value(place: str, schema: dict[str, Any], choice: _Choice, outer: tuple[str, ...]) -> Any:
    if "$ref" in schema:
        definition = schema["$ref"].rpartition("/")[2]
        short = definition.rpartition(".")[2]
        if short in _LEAVES:
            return choice.among(_LEAVES[short]) if _LEAVES[short] else None
        if short == "ObjectMeta":
            return {"labels": {"a": "a"}} if choice.has(definition) else {}
        return _fields(definition, choice, outer)
    types = schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type")]
    match next((one for one in types if one != "null"), None):
        case "array":
            item = _value(place, schema["items"], choice, outer)
            return None if item is None else [item]
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            item = _value(place, schema["additionalProperties"], choice, outer)
            return None if item is None else {"a": item}
        case "object":
            return {}
        case "string" if schema.get("format") == "byte":
            return "YQ=="
        case "string" if schema.get("format") == "date-time":
            return "2026-01-01T00:00:00Z"
        case "string":
            return choice.among(_WORDS.get(place, "a").split(" "))
        case "integer":
            return choice.among((1, 2, 80))
        case "number":
            return 1.5
        case "boolean":
            return True
    return None
