"""A replica whose shard changes: a real repository, folders as members, and a leader that has no connection to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.agent.follower import FollowerConfig
from reconciler.agent.shard import ShardController
from reconciler.cluster.access import Access
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import BRANCHES
from reconciler.model.sharding import Replica, Shard, owner
from reconciler.passes.autoscaling import Autoscaling, Scaled
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.passes.reconciliation import Reconciliation
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.repo.replaced_branch import PartlyRefusedError, ReplacedBranches
from tests.support.fleet import STATUS, World, cluster, config, fleet, override, policy, selector
from tests.support.servers import member as cluster_of
from tests.unit.agent.test_controller import Clock, timedelta
from tests.unit.cluster.test_credentials import kubeconfig

MEMBERS = [ClusterName(f"m{number}") for number in range(1, 7)]
OURS, THEIRS = Replica("ours"), Replica("theirs")
BOTH = frozenset({OURS, THEIRS})
ALONE, SHARED = Shard(OURS, frozenset({OURS})), Shard(OURS, BOTH)
OWN = {member for member in MEMBERS if owner(member, BOTH) == OURS}
LOST = set(MEMBERS) - OWN


@dataclass
class Replicated:
    world: World
    leader: Controller
    shard: ShardController
    folder: Path
    ending: asyncio.Event
    clock: Clock
    """Of the shard."""

    async def decide(self, value: str) -> None:
        self.world.commit({"config.yaml": config("settings", value=value)})
        await self.lead()

    async def lead(self) -> None:
        """One pass of the leader, with what was reported until now."""
        await self.leader.fetch()
        await self.leader.adopt()
        await self.leader.reconcile()
        await self.leader.record()

    async def follow(self) -> bool:
        await self.shard.fetch()
        return await self.shard.adopt()

    def values(self) -> dict[str, str]:
        """Each member that holds the ConfigMap, and its value."""
        files = {member: self.folder / "members" / member / "shop" / "ConfigMap" / "settings.yaml" for member in MEMBERS}
        return {
            member: file.read_text().partition("value: ")[2].partition("\n")[0].strip('"')
            for member, file in files.items()
            if file.exists()
        }

    def generations(self) -> dict[str, int]:
        """Of each member with a report: the number of the decision that it reports, as the commit records it that it names."""
        found = {}
        for member in self.reports():
            report = json.loads(self.world.repo.git("show", f"{BRANCHES}{member}:report.json"))["spec"]
            recorded = self.world.repo.git("show", f"{report['decision']}:clusters/{member}.yaml")
            assert f"generation: {report['generation']}\n" in recorded
            found[member] = report["generation"]
        return found

    def reports(self) -> set[str]:
        return {
            ref.removeprefix(BRANCHES)
            for ref in self.world.repo.git("for-each-ref", "--format=%(refname:short)").split()
            if ref.startswith(BRANCHES)
        }


@pytest.fixture
async def replicated(tmp_path: Path) -> AsyncIterator[Replicated]:
    world = World(tmp_path, {**fleet(*MEMBERS), "policy.yaml": policy("configs", selector("ConfigMap"))})
    url, cache, ending, clock = f"file://{world.repo.path}", tmp_path / "cache", asyncio.Event(), Clock()
    access = Access(tmp_path / "members")
    async with (
        await Repository.open(url, cache=tmp_path / "leader") as of_leader,
        Controller(of_leader, ThreadCompiler(), access, Clock(), "main", Options(), push=True, sharded=True) as leader,
        await Repository.open(url, cache=cache) as repository,
        ReplacedBranches(url, BRANCHES, cache, GitOptions()) as reports,
        ShardController(
            FollowerConfig(repository, reports, access, clock, STATUS, Options(), timedelta(minutes=5)),
            ending,
        ) as shard,
    ):
        yield Replicated(world, leader, shard, tmp_path, ending, clock)


def test_the_members_of_these_tests_have_two_owners() -> None:
    assert OWN
    assert LOST


async def test_a_replica_without_a_shard_writes_nothing_and_is_ready(replicated: Replicated) -> None:
    await replicated.decide("1")
    assert await replicated.follow()
    done = await replicated.shard.reconcile()
    assert (done.works, replicated.values(), replicated.shard.pending) == ({}, {}, False)


async def test_the_leader_reads_of_members_with_servers_what_needs_several_of_them(
    replicated: Replicated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which are the metrics, and the endpoints of services over clusters (tests/e2e/kubernetes/test_sharding.py)."""
    members = replicated.folder / "members"
    members.mkdir(exist_ok=True)
    (members / "far.kubeconfig").write_text(kubeconfig("https://far.example.org"))
    replicated.world.commit({"clusters/far.yaml": cluster_of("far")})
    await replicated.decide("1")
    leader, read = replicated.leader, set[str]()

    async def look(self: Autoscaling, reconciliation: Reconciliation, *arguments: object) -> Scaled:
        read.update(reconciliation.fleet.clients)
        return Scaled()

    monkeypatch.setattr(Autoscaling, "look", look)
    await leader.autoscale()
    assert (dict(leader.clients), set(leader.reached), read) == ({}, {"far"}, {"far"})
    replicated.world.commit({}, "clusters/far.yaml")
    await replicated.decide("2")
    assert leader.reached == {}


