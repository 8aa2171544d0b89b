"""No member gets more by capacity than it has, in whatever order workloads come and looks succeed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.load.capacity import parse_models, parse_resources
from reconciler.model.manifest import get
from reconciler.passes.options import Options
from reconciler.schedule.estimator import amounts_of, free_resources, less, max_available_replicas
from tests.support.in_memory_fleet import Playground
from tests.unit.interpreter.test_resource_summary import node, pod
from tests.unit.passes.test_capacity import AGGREGATED, DYNAMIC, dynamic, fleet, playground

MEMBERS = ("m1", "m2", "m3")
STEP = st.tuples(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(0, 14), st.sampled_from([DYNAMIC, AGGREGATED])), max_size=3),
    st.sets(st.sampled_from(MEMBERS)),
)
"""What is committed, and the members that do not show their Nodes and Pods now."""


@settings(max_examples=25)
@given(st.sampled_from([1, 2, 4]), st.tuples(*[st.integers(1, 3)] * 3), st.lists(STEP, min_size=1, max_size=5))
def test_no_member_gets_more_than_it_has(
    cpus: int, nodes: tuple[int, ...], steps: list[tuple[Mapping[str, tuple[int, str]], set[str]]]
) -> None:
    async def run() -> None:
        shop = playground(**dict(zip(MEMBERS, nodes, strict=True)))
        files = fleet(*MEMBERS)
        for changed, blind in steps:
            for name, (replicas, placement) in changed.items():
                files |= dynamic(name, replicas, placement, cpu=str(cpus))
            for member in shop.members.values():
                member.refuses = {"capacity"} & ({"capacity"} if member.name in blind else set())
            await shop.sync(files, options=Options(wait=False))
            for name, count in zip(MEMBERS, nodes, strict=True):
                assert cpus * held(shop, name) <= 8 * count
                shop.members[name].pods = running(held(shop, name), cpus)

    asyncio.run(run())


def held(shop: Playground, member: str) -> int:
    """The replicas that it must run."""
    return sum(get(one, "spec", "replicas") for one in shop.members[member].objects.values() if one["kind"] == "Deployment")


def running(replicas: int, cpus: int) -> list[dict[str, Any]]:
    """The Pods, on the first node that has room."""
    return [pod(f"n{number // (8 // cpus)}", cpu=str(cpus)) for number in range(replicas)]


AMOUNTS = st.fixed_dictionaries({"cpu": st.integers(0, 9), "memory": st.integers(0, 40)}).map(
    lambda amounts: {"cpu": str(amounts["cpu"]), "memory": f"{amounts['memory']}Gi"}
)


@given(st.lists(AMOUNTS, max_size=5), AMOUNTS, AMOUNTS, st.integers(0, 30), st.booleans())
def test_what_was_taken_is_not_left(
    sizes: list[dict[str, str]], taker: dict[str, str], other: dict[str, str], replicas: int, graded: bool
) -> None:
    summary = ResourceSummary()
    for number, size in enumerate(sizes):
        summary.add_node(node(f"n{number}", **size))
    free = free_resources(summary.capacity(parse_models([]) if graded else ()))
    needs, others = amounts_of(parse_resources(taker)), amounts_of(parse_resources(other))
    most = max_available_replicas(free, needs)
    count = min(replicas, most)
    left = less(free, needs, count)
    assert max_available_replicas(left, needs) == most - count
    assert max_available_replicas(left, others) <= max_available_replicas(free, others)
    if needs and needs.keys() <= others.keys() and all(others[name] >= needs[name] for name in needs):
        assert max_available_replicas(left, others) <= most - count
