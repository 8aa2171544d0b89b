"""The objects that both processes have, `run` in a host cluster and `agent` in a member."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.install.owned import Release
from reconciler.install.workload import PAGES, PORT
from reconciler.membership.account import RBAC, RULES, impersonation_rules
from reconciler.model.tenant import IMPERSONATE, ServiceAccount
from reconciler.repo.remote_url import parse_address

RBAC_API = f"{RBAC}/v1"
_EGRESS_PORTS = (22, 443, 6443)
"""Of Git, and of API servers."""


def metadata(release: Release, name: str, namespace: str) -> dict[str, Any]:
    """namespace: empty for a kind that has none."""
    scope = {"namespace": namespace} if namespace else {}
    return {"metadata": {"name": name, **scope, "labels": release.labels}}


def account(release: Release, name: str, namespace: str) -> dict[str, Any]:
    """The ServiceAccount. The Pod alone asks for its token."""
    manifest = {"apiVersion": "v1", "kind": "ServiceAccount", **metadata(release, name, namespace)}
    return {**manifest, "automountServiceAccountToken": False}


def secret(release: Release, name: str, namespace: str, values: Mapping[str, bytes]) -> dict[str, Any]:
    """The values are base64-encoded, not encrypted."""
    data = {key: base64.b64encode(value).decode() for key, value in sorted(values.items())}
    return {"apiVersion": "v1", "kind": "Secret", **metadata(release, name, namespace), "type": "Opaque", "data": data}


def member_rbac(release: Release, name: str, user: str, namespace: str) -> list[dict[str, Any]]:
    """The rights that `join` gives to an account in a member. These kinds have no namespace, so `name` contains it.

    user: the ServiceAccount.
    """
    own = metadata(release, name, "")
    return [
        {"apiVersion": RBAC_API, "kind": "ClusterRole", **own, "rules": [dict(rule) for rule in RULES]},
        {"apiVersion": RBAC_API, "kind": "ClusterRoleBinding", **own, **binds("ClusterRole", name, user, namespace)},
    ]


def impersonation_rbac(
    release: Release, name: str, user: str, namespace: str, accounts: Iterable[ServiceAccount]
) -> list[dict[str, Any]]:
    """The rights to write as other ServiceAccounts, in the namespace of each. name, user, namespace: as for `member_rbac`."""
    name = f"{name}:{IMPERSONATE}"
    found: list[dict[str, Any]] = []
    for place, rules in impersonation_rules(accounts).items():
        own = metadata(release, name, place)
        found.append({"apiVersion": RBAC_API, "kind": "Role", **own, "rules": rules})
        found.append({"apiVersion": RBAC_API, "kind": "RoleBinding", **own, **binds("Role", name, user, namespace)})
    return found


def binds(kind: str, role: str, user: str, namespace: str) -> dict[str, Any]:
    subject = {"kind": "ServiceAccount", "name": user, "namespace": namespace}
    return {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": role}, "subjects": [subject]}


def service(release: Release, namespace: str) -> dict[str, Any]:
    port = {"name": "http", "port": PORT, "targetPort": "http", "protocol": "TCP"}
    spec = {"type": "ClusterIP", "selector": release.selector, "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", **metadata(release, release.name, namespace), "spec": spec}


def pages_service(release: Release, namespace: str) -> dict[str, Any]:
    """Of the dashboard. It is one of its own, so that an Ingress to the pages leads to nothing else."""
    own = metadata(release, f"{release.name}-pages", namespace)
    own["metadata"]["labels"] |= {"app.kubernetes.io/component": "dashboard"}
    port = {"name": PAGES, "port": 80, "targetPort": PAGES, "protocol": "TCP"}
    spec = {"type": "ClusterIP", "selector": release.selector, "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", **own, "spec": spec}


def network_policy(release: Release, namespace: str, url: str, *, pages: bool = False) -> dict[str, Any]:
    """url: of the repository, whose port may be another one than usual. pages: whether the dashboard is served."""
    own_port = parse_address(url).port or ("80" if url.startswith("http:") else "")
    ports = dict.fromkeys([*_EGRESS_PORTS, *([int(own_port)] if own_port else [])])
    dns = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    spec = {
        "podSelector": {"matchLabels": release.selector},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"ports": _tcp([port])} for port in ("http", *([PAGES] if pages else []))],
        "egress": [{"ports": dns}, {"ports": _tcp([*ports])}],
    }
    own = metadata(release, release.name, namespace)
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **own, "spec": spec}


def deployment(release: Release, namespace: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", **metadata(release, release.name, namespace), "spec": dict(spec)}


def _tcp(ports: Sequence[int | str]) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in ports]
