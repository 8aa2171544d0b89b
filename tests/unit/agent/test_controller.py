"""What an agent puts in force, and what it leaves as it was: a real repository, a folder as its member, `sync` as the leader."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.agent.controller import AgentController
from reconciler.agent.follower import FollowerConfig
from reconciler.cluster.access import Access
from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES
from reconciler.passes.options import Options
from reconciler.passes.preflight import NothingToApplyError, WrongRevisionError
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import ConflictError
from reconciler.repo.options import GitOptions
from reconciler.repo.replaced_branch import ReplacedBranch, ReplacedBranches
from tests.support.fleet import World, cluster, document, fleet, placed, policy, selector

EDGE = ClusterName("edge")
PULLED = cluster("edge").replace('"Push"', '"Pull"')
REPORTS = "reconciler/members/edge"


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Inside:
    """The agent, and the world that it belongs to."""

    world: World
    agent: AgentController
    clock: Clock
    member: Path

    async def follow(self) -> bool:
        """Whether a new revision is in force."""
        await self.agent.fetch()
        return await self.agent.adopt()

    async def decide(self, files: dict[str, str], *gone: str) -> None:
        self.world.commit(files, *gone)
        await self.fold()

    async def fold(self) -> None:
        """What a leader does: it takes the report, decides, and records."""
        await asyncio.to_thread(self.world.sync, "--member-root", str(self.world.folder / "outside"))


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    world = World(tmp_path, {**fleet("near"), "clusters/edge.yaml": PULLED, **placed("web", "edge")})
    url, cache, clock = f"file://{world.repo.path}", tmp_path / "cache", Clock()
    async with (
        await Repository.open(url, cache=cache) as repository,
        ReplacedBranches(url, BRANCHES, cache, GitOptions()) as reports,
        AgentController(
            FollowerConfig(
                repository, reports, Access(tmp_path / "inside"), clock, "reconciler/status", Options(), timedelta(minutes=5)
            ),
            EDGE,
        ) as agent,
    ):
        yield Inside(world, agent, clock, tmp_path / "inside" / "edge")


async def test_nothing_is_in_force_before_the_leader_decided(inside: Inside) -> None:
    with pytest.raises(ReconcilerError, match="there is no branch reconciler/status yet") as raised:
        await inside.follow()
    assert "reconciler run" in raised.value.remedy
    await inside.decide({})
    assert await inside.follow()
    assert not await inside.follow()


async def test_what_changes_for_others_is_no_news(inside: Inside) -> None:
    await inside.decide({})
    await inside.follow()
    await inside.agent.reconcile()
    await inside.agent.record()
    assert not inside.agent.pending
    # The leader folds that in, which makes a new commit of the status branch and no new revision.
    await inside.decide({})
    await inside.follow()
    await inside.agent.reconcile()
    await inside.agent.record()
    await inside.fold()
    assert not await inside.follow()
    assert not inside.agent.changed.is_set()
    assert not inside.agent.pending


async def test_the_report_names_the_decision_that_it_applies(inside: Inside) -> None:
    await inside.decide({})
    numbers = []
    for files in ({}, placed("web", "edge", replicas=5), placed("web", "near"), {}):
        await inside.decide(files)
        await inside.follow()
        await inside.agent.reconcile()
        inside.clock.now = datetime.now(UTC)
        await inside.agent.record()
        report = json.loads(inside.world.repo.git("show", f"{REPORTS}:report.json"))["spec"]
        recorded = inside.world.repo.git("show", f"{report['decision']}:clusters/edge.yaml")
        assert f"generation: {report['generation']}\n" in recorded
        numbers.append(report["generation"])
    assert numbers[:2] == [1, 2]
    assert numbers[-1] > 2


async def test_a_sign_of_life_is_due_after_the_heartbeat(inside: Inside) -> None:
    await inside.decide({})
    await inside.follow()
    assert not inside.agent.pending, "nothing was seen yet"
    await inside.agent.reconcile()
    assert await inside.agent.record() is not None
    assert (inside.agent.pending, await inside.agent.record()) == (False, None)
    inside.clock.now += timedelta(minutes=5)
    assert inside.agent.owes_sign_of_life
    assert await inside.agent.record() is not None
    assert not inside.agent.owes_sign_of_life


async def test_two_agents_for_one_member_are_told(inside: Inside, tmp_path: Path) -> None:
    await inside.decide({})
    await inside.follow()
    await inside.agent.reconcile()
    await inside.agent.record()
    async with ReplacedBranch(f"file://{inside.world.repo.path}", REPORTS, tmp_path / "other", GitOptions()) as other:
        last = await other.read()
        assert last is not None
        await other.replace(last.id, "other", ("report.json", b"{}"))
    inside.clock.now += timedelta(minutes=5)
    with pytest.raises(ConflictError, match="changed by another process"):
        await inside.agent.record()
    assert await inside.agent.record() is not None


async def test_a_cluster_file_with_an_error_keeps_the_last_decision_in_force(inside: Inside) -> None:
    await inside.decide({})
    await inside.follow()
    good = inside.agent.revision
    await inside.decide({"clusters/edge.yaml": "kind: [never closed\n"})
    with pytest.raises(WrongRevisionError, match=r"may be in clusters/edge\.yaml, which has an error"):
        await inside.follow()
    assert inside.agent.revision == good


async def test_without_its_cluster_nothing_is_in_force(inside: Inside) -> None:
    await inside.decide({})
    await inside.follow()
    await inside.agent.reconcile()
    await inside.decide({}, "clusters/edge.yaml")
    with pytest.raises(NothingToApplyError, match="declares no Cluster of this name"):
        await inside.follow()
    assert (inside.agent.revision, inside.agent.pending) == ("", False)
    assert list(inside.member.rglob("web.yaml"))
    await inside.decide({"clusters/edge.yaml": PULLED})
    assert await inside.follow()


async def test_nothing_is_pruned_before_the_leader_has_seen_it(inside: Inside) -> None:
    await inside.decide({})
    await inside.follow()
    await inside.agent.reconcile()
    assert list(inside.member.rglob("web.yaml"))
    await inside.decide({}, "clusters/edge.yaml")
    await inside.decide({"clusters/edge.yaml": PULLED, **placed("web", "far")} | fleet("far"))
    # The leader has no report: it does not know that the copy on edge is the only one.
    await inside.follow()
    done = await inside.agent.reconcile()
    assert list(inside.member.rglob("web.yaml"))
    assert any("the leader has not seen yet what this member holds" in outcome.change.reason for outcome in done.outcomes[EDGE])
    inside.clock.now = datetime.now(UTC)
    await inside.agent.record()
    await inside.fold()
    assert not await inside.follow()
    assert inside.agent.changed.is_set()
    await inside.agent.reconcile()
    assert not list(inside.member.rglob("web.yaml")), "its successor runs on far"


async def test_another_status_branch_is_refused(inside: Inside) -> None:
    await inside.decide({})
    configuration = document("Configuration", "config", "", api="reconciler.dev/v1alpha1", spec={"statusBranch": "elsewhere"})
    revision = inside.world.commit({"reconciler.yaml": configuration})
    status = inside.world.repo.git("show", "reconciler/status:revision.yaml")
    async with await Repository.open(str(inside.world.repo.path)) as repository:
        parent = (await repository.resolve("reconciler/status")).sha
        before = status.split("revision: ")[1].split()[0]
        changes: dict[str, bytes | None] = {"revision.yaml": status.replace(before, revision).encode()}
        by = Signature("Ada", "ada@example.org", inside.clock())
        await repository.commit_files("reconciler/status", parent=parent, changes=changes, message="move", by=by)
    with pytest.raises(WrongRevisionError, match="records its decisions on elsewhere") as refused:
        await inside.follow()
    assert "--status-branch elsewhere" in refused.value.remedy


async def test_what_waits_for_another_member_goes_on_when_the_leader_says_that_it_may(inside: Inside) -> None:
    waits = {"reconciler.dev/depends-on": "ConfigMap/far@near"}
    app, far = document("ConfigMap", "app", annotations=waits), document("ConfigMap", "far")
    files = {
        "app.json": app,
        "app-policy.json": policy("app", selector("ConfigMap", "app"), "edge"),
        "far-policy.json": policy("far", selector("ConfigMap", "far"), "near"),
    }
    await inside.decide(files)
    await inside.follow()
    await inside.agent.reconcile()
    assert list(inside.member.rglob("app*")) == []
    await inside.decide({"far.json": far})
    await inside.follow()
    await inside.agent.reconcile()
    assert list(inside.member.rglob("app*")) != []


async def test_agents_wait_for_each_other_by_what_the_leader_recorded(tmp_path: Path, inside: Inside) -> None:
    """A report of an older revision does not count: the leader records that copy as not applied."""
    waits = {"reconciler.dev/depends-on": "ConfigMap/far@cape"}

    def revision(value: str) -> dict[str, str]:
        data = {"value": value}
        app, far = document("ConfigMap", "app", annotations=waits, data=data), document("ConfigMap", "far", data=data)
        return {"app.json": app, "far.json": far}

    async def turn(agent: AgentController) -> None:
        inside.clock.now = datetime.now(UTC)
        await agent.fetch()
        await agent.adopt()
        await agent.reconcile()
        await agent.record()
        await inside.fold()

    def written() -> str:
        return "".join(path.read_text() for path in inside.member.rglob("app*"))

    policies = {
        "clusters/cape.yaml": PULLED.replace("edge", "cape"),
        "app-policy.json": policy("app", selector("ConfigMap", "app"), "edge"),
        "far-policy.json": policy("far", selector("ConfigMap", "far"), "cape"),
    }
    url, cache = f"file://{inside.world.repo.path}", tmp_path / "cape-cache"
    async with (
        await Repository.open(url, cache=cache) as repository,
        ReplacedBranches(url, BRANCHES, cache, GitOptions()) as reports,
        AgentController(
            FollowerConfig(
                repository,
                reports,
                Access(tmp_path / "inside"),
                inside.clock,
                "reconciler/status",
                Options(),
                timedelta(minutes=5),
            ),
            ClusterName("cape"),
        ) as cape,
    ):
        for number in ("one", "two"):
            await inside.decide({**policies, **revision(number)})
            await turn(inside.agent)
            assert number not in written(), "what the other member holds is not this revision's"
            await turn(cape)
            await turn(inside.agent)
            assert number in written()
