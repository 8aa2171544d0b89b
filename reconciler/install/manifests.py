"""The objects that `install` creates: those of `charts/reconciler` with the values that the request stands for.

    ServiceAccount, Role, RoleBinding       `get` on the Secrets of the namespace: the credentials of members
    ClusterRole, ClusterRoleBinding         only where the host cluster is a member itself
    Secret                                  only with a folder of credentials
    Service, NetworkPolicy, Deployment      the process

The Namespace is not among them: it may hold objects of other people, so it is created where it is missing and never deleted.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from reconciler.install.owned import ACCOUNT, LABELS, NAME, SELECTOR
from reconciler.install.request import GIT_SECRET, InstallRequest
from reconciler.install.workload import PORT, workload_spec
from reconciler.membership.account import RBAC, RULES

_RBAC_API = f"{RBAC}/v1"
_EGRESS_PORTS = (22, 443, 6443)
"""Of Git, and of the API servers of members."""


def manifests(request: InstallRequest) -> list[dict[str, Any]]:
    """In the order in which they are created. The Secret contains the credentials, base64-encoded."""
    namespace = request.namespace
    account = {"apiVersion": "v1", "kind": "ServiceAccount", **_metadata(ACCOUNT, namespace)}
    return [
        {**account, "automountServiceAccountToken": False},
        *_git_secret(request),
        *_members_rbac(namespace),
        *(_host_member_rbac(namespace) if request.host_member else []),
        _service(namespace),
        _network_policy(namespace),
        {"apiVersion": "apps/v1", "kind": "Deployment", **_metadata(NAME, namespace), "spec": workload_spec(request)},
    ]


def _metadata(name: str, namespace: str) -> dict[str, Any]:
    scope = {"namespace": namespace} if namespace else {}
    return {"metadata": {"name": name, **scope, "labels": dict(LABELS)}}


def _git_secret(request: InstallRequest) -> list[dict[str, Any]]:
    credentials = request.repository.credentials
    if not credentials:
        return []
    data = {key: base64.b64encode(value).decode() for key, value in sorted(credentials.items())}
    return [{"apiVersion": "v1", "kind": "Secret", **_metadata(GIT_SECRET, request.namespace), "type": "Opaque", "data": data}]


def _members_rbac(namespace: str) -> list[dict[str, Any]]:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    metadata = _metadata(ACCOUNT, namespace)
    return [
        {"apiVersion": _RBAC_API, "kind": "Role", **metadata, "rules": [rule]},
        {"apiVersion": _RBAC_API, "kind": "RoleBinding", **metadata, **_binds("Role", ACCOUNT, namespace)},
    ]


def _host_member_rbac(namespace: str) -> list[dict[str, Any]]:
    """The rights that `join` gives to an account in a member. These kinds have no namespace, so the name contains it."""
    name = f"{NAME}-host-member:{namespace}"
    metadata = _metadata(name, "")
    return [
        {"apiVersion": _RBAC_API, "kind": "ClusterRole", **metadata, "rules": [dict(rule) for rule in RULES]},
        {"apiVersion": _RBAC_API, "kind": "ClusterRoleBinding", **metadata, **_binds("ClusterRole", name, namespace)},
    ]


def _binds(kind: str, role: str, namespace: str) -> dict[str, Any]:
    subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}
    return {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": role}, "subjects": [subject]}


def _service(namespace: str) -> dict[str, Any]:
    port = {"name": "http", "port": PORT, "targetPort": "http", "protocol": "TCP"}
    spec = {"type": "ClusterIP", "selector": dict(SELECTOR), "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", **_metadata(NAME, namespace), "spec": spec}


def _network_policy(namespace: str) -> dict[str, Any]:
    dns = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    spec = {
        "podSelector": {"matchLabels": dict(SELECTOR)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"ports": _tcp(["http"])}],
        "egress": [{"ports": dns}, {"ports": _tcp(_EGRESS_PORTS)}],
    }
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **_metadata(NAME, namespace), "spec": spec}


def _tcp(ports: Sequence[int | str]) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in ports]
