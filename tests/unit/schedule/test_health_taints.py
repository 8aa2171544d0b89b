"""Taints that follow a member's conditions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.cluster import Taint
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.condition import Condition
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedCluster
from reconciler.model.taint_policy import MatchCondition, TaintPolicy
from reconciler.schedule.health_taints import health_taints, holds, stated_taints, with_taints
from tests.support.builders import cluster

M1 = ClusterName("m1")
DOWN = Taint("down", "", "NoSchedule")
NOT_READY, READY = MatchCondition("Ready", "NotIn", ("True",)), MatchCondition("Ready", "In", ("True",))


def rule(name: str = "down", *taints: Taint, target: ClusterAffinity | None = None) -> TaintPolicy:
    return TaintPolicy(name, target, (NOT_READY,), (READY,), taints or (DOWN,))


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def found(*policies: TaintPolicy, ready: bool, held: tuple[Taint, ...] = (), complete: bool = True) -> tuple[Taint, ...]:
    condition = Condition("Ready", "True" if ready else "False")
    seen = {M1: RecordedCluster(M1, "m1.yaml", taints=held, conditions=(condition,))}
    return health_taints((cluster("m1"),), policies, seen, NOW, complete).get(M1, ())


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), False),
        ((READY,), True),
        ((READY, NOT_READY), False),
        ((MatchCondition("Gone", "NotIn", ("True",)),), False),
        ((MatchCondition("Ready", "Exists", ("True",)),), False),
    ],
)
def test_all_of_a_list_must_hold(conditions: tuple[MatchCondition, ...], expected: bool) -> None:
    assert holds(conditions, {"Ready": "True"}) is expected


def test_taints_come_and_go_and_stay_between() -> None:
    assert found(rule(), ready=False) == (DOWN,)
    assert found(rule(), ready=True, held=(DOWN,)) == ()
    assert found(TaintPolicy("down", None, (NOT_READY,), (), (DOWN,)), ready=True, held=(DOWN,)) == (DOWN,)


def test_adding_comes_before_removing_and_policies_by_name() -> None:
    both = TaintPolicy("both", None, (READY,), (READY,), (DOWN,))
    assert found(both, ready=True) == ()
    later = TaintPolicy("later", None, (READY,), (), (Taint("down", "x", "NoSchedule"),))
    assert found(both, later, ready=True) == later.taints


def test_what_a_policy_held_goes_with_it_unless_a_file_is_broken() -> None:
    assert found(ready=False, held=(DOWN,)) == ()
    assert found(ready=False, held=(DOWN,), complete=False) == (DOWN,)


def test_other_clusters_and_what_their_files_state_are_left_alone() -> None:
    assert found(rule(target=ClusterAffinity(cluster_names=("m2",))), ready=False) == ()
    stated = cluster("m1", taints=[{"key": "down", "value": "mine", "effect": "NoSchedule"}])
    assert health_taints((stated,), (rule(),), {M1: RecordedCluster(M1, "", ready=False)}, NOW) == {}
    assert health_taints((cluster("m1"),), (rule(),), {}, NOW) == {}


def test_older_programs_recorded_no_conditions() -> None:
    assert health_taints((cluster("m1"),), (rule(),), {M1: RecordedCluster(M1, "", ready=False)}, NOW) == {M1: (DOWN,)}


def test_a_condition_of_any_type_counts() -> None:
    by_disk = TaintPolicy("disk", None, (MatchCondition("DiskPressure", "In", ("True",)),), (), (DOWN,))
    conditions = (Condition("DiskPressure", "True"), Condition("Ready", "True"))
    assert health_taints((cluster("m1"),), (by_disk,), {M1: RecordedCluster(M1, "", conditions=conditions)}, NOW) == {M1: (DOWN,)}


def test_an_evicting_taint_has_the_time_of_its_first_pass() -> None:
    evicting = Taint("down", "", "NoExecute")
    (added,) = found(rule("down", evicting), ready=False)
    assert added == Taint("down", "", "NoExecute", NOW)
    earlier = replace(added, time_added=NOW - timedelta(hours=1))
    assert found(rule("down", evicting), ready=False, held=(earlier,)) == (earlier,)


def test_a_stated_taint_without_a_time_counts_from_its_first_sight() -> None:
    taints = [{"key": "a", "effect": "NoExecute"}, {"key": "b", "effect": "NoSchedule"}]
    taints += [{"key": "c", "effect": "NoExecute", "timeAdded": "2020-01-01T00:00:00Z"}]
    stated = cluster("m1", taints=taints)
    first = stated_taints((stated,), {}, NOW + timedelta(microseconds=5))
    assert first == {M1: (Taint("a", "", "NoExecute", NOW),)}
    seen = {M1: RecordedCluster(M1, "", stated_taints=first[M1])}
    assert stated_taints((stated,), seen, NOW + timedelta(hours=1)) == first
    assert stated_taints((cluster("m1"),), seen, NOW) == {}
    (complete,) = with_taints((stated,), {M1: (DOWN,)}, first, Memo())
    times = {taint.key: taint.time_added for taint in complete.taints}
    assert times == {"a": NOW, "b": None, "c": datetime(2020, 1, 1, tzinfo=UTC), "down": None}
