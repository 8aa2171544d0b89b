"""How much fits, told from recorded capacity."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.capacity import parse_capacity, parse_resources
from reconciler.model.quantity import QuantityError
from reconciler.model.workload import Component
from reconciler.schedule.component_sets import max_available_component_sets
from reconciler.schedule.estimator import (
    amounts_of,
    as_int32,
    fleet_resources,
    free_resources,
    max_available_in_each,
    max_available_replicas,
)


def summary(*models: tuple[int, str, str], counts: tuple[int, ...] = (), **parts: Any) -> dict[str, Any]:
    """models: grade, cpu and memory of its smallest node; counts: of the grades 0, 1, …"""
    ranges = [
        {"grade": grade, "ranges": [{"name": "cpu", "min": cpu}, {"name": "memory", "min": memory}]}
        for grade, cpu, memory in models
    ]
    modelled = {"allocatableModelings": [{"grade": grade, "count": count} for grade, count in enumerate(counts)]}
    return {"spec": {"resourceModels": ranges}, "status": {"resourceSummary": parts | (modelled if counts else {})}}


FREE = {"pods": "20", "cpu": "4", "memory": "8Gi", "nvidia.com/gpu": "2"}
MODELS = ((0, "0", "0"), (1, "1", "4Gi"), (2, "4", "16Gi"))
LARGE = {"pods": 500, "cpu": "900", "memory": "900Gi"}


@pytest.mark.parametrize(
    ("document", "needs", "expected"),
    [
        ({}, None, 0),
        ({"status": {"resourceSummary": {}}}, None, 0),
        (summary(allocatable=FREE), None, 20),
        (summary(allocatable=FREE), {}, 20),
        (summary(allocatable=FREE, allocated={"pods": 3}, allocating={"pods": "2"}), None, 15),
        (summary(allocatable=FREE, allocating={"pods": "200"}), None, 0),
        (summary(allocatable=FREE), {"cpu": "300m"}, 13),
        (summary(allocatable=FREE, allocated={"cpu": "1900m"}), {"cpu": "300m"}, 7),
        (summary(allocatable=FREE, allocated={"cpu": "5"}), {"cpu": "300m"}, 0),
        (summary(allocatable=FREE), {"cpu": "100m", "memory": "3Gi"}, 2),
        (summary(allocatable=FREE), {"cpu": "0", "nvidia.com/gpu": 1}, 2),
        (summary(allocatable=FREE), {"example.com/other": 1}, 0),
        (summary(*MODELS, counts=(5, 2, 1), allocatable=LARGE), {"cpu": "500m", "memory": "1Gi"}, 2 * 2 + 8),
        (summary(*MODELS, counts=(5, 2, 1), allocatable=LARGE), {"cpu": "3"}, 1),
        (summary(*MODELS, counts=(5, 2, 1), allocatable=LARGE), {"nvidia.com/gpu": 1}, 0),
        (summary(*MODELS, counts=(5, 2, 1), allocatable=LARGE), {"unheard-of": 1}, 500),
        (summary(*MODELS, counts=(0, 0, 2), allocatable=LARGE), {"cpu": "1m"}, 220),
        (summary(*MODELS, counts=(0, 0, 2), allocatable=LARGE), {"pods": "50"}, 4),
        (summary(*MODELS, counts=(0, 0, 2), allocatable=LARGE | {"pods": 100}), {"cpu": "1m"}, 100),
        (summary(*MODELS, counts=(1, -1), allocatable=LARGE), {"cpu": "90"}, 10),
        (summary(counts=(1, 1), allocatable=LARGE), {"cpu": "90"}, 10),
        (summary(allocatable={"pods": 1 << 31}), None, -(1 << 31)),
    ],
)
def test_replicas(document: Any, needs: Any, expected: int) -> None:
    wanted = None if needs is None else amounts_of(parse_resources(needs))
    free, roomy = free_resources(parse_capacity(document)), free_resources(parse_capacity(summary(allocatable=LARGE)))
    assert max_available_replicas(free, wanted) == expected
    together = max_available_in_each(fleet_resources([None, free, roomy]), wanted)
    assert together == [0, expected, max_available_replicas(roomy, wanted)]


def component(replicas: int, **needs: str) -> Component:
    return Component("part", replicas, parse_resources(needs) if needs else None)


@pytest.mark.parametrize(
    ("document", "components", "expected"),
    [
        ({}, [component(1)], 0),
        (summary(allocatable={}), [component(1)], 0),
        (summary(allocatable=FREE), [component(0)], 20),
        (summary(allocatable=FREE), [component(1), component(2)], 6),
        (summary(allocatable=FREE), [component(1, cpu="1"), component(2, cpu="500m")], 2),
        (summary(allocatable=FREE), [component(1, cpu="5")], 0),
        (summary(allocatable=FREE), [component(1, unheard="1")], 0),
        # Decimal amounts are counted in thousandths, binary ones in whole units: 1G looks larger than 8Gi.
        (summary(allocatable=FREE), [component(1, memory="1G")], 0),
        (summary(*MODELS, counts=(1, 2, 1), allocatable=LARGE), [component(1, cpu="1"), component(1, cpu="2")], 2),
        (summary(*MODELS, counts=(0, 0, 3), allocatable=LARGE), [component(2, cpu="3"), component(0)], 1),
        (summary(*MODELS, counts=(0, 1, 0), allocatable=LARGE), [component(60)], 8),
        (summary(*MODELS, counts=(0, 1, 0), allocatable=LARGE), [component(60, cpu="1m")], 1),
    ],
)
def test_whole_sets(document: Any, components: list[Component], expected: int) -> None:
    assert max_available_component_sets(parse_capacity(document), tuple(components)) == expected


def test_amounts_that_are_none() -> None:
    with pytest.raises(QuantityError):
        parse_capacity(summary(allocatable={"cpu": "many"}))


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (2**31 - 1, 2**31 - 1), (2**31, -(2**31)), (2**32 - 2, -2)])
def test_32_bits(number: int, expected: int) -> None:
    assert as_int32(number) == expected
