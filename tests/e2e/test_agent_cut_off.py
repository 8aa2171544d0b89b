"""An agent that is cut off from Git for a day of virtual time: the loop, Git, the mirror and a member as they are, and hours that
pass in milliseconds."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.agent.controller import AgentController
from reconciler.agent.follower import FollowerConfig
from reconciler.cluster.access import Access
from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES
from reconciler.passes.options import Options
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.repo.replaced_branch import ReplacedBranches
from tests.support.fleet import World, cluster, fleet, placed
from tests.support.program import isolated_git
from tests.support.virtual_time import in_virtual_time

EDGE, STATUS, REPORTS = ClusterName("edge"), "reconciler/status", "reconciler/members/edge"
PULLED = cluster("edge").replace('"Push"', '"Pull"')
HOUR = 3600.0
INTERVAL = 300.0
"""Seconds between two reads of the repository: ten times as long as by default, because each of them is a real git."""
LONGEST_PAUSE = 120.0
"""Seconds between two attempts to reach the remote, at most."""
RESYNC = 660.0
"""Seconds until drift in a folder is noticed, which announces nothing."""


@pytest.fixture(scope="module", autouse=True)
def _isolated() -> Iterator[None]:
    with isolated_git():
        yield


@dataclass
class Apart:
    """A member whose agent reaches the repository by a link, which can be taken away."""

    folder: Path
    world: World
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    text: io.StringIO = field(default_factory=io.StringIO)
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def link(self) -> Path:
        return self.folder / "remote"

    @property
    def member(self) -> Path:
        return self.folder / "inside" / "edge"

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.getvalue().splitlines()]

    def polls(self, result: str) -> float:
        lines = self.metrics.text().decode().splitlines()
        label = f'reconciler_polls_total{{result="{result}"}} '
        return next((float(line.removeprefix(label)) for line in lines if line.startswith(label)), 0.0)

    def now(self) -> datetime:
        return self.started_at + timedelta(seconds=asyncio.get_running_loop().time())

    def held(self, name: str) -> Path | None:
        return next(self.member.rglob(f"{name}.yaml"), None)

    def replicas(self) -> int | None:
        file = self.held("web")
        return yaml.safe_load(file.read_bytes())["spec"]["replicas"] if file is not None else None

    def drift(self, hour: int) -> None:
        """Somebody else scales the workload, or deletes it."""
        file = self.held("web")
        assert file is not None
        if hour % 2:
            file.unlink()
        else:
            document = yaml.safe_load(file.read_bytes())
            document["spec"]["replicas"] = 100 + hour
            file.write_text(yaml.safe_dump(document))

    async def decide(self, files: dict[str, str], *gone: str) -> str:
        """What a leader does. Returns the revision."""
        revision = self.world.commit(files, *gone)
        await asyncio.to_thread(self.world.sync, "--member-root", str(self.folder / "outside"))
        return revision

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[None]:
        url, cache, self.metrics = f"file://{self.link}", self.folder / "cache", Metrics()
        async with (
            await Repository.open(url, cache=cache, offline=True) as repository,
            ReplacedBranches(url, BRANCHES, cache, GitOptions()) as reports,
            AgentController(
                FollowerConfig(
                    repository, reports, Access(self.folder / "inside"), self.now, STATUS, Options(), timedelta(minutes=5)
                ),
                EDGE,
            ) as controller,
        ):
            loop = Loop(controller, logger(as_json=True, to=self.text), self.metrics, Probes(), interval=INTERVAL)
            running = asyncio.create_task(loop.run())
            try:
                yield
            finally:
                loop.stop.set()
                await running


@in_virtual_time
async def test_a_day_without_git(tmp_path: Path) -> None:
    apart = await together(tmp_path)
    async with apart.agent():
        lines = await cut_off(apart)
        await hours(apart, range(24))
        assert len(apart.log) - lines < 4 * 24, "a few lines for each correction, and one for what stays the same"
        await back(apart)


@in_virtual_time
async def test_a_restart_without_git(tmp_path: Path) -> None:
    apart = await together(tmp_path)
    async with apart.agent():
        await cut_off(apart)
        await hours(apart, range(2))
    async with apart.agent():
        await hours(apart, range(2, 4))
        await back(apart)


async def together(folder: Path) -> Apart:
    """The leader has decided."""
    files = {**fleet("near"), "clusters/edge.yaml": PULLED, **placed("web", "edge"), **placed("old", "edge")}
    apart = Apart(folder, World(folder, files))
    apart.link.symlink_to(apart.world.repo.path)
    await apart.decide({})
    return apart


async def cut_off(apart: Apart) -> int:
    """After the leader took the first report. Returns how many lines the log has."""
    await asyncio.sleep(INTERVAL)
    assert apart.replicas() == 2
    await apart.decide({})
    await asyncio.sleep(INTERVAL)
    apart.link.unlink()
    return len(apart.log)


async def hours(apart: Apart, numbers: range) -> None:
    """Drift is corrected, nothing is deleted, and nothing arrives of what the leader decides meanwhile: that `old` goes, and that
    `web` is scaled."""
    polls = apart.polls("failed")
    for hour in numbers:
        if hour == 1:
            await apart.decide(placed("web", "edge", replicas=3), "apps/old/workload.yaml", "apps/old/policy.yaml")
        if hour == 3:
            await apart.decide(placed("web", "edge", replicas=4))
        apart.drift(hour)
        await asyncio.sleep(RESYNC + 1)
        assert (hour, apart.replicas(), bool(apart.held("old"))) == (hour, 2, True)
        await asyncio.sleep(HOUR - RESYNC - 1)
    attempts = len(numbers) * HOUR / LONGEST_PAUSE
    assert 0.9 * attempts <= apart.polls("failed") - polls <= 1.2 * attempts


async def back(apart: Apart) -> None:
    lines = len(apart.log)
    newest = await apart.decide(placed("web", "edge", replicas=5))
    apart.link.symlink_to(apart.world.repo.path)
    await asyncio.sleep(2 * LONGEST_PAUSE)
    assert (apart.replicas(), apart.held("old")) == (5, None)
    after = apart.log[lines:]
    assert [line["revision"] for line in after if line["event"] == "new revision"] == [newest], "none in between"
    events = [line["event"] for line in after]
    assert events.index("new revision") < events.index("change applied"), "it fetches first"
    assert events.count("applied") == 1
    report = json.loads(apart.world.repo.git("show", f"{REPORTS}:report.json"))
    assert report["spec"]["revision"] == newest
    assert apart.world.repo.git("rev-list", "--count", REPORTS) == "1"
