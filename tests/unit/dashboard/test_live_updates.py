"""An open page hears of each commit of the status branch once: on real Git, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from reconciler.dashboard.facts_reader import FactsReader
from reconciler.dashboard.site import Site
from reconciler.model.health import Health, HealthStatus
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from tests.support.fleet import World, fleet, placed
from tests.support.showcase import record


@pytest.fixture
def world(tmp_path: Path) -> World:
    names = ("web", "store", "cart", "pay", "mail", "feed")
    files = {path: text for name in names for path, text in placed(name, "m1").items()}
    made = World(tmp_path, {**fleet("m1"), **files})
    assert made.sync().code == 0
    return made


@pytest.fixture
async def reader(world: World) -> AsyncIterator[FactsReader]:
    async with await Repository.open(str(world.repo.path)) as repository:
        yield FactsReader(repository, ThreadCompiler(Compiler()), lambda: datetime.now(UTC))


def failing(state: RecordedState, name: str) -> RecordedState:
    health = Health(HealthStatus.FAILED, "it crashes", "CrashLoopBackOff")
    reports = {
        key: replace(one, statuses=tuple(replace(status, health=health) for status in one.statuses))
        for key, one in state.reports.items()
        if key.name == name
    }
    return replace(state, reports={**state.reports, **reports})


async def event(answer: ClientResponse) -> str:
    """The next one; comments and the pause before a new connection are none."""
    async with asyncio.timeout(60):
        while True:
            line = (await answer.content.readline()).decode()
            if line.startswith("data: "):
                return line.removeprefix("data: ").strip()


async def test_each_commit_is_one_event_and_costs_its_own_files(world: World, reader: FactsReader) -> None:
    async with TestClient(TestServer(Site(reader, lambda: datetime.now(UTC)).application())) as client:
        page = await (await client.get("/")).text()
        shown = page.partition('data-shown="')[2].partition('"')[0]
        assert shown
        first = await client.get("/live", params={"shown": shown})
        second = await client.get("/live", params={"shown": "something older"})
        assert await event(second) == shown, "a page that shows something else is told at once"
        heard = [shown]
        for name in ("web", "store", "cart"):
            parsed = reader._states.parsed
            before = await reader.facts()
            await record(world, lambda state, name=name: failing(state, name))
            heard.append(await event(first))
            assert await event(second) == heard[-1]
            after = await reader.facts()
            assert reader._states.parsed - parsed == 1, "the report"
            kept = [one for one in after.objects if before.by_key.get(one.key) is one]
            assert len(after.objects) - len(kept) == 1, "what is the same is counted once"
        assert len(set(heard)) == len(heard), "a second event for the same commit would have been read as the next one"
        first.close()
        second.close()
