"""A repository here whose branches vanish, whose history is rewritten, whose objects are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.hostile.harness import CANNOT, DONE, NO, WEB, Fleet
from tests.support.fleet import STATUS, branch_files, contents, workload


def scaled(fleet: Fleet, replicas: int) -> str:
    return fleet.commit({WEB: workload("web", replicas=replicas)})


def replicas(fleet: Fleet) -> int:
    found: int = fleet.live("m1")["shop/Deployment.apps/web"]["spec"]["replicas"]
    return found


# Branches


@pytest.mark.parametrize("named", ["HEAD", "release", "main"])
def test_a_branch_that_vanished(fleet: Fleet, named: str) -> None:
    fleet.repo.branch("release")
    fleet.repo.git("update-ref", "-d", "refs/heads/main")
    fleet.repo.git("branch", "--force", "trunk", "release")
    fleet.repo.git("branch", "-D", "release")
    for command in (["validate", named], ["diff", named, "trunk"], ["sync", named], ["render", named]):
        ran = fleet.run(*command)
        if named == "HEAD":
            fleet.assert_impossible(ran, "HEAD is the branch main, which does not exist", "trunk")
        else:
            fleet.assert_impossible(ran, f"no commit {named}", "git branch --all")
    assert fleet.sync("trunk").code == DONE
    assert fleet.unharmed()


def test_every_branch_vanished(fleet: Fleet) -> None:
    for branch in ("main", STATUS):
        fleet.repo.git("update-ref", "-d", f"refs/heads/{branch}")
    fleet.assert_impossible(fleet.sync(), "no commits yet")


def test_head_is_the_status_branch(fleet: Fleet) -> None:
    before = fleet.status_branch()
    fleet.repo.git("symbolic-ref", "HEAD", f"refs/heads/{STATUS}")
    fleet.assert_impossible(fleet.sync(), STATUS, "Name the branch with the manifests")
    fleet.assert_impossible(fleet.sync("--dry-run"), STATUS)
    assert fleet.status_branch() == before


# History


def forget(fleet: Fleet) -> None:
    """As when a forge cleans up after a forced push."""
    fleet.repo.git("reflog", "expire", "--expire=now", "--all")
    fleet.repo.git("gc", "--quiet", "--prune=now")


def test_forced_history(fleet: Fleet) -> None:
    """The recorded revision is gone. A sync needs nothing of it; who names it is told what to do."""
    old = scaled(fleet, 7)
    assert fleet.sync().code == DONE
    fleet.repo.git("reset", "--quiet", "--hard", fleet.good)
    new = scaled(fleet, 3)
    forget(fleet)
    held = contents(fleet.members)
    gone = fleet.run("diff", old)
    assert (gone.code, gone.out) == (CANNOT, "")
    assert f"no commit {old}" in gone.err
    assert "forced push" in gone.err
    assert fleet.run("status", "-o", "json").json["revision"] == old
    assert fleet.run("validate").code == DONE
    assert fleet.run("diff", fleet.good, "--exit-code").code == NO
    assert fleet.run("explain", "deploy/web").code == DONE
    assert contents(fleet.members) == held
    assert fleet.sync().code == DONE
    assert replicas(fleet) == 3
    assert fleet.run("status", "-o", "json").json["revision"] == new
    assert fleet.run("diff", new).code == DONE


def test_unrelated_history(fleet: Fleet) -> None:
    """A root of its own with the same files: nothing is to be done, and that is recorded."""
    tree = fleet.repo.git("rev-parse", "HEAD^{tree}")
    fleet.repo.git("reset", "--quiet", "--hard", fleet.repo.git("commit-tree", tree, "-m", "Anew"))
    assert fleet.sync().code == DONE
    assert fleet.unharmed()
    assert fleet.run("status", "-o", "json").json["revision"] == fleet.repo.git("rev-parse", "HEAD")


def test_history_without_the_files(fleet: Fleet) -> None:
    """A forced push of the wrong branch: it has no manifests at all, so nobody can mean that they should go."""
    empty = fleet.repo.git("commit-tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "-m", "Other project")
    fleet.repo.git("reset", "--quiet", "--hard", empty)
    ran = fleet.sync("--allow-prune", "*")
    assert "cluster m1 is no longer declared" in ran.err
    assert fleet.unharmed()
    fleet.repo.git("reset", "--quiet", "--hard", fleet.good)
    assert (fleet.sync().code, fleet.unharmed()) == (DONE, True)


# Objects


def damage(file: Path, how: str) -> bytes:
    """What the file held before it was cut short, emptied, spoiled or lost."""
    whole = file.read_bytes()
    file.chmod(0o644)
    match how:
        case "cut short":
            file.write_bytes(whole[: len(whole) // 2])
        case "empty":
            file.write_bytes(b"")
        case "spoiled":
            file.write_bytes(whole[:12] + bytes(byte ^ 255 for byte in whole[12:-20]) + whole[-20:])
        case "lost":
            file.unlink()
    return whole


@pytest.mark.parametrize("how", ["cut short", "empty", "spoiled", "lost"])
@pytest.mark.parametrize("victim", ["HEAD", "HEAD^{tree}", f"HEAD:{WEB}", f"{STATUS}:revision.yaml"])
def test_a_damaged_object(fleet: Fleet, victim: str, how: str) -> None:
    scaled(fleet, 5)
    name = fleet.repo.git("rev-parse", victim)
    file = fleet.repo.path / ".git/objects" / name[:2] / name[2:]
    assert file.exists()
    whole = damage(file, how)
    fleet.assert_impossible(fleet.sync(), "git fsck --full")
    file.write_bytes(whole)
    assert fleet.sync().code == DONE
    assert replicas(fleet) == 5


@pytest.mark.parametrize("how", ["cut short", "empty", "spoiled", "lost"])
def test_a_damaged_pack(fleet: Fleet, how: str) -> None:
    scaled(fleet, 5)
    fleet.repo.git("gc", "--quiet")
    (file,) = (fleet.repo.path / ".git/objects/pack").glob("*.pack")
    whole = damage(file, how)
    fleet.assert_impossible(fleet.sync(), "git fsck --full")
    file.write_bytes(whole)
    assert fleet.sync().code == DONE
    assert replicas(fleet) == 5
    assert branch_files(fleet.repo.path, STATUS) == fleet.status_branch()
