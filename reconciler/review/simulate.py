"""What would move if members were lost, tainted or added, or had other labels or capacity. Pure, offline.

The revision is compiled twice from the same recorded state: for the declared fleet, and for the fleet of the scenario. The
difference is what the next sync would do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.binding import Unschedulable
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Cluster, Taint
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import RecordedState
from reconciler.model.workload import Resources
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions, places
from reconciler.review.outline.entries import Entry, Place
from reconciler.review.outline.outline import outline
from reconciler.review.outline.teams import NO_TEAMS, Teams, teams_of
from reconciler.schedule.observed_facts import with_observed_facts


@dataclass(frozen=True, slots=True)
class Scenario:
    """How the fleet of the simulation differs from the declared one."""

    lost: frozenset[str] = frozenset()
    added: tuple[Cluster, ...] = ()
    taints: Mapping[str, tuple[Taint, ...]] = field(default_factory=dict)
    """By member: taints in addition to those of its Cluster file."""
    labels: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """By member: labels to set; None removes a label."""
    free: Mapping[str, Resources] = field(default_factory=dict)
    """By member: the free amount of a resource, in place of the observed one. Other resources keep their observed amounts."""

    @property
    def named(self) -> frozenset[str]:
        """Members that must be declared, because the scenario changes them."""
        return self.lost | self.taints.keys() | self.labels.keys() | self.free.keys()


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the copies of one object are, sorted by member."""

    before: tuple[Place, ...]
    after: tuple[Place, ...]

    @property
    def has_replicas(self) -> bool:
        """Whether its copies state a number of replicas."""
        return any(place.replicas is not None for place in (*self.before, *self.after))

    @property
    def lost(self) -> dict[ClusterName, int]:
        """By member, how many fewer there are: replicas, or the one copy of an object without replicas."""
        return _more(self.after, self.before)

    @property
    def got(self) -> dict[ClusterName, int]:
        """By member, how many more there are."""
        return _more(self.before, self.after)


def _more(one: tuple[Place, ...], other: tuple[Place, ...]) -> dict[ClusterName, int]:
    """By member, how many more the other side has."""
    counts = {place.cluster: _count(place) for place in one}
    more = {place.cluster: _count(place) - counts.get(place.cluster, 0) for place in other}
    return {name: count for name, count in more.items() if count > 0}


def _count(place: Place) -> int:
    return 1 if place.replicas is None else place.replicas


@dataclass(frozen=True, slots=True)
class Simulation:
    differences: tuple[ObjectDiff, ...]
    outline: tuple[Entry, ...]
    """The differences, as a reviewer reads them."""
    unplaced: Mapping[ResourceKey, str]
    """Templates that can be scheduled now and could not in the scenario, with the reason."""
    members: int
    """The number of clusters in the scenario."""
    lost: Mapping[ClusterName, int] = field(default_factory=dict)
    """How many objects lose their copy on a member that is gone."""
    moved: Mapping[ResourceKey, Moved] = field(default_factory=dict)
    """The objects whose copies are on other members, or have other numbers of replicas; sorted by object."""
    teams: Teams = NO_TEAMS
    """Of the outline."""
    remarks: tuple[str, ...] = ()
    """What the scenario might lead to and does not."""


def apply_scenario(clusters: Iterable[Cluster], scenario: Scenario) -> tuple[Cluster, ...]:
    """The fleet of the scenario, sorted by name. An added member replaces a declared one of the same name."""
    fleet = {cluster.name: cluster for cluster in clusters} | {cluster.name: cluster for cluster in scenario.added}
    remaining = (cluster for name, cluster in sorted(fleet.items()) if name not in scenario.lost)
    return tuple(_change_cluster(cluster, scenario) for cluster in remaining)


async def simulate(
    desired: DesiredState, recorded: RecordedState, scenario: Scenario, compiler: CompilerClient, now: datetime
) -> Simulation:
    before = await compiler.compile(desired, recorded, now, settled=True)
    observed = with_observed_facts(desired.clusters, recorded.clusters, desired.templates, Memo())
    changed = replace(desired, clusters=apply_scenario(observed, scenario))
    after = await compiler.compile(changed, assume_applied(before), now, settled=True)
    found = simulation_of(before, after)
    moved = _moved(before, after, found.differences, scenario)
    return replace(found, lost=_lost(before, scenario), moved=moved, remarks=tuple(_remarks(scenario)))


def simulation_of(before: Compiled, after: Compiled) -> Simulation:
    """The difference of two compilations. after: decided from what `before` leaves."""
    differences = tuple(diff_compiled(before, after))
    entries, unplaced = outline(differences, before, after), dict(_unplaced(before, after))
    return Simulation(
        differences, entries, unplaced, len(after.desired.clusters), teams=teams_of(entries, Revisions(before, after))
    )


def _lost(before: Compiled, scenario: Scenario) -> dict[ClusterName, int]:
    copies = Counter(name for item in before.templates.values() for name in item.written.manifests)
    return {name: copies[name] for name in sorted(copies) if name in scenario.lost}


def _moved(before: Compiled, after: Compiled, differences: Iterable[ObjectDiff], scenario: Scenario) -> dict[ResourceKey, Moved]:
    by_key: defaultdict[ResourceKey, list[ObjectDiff]] = defaultdict(list)
    for one in differences:
        by_key[one.key].append(one)
    gone = {key for key, item in before.templates.items() if not scenario.lost.isdisjoint(item.written.manifests)}
    revisions = Revisions(before, after)
    found: dict[ResourceKey, Moved] = {}
    for key in sorted(gone | by_key.keys()):
        copies = revisions.copies(key).corrected(by_key[key])
        moved = Moved(places(copies.before), places(copies.after))
        if moved.before != moved.after:
            found[key] = moved
    return found


def _remarks(scenario: Scenario) -> Iterable[str]:
    """The fleet is decided once, so no eviction begins."""
    for name, taints in sorted(scenario.taints.items()):
        evicting = [taint for taint in taints if taint.effect == "NoExecute"]
        if evicting:
            yield f"{name}: {', '.join(map(str, evicting))} keeps new objects away; --for DURATION shows what it evicts."


def _change_cluster(cluster: Cluster, scenario: Scenario) -> Cluster:
    labels = {**cluster.labels, **scenario.labels.get(cluster.name, {})}
    return replace(
        cluster,
        labels={name: value for name, value in labels.items() if value is not None},
        taints=cluster.taints + scenario.taints.get(cluster.name, ()),
        capacity=_with_free(cluster.capacity, scenario.free.get(cluster.name, {})),
    )


def _with_free(observed: Capacity | None, free: Resources) -> Capacity | None:
    """The result has no nodes: the scenario does not state how the free amounts are spread over them."""
    if not free:
        return observed
    base = observed or Capacity(allocatable={"pods": _NO_LIMIT})
    return Capacity(
        allocatable={**base.allocatable, **free},
        allocated={name: amount for name, amount in base.allocated.items() if name not in free},
        allocating={name: amount for name, amount in base.allocating.items() if name not in free},
    )


_NO_LIMIT = Quantity.from_json((1 << 31) - 1)
"""Pods of a member without observed capacity. Without this number it would have room for none."""


def _unplaced(before: Compiled, after: Compiled) -> Iterable[tuple[ResourceKey, str]]:
    for key, item in after.templates.items():
        scheduling, earlier = item.decided.scheduling, before.templates.get(key)
        if isinstance(scheduling, Unschedulable) and not (earlier and isinstance(earlier.decided.scheduling, Unschedulable)):
            yield key, f"{scheduling.reason}: {scheduling.message}"
