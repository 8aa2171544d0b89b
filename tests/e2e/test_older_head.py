"""A checkout that is older than its branch is told, and does not undo what is applied unless somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import World, config, contents, fleet, placed, policy, selector
from tests.support.servers import eventually

DONE, NO, CANNOT = 0, 1, 3


@pytest.fixture
def world(tmp_path: Path) -> World:
    """web on m1, and a ConfigMap that the second commit adds; synced, then the first commit is checked out."""
    world = World(tmp_path, {**fleet("m1"), **placed("web", "m1"), "apps/p.yaml": policy("c", selector("ConfigMap"))})
    world.commit({"apps/c.yaml": config("c")})
    assert world.sync().code == DONE
    world.repo.git("checkout", "--quiet", "HEAD~1")
    return world


@pytest.mark.parametrize(
    "command", ["validate", "validate --worktree", "diff HEAD", "diff HEAD --live", "status", "sync --dry-run"]
)
def test_every_command_that_looks_at_head_says_so(world: World, command: str) -> None:
    head = world.repo.git("rev-parse", "HEAD")[:12]
    notice = f"HEAD is detached at {head}, 1 commit behind main.\n  For the newest commit: git checkout main\n"
    assert notice in world.run(*command.split()).err
    world.repo.git("checkout", "--quiet", "main")
    assert "behind" not in world.run(*command.split()).err


def test_diff_names_the_merge_base_of_a_branch_that_lacks_commits_of_base(world: World) -> None:
    first = world.repo.git("rev-parse", "HEAD")[:12]
    world.repo.git("checkout", "--quiet", "-b", "topic")
    assert "lacks" not in world.run("diff", "main", "HEAD").err
    world.commit({"apps/d.yaml": config("d")})
    ran, tree = world.run("diff", "main", "HEAD"), world.run("diff", "main", "--worktree")
    assert "remove ConfigMap shop/c" in ran.out
    assert "HEAD lacks 1 commit of main: what that commit changed counts as undone.\n" in ran.err
    assert "The work tree lacks 1 commit of main" in tree.err
    assert f"reconciler diff {first} --worktree\n" in tree.err
    remedy = ran.err.partition("merge base: reconciler ")[2].split()
    assert remedy == ["diff", first, "HEAD"]
    alone = world.run(*remedy)
    assert ("ConfigMap shop/c" in alone.out, "create ConfigMap shop/d" in alone.out, alone.err) == (False, True, "")


def test_a_sync_goes_back_only_to_a_revision_that_is_named(world: World) -> None:
    before = contents(world.members), world.status_branch()
    older, newer = world.repo.git("rev-parse", "HEAD")[:12], world.repo.git("rev-parse", "main")[:12]
    ran = world.sync()
    assert (ran.code, ran.out, contents(world.members), world.status_branch()) == (CANNOT, "", *before)
    assert f"HEAD ({older}) is older than what was applied last ({newer}), and main has newer commits" in ran.err
    assert "git checkout main" in ran.err
    dry = world.sync("--dry-run")
    assert "prune ConfigMap shop/c on m1" in dry.out
    assert f"This goes back from {newer} to {older}: 1 commit undone." in dry.err
    assert "Warning: without --dry-run this is refused: HEAD" in dry.err
    remedy = ran.err.partition("go back to: reconciler ")[2].partition(".")[0]
    back = world.run(*remedy.split(), "-o", "json")
    assert (back.code, back.json["wentBackFrom"][:12], "goes back from" in back.err) == (DONE, newer, True)
    assert "shop/ConfigMap/c" not in world.live("m1")
    assert world.synced()["wentBackFrom"] == ""


def test_run_goes_back_only_to_a_revision_that_is_named(world: World, tmp_path: Path) -> None:
    before = contents(world.members), world.status_branch()
    older, newer = world.repo.git("rev-parse", "HEAD")[:12], world.repo.git("rev-parse", "main")[:12]
    ran = world.run("run", "--listen", "127.0.0.1:0")
    assert (ran.code, contents(world.members), world.status_branch()) == (CANNOT, *before)
    assert f"HEAD ({older}) is older than what was applied last ({newer}), and main has newer commits: a run would" in ran.err
    assert f"git checkout main. Or name the revision to go back to: reconciler run {older}." in ran.err
    where = "--repo", str(world.repo.path), "--member-root", str(world.members)
    with daemon(tmp_path, *where, older) as named:
        eventually(lambda: "shop/ConfigMap/c" not in world.live("m1"), seconds=60)
        named.settle()
    world.repo.git("checkout", "--quiet", "main")
    with daemon(tmp_path, *where) as follower:
        follower.settle()
        after = contents(world.members)
        world.repo.git("checkout", "--quiet", "--detach", "HEAD~1")
        refused = eventually(lambda: [line for line in follower.log if "older than what" in line.get("error", "")], seconds=60)
        assert (refused[0]["level"], contents(world.members)) == ("error", after)
        assert "shop/ConfigMap/c" in world.live("m1")


def test_a_branch_that_was_set_back_is_synced(world: World) -> None:
    world.repo.git("checkout", "--quiet", "main")
    world.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    ran = world.sync()
    assert (ran.code, "goes back from" in ran.err) == (DONE, True)
    assert "shop/ConfigMap/c" not in world.live("m1")


def test_a_branch_without_a_commit_that_is_applied_says_what_it_undoes(world: World, tmp_path: Path) -> None:
    newer = world.repo.git("rev-parse", "main")[:12]
    world.repo.git("checkout", "--quiet", "-b", "topic")
    topic = world.commit({"docs.txt": "own\n"})[:12]
    for command in ("validate", "diff HEAD"):
        assert "undone" not in world.run(*command.split()).err
    said = f"This goes back from {newer} to {topic}, which does not contain it: 1 commit undone."
    dry, ran = world.sync("--dry-run"), world.sync()
    assert (ran.code, said in dry.err, said in ran.err, "refused" in dry.err) == (DONE, True, True, False)
    assert "shop/ConfigMap/c" not in world.live("m1")
    assert "undone" not in world.sync().err
    with daemon(tmp_path, "--repo", str(world.repo.path), "--member-root", str(world.members), "main") as follower:
        eventually(lambda: "shop/ConfigMap/c" in world.live("m1"), seconds=60)
        follower.settle()
        told = [line for line in follower.log if line["event"] == "goes back"]
        assert [(line["level"], line["applied"][:12], line["undone"]) for line in told] == [("warning", topic, 1)]


def test_a_clone_without_the_applied_commit_says_that_it_cannot_tell(world: World, tmp_path: Path) -> None:
    """In a shallow clone of an older commit, and after a forced push."""
    newer = world.repo.git("rev-parse", "main")[:12]
    world.repo.git("checkout", "--quiet", "main")
    world.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    world.repo.git("reflog", "expire", "--expire=now", "--all")
    world.repo.git("gc", "--quiet", "--prune=now")
    said = f"It is not known whether this goes back: {newer}, which was applied last, is not in this clone."
    dry, ran = world.sync("--dry-run"), world.sync("-o", "json")
    assert (said in dry.err, said in ran.err, ran.code) == (True, True, DONE)
    assert (ran.json["notInClone"][:12], ran.json["wentBackFrom"]) == (newer, "")
    assert "not known" not in world.sync().err


def test_the_files_of_a_repository_without_a_commit_are_validated(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert "the repository has no commits yet" in world.run("validate", "--worktree").err
    world.repo.write(dict(placed("web", "m1")))
    ran = world.run("validate", "--worktree")
    assert (ran.code, "work tree: 1 resource template," in ran.out) == (NO, True), ran.out
    world.repo.write(dict(fleet("m1")))
    ran = world.run("validate", "--worktree", "-o", "json")
    assert (ran.code, ran.json["revision"], ran.json["worktree"]) == (DONE, "", True)
    refused = world.run("validate")
    assert (refused.code, "--worktree" in refused.err) == (CANNOT, True)


def test_a_clone_on_a_branch_that_the_remote_does_not_have(world: World, tmp_path: Path) -> None:
    bare = world.repo.bare_clone()
    clone = World(tmp_path / "clone")
    clone.repo.git("symbolic-ref", "HEAD", "refs/heads/master")
    clone.repo.git("remote", "add", "origin", str(bare))
    clone.repo.git("fetch", "--quiet", "origin")
    ran = clone.run("validate")
    assert (ran.code, "HEAD is the branch master, which does not exist" in ran.err) == (CANNOT, True)
    clone.repo.git(*ran.err.partition("The remote has branches: git ")[2].split(), "--quiet")
    assert clone.run("validate").code == DONE
