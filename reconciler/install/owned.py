"""Which objects of the host cluster are ours, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler import __version__
from reconciler.model.manifest import labels_of, text

FIELD_MANAGER = "reconciler-install"
NAME = "reconciler"
"""The name of the release, as Helm would call it, and of most of its objects."""
ACCOUNT = f"{NAME}-controller"
"""The ServiceAccount, and its Role. `join` gives the name `reconciler` to the account of a member, which may be this cluster."""

_MANAGED_BY = "app.kubernetes.io/managed-by"
SELECTOR: Mapping[str, str] = {
    "app.kubernetes.io/name": NAME,
    "app.kubernetes.io/instance": NAME,
    "app.kubernetes.io/component": "controller",
}
"""The labels of the Pod, by which the Deployment, the Service and the NetworkPolicy find it."""
LABELS: Mapping[str, str] = {**SELECTOR, "app.kubernetes.io/version": __version__, _MANAGED_BY: NAME}
"""On every object."""
OURS: Mapping[str, str] = {**SELECTOR, _MANAGED_BY: NAME}
"""The labels that no other version and no other tool gives. Helm's objects have `managed-by: Helm`."""

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_PREFIXES: Mapping[str, str] = {
    "ServiceAccount": "/api/v1",
    "Secret": "/api/v1",
    "Service": "/api/v1",
    "Role": _RBAC,
    "RoleBinding": _RBAC,
    "ClusterRole": _RBAC,
    "ClusterRoleBinding": _RBAC,
    "NetworkPolicy": "/apis/networking.k8s.io/v1",
    "Deployment": "/apis/apps/v1",
}
"""In the order in which they are created. They are deleted in the reverse order, so the process ends before its rights do."""
KINDS = tuple(_PREFIXES)
_PLURALS = {"NetworkPolicy": "networkpolicies"}


def has_namespace(kind: str) -> bool:
    return not kind.startswith("Cluster")


def collection(kind: str, namespace: str) -> str:
    """The path of all objects of a kind: those in a namespace where the kind has namespaces."""
    scope = f"/namespaces/{namespace}" if has_namespace(kind) else ""
    return f"{_PREFIXES[kind]}{scope}/{_PLURALS.get(kind, f'{kind.lower()}s')}"


def path_of(manifest: Mapping[str, Any]) -> str:
    namespace, name = text(manifest, "metadata", "namespace"), text(manifest, "metadata", "name")
    return f"{collection(text(manifest, 'kind'), namespace)}/{name}"


def is_ours(live: Mapping[str, Any]) -> bool:
    return OURS.items() <= labels_of(live).items()
