"""Built-in kinds in versions that the newest Kubernetes does not serve: since when, and which version to write instead.

The recorded schemas show what was removed since 1.26. What was removed before is listed here (Kubernetes documentation,
"Deprecated API Migration Guide").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.explain_violations import UNKNOWN_VERSION, Violation
from reconciler.load.scope import scope_of
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind

_WORKLOADS = "DaemonSet Deployment ReplicaSet StatefulSet"
_REMOVED: Mapping[str, Mapping[str, str]] = {
    "1.16": {
        "apps/v1beta1": _WORKLOADS,
        "apps/v1beta2": _WORKLOADS,
        "extensions/v1beta1": "DaemonSet Deployment NetworkPolicy PodSecurityPolicy ReplicaSet",
    },
    "1.22": {
        "admissionregistration.k8s.io/v1beta1": "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/v1beta1": "CustomResourceDefinition",
        "apiregistration.k8s.io/v1beta1": "APIService",
        "certificates.k8s.io/v1beta1": "CertificateSigningRequest",
        "coordination.k8s.io/v1beta1": "Lease",
        "extensions/v1beta1": "Ingress",
        "networking.k8s.io/v1beta1": "Ingress IngressClass",
        "rbac.authorization.k8s.io/v1beta1": "ClusterRole ClusterRoleBinding Role RoleBinding",
        "scheduling.k8s.io/v1beta1": "PriorityClass",
        "storage.k8s.io/v1beta1": "CSIDriver CSINode StorageClass VolumeAttachment",
    },
    "1.25": {
        "autoscaling/v2beta1": "HorizontalPodAutoscaler",
        "batch/v1beta1": "CronJob",
        "discovery.k8s.io/v1beta1": "EndpointSlice",
        "events.k8s.io/v1beta1": "Event",
        "node.k8s.io/v1beta1": "RuntimeClass",
        "policy/v1beta1": "PodDisruptionBudget PodSecurityPolicy",
    },
}
_SINCE: Mapping[GroupVersionKind, str] = {
    GroupVersionKind.parse(api_version, kind): release
    for release, versions in _REMOVED.items()
    for api_version, kinds in versions.items()
    for kind in kinds.split()
}
_MOVED = {
    ("extensions", "DaemonSet"): "apps",
    ("extensions", "Deployment"): "apps",
    ("extensions", "ReplicaSet"): "apps",
    ("extensions", "Ingress"): "networking.k8s.io",
    ("extensions", "NetworkPolicy"): "networking.k8s.io",
}
"""Group and kind → the group that has the kind today."""
_DIVIDED = ("Deployment", "StatefulSet")
"""Kinds of `_REMOVED` with replicas that Karmada divides, in apps/v1 only (pkg/resourceinterpreter/default/native)."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A built-in kind in a version that the newest Kubernetes does not serve."""

    since: str
    """The first release without it, such as `1.22`; empty if no recorded release had it."""
    replacement: GroupVersionKind | None
    """The kind in the version to write; None if Kubernetes has no such kind any more."""


@lru_cache(4096)
def removed(gvk: GroupVersionKind) -> Removed | None:
    """None for what the newest Kubernetes serves, and for kinds that are not built in."""
    newest, *older = kubernetes_kinds.releases()
    if gvk in kubernetes_kinds.kinds_of(newest) or not _is_builtin(gvk):
        return None
    since, later = _SINCE.get(gvk, ""), newest
    for release in older if not since else ():
        if gvk in kubernetes_kinds.kinds_of(release):
            since = later
            break
        later = release
    group = _MOVED.get((gvk.group, gvk.kind), gvk.group)
    candidates = [kind for kind in kubernetes_kinds.kinds_of(newest) if (kind.group, kind.kind) == (group, gvk.kind)]
    return Removed(since, max(candidates, key=lambda kind: kind.maturity, default=None))


def never_served(gvk: GroupVersionKind) -> bool:
    """Whether this is a built-in kind in a version that no recorded Kubernetes serves or served. A member may be newer."""
    found = removed(gvk)
    return found is not None and not found.since


def removed_versions() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(group, kind) → the versions that were removed before the recorded releases, sorted."""
    versions: dict[tuple[str, str], list[str]] = {}
    for gvk in sorted(_SINCE):
        versions.setdefault((gvk.group, gvk.kind), []).append(gvk.version)
    return {kind: tuple(found) for kind, found in versions.items()}


def removed_violations(gvk: GroupVersionKind) -> list[Violation]:
    """An error about a version that was never served, a warning about one that is not served any more; empty for what the newest
    Kubernetes serves."""
    found = removed(gvk)
    if found is None:
        return []
    newest = kubernetes_kinds.releases()[0]
    remedy = f"Kubernetes {newest} has no {gvk.kind}: leave the object out, unless a member is older."
    if found.replacement:
        remedy = f"Write {found.replacement.api_version}, and check the fields: they may differ."
    if not found.since:
        message = f"no Kubernetes up to {newest} serves {gvk.kind} in {gvk.api_version}"
        return [Violation(("apiVersion",), Severity.ERROR, UNKNOWN_VERSION, message, remedy)]
    message = f"no Kubernetes since {found.since} serves {gvk.kind} in {gvk.api_version}"
    if gvk.kind in _DIVIDED:
        message += "; Karmada's rules for replicas do not know this version, so every member gets all of them"
    return [Violation(("apiVersion",), Severity.WARNING, "RemovedVersion", message, remedy)]


def _is_builtin(gvk: GroupVersionKind) -> bool:
    groups = {kind.group for kind in kubernetes_kinds.newest_kinds()}
    return (gvk.group in groups or gvk in _SINCE) and scope_of(gvk.group, gvk.kind) is not None
