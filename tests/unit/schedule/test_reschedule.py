"""When something that has clusters is scheduled again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.load.parse import parse_placement
from reconciler.model.go_json import as_go_json
from reconciler.model.memo import Memo
from reconciler.model.workload import Component
from reconciler.schedule.reschedule import digest_placement, reschedule_reason
from reconciler.schedule.result import ScheduleStatus
from reconciler.schedule.task import SchedulerOptions
from tests.unit.schedule.tasks import DYNAMIC, EVENLY, fleet, previous, run, task

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
PLACEMENT = {"replicaScheduling": DYNAMIC}


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, ""),
        ({"placement_digest": ""}, "it was never scheduled"),
        ({"placement_digest": "another"}, "its placement changed"),
        ({"targets": ()}, "its number of replicas changed"),
        ({"scheduled_at": OLD, "rebalance_at": NEW}, "a rebalance was requested"),
        ({"scheduled_at": NEW, "rebalance_at": NEW}, ""),
        ({"scheduled_at": NEW, "rebalance_at": OLD}, ""),
        ({"rebalance_at": NEW}, ""),
    ],
)
def test_divided_workloads_need_a_reason(changes: dict[str, Any], due: str) -> None:
    asked = task(4, replace(previous(PLACEMENT, a=3, b=1), **changes), **PLACEMENT)
    assert reschedule_reason(asked, fleet(a=1, b=1, c=9), Memo()) == due


def test_a_target_that_is_being_deleted_is_one() -> None:
    clusters = tuple(replace(item, deleting=item.name != "a") for item in fleet(a=9, b=9, c=9))
    due = reschedule_reason(task(4, previous(PLACEMENT, a=3, b=1), **PLACEMENT), clusters, Memo())
    assert due == "b is being deleted"


@pytest.mark.parametrize("scheduling", [None, {"replicaSchedulingType": "Duplicated"}])
def test_what_is_not_divided_follows_the_clusters(scheduling: Any) -> None:
    placement = {} if scheduling is None else {"replicaScheduling": scheduling}
    past = previous(placement, a=4)
    assert run(task(4, past, **placement), fleet(a=0, b=0)).status is ScheduleStatus.SCHEDULED
    assert run(task(0, previous(PLACEMENT, a=0), **PLACEMENT), fleet(a=0)).status is ScheduleStatus.SCHEDULED


def test_an_emptied_result_is_due_for_whole_sets() -> None:
    asked = task(0, previous(PLACEMENT), **PLACEMENT)
    asked = replace(asked, workload=replace(asked.workload, components=(Component("part", 1),)))
    assert run(asked, fleet(a=1)).status is ScheduleStatus.UNCHANGED
    assert run(replace(asked, options=SchedulerOptions(component_sets=True)), fleet(a=1)).status is ScheduleStatus.SCHEDULED


@pytest.mark.parametrize(("changes", "verdict"), [({"suspended": True}, "ignored"), ({"scheduler_name": "mine"}, "ignored"),
                                                  ({"scheduler_name": "default-scheduler"}, "scheduled")])  # fmt: skip
def test_what_is_not_ours(changes: dict[str, Any], verdict: str) -> None:
    outcome = run(replace(task(4, previous(a=1)), **changes), fleet(a=9))
    assert outcome.status == verdict


def test_what_stands_says_what_a_rebalance_could_use() -> None:
    outcome = run(task(4, previous(PLACEMENT, a=4), **PLACEMENT), fleet(a=9, b=9, **{f"m{n}": 1 for n in range(9)}))
    assert outcome.status is ScheduleStatus.UNCHANGED
    assert outcome.reasons[1].startswith(
        "a rebalance could use b, m0, m1, m2, m3 and 5 more as well; for that, commit a Workload"
    )
    spare = "the division of an earlier sync stays, and gives it no replica"
    assert outcome.rejected == dict.fromkeys(["b", *(f"m{n}" for n in range(9))], spare)


TERMS = [{"affinityName": "a", "clusterNames": ["m1"]}, {"affinityName": "b"}]


@pytest.mark.parametrize(
    ("before", "after", "name", "same"),
    [
        ({"clusterTolerations": []}, {}, "", True),
        ({}, {"clusterTolerations": []}, "", False),
        ({"spreadConstraints": [{"spreadByField": "cluster", "maxGroups": 0}]},
         {"spreadConstraints": [{"spreadByField": "cluster"}]}, "", True),
        ({"clusterAffinity": {}}, {}, "", False),
        ({"clusterAffinity": {"labelSelector": {}}}, {"clusterAffinity": {}}, "", False),
        ({"clusterAffinity": {"labelSelector": {"matchLabels": {"x": ""}}}},
         {"clusterAffinity": {"labelSelector": {"matchLabels": {}}}}, "", False),
        ({"clusterTolerations": [{"tolerationSeconds": 0}]}, {"clusterTolerations": [{}]}, "", False),
        ({"clusterAffinities": TERMS}, {"clusterAffinities": TERMS[::-1]}, "a", True),
        ({"clusterAffinities": TERMS}, {"clusterAffinities": TERMS[::-1]}, "", False),
        ({"clusterAffinities": TERMS}, {"clusterAffinities": TERMS[:1]}, "b", False),
        ({"clusterAffinities": TERMS}, {"clusterAffinities": TERMS[:1]}, "a", True),
        ({"clusterAffinities": TERMS}, {"clusterAffinities": TERMS, "workloadAffinity": {"affinity": {}}}, "a", True),
        ({}, {"workloadAffinity": {"affinity": {}}}, "", False),
    ],
)  # fmt: skip
def test_what_counts_as_a_change(before: Any, after: Any, name: str, same: bool) -> None:
    assert (digest_placement(as_go_json(before), name) == digest_placement(parse_placement(after).document, name)) is same


def test_evenly_divided_workloads_stay_when_a_cluster_joins() -> None:
    placement = {"replicaScheduling": EVENLY}
    assert run(task(4, previous(placement, a=4), **placement), fleet(a=9, b=9)).status is ScheduleStatus.UNCHANGED
