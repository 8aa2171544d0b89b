"""A revision, decided for a fleet that differs from the declared one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reconciler.load.capacity import parse_capacity
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Taint
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.record.next_state import assume_applied
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.simulate import Scenario, Simulation, apply_scenario, simulate
from tests.support.builders import cluster
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import SHOP, on, policy_file

AGGREGATED = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}"


def room(cpu: str) -> dict[str, Quantity]:
    return {"cpu": Quantity.parse(cpu)}


def simulated(scenario: Scenario, files: Files = SHOP) -> Simulation:
    compiler = Compiler()
    return asyncio.run(simulate(load(files, compiler), RecordedState(), scenario, ThreadCompiler(compiler), NOW))


def moves(found: Simulation) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(_verb(item), str(item.key), item.clusters) for item in found.differences]


def _verb(difference: ObjectDiff) -> str:
    if difference.before is None:
        return "gets"
    if difference.after is None:
        return "loses"
    return f"{difference.before.replicas} → {difference.after.replicas}"


def test_nothing_supposed_changes_nothing() -> None:
    assert simulated(Scenario()) == Simulation((), (), {}, 3)


def test_what_a_lost_member_ran_is_divided_over_the_others() -> None:
    found = simulated(Scenario(lost=frozenset({"m1"})))
    assert moves(found) == [
        ("2 → 4", "Deployment.apps shop/web", ("m2",)),
    ]
    assert (found.members, found.unplaced) == (2, {})


def test_copies_are_counted_on_each_member_before_and_after() -> None:
    found = simulated(Scenario(lost=frozenset({"m1"})))
    counted = {str(key): (dict(one.lost), dict(one.got)) for key, one in found.moved.items()}
    assert counted["Deployment.apps shop/web"] == ({"m1": 2}, {"m2": 2})
    assert counted["Namespace shop"] == ({"m1": 1}, {})
    assert "Deployment.apps shop/api" not in counted


def test_what_has_no_place_is_lost_and_comes_nowhere() -> None:
    found = simulated(Scenario(lost=frozenset({"m3"})))
    counted = {str(key): (dict(one.lost), dict(one.got)) for key, one in found.moved.items()}
    assert set(counted) == {"Deployment.apps shop/api", "Namespace shop"}
    assert [one[1] for one in counted.values()] == [{}, {}]


def test_what_only_the_lost_member_could_run_is_said_to_have_no_place() -> None:
    found = simulated(Scenario(lost=frozenset({"m3"})))
    (why,) = found.unplaced.values()
    assert [str(key) for key in found.unplaced] == ["Deployment.apps shop/api"]
    assert why.startswith("NoClusterFit: 0/2 clusters are available")


def test_what_had_no_place_before_is_no_news() -> None:
    files = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m9"))}
    assert simulated(Scenario(lost=frozenset({"m3"})), files).unplaced == {}


def test_a_member_that_joins_is_filled() -> None:
    added = cluster("m4")
    assert moves(simulated(Scenario(added=(added,)))) == [("gets", "Namespace shop", ("m4",))]
    everywhere = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", "")}
    assert moves(simulated(Scenario(added=(added,)), everywhere)) == [
        ("gets", "Namespace shop", ("m4",)),
        ("gets", "Deployment.apps shop/api", ("m4",)),
    ]


def test_a_label_decides_where_an_object_goes() -> None:
    by_label = "clusterAffinity: {labelSelector: {matchLabels: {tier: gold}}}"
    files = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", by_label)}
    found = simulated(Scenario(labels={"m2": {"tier": "gold"}}), files)
    assert moves(found) == [("gets", "Deployment.apps shop/api", ("m2",))]


def test_a_taint_keeps_newcomers_away_and_drives_nobody_out() -> None:
    tainted = {"m1": (Taint("gpu", "", "NoSchedule"),)}
    assert moves(simulated(Scenario(taints=tainted))) == []
    everywhere = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", "")}
    newcomer = replace(cluster("m4"), taints=tainted["m1"])
    assert moves(simulated(Scenario(added=(newcomer,)), everywhere)) == [("gets", "Namespace shop", ("m4",))]


def test_room_that_nobody_has_observed() -> None:
    files = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", f"{on('m1', 'm3')}, {AGGREGATED}")}
    found = simulated(Scenario(free={"m3": room("8")}), files)
    given = {name: item.after.replicas for item in found.differences if item.after for name in item.clusters}
    assert given == {"m1": 0, "m3": 2}


OBSERVED = parse_capacity(
    {"status": {"resourceSummary": {"allocatable": {"cpu": "4", "pods": "10"}, "allocated": {"cpu": "3", "pods": "7"}}}}
)


NO_LIMIT = (1 << 31) - 1


@pytest.mark.parametrize(
    ("observed", "free", "left"),
    [
        (OBSERVED, {}, {"cpu": 1, "pods": 3}),
        (OBSERVED, room("2"), {"cpu": 2, "pods": 3}),
        (OBSERVED, room("0"), {"cpu": 0, "pods": 3}),
        (OBSERVED, {"memory": Quantity.parse("8")}, {"cpu": 1, "pods": 3, "memory": 8}),
        (None, {}, None),
        (None, room("100"), {"cpu": 100, "pods": NO_LIMIT}),
        (None, room("100") | {"pods": Quantity.parse("5")}, {"cpu": 100, "pods": 5}),
    ],
)
def test_room(observed: Capacity | None, free: dict[str, Quantity], left: dict[str, int] | None) -> None:
    (found,) = apply_scenario([replace(cluster("m1"), capacity=observed)], Scenario(free={"m1": free}))
    assert _left(found.capacity) == left


def _left(capacity: Capacity | None) -> dict[str, int] | None:
    if capacity is None:
        return None
    taken = capacity.allocated
    return {name: total.value - (taken[name].value if name in taken else 0) for name, total in capacity.allocatable.items()}


def test_the_supposed_fleet() -> None:
    declared = (cluster("b", labels={"old": "1", "kept": "1"}), cluster("c"), cluster("a"))
    scenario = Scenario(
        lost=frozenset({"c"}), added=(cluster("d"), cluster("a", region="eu")), labels={"b": {"old": None, "new": "2"}}
    )
    found = apply_scenario(declared, scenario)
    assert [(item.name, item.region) for item in found] == [("a", "eu"), ("b", ""), ("d", "")]
    assert found[1].labels == {"kept": "1", "new": "2"}
    assert scenario.named == {"b", "c"}


async def test_a_simulation_leaves_no_trace() -> None:
    compiler = Compiler()
    desired = load(SHOP, compiler)
    before = assume_applied(compiler.compile(desired, RecordedState(), NOW, settled=True))
    await simulate(desired, RecordedState(), Scenario(lost=frozenset({"m1"})), ThreadCompiler(compiler), NOW)
    assert assume_applied(compiler.compile(desired, RecordedState(), NOW, settled=True)) == before
