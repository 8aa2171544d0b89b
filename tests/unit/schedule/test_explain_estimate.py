"""The sentences about the room of a cluster."""

from __future__ import annotations

import pytest

from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.load.capacity import parse_models, parse_resources
from reconciler.schedule.estimator import amounts_of, free_resources, less, max_available_replicas
from reconciler.schedule.explain_estimate import explain_estimate
from tests.unit.interpreter.test_resource_summary import node, pod

NODES = [node("a", memory="64Gi"), node("b", memory="64Gi"), node("c", cpu="2500m", memory="9Gi")]


@pytest.mark.parametrize(
    ("requests", "fits", "words"),
    [
        (
            {"cpu": "1500m", "memory": "1Gi"},
            10,
            "it requests 1500m cpu and 1Gi memory; 1 node with at least 1 cpu and 4Gi memory for 0, 2 nodes with at least 8 cpu "
            "and 64Gi memory for 5 each",
        ),
        ({}, 329, "329 Pods free, and it requests nothing"),
        (
            {"cpu": "1", "nvidia.com/gpu": "1"},
            0,
            "it requests 1 cpu and 1 nvidia.com/gpu; its nodes are not graded by nvidia.com/gpu, which counts as none "
            "(spec.resourceModels of its Cluster)",
        ),
        (
            {"cpu": "1m"},
            329,
            "it requests 1m cpu; 1 node with at least 1 cpu and 4Gi memory for 110, 2 nodes with at least 8 cpu and 64Gi memory "
            "for 110 each; only 329 Pods free",
        ),
    ],
)
def test_graded_nodes(requests: dict[str, str], fits: int, words: str) -> None:
    summary = ResourceSummary()
    for one in NODES:
        summary.add_node(one)
    summary.add_pod(pod("", "Pending"))
    free, needs = free_resources(summary.capacity(parse_models([]))), amounts_of(parse_resources(requests))
    assert max_available_replicas(free, needs) == fits
    assert explain_estimate(free, needs, is_taken=False) == words


def test_sums_and_what_is_reserved() -> None:
    summary = ResourceSummary()
    summary.add_node(NODES[0])
    free, needs = free_resources(summary.capacity(())), amounts_of(parse_resources({"cpu": "2"}))
    assert explain_estimate(free, needs, is_taken=False) == "it requests 2 cpu; free are 8 cpu, 110 Pods"
    deducted = "it requests 2 cpu; free are 2 cpu, 107 Pods; replicas that are decided and not seen there yet are deducted"
    assert explain_estimate(less(free, needs, 3), needs, is_taken=True) == deducted
    assert explain_estimate(None, needs, is_taken=False) == "no Pod is free"
