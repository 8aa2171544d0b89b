"""What a WorkloadRebalancer would move, and its manifest. Pure, offline.

The revision is compiled twice from the same recorded state: as it is, and with a WorkloadRebalancer that names the workloads.
Both count as if every handover were over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import text
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import CompilerClient
from reconciler.record.next_state import assume_applied
from reconciler.review.simulate import Simulation, simulation_of


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """What a WorkloadRebalancer would do."""

    simulation: Simulation
    moved: tuple[ResourceTemplate, ...]
    """The named workloads that would move, sorted by key."""


def movable(compiled: Compiled) -> list[ResourceKey]:
    """The objects that a policy places, sorted."""
    return [key for key, item in compiled.templates.items() if item.decided.claim.policy is not None and not item.template.parent]


async def simulate_rebalance(
    desired: DesiredState,
    recorded: RecordedState,
    before: Compiled,
    keys: Iterable[ResourceKey],
    compiler: CompilerClient,
    now: datetime,
) -> Rebalancing:
    """before: the revision, compiled as settled."""
    one = Rebalancer(free_name(_NAME, desired, recorded), tuple(keys))
    changed = replace(desired, rebalancers=(*desired.rebalancers, one))
    after = await compiler.compile(changed, assume_applied(before), now, settled=True)
    simulation = simulation_of(before, after)
    differing = {difference.key for difference in simulation.differences}
    moved = (item.template for key, item in after.templates.items() if key in differing and key in one.workloads)
    return Rebalancing(simulation, tuple(moved))


_NAME = "rebalance"


def free_name(wanted: str, desired: DesiredState, recorded: RecordedState) -> str:
    """The name, with a number where a WorkloadRebalancer has had it: one of the same name would do nothing."""
    taken = {one.name for one in desired.rebalancers} | recorded.rebalanced.keys()
    names = (f"{wanted}-{number}" if number > 1 else wanted for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def rebalancer_manifest(name: str, templates: Iterable[ResourceTemplate]) -> dict[str, Any]:
    """The WorkloadRebalancer that names these workloads."""
    return {
        "apiVersion": "apps.karmada.io/v1alpha1",
        "kind": "WorkloadRebalancer",
        "metadata": {"name": name},
        "spec": {"workloads": [_workload(template) for template in templates]},
    }


def _workload(template: ResourceTemplate) -> dict[str, str]:
    key = template.key
    namespace = {"namespace": key.namespace} if key.namespace else {}
    return {"apiVersion": text(template.manifest, "apiVersion"), "kind": key.kind, **namespace, "name": key.name}
