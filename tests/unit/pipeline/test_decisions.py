"""A decision's memory from one pass to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.load.capacity import parse_capacity
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.health import CURRENT
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy, ResourceSelector
from reconciler.model.recorded import ClusterStatus, RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.pipeline import compile_state
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import Observation, next_state
from tests.support.builders import cluster, deployment, policy, template

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AGGREGATED = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"}


def member(name: str, pods: int, **fields: Any) -> Cluster:
    capacity = parse_capacity({"status": {"resourceSummary": {"allocatable": {"pods": pods}}}})
    return replace(cluster(name, **fields), capacity=capacity)


def claiming(**placement: Any) -> PropagationPolicy:
    selector = ResourceSelector("apps/v1", "Deployment", "shop")
    return replace(policy(**placement), selectors=(selector,))


def passed(recorded: RecordedState, clusters: tuple[Cluster, ...], rule: PropagationPolicy, replicas: int = 4) -> Compiled:
    desired = DesiredState(templates=(template(deployment(replicas=replicas)),), policies=(rule,), clusters=clusters)
    return compile_state(desired, recorded, NOW, Memo())


def after(compiled: Compiled, *current: str) -> RecordedState:
    """What is remembered when the object is Current on these members."""
    key = next(iter(compiled.templates))
    statuses = {name: {key: ClusterStatus(name, True, CURRENT)} for name in compiled.cluster_names if name in current}
    return next_state(compiled, make_works(compiled), Observation("3f2c1ab", NOW, statuses))


def in_force(compiled: Compiled) -> dict[str, int]:
    (item,) = compiled.templates.values()
    assert item.placed.binding is not None
    return {target.name: target.replicas for target in item.placed.binding.targets}


def test_a_divided_workload_stays_when_clusters_join_and_moves_when_its_policy_does() -> None:
    rule = claiming(replicaScheduling=AGGREGATED)
    first = passed(RecordedState(), (member("m1", 9),), rule)
    state = after(first, "m1")
    joined = (member("m1", 9), member("m2", 99))
    assert in_force(passed(state, joined, rule)) == {"m1": 4}
    assert in_force(passed(state, joined, rule, replicas=6)) == {"m1": 6, "m2": 0}
    moved = claiming(replicaScheduling=AGGREGATED, clusterAffinity={"clusterNames": ["m2"]})
    assert in_force(passed(state, joined, moved)) == {"m1": 4, "m2": 4}


def test_a_copy_on_its_way_out_does_not_attract_the_next_decision() -> None:
    one = [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]
    clusters = (member("m1", 9), member("m2", 9))
    first = passed(RecordedState(), clusters, claiming(replicaScheduling=AGGREGATED, clusterAffinity={"clusterNames": ["m1"]}))
    only = claiming(replicaScheduling=AGGREGATED, spreadConstraints=one, clusterAffinity={"clusterNames": ["m2"]})
    second = passed(after(first, "m1"), clusters, only)
    assert in_force(second) == {"m1": 4, "m2": 4}
    state = after(second, "m1")
    (found,) = state.decisions.values()
    assert found.decided is not None
    assert {target.name for target in found.decided} == {"m2"}
    either = claiming(replicaScheduling=AGGREGATED, spreadConstraints=one)
    third = passed(state, clusters, either)
    assert in_force(third) == {"m1": 4, "m2": 4}
    assert in_force(passed(after(third, "m1", "m2"), clusters, either)) == {"m2": 4}
