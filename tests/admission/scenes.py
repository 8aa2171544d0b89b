"""One scene: what a cluster holds, and the requests that are made to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

Document = dict[str, Any]
POLICIES = "admissionregistration.k8s.io/v1"
GROUP = "scenes.example.org"


@dataclass(frozen=True)
class Request:
    """One server-side apply."""

    object: Document
    old: Document | None = None
    """The object that the cluster holds already; None where the request creates it."""


@dataclass(frozen=True)
class Scene:
    name: str
    objects: Sequence[Document]
    """Policies, bindings, parameters and CustomResourceDefinitions."""
    requests: Sequence[Request]
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {"default": {}})
    """Name → labels, besides the one with the name that each gets from the server."""


def all_scenes() -> Iterator[Scene]:
    for name in ("matching", "expressions", "params", "outcomes", "definitions"):
        yield from import_module(f"tests.admission.scenes_of_{name}").scenes()


def rule(
    resources: str = "configmaps", groups: str = "", versions: str = "*", operations: str = "CREATE UPDATE", **more: Any
) -> Document:
    """One item of resourceRules; several names are separated by spaces."""
    return {
        "apiGroups": [""] if not groups else groups.split(),
        "apiVersions": versions.split(),
        "resources": resources.split(),
        "operations": operations.split(),
        **more,
    }


def policy(name: str, *validations: Document | str, match: Document | None = None, **spec: Any) -> Document:
    """A ValidatingAdmissionPolicy. A validation that is text is its expression."""
    return {
        "apiVersion": POLICIES,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule()]} if match is None else match,
            "validations": [{"expression": one} if isinstance(one, str) else one for one in validations],
            **spec,
        },
    }


def binding(policy_name: str, name: str = "", actions: str = "Deny", **spec: Any) -> Document:
    return {
        "apiVersion": POLICIES,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name or f"{policy_name}-binding"},
        "spec": {"policyName": policy_name, "validationActions": actions.split(), **spec},
    }


def bound(
    name: str, *validations: Document | str, match: Document | None = None, actions: str = "Deny", **spec: Any
) -> list[Document]:
    """A policy and its binding."""
    return [policy(name, *validations, match=match, **spec), binding(name, actions=actions)]


def config_map(name: str = "subject", namespace: str = "default", labels: Document | None = None, **data: str) -> Document:
    metadata = {"name": name, "namespace": namespace} | ({"labels": labels} if labels else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def deployment(name: str = "subject", labels: Document | None = None, pod: Document | None = None, **spec: Any) -> Document:
    containers = {"containers": [{"name": "app", "image": "nginx:1.27"}]} if pod is None else pod
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {"app": name}},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": containers},
            **spec,
        },
    }


def definition(
    kind: str, properties: Document, *, scope: str = "Namespaced", spec_more: Document | None = None, **schema: Any
) -> Document:
    """A CustomResourceDefinition whose schema has this `spec`; schema: more keywords of the root."""
    plural = f"{kind.lower()}s"
    root = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": properties, **(spec_more or {})}},
        **schema,
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": scope,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}}],
        },
    }


def custom(kind: str, name: str = "subject", metadata: Document | None = None, /, **spec: Any) -> Document:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default", **(metadata or {})},
        "spec": spec,
    }
