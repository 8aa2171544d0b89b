"""What Nodes and Pods come to, as Karmada adds them up."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.load.capacity import parse_models
from reconciler.model.capacity import Capacity
from reconciler.model.workload import Resources

DEFAULT = parse_models([])


def node(name: str = "n1", cpu: str = "8", memory: str = "32Gi", pods: str = "110", **others: str) -> dict[str, Any]:
    allocatable = {"cpu": cpu, "memory": memory, "pods": pods, **{key.replace("_", "/"): value for key, value in others.items()}}
    return {"metadata": {"name": name}, "status": {"allocatable": allocatable}}


def pod(on: str = "n1", phase: str = "Running", init: list[dict[str, str]] | None = None, **requests: str) -> dict[str, Any]:
    containers = [{"resources": {"requests": requests, "limits": {"cpu": "64"}}}]
    spec: dict[str, Any] = {"containers": containers}
    if on:
        spec["nodeName"] = on
    if init:
        spec["initContainers"] = [{"resources": {"requests": one}} for one in init]
    return {"spec": spec, "status": {"phase": phase}}


def capacity_of(nodes: list[dict[str, Any]], pods: list[dict[str, Any]], models: Any = ()) -> Capacity:
    summary = ResourceSummary()
    for one in nodes:
        summary.add_node(one)
    for one in pods:
        summary.add_pod(one)
    return summary.capacity(models)


def texts(resources: Resources) -> dict[str, str]:
    return {name: str(amount) for name, amount in resources.items()}


def grades(capacity: Capacity) -> list[tuple[str, int]]:
    """(least CPU, nodes) of each grade that has nodes."""
    return [(str(grade.minimum["cpu"]), grade.count) for grade in capacity.grades or ()]


def test_all_nodes_count_whether_or_not_they_are_ready() -> None:
    cordoned = {**node("n2", memory="16Gi"), "spec": {"unschedulable": True}}
    cordoned["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    found = capacity_of([node(nvidia="2"), cordoned], [])
    assert texts(found.allocatable) == {"cpu": "16", "memory": "48Gi", "pods": "220", "nvidia": "2"}
    assert texts(found.allocated) == {"cpu": "0", "ephemeral-storage": "0", "memory": "0", "pods": "0"}


def test_quantities_are_exact() -> None:
    nodes = [node(f"n{number}", cpu="3920m", memory="15890124Ki") for number in range(3)]
    found = capacity_of(nodes, [pod("n0", cpu="100m", memory="128M"), pod("n1", cpu="0.1", memory="1")])
    assert texts(found.allocatable) == {"cpu": "11760m", "memory": "47670372Ki", "pods": "330"}
    assert texts(found.allocated) == {"cpu": "200m", "ephemeral-storage": "0", "memory": "128000001", "pods": "2"}


def test_a_pod_without_node_is_being_allocated_and_one_that_ended_counts_for_nothing() -> None:
    found = capacity_of(
        [node()],
        [pod(cpu="1"), pod("", "Pending", cpu="2"), pod(phase="Succeeded", cpu="4"), pod(phase="Failed", cpu="4")],
    )
    assert (str(found.allocated["cpu"]), str(found.allocated["pods"])) == ("1", "1")
    assert (str(found.allocating["cpu"]), str(found.allocating["pods"])) == ("2", "1")


def test_the_largest_init_container_counts_within_its_own_pod() -> None:
    found = capacity_of([node()], [pod(cpu="1"), pod(init=[{"cpu": "3"}, {"cpu": "2"}], cpu="1"), pod(cpu="1")])
    assert str(found.allocated["cpu"]) == "5"


def test_the_overhead_of_a_pod_counts_and_limits_do_not() -> None:
    heavy = pod(cpu="1")
    heavy["spec"]["overhead"] = {"cpu": "250m"}
    assert str(capacity_of([node()], [heavy]).allocated["cpu"]) == "1250m"


def test_resources_that_no_node_accounts_for_are_not_counted() -> None:
    counted = pod(**{"nvidia.com/gpu": "2", "hugepages-2Mi": "4Mi", "storage": "1Gi", "requests.cpu": "1"})
    assert texts(capacity_of([node()], [counted]).allocated) == {
        "cpu": "0",
        "ephemeral-storage": "0",
        "hugepages-2Mi": "4Mi",
        "memory": "0",
        "nvidia.com/gpu": "2",
        "pods": "1",
    }


def test_there_are_nine_default_models_from_zero() -> None:
    assert [str(model.minimum["cpu"]) for model in DEFAULT] == ["0", "1", "2", "4", "8", "16", "32", "64", "128"]
    assert [str(model.minimum["memory"]) for model in DEFAULT][:3] == ["0", "4Gi", "16Gi"]
    assert [model.grade for model in DEFAULT] == list(range(9))


def test_the_grade_of_a_node_is_the_lowest_over_its_resources() -> None:
    nodes = [node("a", "8", "32Gi"), node("b", "8", "31Gi"), node("c", "200", "4Gi"), node("d", "500m", "1Ti")]
    assert grades(capacity_of(nodes, [], DEFAULT)) == [("0", 1), ("1", 1), ("2", 1), ("4", 1)]


def test_what_pods_request_is_not_free_for_a_grade() -> None:
    nodes = [node("a", "8", "64Gi"), node("b", "8", "64Gi")]
    assert grades(capacity_of(nodes, [pod("a", cpu="1m")], DEFAULT)) == [("4", 1), ("8", 1)]
    assert grades(capacity_of(nodes, [pod("", "Pending", cpu="4")], DEFAULT)) == [("8", 2)]


def test_a_full_node_is_in_no_grade_and_the_nodes_after_it_are() -> None:
    """Karmada stops counting at the first one."""
    nodes = [node("a", pods="1"), node("b"), node("c", pods="2")]
    full = [pod("a"), pod("c")]
    assert grades(capacity_of(nodes, full, DEFAULT)) == [("4", 2)]


def test_a_node_with_more_requested_than_it_has_is_in_no_grade() -> None:
    assert grades(capacity_of([node(cpu="1")], [pod(cpu="2")], DEFAULT)) == []


def test_a_node_without_a_modelled_resource_has_none_of_it() -> None:
    models = parse_models(
        [
            {"grade": 1, "ranges": [{"name": "ephemeral-storage", "min": "10Gi", "max": "20Gi"}]},
            {"grade": 0, "ranges": [{"name": "ephemeral-storage", "min": "0", "max": "10Gi"}]},
        ]
    )
    stored = {"metadata": {"name": "b"}, "status": {"allocatable": {"ephemeral-storage": "15Gi", "pods": "10"}}}
    found = capacity_of([node("a"), stored], [], models)
    assert [(texts(grade.minimum), grade.count) for grade in found.grades or ()] == [
        ({"ephemeral-storage": "0"}, 1),
        ({"ephemeral-storage": "10Gi"}, 1),
    ]


def test_without_models_nodes_are_not_graded_and_without_nodes_no_grade_has_any() -> None:
    assert capacity_of([node()], []).grades is None
    assert capacity_of([], [], DEFAULT).grades == ()


REQUESTS = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.integers(0, 4000).map(lambda number: f"{number}m"))
PODS = st.lists(st.builds(lambda on, requests: pod(on, **requests), st.sampled_from(["", "a", "b"]), REQUESTS), max_size=8)


@given(PODS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_pods_before_their_nodes_count(pods: list[dict[str, Any]], chance: random.Random) -> None:
    nodes = [node("a", pods="3"), node("b", "4", "16Gi", pods="2"), node("c")]
    shuffled = ResourceSummary()
    steps = [*((ResourceSummary.add_node, one) for one in nodes), *((ResourceSummary.add_pod, one) for one in pods)]
    chance.shuffle(steps)
    for add, one in steps:
        add(shuffled, one)
    assert shuffled.capacity(DEFAULT) == capacity_of(nodes, pods, DEFAULT)
