"""On real API servers: one that dies in the middle, one that hangs, one that comes back; in one process with one fleet."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.access import Access
from reconciler.cluster.api_client import Api
from reconciler.model.recorded import RecordedState
from reconciler.passes.connections import open_fleet
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.revision import load_revision
from reconciler.repo.client import Repository
from tests.controlplane.start import ControlPlane
from tests.support.fleet import config, policy, selector
from tests.support.servers import ServerWorld, configuration

MANY = 300
AT_ONCE = 128


@dataclass
class Process:
    """What lives as long as a process does: one fleet, one memory."""

    reconciliation: Reconciliation
    recorded: RecordedState = field(default_factory=RecordedState)

    async def run_pass(self) -> Pass:
        one = await run_pass(self.reconciliation, self.recorded)
        self.recorded = one.recorded
        return one

    async def until(self, reached: Callable[[Pass], bool], *, seconds: float = 60) -> Pass:
        """Passes, as a loop would run them."""
        deadline = time.monotonic() + seconds
        while not reached(one := await self.run_pass()):
            assert time.monotonic() < deadline, one.unreadable
            await asyncio.sleep(0.2)
        return one


@asynccontextmanager
async def process(world: ServerWorld, **options: Any) -> AsyncIterator[Process]:
    async with await Repository.open(str(world.repo.path)) as repository:
        compiler = ThreadCompiler()
        commit = await repository.resolve("HEAD")
        desired = await load_revision(repository, commit, compiler)
    async with open_fleet(desired.clusters, Access(world.members), desired.settings.instance) as fleet:
        now = lambda: datetime.now(UTC)  # noqa: E731 -- read where it is used
        yield Process(Reconciliation(desired, commit.sha, fleet, compiler, now, Options(**options)))


@pytest.fixture
def world(tmp_path: Path, bare_planes: list[ControlPlane]) -> ServerWorld:
    """Three hundred ConfigMaps on each of three members."""
    many = "---\n".join(config(f"c{number}", key="value") for number in range(MANY))
    world = ServerWorld(tmp_path, bare_planes)
    settings = configuration(world.namespace, concurrency=AT_ONCE)
    world.commit({"reconciler.yaml": settings, "many.yaml": many, "p.yaml": policy("many", selector("ConfigMap"))})
    return world


class Outstanding:
    """Applies that were sent to one member and not answered yet."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str) -> None:
        self.count = 0
        self.sent = 0
        """All that were ever sent."""
        self.reached = asyncio.Event()
        send = Api._send

        async def counted(api: Api, request: Any, *more: Any) -> Any:
            if api.name != name or request.method != "PATCH":
                return await send(api, request, *more)
            self.count += 1
            self.sent += 1
            if self.count >= 100:
                self.reached.set()
            try:
                return await send(api, request, *more)
            finally:
                self.count -= 1

        patch.setattr(Api, "_send", counted)


def held(world: ServerWorld, name: str) -> set[str]:
    """The ConfigMaps of ours that a member holds."""
    items = world.planes[name].request(world.path("configmaps"))["items"]
    return {item["metadata"]["name"] for item in items if item["metadata"]["name"].startswith("c")}


ALL = {f"c{number}" for number in range(MANY)}


async def test_a_server_killed_with_a_hundred_applies_outstanding(world: ServerWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = world.planes["m2"]
    outstanding = Outstanding(monkeypatch, "m2")
    async with process(world) as ours:
        passing = asyncio.create_task(ours.run_pass())
        await outstanding.reached.wait()
        assert outstanding.count >= 100
        victim.kill()
        before = outstanding.sent
        try:
            one = await asyncio.wait_for(passing, 120)
            assert [held(world, name) == ALL for name in ("m1", "m3")] == [True, True]
            assert outstanding.sent - before <= 4 * AT_ONCE, "one wait for those under way, not one for each object"
            failed = [outcome for outcome in one.outcomes["m2"] if outcome.error]
            assert len(failed) >= 100
            assert all(outcome.error.startswith("m2 ") for outcome in failed), failed[0].error
            # As long as it is away the others are left in peace, and nothing is concluded from its silence.
            since = world.audited_in_full()
            one = await asyncio.wait_for(ours.run_pass(), 30)
            assert "m2" in one.unreadable
            assert not one.wrote
            assert world.asked_in_passes(since) == []
        finally:
            victim.start()
        await ours.until(lambda one: not one.unreadable and not one.wrote)
        assert held(world, "m2") == ALL
        assert {status.applied for status in ours.recorded.statuses} == {True}
        since = world.audited_in_full()
        one = await ours.run_pass()
        assert (one.wrote, world.asked_in_passes(since)) == (False, [])


async def test_a_server_that_hangs_holds_up_nobody(world: ServerWorld) -> None:
    """It accepts connections and answers nothing: the others have what they should long before it is given up."""
    hanging = world.planes["m3"].api_server.process
    assert hanging is not None
    async with process(world, straggler_timeout=timedelta(seconds=0.5)) as ours:
        await ours.until(lambda one: not one.unreadable and not one.wrote)
        changed = asyncio.Queue[str]()
        for name, client in ours.reconciliation.fleet.clients.items():
            client.on_change(lambda key, name=name: changed.put_nowait(name))  # type: ignore[misc]
        for name in ("m1", "m3"):
            world.remove(name, "configmaps", "c7")
        assert {await asyncio.wait_for(changed.get(), 30) for _ in range(2)} == {"m1", "m3"}
        hanging.send_signal(signal.SIGSTOP)
        try:
            passing = asyncio.create_task(ours.run_pass())
            async with asyncio.timeout(10):
                while "c7" not in await asyncio.to_thread(held, world, "m1"):  # noqa: ASYNC110 -- a server is no event
                    await asyncio.sleep(0.05)
                one = await passing
            assert list(one.unreadable) == ["m3"]
        finally:
            hanging.send_signal(signal.SIGCONT)
        await ours.until(lambda one: not one.unreadable and not one.wrote)
        assert held(world, "m3") == ALL


async def test_what_changes_meanwhile_arrives_by_itself(world: ServerWorld) -> None:
    """Nothing is asked in a pass with nothing to do; an edit by somebody else is known without asking, and somebody is called."""
    async with process(world) as ours:
        await ours.until(lambda one: not one.wrote)
        called = asyncio.Event()
        for client in ours.reconciliation.fleet.clients.values():
            client.on_change(lambda key: called.set())
        since = world.audited()
        one = await ours.run_pass()
        assert (one.wrote, world.requests(since), called.is_set()) == (False, [], False)
        world.edit("m2", "configmaps", "c5", {"data": {"key": "theirs"}})
        await asyncio.wait_for(called.wait(), 30)
        await ours.run_pass()
        assert world.get("m2", "configmaps", "c5")["data"] == {"key": "value"}
        applied = [request for request in world.writes(since) if "dryRun" not in request]
        assert len(applied) == 1
        called.clear()
        world.remove("m3", "configmaps", "c6")
        await asyncio.wait_for(called.wait(), 30)
        await ours.run_pass()
        assert world.get("m3", "configmaps", "c6") is not None
