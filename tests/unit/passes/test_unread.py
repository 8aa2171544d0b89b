"""A kind that a member does not show: its objects may be there, so nothing may rely on their absence."""

from __future__ import annotations

import pytest

from reconciler.model.changes import Action
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import NOTHING_UNREAD, Unread
from tests.support.in_memory_fleet import Playground
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, workload

DATABASE = "StatefulSet.apps shop/db"
KEY = ResourceKey("apps", "StatefulSet", "shop", "db")
FORBIDDEN = Unread({("apps", "StatefulSet"): "forbidden"})


def files(*members: str) -> dict[str, str]:
    clusters = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")}
    policy = policy_file("db", "StatefulSet", on(*members))
    return {**clusters, "ns.yaml": NAMESPACE, "db.yaml": workload("db", 1, "StatefulSet"), "policy.yaml": policy}


@pytest.fixture
async def moving() -> Playground:
    """A StatefulSet, which must not run twice, moves while its old member does not show StatefulSets."""
    fleet = Playground("m1", "m2")
    await fleet.sync(files("m1"))
    fleet.members["m1"].unread = FORBIDDEN
    for _ in range(3):
        await fleet.sync(files("m2"))
    return fleet


async def test_a_copy_that_cannot_be_read_is_not_taken_for_gone(moving: Playground) -> None:
    assert DATABASE in moving.members["m1"].holds()
    assert DATABASE not in moving.members["m2"].holds(), "the same StatefulSet would run twice"
    status = moving.recorded.report_of(KEY).status_in(ClusterName("m1"))
    assert status is not None
    assert (status.health.status, status.message) == (
        HealthStatus.UNKNOWN,
        "not pruned: the member's object cannot be read: forbidden",
    )


async def test_the_move_ends_when_the_kind_can_be_read_again(moving: Playground) -> None:
    moving.members["m1"].unread = NOTHING_UNREAD
    for _ in range(3):
        await moving.sync(files("m2"))
    assert [DATABASE in moving.members[name].holds() for name in ("m1", "m2")] == [False, True]


async def test_a_copy_that_left_git_is_not_pruned_and_the_sync_says_why() -> None:
    fleet = Playground("m1", "m2")
    await fleet.sync(files("m1"))
    fleet.members["m1"].unread = FORBIDDEN
    without = {path: text for path, text in files("m1").items() if path != "db.yaml"}
    done = await fleet.sync(without)
    assert [(change.key, change.reason) for change in done.plans[ClusterName("m1")].of(Action.SKIP)] == [
        (KEY, "not pruned: the member's object cannot be read: forbidden")
    ]
    assert DATABASE in fleet.members["m1"].holds()
