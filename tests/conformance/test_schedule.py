"""Which clusters, how many replicas, and when to look again (family `schedule`, from Karmada's scheduler)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconciler.load.capacity import parse_capacity, parse_resources
from reconciler.load.parse import parse_cluster, parse_placement
from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.go_json import as_go_json
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.memo import Memo
from reconciler.model.workload import Component, Resources, Workload
from reconciler.schedule.reschedule import digest_placement
from reconciler.schedule.result import ScheduleResult, ScheduleStatus
from reconciler.schedule.schedule_template import schedule
from reconciler.schedule.task import PreviousSchedule, SchedulerOptions, Task
from reconciler.schedule.workload_affinity import NO_WORKLOAD_AFFINITY, WorkloadAffinity
from tests.conformance.replay import cases
from tests.conformance.workload_affinity import GroupMember, workload_affinity_of


@cases("schedule")
def test_schedule(case: dict[str, Any]) -> None:
    given = case["input"]
    task, clusters = task_of(given), tuple(map(cluster_of, given["clusters"]))
    outcome = schedule(task, clusters, Memo())
    assert shown(outcome) in list(map(expected, case.get("expect_any_of") or [case])), case["why"]
    assert schedule(task, clusters[::-1], Memo()) == outcome
    if outcome.status in (ScheduleStatus.SCHEDULED, ScheduleStatus.REFUSED):
        named = {*outcome.rejected, *(target.name for target in outcome.targets if outcome.refusal is None)}
        assert named == {cluster.name for cluster in clusters if not cluster.deleting}, "a reason for every cluster"


def shown(outcome: ScheduleResult) -> dict[str, Any]:
    """In the words of the cases, without what is empty."""
    found: dict[str, Any] = {
        "clusters": {target.name: (target.replicas, dict(outcome.components)) for target in outcome.targets},
        "affinityName": outcome.affinity_name,
        "affinitiesTried": list(outcome.affinities_tried),
    }
    if outcome.refusal is None:
        reason = "Success" if outcome.status is ScheduleStatus.SCHEDULED else ""
        return found | {"decision": str(outcome.status), "reason": reason}
    refusal = outcome.refusal
    return found | {"error": refusal.message, "reason": refusal.reason, "retry": outcome.retry}


def expected(outcome: dict[str, Any]) -> dict[str, Any]:
    told = outcome.get("expect") or outcome["on_error"]
    found = {
        "clusters": {
            target["name"]: (
                target.get("replicas", 0),
                {item["name"]: item["replicas"] for item in sequence(target, "components")},
            )
            for target in told["clusters"]
        },
        "affinityName": told.get("affinityName", ""),
        "affinitiesTried": told.get("affinitiesTried", []),
        "reason": told.get("reason", ""),
    }
    if "expect" in outcome:
        return found | {"decision": told["decision"]}
    return found | {"error": outcome["expect_error"], "retry": told["retry"]}


def task_of(given: dict[str, Any]) -> Task:
    binding, gates = given["binding"], sequence(given, "options", "featureGates")
    empty = bool(get(given, "options", "enableEmptyWorkloadPropagation"))
    return Task(
        workload=workload_of(binding),
        placement=parse_placement(mapping(binding, "placement")),
        previous=previous_schedule(given),
        workload_affinity=workload_affinity(given) if "WorkloadAffinity" in gates else NO_WORKLOAD_AFFINITY,
        options=SchedulerOptions(empty, "MultiplePodTemplatesScheduling" in gates),
        scheduler_name=text(binding, "schedulerName"),
        suspended=bool(get(binding, "suspension", "scheduling")),
    )


def workload_of(binding: dict[str, Any]) -> Workload:
    resource = binding["resource"]
    return Workload(
        gvk=GroupVersionKind.parse(resource["apiVersion"], resource["kind"]),
        replicas=binding.get("replicas", 0),
        requirements=requirements_of(binding),
        components=tuple(
            Component(item["name"], item.get("replicas", 0), requirements_of(item)) for item in sequence(binding, "components")
        ),
        uid=text(resource, "uid"),
    )


def requirements_of(document: dict[str, Any]) -> Resources | None:
    requirements = document.get("replicaRequirements")
    return None if requirements is None else parse_resources(mapping(requirements, "resourceRequest"))


def previous_schedule(given: dict[str, Any]) -> PreviousSchedule:
    binding, status = given["binding"], mapping(given, "status")
    name = text(status, "schedulerObservingAffinityName")
    applied = given.get("appliedPlacement")
    return PreviousSchedule(
        targets=tuple(
            TargetCluster(ClusterName(item["name"]), item.get("replicas", 0)) for item in sequence(binding, "clusters")
        ),
        affinity_name=name,
        placement_digest="" if applied is None else digest_placement(as_go_json(applied), name),
        scheduled_at=moment(status.get("lastScheduledTime")),
        rebalance_at=moment(binding.get("rescheduleTriggeredAt")),
        evicting=frozenset(item["fromCluster"] for item in sequence(binding, "gracefulEvictionTasks")),
    )


def moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def workload_affinity(given: dict[str, Any]) -> WorkloadAffinity:
    own = given["binding"]
    namespace = text(own, "resource", "namespace")
    others = [other for other in sequence(given, "otherBindings") if text(other, "resource", "namespace") == namespace]
    return workload_affinity_of(member_of(own), [member_of(other) for other in others if name_of(other) != name_of(own)])


def name_of(binding: dict[str, Any]) -> str:
    return f"{binding['resource']['name']}-{binding['resource']['kind'].lower()}"


def member_of(binding: dict[str, Any]) -> GroupMember:
    groups = mapping(binding, "workloadAffinityGroups")
    clusters = frozenset(ClusterName(item["name"]) for item in sequence(binding, "clusters"))
    return GroupMember(text(groups, "affinityGroup"), text(groups, "antiAffinityGroup"), clusters)


def cluster_of(document: dict[str, Any]) -> Cluster:
    """A Cluster as the scheduler finds it stored, with what its member reported.

    The deprecated `zone` of a file becomes one of `zones` when Karmada's API server stores it (family `admission`); a stored
    one is not looked at any more.
    """
    zones = tuple(sequence(document, "spec", "zones"))
    return replace(parse_cluster(document), apis=frozenset(served(document)), zones=zones, capacity=parse_capacity(document))


def served(document: dict[str, Any]) -> Iterator[GroupVersionKind]:
    for group in sequence(document, "status", "apiEnablements"):
        for resource in sequence(group, "resources"):
            yield GroupVersionKind.parse(text(group, "groupVersion"), text(resource, "kind"))
