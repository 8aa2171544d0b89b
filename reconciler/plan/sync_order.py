"""Phases and waves of a set of objects, as Argo CD orders them (gitops-engine: pkg/sync/sync_context.go, sync_tasks.go).

Objects are ordered by phase, then by wave, then by kind, then by name. A Namespace or a definition then moves in front of the
first object that needs it, and takes over its phase and wave. The waves of objects that are removed are exchanged among
themselves, the lowest with the highest, so that removal runs backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reconciler.interpreter.containers import defined_kind, is_definition, is_namespace
from reconciler.model.hooks import Phase, prunes_last
from reconciler.model.manifest import Manifest, gvk_of, key_of, text
from reconciler.model.ordering import Place, place_of, wave_of

_KINDS = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
]
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One object that is to be applied or removed."""

    target: Manifest | None
    """As it is wanted; None where it is to be removed."""
    live: Manifest | None
    place: Place

    @property
    def manifest(self) -> Manifest:
        """As it is wanted, else as it is."""
        return self.target or self.live or {}

    @property
    def removes(self) -> bool:
        return self.target is None

    def at(self, place: Place) -> Task:
        """The same task at another place."""
        return replace(self, place=place)


def task_of(target: Manifest | None, live: Manifest | None) -> Task:
    """The task in the phase and wave that the object states. What is removed belongs to Sync."""
    if target is not None:
        return Task(target, live, place_of(target))
    return Task(None, live, Place(Phase.SYNC.rank, wave_of(live or {})))


def in_order(tasks: Sequence[Task], *, prune_last: bool = False) -> list[Task]:
    """The tasks in their order, each at the place that counts. prune_last: whether everything is removed last."""
    placed = _with_removals_last(_with_removals_reversed(tasks), prune_last=prune_last)
    placed = sorted(placed, key=rank_of)
    placed = _before_what_needs_it(placed, _name_of_namespace, _needed_namespace)
    return _before_what_needs_it(placed, _kind_of_definition, _needed_definition)


def rank_of(task: Task) -> tuple[Place, int, str]:
    """By which tasks are sorted: place, kind, name. Kinds that are not listed come last."""
    manifest = task.manifest
    return task.place, _RANKS.get(text(manifest, "kind"), len(_KINDS)), text(manifest, "metadata", "name")


def _with_removals_reversed(tasks: Sequence[Task]) -> list[Task]:
    waves = sorted({task.place.wave for task in tasks if task.removes})
    mirrored = dict(zip(waves, reversed(waves), strict=True))
    return [_in_wave(task, mirrored[task.place.wave]) if task.removes else task for task in tasks]


def _with_removals_last(tasks: Sequence[Task], *, prune_last: bool) -> list[Task]:
    last = max([0, *(task.place.wave for task in tasks if task.place.phase == Phase.SYNC.rank)]) + 1
    return [_in_wave(task, last) if task.removes and (prune_last or prunes_last(task.live or {})) else task for task in tasks]


def _in_wave(task: Task, wave: int) -> Task:
    return task.at(task.place._replace(wave=wave))


_NameOf = Callable[[Manifest], str]
"""What an object is, or needs, by a name; empty where it is no such thing or needs none."""


def _before_what_needs_it(tasks: Sequence[Task], name_of: _NameOf, needed_by: _NameOf) -> list[Task]:
    ordered: list[Task] = []
    first: dict[str, Task] = {}
    for task in tasks:
        name = name_of(task.target) if task.target is not None else ""
        if name in first:
            before = first[name]
            ordered.insert(ordered.index(before), task.at(before.place))
            continue
        ordered.append(task)
        needed = needed_by(task.target) if task.target is not None and not name else ""
        if needed and needed not in first:
            first[needed] = task
    return ordered


def _name_of_namespace(manifest: Manifest) -> str:
    return text(manifest, "metadata", "name") if is_namespace(gvk_of(manifest)) else ""


def _needed_namespace(manifest: Manifest) -> str:
    return text(manifest, "metadata", "namespace")


def _kind_of_definition(manifest: Manifest) -> str:
    return "/".join(defined_kind(manifest)) if is_definition(key_of(manifest)) else ""


def _needed_definition(manifest: Manifest) -> str:
    gvk = gvk_of(manifest)
    return f"{gvk.group}/{gvk.kind}"
