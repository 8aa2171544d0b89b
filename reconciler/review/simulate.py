"""What would move if the fleet were another: members lost, with_taints, added, or with other labels or capacity. Pure, offline.

The revision is decided twice from the same memory: once for the fleet as it is, once for the fleet as supposed. What differs
is what a sync would do next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.binding import Unschedulable
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Cluster, Taint
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import RecordedState
from reconciler.model.workload import Resources
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import Difference, compare
from reconciler.schedule.observed_facts import with_observed_facts


@dataclass(frozen=True, slots=True)
class Scenario:
    """How the fleet is supposed to differ from the declared one."""

    lost: frozenset[str] = frozenset()
    added: tuple[Cluster, ...] = ()
    taints: Mapping[str, tuple[Taint, ...]] = field(default_factory=dict)
    """In addition to those that the Cluster files state."""
    labels: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """None takes a label away."""
    free: Mapping[str, Resources] = field(default_factory=dict)
    """What a member has left of a resource, whatever was observed; of others it keeps what was observed."""

    @property
    def named(self) -> frozenset[str]:
        """The members that it speaks of as existing."""
        return self.lost | self.taints.keys() | self.labels.keys() | self.free.keys()


@dataclass(frozen=True, slots=True)
class Simulation:
    differences: tuple[Difference, ...]
    unplaced: Mapping[ResourceKey, str]
    """What could not be scheduled then, and can now, with the reason."""
    members: int
    """How many clusters the supposed fleet has."""


def suppose(clusters: Iterable[Cluster], scenario: Scenario) -> tuple[Cluster, ...]:
    """The supposed fleet, sorted by name; a member that is added replaces one of its name."""
    fleet = {cluster.name: cluster for cluster in clusters} | {cluster.name: cluster for cluster in scenario.added}
    kept = (cluster for name, cluster in sorted(fleet.items()) if name not in scenario.lost)
    return tuple(_supposed(cluster, scenario) for cluster in kept)


async def simulate(
    desired: DesiredState, recorded: RecordedState, scenario: Scenario, compiler: CompilerClient, now: datetime
) -> Simulation:
    before = await compiler.compile(desired, recorded, now, settled=True)
    known = with_observed_facts(desired.clusters, recorded.clusters, desired.templates, Memo())
    supposed = replace(desired, clusters=suppose(known, scenario))
    after = await compiler.compile(supposed, assume_applied(before), now, settled=True)
    return Simulation(tuple(compare(before, after)), dict(_unplaced(before, after)), len(supposed.clusters))


def _supposed(cluster: Cluster, scenario: Scenario) -> Cluster:
    labels = {**cluster.labels, **scenario.labels.get(cluster.name, {})}
    return replace(
        cluster,
        labels={name: value for name, value in labels.items() if value is not None},
        taints=cluster.taints + scenario.taints.get(cluster.name, ()),
        capacity=_with_room(cluster.capacity, scenario.free.get(cluster.name, {})),
    )


def _with_room(observed: Capacity | None, free: Resources) -> Capacity | None:
    """Nodes are not modelled afterwards: nobody has said how the supposed room is spread over them."""
    if not free:
        return observed
    parts = observed or Capacity(allocatable={"pods": _NO_LIMIT})
    return Capacity(
        allocatable={**parts.allocatable, **free},
        allocated={name: amount for name, amount in parts.allocated.items() if name not in free},
        allocating={name: amount for name, amount in parts.allocating.items() if name not in free},
    )


_NO_LIMIT = Quantity.from_json((1 << 31) - 1)
"""Pods of a member that nobody has observed; without a number of them there would be room for none."""


def _unplaced(before: Compiled, after: Compiled) -> Iterable[tuple[ResourceKey, str]]:
    for key, item in after.templates.items():
        scheduling, earlier = item.decided.scheduling, before.templates.get(key)
        if isinstance(scheduling, Unschedulable) and not (earlier and isinstance(earlier.decided.scheduling, Unschedulable)):
            yield key, f"{scheduling.reason}: {scheduling.message}"
