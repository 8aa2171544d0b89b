"""Tasks and fleets as short as a test wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.load.capacity import parse_capacity, parse_resources
from reconciler.load.parse import as_admitted, parse_placement
from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.go_json import as_go_json
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.memo import Memo
from reconciler.model.workload import Workload
from reconciler.schedule.reschedule import digest_placement
from reconciler.schedule.result import ScheduleResult
from reconciler.schedule.schedule_template import schedule
from reconciler.schedule.task import PreviousSchedule, SchedulerOptions, Task
from tests.support.builders import cluster

DYNAMIC = {"replicaSchedulingType": "Divided", "weightPreference": {"dynamicWeight": "AvailableReplicas"}}
AGGREGATED = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"}
EVENLY = {"replicaSchedulingType": "Divided"}


def member(name: str, pods: int | None = 10, **spec: Any) -> Cluster:
    """pods: how many are free; None where nothing is known."""
    made = cluster(name, **spec)
    summary = None if pods is None else {"allocatable": {"pods": pods}}
    return replace(made, capacity=parse_capacity({"status": {"resourceSummary": summary}}))


def fleet(**pods: int) -> tuple[Cluster, ...]:
    return tuple(member(name, count) for name, count in pods.items())


def previous(placement: dict[str, Any] | None = None, /, name: str = "", **held: int) -> PreviousSchedule:
    """What a decision by this placement left; without one it was made by another."""
    targets = tuple(TargetCluster(ClusterName(cluster_name), count) for cluster_name, count in held.items())
    placement_digest = "another" if placement is None else digest_placement(as_go_json(as_admitted(placement)), name)
    return PreviousSchedule(targets, name, placement_digest)


def task(replicas: int = 4, past: PreviousSchedule | None = None, needs: dict[str, Any] | None = None, **placement: Any) -> Task:
    requirements = None if needs is None else parse_resources(needs)
    workload = Workload(GroupVersionKind("apps", "v1", "Deployment"), replicas, requirements)
    return Task(workload, parse_placement(as_admitted(placement)), past or PreviousSchedule(), options=SchedulerOptions())


def run(asked: Task, clusters: tuple[Cluster, ...]) -> ScheduleResult:
    return schedule(asked, clusters, Memo())


def shares(outcome: ScheduleResult) -> dict[str, int]:
    assert outcome.refusal is None, outcome.refusal
    return {target.name: target.replicas for target in outcome.targets}
