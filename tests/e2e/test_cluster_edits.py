"""`cordon`, `uncordon`, `taint` and `label` from outside: one commit of one file, and what users do wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet import World, fleet, placed
from tests.support.gitrepo import run_git

MEMBER = """\
# in the cellar
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: m1}
spec:
  syncMode: Push   # by us
  apiEndpoint: file:m1
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2")})
    world.commit({"clusters/m1.yaml": MEMBER}, *[file for file in fleet("m1") if file != "clusters/m1.yaml"])
    return world


def subject(world: World, revision: str = "HEAD") -> str:
    return run_git(world.repo.path, "log", "-1", "--format=%s", revision).strip()


def test_a_cordon_and_its_end_are_two_commits_and_the_file_is_as_before(world: World) -> None:
    file = world.repo.path / "clusters/m1.yaml"
    ran = world.run("cordon", "m1")
    assert (ran.code, ran.err) == (0, ""), ran
    assert ran.out.endswith("m1 cluster cordoned\n")
    assert subject(world) == "Cordon m1"
    assert world.run("cordon", "m1").out == "m1 cluster already cordoned\n"
    assert [mark in file.read_text() for mark in ("# in the cellar", "# by us")] == [True, True]
    assert world.run("uncordon", "m1").out.endswith("m1 cluster uncordoned\n")
    assert file.read_text() == MEMBER
    assert world.run("uncordon", "m1").out == "m1 cluster already uncordoned\n"
    assert run_git(world.repo.path, "status", "--porcelain") == ""


def test_a_cordon_keeps_new_objects_away(world: World) -> None:
    world.run("cordon", "m1")
    world.commit(placed("late", "m1", "m2"))
    world.sync()
    assert {member: any("late" in path for path in world.live(member)) for member in ("m1", "m2")} == {"m1": False, "m2": True}


def test_taints_and_labels_as_kubectl_takes_them(world: World) -> None:
    assert world.run("taint", "clusters", "m1", "gpu=no:NoSchedule").out.endswith("cluster/m1 tainted\n")
    assert world.run("taint", "m1", "gpu=no:NoSchedule").out == "cluster/m1 already tainted\n"
    ran = world.run("taint", "m1", "gpu=yes:NoSchedule")
    assert (ran.code, "--overwrite" in ran.err) == (2, True)
    assert world.run("taint", "m1", "gpu-", "disk:NoSchedule", "--dry-run").out.count("(dry run)") == 2
    assert world.run("taint", "cluster/m1", "gpu-").out.endswith("cluster/m1 untainted\n")
    assert world.run("label", "m1", "tier=gold").out.endswith("cluster/m1 labeled\n")
    assert world.run("label", "m1", "tier-").out.endswith("cluster/m1 unlabeled\n")
    assert subject(world) == "Label m1: tier-"
    assert (world.repo.path / "clusters/m1.yaml").read_text() == MEMBER


def test_a_branch_for_a_pull_request_and_an_edit_without_a_commit(world: World) -> None:
    head = run_git(world.repo.path, "rev-parse", "HEAD")
    world.run("cordon", "m1", "--branch", "cordon-m1")
    assert (subject(world, "cordon-m1"), run_git(world.repo.path, "rev-parse", "HEAD")) == ("Cordon m1", head)
    assert (world.repo.path / "clusters/m1.yaml").read_text() == MEMBER
    world.run("cordon", "m1", "--no-commit")
    assert (run_git(world.repo.path, "diff", "--name-only").strip(), run_git(world.repo.path, "rev-parse", "HEAD")) == (
        "clusters/m1.yaml",
        head,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cordon", "m11"], "Did you mean m1"),
        (["taint", "m1"], "nothing is said about m1"),
        (["taint", "m1", "gpu=no:NoSchedul"], "Did you mean NoSchedule"),
        (["label", "m1", "tier-"], "has no label tier"),
        (["cordon", "m1", "--no-commit", "--branch", "b"], "no commit to put on a branch"),
    ],
)
def test_wrong_usage(world: World, arguments: list[str], message: str) -> None:
    ran = world.run(*arguments)
    assert (ran.code, message in " ".join(ran.err.replace("│", " ").split())) == (2, True), ran.err
