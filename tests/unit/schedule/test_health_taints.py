"""Taints that follow a member's conditions."""

from __future__ import annotations

import pytest

from reconciler.model.cluster import Taint
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster
from reconciler.model.taint_policy import MatchCondition, TaintPolicy
from reconciler.schedule.health_taints import health_taints, holds
from tests.support.builders import cluster

M1 = ClusterName("m1")
DOWN = Taint("down", "", "NoSchedule")
NOT_READY, READY = MatchCondition("Ready", "NotIn", ("True",)), MatchCondition("Ready", "In", ("True",))


def rule(name: str = "down", *taints: Taint, target: ClusterAffinity | None = None) -> TaintPolicy:
    return TaintPolicy(name, target, (NOT_READY,), (READY,), taints or (DOWN,))


def found(*policies: TaintPolicy, ready: bool, held: tuple[Taint, ...] = (), complete: bool = True) -> tuple[Taint, ...]:
    seen = {M1: RecordedCluster(M1, "m1.yaml", ready=ready, taints=held)}
    return health_taints((cluster("m1"),), policies, seen, complete).get(M1, ())


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
    assert health_taints((stated,), (rule(),), {M1: RecordedCluster(M1, "", ready=False)}) == {}
    assert health_taints((cluster("m1"),), (rule(),), {}) == {}
