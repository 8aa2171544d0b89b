"""What people suspend by a commit stays as it is, until somebody or the time ends that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Files
from tests.unit.passes.test_rollout import APP, COMMITS, CONFIG, NAMES, Rollouts, files


def annotated(revision: Files, path: str, reason: str, until: str = "") -> Files:
    more = f"reconciler.dev/suspended: {reason!r}" + (f", reconciler.dev/suspended-until: {until!r}" if until else "")
    metadata = "metadata: {name: "
    text = revision[path]
    end = text.index("}", text.index(metadata))
    return {**revision, path: f"{text[:end]}, annotations: {{{more}}}{text[end:]}"}


def everything(revision: Files, until: str = "") -> Files:
    stated = "{reason: freeze" + (f", until: {until!r}" if until else "") + "}"
    text = f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n  suspended: {stated}\n"
    return {**revision, "reconciler.yaml": text}


PLAIN = {name: files(f"app:{name}", rollout="") for name in ("1", "2")}


@pytest.mark.parametrize(
    ("suspend", "expected"),
    [
        (lambda revision: annotated(revision, "shop/app.yaml", "load test"), "111"),
        (lambda revision: annotated(revision, "shop/policy.yaml", "load test"), "111"),
        (lambda revision: annotated(revision, "clusters/b.yaml", "maintenance"), "212"),
        (everything, "111"),
    ],
)
def test_a_change_does_not_get_through_and_does_so_afterwards(suspend: Any, expected: str) -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], PLAIN["1"])
        await fleet.one_pass(COMMITS[1], suspend(PLAIN["2"]))
        assert "".join(image[-1] for image in fleet.images().values()) == expected
        await fleet.one_pass(COMMITS[2], PLAIN["2"])
        assert set(fleet.images().values()) == {"app:2"}

    asyncio.run(check())


@pytest.mark.parametrize(
    "suspend",
    [
        lambda revision, until: annotated(revision, "shop/app.yaml", "", until),
        lambda revision, until: annotated(revision, "shop/policy.yaml", "", until),
        everything,
    ],
)
def test_it_ends_by_itself(suspend: Any) -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], PLAIN["1"])
        done = await fleet.one_pass(COMMITS[1], suspend(PLAIN["2"], "2026-01-01T13:00:00Z"))
        assert set(fleet.images().values()) == {"app:1"}
        assert done.timer_in is not None
        assert 3500 < done.timer_in <= 3600
        fleet.later(hours=1)
        await fleet.one_pass(COMMITS[1], suspend(PLAIN["2"], "2026-01-01T13:00:00Z"))
        assert set(fleet.images().values()) == {"app:2"}

    asyncio.run(check())


def test_nothing_is_removed_from_a_suspended_cluster_and_drift_stays() -> None:
    async def check() -> None:
        fleet, first = Rollouts(*NAMES), {**PLAIN["1"], "shop/extra.yaml": CONFIG}
        await fleet.one_pass(COMMITS[0], first)
        without = {path: text for path, text in first.items() if path != "shop/app.yaml"}
        await fleet.one_pass(COMMITS[1], annotated(without, "clusters/b.yaml", "maintenance"))
        assert list(fleet.images()) == ["b"]
        del fleet.members["b"].objects[APP]
        await fleet.one_pass(COMMITS[2], annotated(PLAIN["1"], "clusters/b.yaml", "maintenance"))
        assert list(fleet.images()) == ["a", "c"]

    asyncio.run(check())


def test_a_rollout_does_not_wait_for_a_suspended_cluster_and_stands_still_with_everything() -> None:
    async def check() -> None:
        fleet, old, new = Rollouts(*NAMES), files("app:1"), files("app:2")
        await fleet.one_pass(COMMITS[0], old)
        for _ in range(3):
            await fleet.one_pass(COMMITS[1], annotated(new, "clusters/b.yaml", "maintenance"))
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:2"}

        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], old)
        await fleet.one_pass(COMMITS[1], new)
        halted = {**new, "reconciler.yaml": new["reconciler.yaml"] + "  suspended: {reason: freeze}\n"}
        for _ in range(3):
            await fleet.one_pass(COMMITS[2], halted)
        assert fleet.images() == {"a": "app:2", "b": "app:1", "c": "app:1"}
        await fleet.one_pass(COMMITS[3], new)
        assert fleet.images() == {"a": "app:2", "b": "app:2", "c": "app:1"}

    asyncio.run(check())


def test_the_record_says_which_members_are_suspended_and_why() -> None:
    async def check() -> None:
        fleet = Rollouts(*NAMES)
        await fleet.one_pass(COMMITS[0], annotated(PLAIN["1"], "clusters/b.yaml", "maintenance", "2026-01-01T13:00:00Z"))
        state = state_of(files_of(fleet.recorded))
        words = "maintenance, until 2026-01-01 13:00 UTC"
        assert {name: one.suspended for name, one in state.clusters.items()} == {"a": None, "b": words, "c": None}
        await fleet.one_pass(COMMITS[1], everything(PLAIN["1"]))
        assert {one.suspended for one in fleet.recorded.clusters.values()} == {"freeze"}
        await fleet.one_pass(COMMITS[2], PLAIN["1"])
        assert {one.suspended for one in fleet.recorded.clusters.values()} == {None}

    asyncio.run(check())
