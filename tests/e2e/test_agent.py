"""Pull mode: a leader that never writes to the member, an agent that applies what was decided, and Git between the two."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.options import GitOptions
from reconciler.repo.replaced_branch import ReplacedBranch
from tests.support.daemon import Daemon, agent, daemon
from tests.support.fleet import World, cluster, fleet, placed, workload
from tests.support.servers import configuration, eventually

STATUS = "reconciler/status"
REPORTS = "reconciler/members/edge"
EDGE = cluster("edge").replace('"Push"', '"Pull"')


@dataclass
class PullWorld:
    """The member `near` is the leader's, and `edge` is the agent's: each finds its members in a folder of its own."""

    world: World
    folder: Path
    leader: Daemon

    def agent(self, *arguments: str, name: str = "agent") -> AbstractContextManager[Daemon]:
        places = ["--repo", f"file://{self.world.repo.path}", "--cache", str(self.folder / "agent-cache")]
        return agent(self.folder, "edge", *places, "--member-root", str(self.folder / "inside"), *arguments, name=name)

    def near(self, name: str, kind: str = "Deployment.apps") -> Any:
        return self._held(self.folder / "outside" / "near", name, kind)

    def edge(self, name: str, kind: str = "Deployment.apps") -> Any:
        return self._held(self.folder / "inside" / "edge", name, kind)

    def report(self) -> Any:
        return json.loads(self.world.repo.git("show", f"{REPORTS}:report.json"))

    def statuses(self, name: str) -> str:
        """The recorded report on a Deployment."""
        path = f"reports/shop/Deployment.apps/{name}.yaml"
        return self.world.status_branch().get(path, b"").decode()

    def row(self) -> Any:
        """Of `edge`, as `clusters` shows it."""
        return next(one for one in self.world.run("clusters", "-o", "json").json if one["name"] == "edge")

    def recorded(self, member: str) -> str:
        return self.world.status_branch()[f"clusters/{member}.yaml"].decode()

    def _held(self, member: Path, name: str, kind: str) -> Any:
        files = list(member.glob(f"shop/{kind}/{name}.yaml"))
        return files[0].read_text() if files else None


@pytest.fixture
def pull(tmp_path: Path) -> Iterator[PullWorld]:
    world = World(tmp_path, {**fleet("near"), "clusters/edge.yaml": EDGE, **placed("web", "edge")})
    url = f"file://{world.repo.path}"
    places = ["--repo", url, "--cache", str(tmp_path / "leader-cache"), "--member-root", str(tmp_path / "outside")]
    with daemon(tmp_path, *places, name="leader") as leader:
        yield PullWorld(world, tmp_path, leader)


def moved(name: str, *members: str) -> dict[str, str]:
    return {path: text for path, text in placed(name, *members).items() if path.endswith("policy.yaml")}


def test_the_agent_places_scales_moves_and_removes(pull: PullWorld) -> None:
    pull.leader.settle()
    assert pull.edge("web") is None, "nobody but the agent writes there"
    assert not (pull.folder / "outside" / "edge").exists()
    with pull.agent("--heartbeat", "2s") as edge:
        eventually(lambda: "applied: true" in pull.statuses("web"), seconds=60)
        assert pull.edge("web")
        assert not (pull.folder / "outside" / "edge").exists()
        assert pull.world.repo.git("rev-list", "--count", REPORTS) == "1"

        pull.world.commit(placed("web", "edge", replicas=5))
        eventually(lambda: "replicas: 5" in (pull.edge("web") or ""), seconds=60)

        eventually(lambda: pull.row()["objects"] == {"total": 2, "applied": 2, "current": 2}, seconds=60)
        assert (pull.row()["ready"], bool(pull.row()["reported"])) == (True, True)

        # A sign of life is a new commit, and not a pass of the leader.
        first = pull.report()["status"]["reportedAt"]
        eventually(lambda: pull.report()["status"]["reportedAt"] != first, seconds=60)

        pull.world.commit(moved("web", "near"))
        eventually(lambda: pull.near("web") and not pull.edge("web"), seconds=60)
        eventually(lambda: "edge" not in pull.statuses("web"), seconds=60)

        pull.world.commit(moved("web", "edge"))
        eventually(lambda: pull.edge("web") and not pull.near("web"), seconds=60)

        pull.world.commit({}, "apps/web/workload.yaml", "apps/web/policy.yaml")
        eventually(lambda: not pull.edge("web"), seconds=60)
        eventually(lambda: not pull.statuses("web"), seconds=60)
        assert edge.end() == 0


def test_an_agent_writes_nothing_while_the_mode_is_observe(pull: PullWorld) -> None:
    """It learns the mode from the status branch, where the revision stays the one that was applied last."""
    pull.leader.settle()
    with pull.agent() as edge:
        eventually(lambda: "applied: true" in pull.statuses("web"))
        applied = pull.world.repo.git("rev-parse", "HEAD")
        pull.world.commit({"reconciler.yaml": configuration("reconciler", mode="Observe"), **placed("web", "edge", replicas=5)})
        eventually(lambda: edge.said("compared"))
        assert edge.end() == 0
    next((pull.folder / "inside").rglob("web.yaml")).unlink()
    with pull.agent(name="again") as edge:
        (found,) = eventually(lambda: edge.said("compared"))
        assert (found["create"], found["cluster"], pull.edge("web")) == (1, "edge", None)
        assert applied in pull.world.status_branch()["revision.yaml"].decode()
        pull.world.commit({"reconciler.yaml": configuration("reconciler", mode="Apply")})
        eventually(lambda: "replicas: 5" in (pull.edge("web") or ""))
        assert edge.end() == 0


def test_a_move_to_the_agent_waits_for_its_report(pull: PullWorld) -> None:
    pull.world.commit(placed("api", "near"))
    eventually(lambda: pull.near("api"), seconds=60)
    pull.world.commit(moved("api", "edge"))
    eventually(lambda: "edge" in pull.statuses("api"), seconds=60)
    assert pull.near("api"), "no agent has reported that there is another copy"
    with pull.agent():
        eventually(lambda: pull.edge("api") and not pull.near("api"), seconds=60)


def test_an_agent_that_is_cut_off_goes_on_from_its_mirror_also_after_a_restart(pull: PullWorld) -> None:
    repository, away = pull.world.repo.path, pull.folder / "away"
    with pull.agent(name="before") as edge:
        eventually(lambda: "applied: true" in pull.statuses("web"), seconds=60)
        repository.rename(away)
        eventually(lambda: edge.said("cannot read the repository"), seconds=60)
        assert edge.end() == 0
    next((pull.folder / "inside" / "edge").glob("shop/Deployment.apps/web.yaml")).unlink()
    with pull.agent(name="after") as edge:
        eventually(lambda: pull.edge("web"), seconds=60)
        eventually(lambda: edge.said("cannot read the repository"), seconds=60)
        assert not edge.said("change skipped")
        away.rename(repository)
        pull.world.commit(placed("web", "edge", replicas=7))
        eventually(lambda: "replicas: 7" in (pull.edge("web") or ""), seconds=60)


@pytest.mark.parametrize("declared", ["", cluster("edge")])
def test_an_agent_without_its_cluster_file_keeps_what_runs(pull: PullWorld, declared: str) -> None:
    with pull.agent() as edge:
        eventually(lambda: "applied: true" in pull.statuses("web"), seconds=60)
        if declared:
            pull.world.commit({"clusters/edge.yaml": declared})
        else:
            pull.world.commit({}, "clusters/edge.yaml")
        eventually(lambda: edge.said("nothing is applied any more"), seconds=60)
        assert pull.edge("web")
        pull.world.commit({"clusters/edge.yaml": EDGE, **placed("web", "edge", replicas=4)})
        eventually(lambda: "replicas: 4" in (pull.edge("web") or ""), seconds=60)


def test_a_decision_that_cannot_be_read_leaves_the_last_good_one_in_force(pull: PullWorld) -> None:
    repo = pull.world.repo
    with pull.agent() as edge:
        eventually(lambda: "applied: true" in pull.statuses("web"), seconds=60)
        assert pull.leader.end() == 0
        tip = repo.git("rev-parse", STATUS)
        asyncio.run(recorded(pull, {"revision.yaml": b"spec: {layout: 99}"}))
        # Before the leader's first decision, the agent says that there is none.
        eventually(lambda: any("layout 99" in line["error"] for line in edge.said("cannot read the repository")), seconds=60)
        assert pull.edge("web")
        repo.git("update-ref", f"refs/heads/{STATUS}", tip)
        eventually(lambda: edge.said("the repository can be read again"), seconds=60)
        assert pull.edge("web")


async def recorded(pull: PullWorld, changes: dict[str, bytes | None]) -> None:
    """A commit by somebody else on the status branch."""
    async with await Repository.open(str(pull.world.repo.path)) as repository:
        parent = (await repository.resolve(STATUS)).sha
        by = Signature("Eve", "eve@example.org", datetime.now(UTC))
        await repository.commit_files(STATUS, parent=parent, changes=changes, message="edit", by=by)


def test_a_report_about_another_member_is_refused(pull: PullWorld) -> None:
    with pull.agent():
        eventually(lambda: "applied: true" in pull.statuses("web"), seconds=60)
    forged = pull.report()
    forged["metadata"]["name"] = "near"
    asyncio.run(replaced(pull, json.dumps(forged).encode()))
    eventually(lambda: "its branch is that of edge" in pull.recorded("edge"), seconds=60)
    assert "ready: true" in pull.recorded("near")


async def replaced(pull: PullWorld, content: bytes) -> None:
    branch = ReplacedBranch(f"file://{pull.world.repo.path}", REPORTS, pull.folder / "forger", GitOptions())
    async with branch:
        last = await branch.read()
        assert last is not None
        assert await branch.replace(last.id, "forged", ("report.json", content))


def test_a_rollout_reaches_the_agent_in_its_turn_and_it_keeps_the_older_content_until_then(pull: PullWorld) -> None:
    groups = [{"name": "near", "clusters": ["near"]}, {"name": "edge", "approval": {"commit": True}}]
    with pull.agent() as edge:
        pull.world.commit(placed("web", "near", "edge"))
        eventually(lambda: pull.near("web") and pull.edge("web"), seconds=60)
        eventually(lambda: "edge" in pull.statuses("web"), seconds=60)
        pull.world.commit({"reconciler.yaml": configuration("reconciler", rollout={"groups": groups})})
        before = pull.edge("web")
        pull.world.commit({"apps/web/workload.yaml": workload("web", image="docker.io/library/nginx:1.29")})
        eventually(lambda: "nginx:1.29" in pull.near("web"), seconds=60)
        (pull.folder / "inside" / "edge" / "shop" / "Deployment.apps" / "web.yaml").unlink()
        eventually(lambda: pull.edge("web") == before, seconds=60)
        target = pull.world.repo.git("rev-parse", "HEAD")
        control = {"approved": [f"{target[:10]}/edge"]}
        pull.world.commit({"reconciler.yaml": configuration("reconciler", rollout={"groups": groups}, rolloutControl=control)})
        eventually(lambda: "nginx:1.29" in (pull.edge("web") or ""), seconds=60)
        eventually(lambda: "phase: Completed" in pull.world.status_branch()["rollouts/Configuration.yaml"].decode(), seconds=60)
        assert edge.end() == 0
