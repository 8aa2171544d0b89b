"""What the manifests of one member say about their order: which object waits for which other ones. No live object is asked.

Waves and gates order the objects of one namespace, because what is deployed together usually shares one: a broken object of
another namespace holds nothing up. A namespace is ordered where one of its objects states a wave or a phase; all others of it
then count as wave 0, as in Argo CD. Cluster-scoped objects take part only where they state a wave: they wait for each other, and
objects of ordered namespaces wait for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.hooks import Phase
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, text
from reconciler.model.memo import Memo
from reconciler.model.ordering import (
    Dependency,
    Place,
    declared_name,
    dependencies_of,
    group_of,
    is_gate,
    phase_of,
    place_of,
    states_order,
    states_wave,
)
from reconciler.model.work import RenderedManifest
from reconciler.plan.sync_order import in_order, task_of

Step = tuple[ResourceKey, ...]
"""Objects with one place, sorted."""


@dataclass(frozen=True, slots=True)
class MemberOrder:
    """Of the objects that one member must hold."""

    declared: Mapping[ResourceKey, tuple[Dependency, ...]] = field(default_factory=dict)
    """Object → what it depends on by name, sorted; objects that name nothing are absent."""
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    """Ordered namespace → its objects, in the order of their places. The cluster-scoped objects that state a wave are in the
    steps of every namespace, and alone in those of the empty name."""
    gates: frozenset[ResourceKey] = frozenset()
    """Jobs that run once for each revision."""

    def __bool__(self) -> bool:
        return bool(self.declared or self.steps or self.gates)

    def has_place(self, key: ResourceKey) -> bool:
        """Whether the object may have to wait for others, or runs once."""
        return key in self.declared or group_of(key) in self.steps or key in self.gates


NO_ORDER = MemberOrder()


def order_of(
    manifests: tuple[RenderedManifest, ...], cluster: ClusterName, interpreter: Interpreter, memo: Memo | None = None
) -> MemberOrder:
    """NO_ORDER where no manifest says anything about it, which costs a look at the annotations of each. memo: remembers what
    these said."""
    states = (memo or Memo()).each(_states_order, (manifests,))
    stating = [one for one, stated in zip(manifests, states, strict=True) if stated]
    if not stating:
        return NO_ORDER
    names = _by_declared_name(manifests)
    families = _families(manifests)
    declared = {one.key: found for one in stating if (found := _declared(one, cluster, names, families))}
    gates = frozenset(one.key for one in stating if is_gate(one.manifest))
    ordered = {group_of(one.key) for one in stating if states_wave(one.manifest) or phase_of(one.manifest) is not Phase.SYNC}
    members: dict[str, list[RenderedManifest]] = {name: [] for name in sorted(ordered)}
    shared = [one for one in stating if not group_of(one.key) and states_wave(one.manifest)]
    for one in manifests:
        name = group_of(one.key)
        if name and name in members:
            members[name].append(one)
    early = _needed_by_gates([one for one in stating if one.key in gates], declared, interpreter)
    steps = {name: _steps([*shared, *of_group], early) for name, of_group in members.items()}
    return MemberOrder(declared, {name: found for name, found in steps.items() if len(found) > 1}, gates)


def _states_order(manifest: RenderedManifest) -> bool:
    return states_order(manifest.manifest)


def _by_declared_name(manifests: Iterable[RenderedManifest]) -> Mapping[ResourceKey, ResourceKey]:
    """Gates by the names that they have in Git."""
    return {
        one.key._replace(name=name): one.key
        for one in manifests
        if one.key.kind == "Job" and (name := declared_name(one.manifest)) != one.key.name
    }


def _families(manifests: Iterable[RenderedManifest]) -> Mapping[ResourceKey, tuple[ResourceKey, ...]]:
    """By Chart or Kustomize, also by one that another one builds, what it expands to."""
    found: dict[ResourceKey, list[ResourceKey]] = {}
    for one in manifests:
        for parent in one.parents:
            found.setdefault(parent, []).append(one.key)
    return {parent: tuple(keys) for parent, keys in found.items()}


def _declared(
    one: RenderedManifest,
    cluster: ClusterName,
    names: Mapping[ResourceKey, ResourceKey],
    families: Mapping[ResourceKey, tuple[ResourceKey, ...]],
) -> tuple[Dependency, ...]:
    """What it names, without itself: an object that waits for its copy on another member waits for nothing on that one. Who
    depends on a Chart waits for all that it expands to."""
    found: set[Dependency] = set()
    for dependency in dependencies_of(one.manifest, one.key.namespace):
        if dependency.cluster in ("", cluster) and dependency.key in families:
            found.update(map(Dependency, families[dependency.key]) if dependency.key not in one.parents else ())
        elif dependency.cluster in ("", cluster):
            key = names.get(dependency.key, dependency.key)
            if key != one.key or not dependency.cluster:
                found.add(Dependency(key))
        else:
            found.add(dependency)
    return tuple(sorted(found))


def _needed_by_gates(
    gates: Iterable[RenderedManifest], declared: Mapping[ResourceKey, tuple[Dependency, ...]], interpreter: Interpreter
) -> dict[ResourceKey, Place]:
    """What the gates before all others refer to, and what they depend on: none of it can wait for them. Object → place."""
    places: dict[ResourceKey, Place] = {}
    for gate in gates:
        place = place_of(gate.manifest)
        if place.phase != Phase.PRE_SYNC.rank:
            continue
        left = [*_referred(gate.manifest, interpreter), *(one.key for one in declared.get(gate.key, ()) if not one.cluster)]
        while left:
            key = left.pop()
            if key not in places or place < places[key]:
                places[key] = place
                left += [one.key for one in declared.get(key, ()) if not one.cluster]
    return places


def _referred(manifest: Manifest, interpreter: Interpreter) -> list[ResourceKey]:
    try:
        references = interpreter.dependencies(manifest)
    except MalformedObjectError:
        return []
    found = []
    for one in references:
        gvk = GroupVersionKind.parse(text(one, "apiVersion"), text(one, "kind"))
        found.append(ResourceKey(gvk.group, gvk.kind, text(one, "namespace"), text(one, "name")))
    return found


def _steps(manifests: Iterable[RenderedManifest], early: Mapping[ResourceKey, Place]) -> tuple[Step, ...]:
    tasks = []
    keys: dict[int, ResourceKey] = {}
    for one in manifests:
        task = task_of(one.manifest, None)
        if one.key in early and early[one.key] < task.place:
            task = task.at(early[one.key])
        tasks.append(task)
        keys[id(one.manifest)] = one.key
    placed = sorted((task.place, keys[id(task.manifest)]) for task in in_order(tasks))
    return tuple(tuple(key for _, key in group) for _, group in groupby(placed, key=lambda each: each[0]))


def removal_order(live: Mapping[ResourceKey, Manifest]) -> Mapping[ResourceKey, tuple[ResourceKey, ...]]:
    """Object that is to be removed → the others of them that go before it: those that depend on it, and those of its namespace
    whose wave is higher. Jobs of gates are left out: they are done.

    live: what is to be removed, as it is.
    """
    found: dict[ResourceKey, set[ResourceKey]] = {}
    stating = {key: manifest for key, manifest in live.items() if states_order(manifest) and not is_gate(manifest)}
    for key, manifest in stating.items():
        for dependency in dependencies_of(manifest, key.namespace):
            if not dependency.cluster and dependency.key in live and dependency.key != key:
                found.setdefault(dependency.key, set()).add(key)
    for name in {group_of(key) for key, manifest in stating.items() if states_wave(manifest)}:
        members = stating if not name else live
        of_group = [key for key in members if group_of(key) == name and key.kind != "Namespace" and not is_gate(live[key])]
        tasks = {id(live[key]): key for key in of_group}
        placed = sorted(
            (task.place, tasks[id(task.manifest)]) for task in in_order([task_of(None, live[key]) for key in of_group])
        )
        earlier: list[ResourceKey] = []
        for _, group in groupby(placed, key=lambda each: each[0]):
            step = [key for _, key in group]
            for key in step if earlier else ():
                found.setdefault(key, set()).update(earlier)
            earlier += step
    return {key: tuple(sorted(others)) for key, others in found.items()}
