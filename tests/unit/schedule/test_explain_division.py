"""The arithmetic of a decision, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.cluster import Cluster
from reconciler.model.memo import Memo
from reconciler.schedule.affinity import terms_to_try
from reconciler.schedule.explain_division import reckon
from reconciler.schedule.task import Task
from tests.unit.schedule.tasks import AGGREGATED, DYNAMIC, EVENLY, fleet, member, memory, run, shares, task

LARGER = " (weight / (2·replicas + 1)); its claim is the larger one"


def reckoned(asked: Task, clusters: tuple[Cluster, ...]) -> list[str]:
    (term, *_) = terms_to_try(asked.placement, asked.memory)
    return list(reckon(asked, clusters, term, Memo()))


def static(**weights: int) -> dict[str, Any]:
    listed = [{"targetCluster": {"clusterNames": [name]}, "weight": weight} for name, weight in weights.items()]
    return EVENLY | {"weightPreference": {"staticWeightList": listed}}


def test_every_cluster_in_full() -> None:
    assert reckoned(task(4), fleet(m1=1, m2=1)) == ["each of these clusters gets the full number, 4"]
    no_count = task(0)
    assert reckoned(no_count, fleet(m1=1)) == ["it has no number of replicas: each of these clusters gets the object"]


def test_nothing_is_reckoned_without_a_cluster() -> None:
    assert reckoned(task(4, clusterAffinity={"clusterNames": ["m9"]}), fleet(m1=1)) == []


def test_static_weights() -> None:
    assert reckoned(task(5, replicaScheduling=static(m1=2, m2=1)), fleet(m1=1, m2=1, m3=1)) == [
        "5 replicas by weight, 3 in all",
        "m1: 5 × 2/3 = 3.33, gets 3 (staticWeightList[0])",
        "m2: 5 × 1/3 = 1.67, gets 2 (staticWeightList[1])",
        "the last one goes to m2 before m1: m2 claims 0.3333 and m1 claims 0.2857" + LARGER,
        "m3: no weight names it, while others have one",
    ]


@pytest.mark.parametrize(
    ("uid", "winner", "rival", "order"), [("", "m1", "m2", "first to last"), ("a", "m1", "m2", ""), ("b", "m2", "m1", "")]
)
def test_a_tie(uid: str, winner: str, rival: str, order: str) -> None:
    asked = task(3, replicaScheduling=EVENLY)
    asked = replace(asked, workload=replace(asked.workload, uid=uid))
    found = reckoned(asked, fleet(m1=1, m2=1))
    assert found[-1].startswith(f"the last one goes to {winner} before {rival}: {winner} claims 0.3333 and {rival} claims 0.3333")
    assert "all is equal, and this object's uid takes names from " + order in found[-1]
    assert f"{winner}: 3 × 1/2 = 1.50, gets 2 (no weight is stated)" in found
    assert shares(run(asked, fleet(m1=1, m2=1)))[winner] == 2


def test_room() -> None:
    assert reckoned(task(6, replicaScheduling=DYNAMIC), fleet(m1=4, m2=8, m3=None)) == [  # type: ignore[arg-type]
        "1. m2: has room for 8 more",
        "2. m1: has room for 4 more",
        "3. m3: nothing is known of its room, which counts as none",
        "6 replicas by room, 12 in all",
        "m1: 6 × 4/12 = 2.00, gets 2",
        "m2: 6 × 8/12 = 4.00, gets 4",
        "m3: 6 × 0/12 = 0.00, gets 0",
        "the last one goes to m2 before m1: m2 claims 1.143 and m1 claims 0.8" + LARGER,
    ]


def test_growing_and_shrinking() -> None:
    past = memory(m1=4)
    grown = reckoned(task(6, past, replicaScheduling=AGGREGATED), fleet(m1=1, m2=8))
    assert grown[2:5] == [
        "2 more replicas by room, 9 in all",
        "the fewest clusters that suffice: m1, m2",
        "m1: 2 × 1/9 = 0.22, gets 0, on top of 4",
    ]
    shrunk = reckoned(task(2, memory(m1=4, m2=2), replicaScheduling=DYNAMIC), fleet(m1=0, m2=0))
    assert shrunk[2:4] == ["down to 2 from 6, in proportion to what each cluster has", "m1: 2 × 4/6 = 1.33, gets 1"]
    same = reckoned(task(4, past, replicaScheduling=AGGREGATED), fleet(m1=1, m2=8))
    assert same[-1] == "its 4 replicas are placed already: nothing is handed out"


def test_too_little_room() -> None:
    assert reckoned(task(9, replicaScheduling=DYNAMIC), fleet(m1=4))[-1] == "9 replicas by room, 4 in all"


def test_what_was_divided_before_stays() -> None:
    placement = {"replicaScheduling": static(m1=1, m2=1)}
    found = reckoned(task(4, memory(placement, m1=3, m2=1), **placement), fleet(m1=1, m2=1))
    assert found[0] == "what was divided before stays; divided anew, it would be:"
    assert "m1: 4 × 1/2 = 2.00, gets 2 (staticWeightList[0])" in found


def test_spreading() -> None:
    spread = [
        {"spreadByField": "region", "minGroups": 1, "maxGroups": 1},
        {"spreadByField": "cluster", "minGroups": 1, "maxGroups": 2},
    ]
    clusters = (member("m1", 4, region="eu"), member("m2", 2, region="eu"), member("m3", 9, region="us"))
    found = reckoned(task(4, spreadConstraints=spread, replicaScheduling=DYNAMIC), clusters)
    assert found[3:8] == [
        "spread by region: at least 1, at most 1", "spread by cluster: at least 1, at most 2", "region us: weight 4000, m3",
        "region eu: weight 4000, m1, m2", "chosen: m1, m2",
    ]  # fmt: skip
    assert reckoned(task(4, spreadConstraints=[{"spreadByField": "cluster", "minGroups": 9, "maxGroups": 9}]), clusters)[
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
    found = reckoned(asked, fleet(m1=3, m2=9))
    assert found[:3] == [
        "1. m1: level 0 of the overflow, has room for 3 more", "2. m2: level 1 of the overflow, has room for 9 more",
        "level 0 (m1) takes 3, having room for 3",
    ]  # fmt: skip
    assert "level 1 (m2) takes 2, having room for 9" in found
    assert reckoned(asked, fleet(m1=3, m2=1))[-1] == "replicas that find no room: 1"
