"""Which objects of a cluster are ours, and where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler import __version__
from reconciler.model.manifest import labels_of, text

_MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True, slots=True)
class Release:
    """One installation of a process in a namespace: what Helm would call a release of one of our charts."""

    name: str
    """Of the release, of its chart, and of most of its objects."""
    component: str
    field_manager: str

    @property
    def selector(self) -> dict[str, str]:
        """The labels of the Pod, by which the Deployment, the Service and the NetworkPolicy find it."""
        return {
            "app.kubernetes.io/name": self.name,
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/component": self.component,
        }

    @property
    def labels(self) -> dict[str, str]:
        """On every object."""
        return {**self.selector, "app.kubernetes.io/version": __version__, _MANAGED_BY: "reconciler"}

    @property
    def own_labels(self) -> dict[str, str]:
        """The labels that no other version and no other tool gives. Helm's objects have `managed-by: Helm`. The component is not
        among them: the Service of the dashboard has another one."""
        names = ("app.kubernetes.io/name", "app.kubernetes.io/instance")
        return {**{name: self.selector[name] for name in names}, _MANAGED_BY: "reconciler"}

    def owns(self, live: Mapping[str, Any]) -> bool:
        return self.own_labels.items() <= labels_of(live).items()


LEADER = Release("reconciler", "controller", "reconciler-install")
ACCOUNT = f"{LEADER.name}-controller"
"""The ServiceAccount of the leader, and its Role. `join` gives the name `reconciler` to the account of a member, which may be
this cluster."""

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_PREFIXES: Mapping[str, str] = {
    "ServiceAccount": "/api/v1",
    "Secret": "/api/v1",
    "PersistentVolumeClaim": "/api/v1",
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
ELSEWHERE = ("Role", "RoleBinding")
"""Kinds of which objects may also be in other namespaces: in those of the ServiceAccounts that the process may write as."""
_PLURALS = {"NetworkPolicy": "networkpolicies"}


def has_namespace(kind: str) -> bool:
    return not kind.startswith("Cluster")


def collection(kind: str, namespace: str) -> str:
    """The path of all objects of a kind: those in a namespace where the kind has namespaces. namespace: empty for all."""
    scope = f"/namespaces/{namespace}" if has_namespace(kind) and namespace else ""
    return f"{_PREFIXES[kind]}{scope}/{_PLURALS.get(kind, f'{kind.lower()}s')}"


def path_of(manifest: Mapping[str, Any]) -> str:
    namespace, name = text(manifest, "metadata", "namespace"), text(manifest, "metadata", "name")
    return f"{collection(text(manifest, 'kind'), namespace)}/{name}"
