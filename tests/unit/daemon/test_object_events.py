"""Events are written beside the passes: at once, within limits, and without an error for anybody."""

from __future__ import annotations

import asyncio

import pytest

from reconciler.daemon import object_events as module
from reconciler.daemon.object_events import EventWriter
from reconciler.model.changes import DeletionPropagation, Outcome, Prune
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import key_of
from reconciler.passes.apply_all import Outcomes
from tests.support.builders import config
from tests.support.fakemember import FakeMember

M1, M2 = ClusterName("m1"), ClusterName("m2")


def pruned(*names: ClusterName, count: int = 1) -> Outcomes:
    documents = [config(f"c{number}") for number in range(count)]
    outcomes = tuple(Outcome(Prune(key_of(one), one, DeletionPropagation.BACKGROUND, "gone")) for one in documents)
    return dict.fromkeys(names, outcomes)


async def settled() -> None:
    """Until every task that need not wait for the clock has ended."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_each_member_gets_its_own() -> None:
    members = {M1: FakeMember("m1", refuses=["report"]), M2: FakeMember("m2")}
    async with EventWriter(lambda: members) as writer:
        writer.passed(pruned(M1, M2, ClusterName("gone")), "abc")
        await settled()
        assert (members[M1].events, [event.reason for event in members[M2].events]) == ([], ["Pruned"])
        members[M1].refuses.clear()
        writer.passed(pruned(M1), "abc")
        await settled()
        assert len(members[M1].events) == 1


async def test_no_more_than_a_burst_at_once_and_no_more_than_a_queue_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    now, pauses, sleep = [0.0], [], asyncio.sleep

    async def skipped(seconds: float) -> None:
        now[0] += seconds
        pauses.append(seconds)
        await sleep(0)

    member = FakeMember("m1")
    monkeypatch.setattr(asyncio, "sleep", skipped)
    async with EventWriter(lambda: {M1: member}, lambda: now[0]) as writer:
        writer.passed(pruned(M1, count=1000), "abc")
        while len(member.events) < module._WAITING:
            await sleep(0)
        await sleep(0)
    assert len(member.events) == module._WAITING
    assert pauses == [0.0] * module._BURST + [1.0] * (module._WAITING - module._BURST)


async def test_the_end_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(FakeMember):
        async def report(self, event: object) -> None:
            await asyncio.Event().wait()

    async with EventWriter(lambda: {M1: Hanging("m1")}) as writer:
        writer.passed(pruned(M1), "abc")
        await settled()
