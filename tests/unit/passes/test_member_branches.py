"""The branches of agents in a real repository: the last report of each, and a sentence where there is none that can be used."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.member_report import BRANCHES, MemberReport
from reconciler.model.recorded import RecordedCluster
from reconciler.passes import member_branches
from reconciler.passes.member_branches import MemberBranches
from reconciler.record.member_reports import FILE, LIMIT, parse_report_file, report_file
from reconciler.repo.client import Repository
from tests.support.builders import cluster
from tests.support.gitrepo import GitRepo

NAMES = ["m1", "m2", "m3", "m4", "m5"]
CLUSTERS = [*(cluster(name, syncMode="Pull") for name in NAMES), cluster("m6")]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "config")


def report(name: str, revision: str = "3f2c1ab") -> bytes:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return report_file(MemberReport(RecordedCluster(ClusterName(name), ""), {}, revision, "", now, timedelta(minutes=5)))


def put(repo: GitRepo, name: str, content: bytes, file: str = FILE) -> None:
    stream = (
        f"reset refs/heads/{BRANCHES}{name}\ncommit refs/heads/{BRANCHES}{name}\ncommitter a <a@b> 1750000000 +0000\ndata 0\n"
    )
    stream += f"M 100644 inline {file}\ndata {len(content)}\n"
    command = ["git", "fast-import", "--quiet", "--force"]
    subprocess.run(command, cwd=repo.path, input=stream.encode() + content + b"\n\n", check=True)


async def test_each_member_has_its_report_or_a_reason(repo: GitRepo) -> None:
    put(repo, "m1", report("m1"))
    put(repo, "m2", report("m1"))
    put(repo, "m3", report("m3"), file="other.json")
    put(repo, "m4", b" " * (LIMIT + 1))
    put(repo, "m6", report("m6"))
    async with await Repository.open(str(repo.path)) as repository:
        branches = MemberBranches(repository)
        found = await branches.read(CLUSTERS)
        assert list(found) == NAMES, "nobody listens to an agent of a member that is not pulled"
        said = {str(name): one for name, one in found.items() if isinstance(one, str)}
        place = "the report on branch reconciler/members/{} cannot be used: "
        assert said == {
            "m2": place.format("m2") + "it is about 'm1', and its branch is that of m2",
            "m3": place.format("m3") + "its commit holds something else than report.json",
            "m4": place.format("m4") + "it has 8,388,609 bytes, and the limit is 8,388,608",
            "m5": "its agent has not reported yet",
        }

        put(repo, "m2", report("m2"))
        again = await branches.read(CLUSTERS)
        assert isinstance(again[ClusterName("m2")], MemberReport)
        assert again[ClusterName("m1")] is found[ClusterName("m1")], "a branch that did not move is not read again"

        repo.git("branch", "-D", f"{BRANCHES}m1")
        assert (await branches.read(CLUSTERS))[ClusterName("m1")] == "its agent has not reported yet"


async def test_reports_of_members_that_left_are_forgotten(repo: GitRepo) -> None:
    for name in NAMES:
        put(repo, name, report(name))
    async with await Repository.open(str(repo.path)) as repository:
        branches = MemberBranches(repository)
        await branches.read(CLUSTERS)
        assert await branches.read(CLUSTERS[:1]) == {"m1": branches._known["m1"][1]}
        assert branches._known.keys() == {"m1"}


async def test_a_fleet_without_agents_asks_for_no_branch(repo: GitRepo) -> None:
    async with await Repository.open(str(repo.path)) as repository:
        assert await MemberBranches(repository).read([cluster("m1")]) == {}


async def test_a_report_that_makes_its_reader_fail_concerns_no_other_member(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(name: ClusterName, content: bytes) -> MemberReport:
        if name == "m1":
            raise ZeroDivisionError("a value that may be secret")
        return parse_report_file(name, content)

    monkeypatch.setattr(member_branches, "parse_report_file", parse)
    put(repo, "m1", report("m1"))
    put(repo, "m2", report("m2"))
    async with await Repository.open(str(repo.path)) as repository:
        found = await MemberBranches(repository).read(CLUSTERS)
    said = found[ClusterName("m1")]
    assert isinstance(said, str)
    assert "reconciler/members/m1 cannot be used: " in said
    assert "secret" not in said
    assert isinstance(found[ClusterName("m2")], MemberReport)


async def test_a_cluster_may_say_how_often_a_report_on_it_is_carried(repo: GitRepo) -> None:
    put(repo, "m1", report("m1"))
    carried = replace(CLUSTERS[0], annotations={"reconciler.dev/report-every": "720h"})
    later = datetime(2026, 2, 15, tzinfo=UTC)
    async with await Repository.open(str(repo.path)) as repository:
        branches, name = MemberBranches(repository), ClusterName("m1")
        plain = (await branches.read([CLUSTERS[0]]))[name]
        patient = (await branches.read([carried]))[name]
        assert isinstance(plain, MemberReport)
        assert isinstance(patient, MemberReport)
        assert plain.silent_since(later) is not None
        assert patient.silent_since(later) is None
        assert patient.silent_since(datetime(2026, 4, 2, tzinfo=UTC)) is not None, "three of them are missing"
        assert (await branches.read([carried]))[name] is patient, "a report that did not change is the same object"
        assert (await branches.read([CLUSTERS[0]]))[name] is plain
