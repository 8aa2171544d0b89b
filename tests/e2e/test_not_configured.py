"""A process that cannot reach the members of others records nothing about them: it refuses at start, or leaves them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet import STATUS, World, branch_files, cluster, contents, document, fleet, placed
from tests.support.program import run_here, run_process

CANNOT = 3
BY_FILE = document(
    "Cluster", "m2", "", api="cluster.karmada.io/v1alpha1", annotations={"reconciler.dev/kubeconfig": "m2.kubeconfig"},
    spec={"syncMode": "Push"},
)  # fmt: skip
BY_SECRET = document(
    "Cluster", "m2", "", api="cluster.karmada.io/v1alpha1",
    spec={"syncMode": "Push", "secretRef": {"namespace": "karmada-cluster", "name": "m2"}},
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two members were synced, and the status is at the remote; then m2 gets a credential that only others have."""
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2")})
    world.repo.git("remote", "add", "origin", str(world.repo.bare_clone(tmp_path / "remote.git")))
    assert world.sync().code == 0
    return world


def declare(world: World, file: str) -> None:
    world.commit({"clusters/m2.yaml": file, **placed("web", "m1", "m2", replicas=5)})
    world.repo.git("push", "--quiet", "origin", "main")


def everything(world: World) -> tuple[object, ...]:
    return contents(world.members), world.status_branch(), branch_files(world.folder / "remote.git", STATUS)


LACKING = [
    (BY_FILE, "m2: the kubeconfig {root}/m2.kubeconfig does not exist", "--member-root FOLDER"),
    (BY_SECRET, "m2: there is no host cluster for the credentials of members", "--host-kubeconfig FILE"),
]


@pytest.mark.parametrize(("file", "cause", "remedy"), LACKING, ids=["kubeconfig", "secret"])
@pytest.mark.parametrize("command", [["sync"], ["sync", "--dry-run"], ["run", "--listen", ""]], ids=" ".join)
def test_it_refuses_at_start(world: World, file: str, cause: str, remedy: str, command: list[str]) -> None:
    declare(world, file)
    before = everything(world)
    ran = run_process(*command, "--repo", str(world.repo.path))
    assert (ran.code, ran.out, everything(world)) == (CANNOT, "", before)
    assert cause.format(root=world.members) in ran.err
    assert remedy in ran.err
    assert ("--cluster NAME" in ran.err) is (command[0] == "sync")


@pytest.mark.parametrize("command", [["sync"], ["run", "--listen", ""]], ids=" ".join)
def test_a_colleague_with_the_url_alone_changes_nothing(world: World, command: list[str], tmp_path: Path) -> None:
    before = everything(world)
    ran = run_process(*command, "--repo", f"file://{world.folder}/remote.git", "--cache", str(tmp_path / "cache"))
    assert (ran.code, ran.out, everything(world)) == (CANNOT, "", before)
    assert "this process cannot reach all members: m1, m2: directory members need a root folder" in ran.err


@pytest.mark.parametrize("command", [["sync"], ["run", "--listen", ""]], ids=" ".join)
def test_in_cluster_outside_of_a_cluster(world: World, command: list[str]) -> None:
    before = everything(world)
    ran = run_process(*command, "--in-cluster", "--repo", str(world.repo.path), KUBERNETES_SERVICE_HOST="")
    assert (ran.code, ran.out, everything(world)) == (CANNOT, "", before)
    assert "Error: the host cluster: " in ran.err
    assert "--host-kubeconfig" in ran.err


def test_the_members_that_it_can_reach_may_be_named(world: World) -> None:
    before = world.status_branch()
    declare(world, BY_FILE)
    ran = world.sync("--cluster", "m1")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[2].split()[0] == "m2"
    assert ran.out.splitlines()[2].endswith("left out")
    (web,) = [one for one in world.run("status", "-o", "json").json["objects"] if one["name"] == "web"]
    assert [(one["name"], one["applied"], one["health"]) for one in web["clusters"]] == [
        ("m1", True, "Current"), ("m2", True, "Current"),
    ]  # fmt: skip
    assert b"ready: true" in world.status_branch()["clusters/m2.yaml"]
    assert before.keys() == world.status_branch().keys()


def test_a_member_that_does_not_answer_is_an_observation(world: World) -> None:
    (world.members / "m2").rename(world.members / "away")
    (world.members / "m2").write_text("not a folder")
    assert world.sync().code == CANNOT
    assert b"ready: false" in world.status_branch()["clusters/m2.yaml"]
    declare(world, cluster("m2"))
    assert world.sync("--cluster", "m1").code == 0
    assert b"ready: false" in world.status_branch()["clusters/m2.yaml"], "it was not asked now"
    assert run_here("clusters", "--repo", str(world.repo.path)).code == 1
