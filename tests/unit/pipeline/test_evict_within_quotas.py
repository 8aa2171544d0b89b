"""A quota refuses what a workload asks for in addition, and holds up no eviction: what moves, is used already."""

from __future__ import annotations

import pytest

from reconciler.model.binding import Binding
from reconciler.model.issues import Issue
from tests.support.shop import DIVIDED, on, policy_file
from tests.unit.pipeline.test_evict import SINGLE, WEB, World, files
from tests.unit.pipeline.test_quotas import API, app, quota

REFUSED = "FederatedResourceQuota shop/total cpu 6 by 6: 6 are used, and it asks for 6 more (quota.yaml:1)"


def revision(replicas: int, placement: str, limit: int = 6, cpu: str = "1") -> dict[str, str]:
    own = {**app("web", replicas, cpu=cpu), "web-policy.yaml": policy_file("web", "Deployment", placement)}
    return {**files(placement), **own, "quota.yaml": quota(f"cpu: {limit}")}


async def with_a_refused_change(placement: str, refused: dict[str, str]) -> tuple[World, dict[str, int]]:
    """Six replicas, on m1 or also on m2, and a commit that the quota refuses."""
    world = World("m1", "m2", "m3")
    await world.after(0, revision(6, placement), passes=2)
    before = world.replicas()
    assert sum(before.values()) == 6 >= before["m1"] > 0
    await world.after(0, refused, passes=2)
    assert (world.replicas(), exceeded(world)) == (before, True)
    return world, before


async def lose_m1(world: World, files: dict[str, str]) -> None:
    world.fail("m1")
    await world.after(0, files)
    await world.after(30, files)
    await world.after(0, files, passes=3)


def exceeded(world: World) -> bool:
    return any(REFUSED in issue.message for issue in world.passes[-1].compiled.issues if issue.reason == "QuotaExceeded")


def issues(world: World) -> list[Issue]:
    return [one for one in world.passes[-1].compiled.issues if one.reason == "QuotaExceeded"]


def used(world: World) -> str:
    (use,) = world.recorded.quotas
    return f"{use.used['cpu']}/{use.overall['cpu']}"


@pytest.mark.parametrize("division", [SINGLE, DIVIDED])
async def test_a_workload_that_may_not_grow_moves_with_what_it_has(division: str) -> None:
    placement = f"{on('m1', 'm2')}, {division}"
    grown = revision(12, placement)
    world, before = await with_a_refused_change(placement, grown)
    await lose_m1(world, grown)
    assert world.replicas() == {"m1": before["m1"], "m2": 6}
    assert world.decision().binding.cluster_names == ("m2",)
    assert (exceeded(world), used(world)) == (True, "6/6")
    (issue,) = [one for one in world.passes[-1].compiled.issues if one.reason == "QuotaExceeded"]
    assert "Until then, it moves with the replicas that it has." in issue.remedy
    scheduling = world.passes[-1].compiled.templates[WEB].decided.scheduling
    assert isinstance(scheduling, Binding)
    assert "it moves with the 6 replicas that it has, because a quota refuses what it asks for" in scheduling.reasons
    world.heal("m1")
    await world.after(60, grown)
    await world.after(30, grown, passes=2)
    assert world.replicas() == {"m2": 6}, "the copy that was replaced goes"
    await world.after(3600, grown, passes=2)
    assert (world.replicas(), world.decision().evictions, exceeded(world)) == ({"m2": 6}, (), True)
    await world.after(0, revision(12, placement, limit=12), passes=2)
    assert (sum(world.replicas().values()), used(world), exceeded(world)) == (12, "12/12", False)


async def test_whoever_finds_room_because_another_one_moves_with_less_is_not_refused() -> None:
    """web runs on m1 and m2, and may not be larger; where one member is left, half of it goes, and api finds room."""
    both = f"{on('m1', 'm2')}, clusterTolerations: []"
    before = revision(3, both)
    world = World("m1", "m2", "m3")
    await world.after(0, before, passes=2)
    assert world.replicas() == {"m1": 3, "m2": 3}
    only_m3 = {"api-policy.yaml": policy_file("api", "Deployment", on("m3"))}
    grown = {**revision(12, both), **app("api", 3), **only_m3}
    await world.after(0, grown, passes=2)
    assert {issue.subject for issue in issues(world)} == {str(WEB), str(API)}
    await lose_m1(world, grown)
    await world.after(0, grown, passes=2)
    assert {issue.subject for issue in issues(world)} <= {str(WEB)}
    assert world.replicas(API) == {"m3": 3}
    assert used(world) == "6/6"


async def test_larger_requests_would_use_more_and_stay() -> None:
    placement = f"{on('m1', 'm2')}, {SINGLE}"
    larger = revision(6, placement, cpu="2")
    world, _ = await with_a_refused_change(placement, larger)
    await lose_m1(world, larger)
    assert (world.replicas(), used(world), exceeded(world)) == ({"m1": 6}, "6/6", True)
