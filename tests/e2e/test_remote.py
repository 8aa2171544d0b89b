"""A repository with a remote: what is synced must be there, and what was applied is printed although it cannot be recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet import STATUS, World, branch_files, contents, fleet, placed
from tests.support.gitrepo import GitRepo, run_git

DONE, CANNOT = 0, 3


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A clone whose remote has its first commit and its status."""
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1")})
    world.repo.git("remote", "add", "origin", str(world.repo.bare_clone(tmp_path / "remote.git")))
    world.repo.git("fetch", "--quiet", "origin")
    assert "pushed" in world.sync().err
    return world


def remote(world: World) -> Path:
    return world.folder / "remote.git"


def everything(world: World) -> tuple[object, ...]:
    return (contents(world.members), world.status_branch(), branch_files(remote(world), STATUS))


def test_a_head_that_is_not_pushed_is_refused_before_anything_is_written(world: World) -> None:
    before = everything(world)
    world.commit(placed("web", "m1", replicas=5))
    ran = world.sync()
    assert (ran.code, ran.out, everything(world)) == (CANNOT, "", before)
    assert "the remote origin does not have HEAD" in ran.err
    assert "git push origin main" in ran.err
    dry = world.sync("--dry-run")
    assert (dry.code, everything(world)) == (DONE, before)
    assert "configure Deployment.apps shop/web on m1" in dry.out
    assert "Warning: without --dry-run this is refused: " in dry.err
    assert "does not have HEAD" in world.synced("--dry-run")["refusal"]
    world.repo.git(*ran.err.partition("Push it first: git ")[2].partition(". ")[0].split(), "--quiet")
    assert world.sync().code == DONE
    assert branch_files(remote(world), STATUS) == world.status_branch() != before[1]


def test_local_applies_it_and_pushes_nothing(world: World) -> None:
    before = branch_files(remote(world), STATUS)
    world.commit(placed("web", "m1", replicas=5))
    assert world.sync("--local").code == DONE
    assert world.live("m1")["shop/Deployment.apps/web"]["spec"]["replicas"] == 5
    assert branch_files(remote(world), STATUS) == before != world.status_branch()
    world.repo.git("push", "--quiet", "origin", "main")
    assert world.sync().code == DONE
    assert branch_files(remote(world), STATUS) == world.status_branch()


@pytest.mark.parametrize("how", ["a branch", "behind, and not fetched", "a tag", "a ref of the forge", "another remote"])
def test_what_the_remote_has_in_another_way_is_synced(world: World, how: str) -> None:
    commit = world.commit(placed("web", "m1", replicas=5))
    match how:
        case "a branch":
            world.repo.git("push", "--quiet", "origin", "HEAD:topic")
            world.repo.git("checkout", "--quiet", "--detach")
        case "behind, and not fetched":
            world.repo.git("push", "--quiet", str(remote(world)), "main")
            other = GitRepo(world.folder / "other")
            other.git("pull", "--quiet", str(remote(world)), "main")
            other.commit("Later")
            other.git("push", "--quiet", str(remote(world)), "main")
        case "a tag":
            world.repo.git("push", "--quiet", "origin", "HEAD:refs/tags/v1")
        case "a ref of the forge":
            world.repo.git("push", "--quiet", "origin", "HEAD:refs/pull/1/merge")
        case "another remote":
            world.repo.git("remote", "rename", "origin", "upstream")
    ran = world.sync()
    assert (ran.code, ran.err.startswith(f"revision {commit[:12]}, recorded in ")) == (DONE, True), ran.err
    assert world.repo.git("rev-parse", "HEAD") == commit


def test_a_branch_that_the_remote_dropped_does_not_count(world: World) -> None:
    world.commit(placed("web", "m1", replicas=5))
    world.repo.git("push", "--quiet", "origin", "HEAD:topic")
    run_git(remote(world), "branch", "-D", "topic")
    assert world.sync().code == CANNOT


@pytest.mark.parametrize("output", ["table", "json"])
def test_what_was_applied_is_printed_although_the_push_of_its_status_is_refused(world: World, output: str) -> None:
    world.commit(placed("web", "m1", replicas=5))
    world.repo.git("push", "--quiet", "origin", "main")
    hook = remote(world) / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho the branch is protected >&2\nexit 1\n")
    hook.chmod(0o755)
    before = world.status_branch()
    ran = world.sync("-o", output)
    assert (ran.code, world.status_branch()) == (CANNOT, before)
    if output == "table":
        assert ran.out.splitlines()[1].split()[:3] == ["m1", "0", "1"]
        assert f"revision {world.repo.git('rev-parse', 'HEAD')[:12]}, not recorded\n" in ran.err
    else:
        assert (ran.json["verdict"], ran.json["commit"]) == ("failed", None)
        assert "does not accept the push" in ran.json["recordError"]
        assert ran.json["clusters"]["m1"]["counts"]["configured"] == 1
    assert "Error: the result could not be recorded: " in ran.err
    assert "Allow this user to push to the branch" in ran.err
    hook.unlink()
    assert world.sync().code == DONE
    assert branch_files(remote(world), STATUS) == world.status_branch() != before