async def test_it_writes_to_its_shard_and_reports_by_one_push(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(SHARED)
    assert await replicated.follow()
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(OWN, "1")
    assert await replicated.shard.record() is not None
    assert replicated.reports() == OWN
    for member in OWN:
        report = json.loads(replicated.world.repo.git("show", f"{BRANCHES}{member}:report.json"))
        assert report["metadata"]["name"] == member
        assert all(one["applied"] for one in report["status"]["objects"])
    assert not await replicated.follow()
    await replicated.lead()
    recorded = replicated.world.status_branch()["reports/shop/ConfigMap/settings.yaml"].decode()
    assert f"not applied on {', '.join(sorted(LOST))}" in recorded


async def test_what_it_loses_is_written_to_no_more_although_the_remote_is_away(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    await replicated.shard.reconcile()
    await replicated.shard.record()
    assert replicated.values() == dict.fromkeys(MEMBERS, "1")

    await replicated.shard.take(SHARED)
    for member in MEMBERS:
        (replicated.folder / "members" / member / "shop" / "ConfigMap" / "settings.yaml").unlink()
    done = await replicated.shard.reconcile()
    assert set(done.works) == OWN
    assert replicated.values() == dict.fromkeys(OWN, "1")
    await replicated.decide("2")
    await replicated.follow()
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(OWN, "2")


async def test_what_it_gains_waits_for_a_fetch_that_began_afterwards(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(SHARED)
    await replicated.follow()
    await replicated.shard.reconcile()
    await replicated.decide("2")

    fetching = asyncio.create_task(replicated.shard.fetch())
    await asyncio.sleep(0)
    await replicated.shard.take(ALONE)
    await fetching
    await replicated.shard.adopt()
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(OWN, "2")

    assert await replicated.follow()
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(MEMBERS, "2")


async def test_what_leaves_and_comes_back_between_two_fetches_has_a_writer_again(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    await replicated.shard.reconcile()
    await replicated.shard.take(SHARED)
    await replicated.shard.take(ALONE)
    assert await replicated.follow()
    assert set((await replicated.shard.reconcile()).works) == set(MEMBERS)


@pytest.mark.parametrize("had_members", [False, True])
async def test_nothing_is_gained_with_a_decision_that_was_read_before(replicated: Replicated, had_members: bool) -> None:
    """Another replica may have applied a newer one meanwhile."""
    if had_members:
        await replicated.shard.take(ALONE)
    await replicated.decide("1")
    await replicated.shard.fetch()
    for shard in (SHARED, ALONE):
        await replicated.shard.take(shard)
    await replicated.decide("2")
    await replicated.shard.adopt()
    if replicated.shard.revision:
        await replicated.shard.reconcile()
    assert not replicated.values().keys() & LOST
    await replicated.follow()
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(MEMBERS, "2")


async def test_a_member_that_comes_back_is_reported_again(replicated: Replicated) -> None:
    await replicated.decide("1")
    for shard in (ALONE, SHARED, ALONE):
        await replicated.shard.take(shard)
        await replicated.follow()
        await replicated.shard.reconcile()
        await replicated.shard.record()
    assert replicated.reports() == set(MEMBERS)
    assert not replicated.shard.pending


async def test_each_report_names_the_decision_about_its_own_member(replicated: Replicated) -> None:
    await replicated.shard.take(SHARED)
    first = min(OWN)
    patch = [{"path": "/data/value", "operator": "replace", "value": "2"}]
    await replicated.decide("1")
    replicated.world.commit({"override.yaml": override("other", selector("ConfigMap"), first, plaintext=patch)})
    await replicated.lead()
    assert await replicated.follow()
    await replicated.shard.reconcile()
    await replicated.shard.record()
    assert replicated.values() == {member: "2" if member == first else "1" for member in OWN}
    assert replicated.generations() == {member: 2 if member == first else 1 for member in OWN}


async def test_a_decision_that_was_taken_back_and_made_again_is_reported_and_its_trace_goes_on(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(SHARED)
    await replicated.follow()
    await replicated.shard.reconcile()
    await replicated.shard.record()
    assert replicated.shard.traceparent == ""

    first, header = min(OWN), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    file = f"clusters/{first}.yaml"
    again = replicated.world.status_branch()[file].replace(b"generation: 1\n", b"generation: 3\n")
    repo = replicated.world.repo
    repo.git("checkout", "--quiet", STATUS)
    repo.write({file: again}).commit(f"sync\n\nTraceparent: {header}")
    repo.git("checkout", "--quiet", "main")
    assert not await replicated.follow(), "the revision is the same"
    assert replicated.shard.traceparent == header
    await replicated.shard.reconcile()
    await replicated.shard.record()
    assert replicated.generations() == {member: 3 if member == first else 1 for member in OWN}


async def test_a_running_pass_begins_nothing_more_when_a_member_leaves(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    passing = asyncio.create_task(replicated.shard.reconcile())
    await asyncio.sleep(0)
    taking = asyncio.create_task(replicated.shard.take(SHARED))
    await asyncio.sleep(0)
    assert replicated.shard.stop.is_set()
    done = await passing
    await taking
    assert not replicated.shard.stop.is_set()
    assert done.unfinished
    assert not done.wrote
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(OWN, "1")


@pytest.mark.parametrize("key", [None, ResourceKey("", "ConfigMap", "shop", "settings")])
async def test_what_others_changed_is_not_forgotten_when_a_member_leaves(replicated: Replicated, key: ResourceKey | None) -> None:
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    await replicated.shard.reconcile()
    assert not replicated.shard.changed.is_set()
    assert replicated.shard._reconciliation is not None
    replicated.shard._reconciliation.fleet.note_change(min(OWN), key)
    await replicated.shard.take(SHARED)
    assert replicated.shard.changed.is_set()


async def test_a_process_that_ends_begins_nothing_again(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    replicated.ending.set()
    await replicated.shard.take(SHARED)
    assert replicated.shard.stop.is_set()


async def test_a_member_with_an_agent_is_in_no_shard(replicated: Replicated) -> None:
    replicated.world.commit({"clusters/m1.yaml": cluster("m1").replace('"Push"', '"Pull"')})
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    await replicated.shard.reconcile()
    assert replicated.values() == dict.fromkeys(MEMBERS[1:], "1")


async def test_a_report_that_is_sent_while_its_member_leaves_is_not_remembered(replicated: Replicated) -> None:
    """Another replica reports after that, so what was sent before says nothing any more when the member comes back."""
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    await replicated.shard.reconcile()
    recording = asyncio.create_task(replicated.shard.record())
    await asyncio.sleep(0)
    await replicated.shard.take(SHARED)
    assert await recording is not None
    for member in LOST:
        replicated.world.repo.git("update-ref", f"refs/heads/{BRANCHES}{member}", "main")

    await replicated.shard.take(ALONE)
    await replicated.follow()
    await replicated.shard.reconcile()
    assert replicated.shard.pending
    await replicated.shard.record()
    for member in LOST:
        report = json.loads(replicated.world.repo.git("show", f"{BRANCHES}{member}:report.json"))
        assert report["metadata"]["name"] == member


async def test_a_branch_that_the_remote_refuses_holds_up_no_other_report(replicated: Replicated) -> None:
    await replicated.decide("1")
    await replicated.shard.take(ALONE)
    await replicated.follow()
    hook = replicated.world.repo.path / ".git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\ntest "$1" != "refs/heads/{BRANCHES}m1" || {{ echo "protected branch" >&2; exit 1; }}\n')
    hook.chmod(0o755)
    for value, pause, refused in (("0", 0, True), ("1", 0, False), ("2", 119, False), ("3", 1, True)):
        await replicated.decide(value)
        await replicated.follow()
        await replicated.shard.reconcile()
        replicated.clock.now += timedelta(seconds=pause)
        with pytest.raises(PartlyRefusedError, match="hook declined") if refused else nullcontext():
            assert await replicated.shard.record()
        revision = replicated.world.repo.git("rev-parse", "main").strip()
        for member in MEMBERS[1:]:
            assert (
                json.loads(replicated.world.repo.git("show", f"{BRANCHES}{member}:report.json"))["spec"]["revision"] == revision
            )
    replicated.clock.now += timedelta(minutes=2)
    assert replicated.shard.owes_sign_of_life
    with pytest.raises(PartlyRefusedError, match="hook declined"):
        await replicated.shard.record()
    assert not replicated.shard.owes_sign_of_life
    replicated.clock.now += timedelta(minutes=2)
    hook.unlink()
    await replicated.shard.record()
    assert replicated.reports() == set(MEMBERS)
    assert not replicated.shard.pending
