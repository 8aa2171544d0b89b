"""The objects below one object of a member, by their owner references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.expansion import CHART, KUSTOMIZE
from reconciler.model.health import Health
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, sequence, text

_WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps", "cronjobs.batch", "jobs.batch")
_BELOW: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("replicasets.apps", "pods"),
    "ReplicaSet": ("pods",),
    "StatefulSet": ("pods",),
    "DaemonSet": ("pods",),
    "ReplicationController": ("pods",),
    "Job": ("pods",),
    "CronJob": ("jobs.batch", "pods"),
    "Service": ("endpointslices.discovery.k8s.io",),
    "Pod": (),
    "ConfigMap": (),
    "Secret": (),
    "ServiceAccount": (),
    "Namespace": (),
    "PersistentVolumeClaim": (),
}
"""What the controllers of Kubernetes make of a kind, and of what they made."""
_OF_OTHERS = (*_WORKLOADS, "pods", "services", "persistentvolumeclaims")
"""What the operators of custom kinds usually make."""
_DEEPEST = 20
"""Owners above an object. Nobody makes so many; what a server says must not exhaust this program."""


@dataclass(frozen=True, slots=True)
class Owned:
    """One object, and what it owns."""

    key: ResourceKey
    health: Health
    owned: tuple[Owned, ...] = ()
    """Sorted by kind and name."""


def kinds_below(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds, as arguments of `get`, among which objects below objects of these kinds are looked for; sorted."""
    return tuple(sorted({below for kind in kinds for below in _BELOW.get(kind, _OF_OTHERS)}))


def may_have_pods(key: ResourceKey) -> bool:
    """Whether Pods may be below an object: of a workload of Kubernetes, and of a custom kind in a namespace."""
    if not key.namespace or key.kind in (CHART, KUSTOMIZE):
        return False
    is_custom = "." in key.group and not key.group.endswith(".k8s.io")
    return "pods" in _BELOW.get(key.kind, _OF_OTHERS if is_custom else ())


def owned_by(root: Manifest, objects: Iterable[Manifest], assess: Callable[[Manifest], Health]) -> Owned:
    """The object with everything below it. A ReplicaSet of an earlier revision, which has no Pods and wants none, is left out.

    objects: those of its namespace that may be below it. Owner references that form a circle end where it begins again.
    """
    children: dict[str, list[Manifest]] = {}
    for item in objects:
        for reference in sequence(item, "metadata", "ownerReferences"):
            children.setdefault(text(reference, "uid"), []).append(item)
    return _owned(root, children, assess, frozenset())


def _owned(
    item: Manifest, children: Mapping[str, list[Manifest]], assess: Callable[[Manifest], Health], above: frozenset[str]
) -> Owned:
    uid = text(item, "metadata", "uid")
    below = children.get(uid, []) if uid and uid not in above and len(above) < _DEEPEST else []
    owned = [_owned(child, children, assess, above | {uid}) for child in below if not _is_spent(child, children)]
    return Owned(key_of(item), assess(item), tuple(sorted(owned, key=lambda one: (one.key.kind, one.key.name, one.key))))


def _is_spent(item: Manifest, children: Mapping[str, list[Manifest]]) -> bool:
    return (
        text(item, "kind") == "ReplicaSet"
        and get(item, "spec", "replicas") == 0
        and text(item, "metadata", "uid") not in children
    )
