"""Members that fail where workloads are placed by capacity: the evictions of one pass share the room that is left."""

from __future__ import annotations

import asyncio
from datetime import datetime

from hypothesis import given
from hypothesis import settings as settings_of_runs
from hypothesis import strategies as st

from reconciler.cluster.member_protocol import CapacityLook
from reconciler.membership.failover_proposal import proposal_of
from reconciler.model.capacity import ResourceModels
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get
from tests.support.fakemember import FakeMember
from tests.support.shop import NAMESPACE, cluster_file, on
from tests.unit.interpreter.test_resource_summary import node, pod
from tests.unit.passes.test_capacity import AGGREGATED, dynamic
from tests.unit.passes.test_capacity import workload as requesting
from tests.unit.pipeline.test_evict import SINGLE, TAINTS, World, settings

BY_ROOM = f"{on('m1', 'm2')}, {SINGLE}, {AGGREGATED}"
STAYS = "it is to leave m1, because the member has the taint lost:NoExecute, and stays there: no other cluster can take it"


class RunningMember(FakeMember):
    """It runs what it holds: each replica is a Pod that takes a CPU of the first node."""

    async def capacity(self, models: ResourceModels, now: datetime) -> CapacityLook | None:
        held = [get(one, "spec", "replicas") for one in self.objects.values() if one["kind"] == "Deployment"]
        self.pods = [pod(f"n{number // 8}", cpu="1") for number in range(sum(held))]
        return await super().capacity(models, now)


def key(name: str) -> ResourceKey:
    return ResourceKey("apps", "Deployment", "shop", name)


def fleet(configuration: str = "") -> dict[str, str]:
    clusters = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2", "m3")}
    return {**clusters, "reconciler.yaml": configuration or settings(), "namespace.yaml": NAMESPACE, "lost.yaml": TAINTS}


async def placed_on_m1(sizes: dict[str, int], configuration: str = "", nodes: int = 1) -> tuple[World, dict[str, str]]:
    """m1 has room for all, and holds all. Then m2 has so many nodes of 8 CPUs, and nothing on them."""
    world, files = World("m1", "m2", "m3"), fleet(configuration)
    world.members = {name: RunningMember(name) for name in world.members}
    for name, replicas in sizes.items():
        files |= dynamic(name, replicas, BY_ROOM, cpu="1")
    world.members["m1"].nodes = [node(f"n{number}", memory="64Gi") for number in range(9)]
    await world.after(0, files, passes=2)
    assert {name: world.replicas(key(name)) for name in sizes} == {name: {"m1": count} for name, count in sizes.items()}
    world.members["m2"].nodes = [node(f"n{number}", memory="64Gi") for number in range(nodes)]
    await world.after(60, files, passes=2)
    return world, files


async def fail_m1(world: World, files: dict[str, str]) -> None:
    world.fail("m1")
    world.members["m1"].refuses.add("capacity")
    await world.after(0, files)
    await world.after(30, files)


async def lose_m1(world: World, files: dict[str, str]) -> None:
    """Up to the pass in which evictions begin."""
    await fail_m1(world, files)
    assert not any(decision.evictions for decision in world.recorded.decisions.values())
    await world.after(0, files)


def begun(world: World, *names: str) -> list[str]:
    """Those that had an eviction in any pass of the last step."""
    decisions = [one.recorded.decisions for one in world.passes]
    return [name for name in names if any(of_pass[key(name)].evictions for of_pass in decisions)]


def told(world: World, name: str) -> tuple[str, ...]:
    return world.passes[-1].compiled.templates[key(name)].decided.eviction.waits


@settings_of_runs(max_examples=15)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 3))
def test_what_fits_moves_and_nothing_is_overcommitted(sizes: list[int], nodes: int) -> None:
    """The first by name that fits goes first, whatever does not fit."""

    async def run() -> None:
        named = {f"w{number}": size for number, size in enumerate(sizes)}
        world, files = await placed_on_m1(named, nodes=nodes)
        left, expected = 8 * nodes, list[str]()
        for name, size in named.items():
            if size <= left:
                left -= size
                expected.append(name)
        await lose_m1(world, files)
        assert begun(world, *named) == expected
        await world.after(0, files, passes=3)
        assert [name for name in named if "m2" in world.replicas(key(name))] == expected
        assert all(told(world, name) == (STAYS,) for name in named if name not in expected)

    asyncio.run(run())


async def test_evictions_of_one_pass_share_the_room_that_is_left() -> None:
    """8 CPUs are free: 4 for api, 4 for web, and none for big, which comes between them."""
    world, files = await placed_on_m1({"api": 4, "big": 6, "web": 4})
    await lose_m1(world, files)
    assert begun(world, "api", "big", "web") == ["api", "web"]
    assert told(world, "big") == (STAYS,)
    await world.after(0, files, passes=4)
    assert world.replicas(key("api")) == world.replicas(key("web")) == {"m1": 4, "m2": 4}
    assert world.replicas(key("big")) == {"m1": 6}
    assert (world.phases(key("big")), told(world, "big")) == ({}, (STAYS,))
    world.members["m2"].nodes.append(node("n1", memory="64Gi"))
    await world.after(60, files, passes=4)
    assert world.replicas(key("big")) == {"m1": 6, "m2": 6}


async def test_what_finds_no_room_takes_no_turn_from_another() -> None:
    """Two of the three may move at once: api and web, not api and big."""
    world, files = await placed_on_m1({"api": 4, "big": 6, "web": 4}, settings(objects="0.67"))
    await lose_m1(world, files)
    moving = [{one.name for one, last in done.recorded.decisions.items() if last.evictions} for done in world.passes]
    assert next(names for names in moving if names) == {"api", "web"}


async def test_what_arrives_in_the_same_pass_takes_no_room_from_what_has_to_move() -> None:
    world, files = await placed_on_m1({"web": 8})
    await fail_m1(world, files)
    await world.after(0, files | dynamic("aaa", 8, BY_ROOM, cpu="1"))
    assert begun(world, "web") == ["web"]
    await world.after(0, files | dynamic("aaa", 8, BY_ROOM, cpu="1"), passes=3)
    assert world.replicas(key("web")) == {"m1": 8, "m2": 8}
    assert world.replicas(key("aaa")) == {}


async def test_what_needs_no_room_takes_its_place_first() -> None:
    """zoo does not ask what is free: it leaves for m2 all the same, and web finds no room beside it."""
    world, files = await placed_on_m1({"web": 6})
    files |= {"zoo.yaml": requesting("zoo", 4, cpu="1")}
    files |= {"zoo-policy.yaml": dynamic("zoo", 4, f"{on('m1', 'm2')}, {SINGLE}", cpu="1")["zoo-policy.yaml"]}
    await world.after(0, files, passes=2)
    assert world.replicas(key("zoo")) == {"m1": 4}
    await lose_m1(world, files)
    assert begun(world, "web", "zoo") == ["zoo"]
    assert told(world, "web") == (STAYS,)


async def test_a_proposal_names_only_what_finds_room_beside_the_others() -> None:
    world, files = await placed_on_m1({"api": 4, "big": 6, "web": 4}, settings(mode="propose"))
    await lose_m1(world, files)
    proposal = proposal_of(world.passes[-1].compiled)
    assert proposal is not None
    assert proposal.message.splitlines()[0] == "Let 2 objects leave m1"
    assert "shop/big" not in proposal.message
    assert told(world, "big") == (STAYS,)
