"""The arithmetic of a decision, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.cluster import Cluster
from reconciler.model.memo import Memo
from reconciler.model.workload import Component
from reconciler.schedule.explain_division import explain_division
from reconciler.schedule.ordered_affinities import affinities_to_try
from reconciler.schedule.task import SchedulerOptions, Task
from tests.unit.schedule.tasks import AGGREGATED, DYNAMIC, EVENLY, fleet, member, previous, run, shares, task

LARGER = " (weight / (2·replicas + 1)); its quotient is larger"


def explained(asked: Task, clusters: tuple[Cluster, ...]) -> list[str]:
    (term, *_) = affinities_to_try(asked.placement, asked.previous)
    return list(explain_division(asked, clusters, term, Memo()))


def static(**weights: int) -> dict[str, Any]:
    listed = [{"targetCluster": {"clusterNames": [name]}, "weight": weight} for name, weight in weights.items()]
    return EVENLY | {"weightPreference": {"staticWeightList": listed}}


def test_every_cluster_in_full() -> None:
    assert explained(task(4), fleet(m1=1, m2=1)) == ["each of these clusters gets the full number, 4"]
    no_count = task(0)
    assert explained(no_count, fleet(m1=1)) == [
        "it has no number of replicas, or 0 and no requests: each of these clusters gets the object"
    ]


def test_whole_sets_of_components() -> None:
    placement = {
        "spreadConstraints": [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}],
        "replicaScheduling": DYNAMIC,
    }
    asked = task(0, **placement)
    pair = replace(asked.workload, components=(Component("lead", 1), Component("work", 3)))
    lines = explained(replace(asked, workload=pair, options=SchedulerOptions(component_sets=True)), fleet(m1=3, m2=9))
    assert lines[:2] == [
        "1. m2: can take 2 more whole sets of its components",
        "2. m1: can take 0 more whole sets of its components",
    ]


def test_nothing_is_reckoned_without_a_cluster() -> None:
    assert explained(task(4, clusterAffinity={"clusterNames": ["m9"]}), fleet(m1=1)) == []


def test_static_weights() -> None:
    assert explained(task(5, replicaScheduling=static(m1=2, m2=1)), fleet(m1=1, m2=1, m3=1)) == [
        "5 replicas divided by weight (the weights sum to 3)",
        "m1: 5 × 2/3 = 3.33, gets 3 (staticWeightList[0])",
        "m2: 5 × 1/3 = 1.67, gets 2 (staticWeightList[1])",
        "the last replica goes to m2, not to m1: m2 has 0.3333 and m1 has 0.2857" + LARGER,
        "m3: no weight matches it, although some match other clusters",
    ]


HASH = "a hash of the object's identity"


@pytest.mark.parametrize(
    ("uid", "winner", "rival", "by"),
    [("", "m1", "m2", "the order of the names"), ("a", "m1", "m2", HASH), ("b", "m2", "m1", HASH)],
)
def test_a_tie(uid: str, winner: str, rival: str, by: str) -> None:
    asked = task(3, replicaScheduling=EVENLY)
    asked = replace(asked, workload=replace(asked.workload, uid=uid))
    found = explained(asked, fleet(m1=1, m2=1))
    assert found[-1].startswith(f"the last replica goes to {winner}, not to {rival}: {winner} has 0.3333 and {rival} has 0.3333")
    assert found[-1].endswith(f"a tie, broken by {by}")
    assert f"{winner}: 3 × 1/2 = 1.50, gets 2 (no weight matches)" in found
    assert shares(run(asked, fleet(m1=1, m2=1)))[winner] == 2


def test_room() -> None:
    assert explained(task(6, replicaScheduling=DYNAMIC), fleet(m1=4, m2=8, m3=None)) == [  # type: ignore[arg-type]
        "1. m2: can take 8 more (8 Pods free, and it requests nothing)",
        "2. m1: can take 4 more (4 Pods free, and it requests nothing)",
        "3. m3: its capacity is unknown, which counts as none",
        "6 replicas divided by available replicas (the clusters can take 12)",
        "m1: 6 × 4/12 = 2.00, gets 2",
        "m2: 6 × 8/12 = 4.00, gets 4",
        "m3: 6 × 0/12 = 0.00, gets 0",
    ], "nothing is left over, so there is no last replica to explain"


def test_growing_and_shrinking() -> None:
    past = previous(m1=4)
    grown = explained(task(6, past, replicaScheduling=AGGREGATED), fleet(m1=1, m2=8))
    assert grown[2:5] == [
        "2 more replicas divided by available replicas (the clusters can take 9)",
        "the fewest clusters that are enough: m1, m2",
        "m1: 2 × 1/9 = 0.22, gets 0, on top of 4",
    ]
    shrunk = explained(task(2, previous(m1=4, m2=2), replicaScheduling=DYNAMIC), fleet(m1=0, m2=0))
    assert shrunk[2:4] == ["down to 2 from 6, in proportion to what each cluster has", "m1: 2 × 4/6 = 1.33, gets 1"]
    same = explained(task(4, past, replicaScheduling=AGGREGATED), fleet(m1=1, m2=8))
    assert same[-1] == "its 4 replicas are in place already: nothing is divided"


def test_too_little_room() -> None:
    assert (
        "divided by available replicas (the clusters can take 4)"
        in explained(task(9, replicaScheduling=DYNAMIC), fleet(m1=4))[-1]
    )


def test_what_was_divided_before_stays() -> None:
    placement = {"replicaScheduling": static(m1=1, m2=1)}
    found = explained(task(4, previous(placement, m1=3, m2=1), **placement), fleet(m1=1, m2=1))
    assert found[0] == "nothing changed, so the recorded division stays; after a rebalance, it would be made like this:"
    assert "m1: 4 × 1/2 = 2.00, gets 2 (staticWeightList[0])" in found


def test_spreading() -> None:
    spread = [
        {"spreadByField": "region", "minGroups": 1, "maxGroups": 1},
        {"spreadByField": "cluster", "minGroups": 1, "maxGroups": 2},
    ]
    clusters = (member("m1", 4, region="eu"), member("m2", 2, region="eu"), member("m3", 9, region="us"))
    found = explained(task(4, spreadConstraints=spread, replicaScheduling=DYNAMIC), clusters)
    assert found[3:8] == [
        "spread by region: at least 1, at most 1", "spread by cluster: at least 1, at most 2", "region us: weight 4000, m3",
        "region eu: weight 4000, m1, m2", "selected: m1, m2",
    ]  # fmt: skip
    assert explained(task(4, spreadConstraints=[{"spreadByField": "cluster", "minGroups": 9, "maxGroups": 9}]), clusters)[
        -1
    ].startswith("failed to select clusters: ")


def test_levels() -> None:
    levels = [
        {
            "affinityName": "first",
            "clusterNames": ["m1"],
            "overflowAffinities": [{"affinityName": "then", "clusterNames": ["m2"]}],
        }
    ]
    asked = task(5, clusterAffinities=levels, replicaScheduling=DYNAMIC)
    found = explained(asked, fleet(m1=3, m2=9))
    assert found[:3] == [
        "1. m1: overflow level 0, can take 3 more (3 Pods free, and it requests nothing)",
        "2. m2: overflow level 1, can take 9 more (9 Pods free, and it requests nothing)",
        "level 0 (m1) takes 3 of 3 available",
    ]  # fmt: skip
    assert "level 1 (m2) takes 2 of 9 available" in found
    assert explained(asked, fleet(m1=3, m2=1))[-1] == "replicas that fit nowhere: 1"
