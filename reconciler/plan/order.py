"""The order in which kinds are written; pruning runs in reverse.

Objects that other objects need come first: namespaces, definitions of kinds, RBAC, configuration, storage, services, then
workloads. Webhooks come last, because they intercept writes. Where Argo CD, Flux, cli-utils and Helm agree on the order of two
kinds, we use the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Protocol, TypeVar

from reconciler.model.keys import ResourceKey


class _Keyed(Protocol):
    @property
    def key(self) -> ResourceKey: ...


T = TypeVar("T", bound=_Keyed)

_ORDER: tuple[tuple[str, str], ...] = (
    ("", "Namespace"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("policy", "PodDisruptionBudget"),
    ("storage.k8s.io", "StorageClass"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "ServiceAccount"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Service"),
    ("apps", "DaemonSet"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "ReplicaSet"),
    ("apps", "Deployment"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "Ingress"),
    ("apiregistration.k8s.io", "APIService"),
)
_LAST: tuple[tuple[str, str], ...] = (
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
)
_RANKS = {kind: rank for rank, kind in enumerate(_ORDER)} | {kind: len(_ORDER) + 1 + rank for rank, kind in enumerate(_LAST)}


_KEY = attrgetter("key")


def apply_order(key: ResourceKey) -> tuple[int, ResourceKey]:
    """Sort key for writing: the rank of the kind, then the name."""
    return _rank(key), key


def in_order(items: Iterable[T]) -> tuple[tuple[T, ...], ...]:
    """Items in any order in the order of writing, as `by_rank` groups them."""
    groups: dict[int, list[T]] = {}
    for item in items:
        groups.setdefault(_rank(item.key), []).append(item)
    return tuple(tuple(sorted(groups[rank], key=_KEY)) for rank in sorted(groups))


def by_rank(items: Iterable[T]) -> tuple[tuple[T, ...], ...]:
    """Items in the order of writing, or in its reverse, as one group per rank: no item of a group stands on another."""
    return tuple(tuple(group) for _, group in groupby(items, key=lambda item: _rank(item.key)))


def _rank(key: ResourceKey) -> int:
    """Kinds that are not listed come after `_ORDER` and before `_LAST`."""
    return _RANKS.get((key.group, key.kind), len(_ORDER))
