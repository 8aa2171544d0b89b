"""The same repository at a remote, polled without a webhook: over http with credentials, and over the file protocol.

The mirror is between us and the remote, so what breaks may be either. Credentials reach git and nothing else.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.hostile.harness import CANNOT, CRASH, DONE, NO, WEB, Fleet
from tests.e2e.hostile.test_history import damage
from tests.support.fleet import STATUS, branch_files, contents, workload
from tests.support.githttp import serve
from tests.support.gitrepo import run_git
from tests.support.program import Ran, run_all, run_here

CANARY = "c4n4ry-pa55"


class Polled:
    """A fleet's repository at a remote, and the program that knows of it only by its URL."""

    def __init__(self, fleet: Fleet, url: str) -> None:
        self.fleet, self.url = fleet, url
        self.cache = fleet.folder / "cache"
        self.bare = fleet.folder / "www" / "config.git"

    @property
    def mirror(self) -> Path:
        (found,) = self.cache.iterdir()
        return found

    def run(self, verb: str, *arguments: str) -> Ran:
        members = ["--member-root", str(self.fleet.members)] if verb == "sync" else []
        ran = run_here(verb, *arguments, *members, "--repo", self.url, "--cache", str(self.cache))
        assert CANARY not in ran.out + ran.err
        assert CRASH not in ran.err
        return ran

    def push(self, *arguments: str) -> None:
        self.fleet.repo.git("push", "--quiet", *arguments, str(self.bare), "main")

    def scale(self, replicas: int) -> str:
        return self.fleet.commit({WEB: workload("web", replicas=replicas)})

    def replicas(self) -> int:
        found: int = self.fleet.live("m1")["shop/Deployment.apps/web"]["spec"]["replicas"]
        return found

    def assert_impossible(self, *words: str) -> None:
        for command in (["validate"], ["sync"]):
            self.fleet.assert_impossible(self.run(*command), *words)

    def assert_recovered(self) -> None:
        assert self.run("sync").code == DONE
        assert self.fleet.unharmed()


@pytest.fixture
def served(fleet: Fleet) -> Iterator[str]:
    """`host:port` of a server of what is below `www`."""
    bare = fleet.repo.bare_clone(fleet.folder / "www" / "config.git")
    run_git(bare, "config", "http.receivepack", "true")
    with serve(fleet.folder / "www", "robot", CANARY) as host:
        yield host


by_file = pytest.mark.parametrize("polled", ["file"], indirect=True)
"""For what does not depend on how the mirror is fetched."""


@pytest.fixture(params=["http", "file"])
def polled(fleet: Fleet, served: str, request: pytest.FixtureRequest) -> Polled:
    """Synced once through its mirror."""
    urls = {"http": f"http://robot:{CANARY}@{served}/config.git", "file": f"file://{fleet.folder}/www/config.git"}
    polled = Polled(fleet, urls[request.param])
    polled.assert_recovered()
    return polled


def test_what_is_pushed_arrives_at_the_members_and_the_status_at_the_remote(polled: Polled) -> None:
    new = polled.scale(5)
    assert "are the same commit" in polled.run("diff", polled.fleet.good, "main").out, "not pushed yet"
    polled.push()
    ran = polled.run("sync")
    assert (ran.code, polled.replicas()) == (DONE, 5)
    assert ran.err.endswith(", pushed\n")
    assert new in branch_files(polled.bare, STATUS)["revision.yaml"].decode()
    again = polled.run("sync")
    assert again.err.endswith("nothing new to record\n")


@pytest.mark.parametrize("named", ["HEAD", "main"])
def test_the_branch_vanishes_between_two_fetches(polled: Polled, named: str) -> None:
    run_git(polled.bare, "branch", "backup", "main")
    run_git(polled.bare, "update-ref", "-d", "refs/heads/main")
    for command in ("validate", "sync"):
        polled.fleet.assert_impossible(polled.run(command, named), "main", "Use one of its branches: backup")
    run_git(polled.bare, "update-ref", "refs/heads/main", polled.fleet.good)
    polled.assert_recovered()


def test_the_status_branch_becomes_the_default(polled: Polled) -> None:
    run_git(polled.bare, "update-ref", "-d", "refs/heads/main")
    run_git(polled.bare, "symbolic-ref", "HEAD", f"refs/heads/{STATUS}")
    before = branch_files(polled.bare, STATUS)
    polled.fleet.assert_impossible(polled.run("sync"), STATUS, "Name the branch with the manifests")
    assert branch_files(polled.bare, STATUS) == before


def test_everything_vanishes(polled: Polled) -> None:
    for branch in ("main", STATUS):
        run_git(polled.bare, "update-ref", "-d", f"refs/heads/{branch}")
    polled.assert_impossible("no commits yet")
    polled.push()
    polled.assert_recovered()


def test_history_is_forced_between_two_fetches(polled: Polled) -> None:
    """The next sync goes to the new commit. A new mirror does not have the recorded revision any more, and says so."""
    old = polled.scale(7)
    polled.push()
    assert polled.run("sync").code == DONE
    polled.fleet.repo.git("reset", "--quiet", "--hard", polled.fleet.good)
    new = polled.scale(3)
    polled.push("--force")
    assert (polled.run("sync").code, polled.replicas()) == (DONE, 3)
    assert new in branch_files(polled.bare, STATUS)["revision.yaml"].decode()
    shutil.rmtree(polled.cache)
    run_git(polled.bare, "gc", "--quiet", "--prune=now")
    held = contents(polled.fleet.members)
    gone = polled.run("diff", old)
    assert (gone.code, gone.out) == (CANNOT, "")
    assert f"no commit {old}" in gone.err
    assert "Use one of its branches: main" in gone.err
    assert contents(polled.fleet.members) == held
    assert polled.run("diff", polled.fleet.good, "--exit-code").code == NO


def damage_mirror(polled: Polled, what: str, how: str) -> None:
    """Of a mirror with a pack from its cloning, and with the loose objects of what was fetched and recorded since."""
    polled.scale(5)
    polled.push()
    assert polled.run("sync").code == DONE
    polled.fleet.held = contents(polled.fleet.members)
    files = [path for path in (polled.mirror / "objects").rglob("*") if path.is_file() and path.suffix != ".idx"]
    victims = [path for path in files if (path.suffix == ".pack") == (what == "packs")]
    assert victims
    for file in victims:
        damage(file, how)


@by_file
@pytest.mark.parametrize(
    ("what", "how"),
    [
        *(("packs", how) for how in ("cut short", "empty", "spoiled", "lost")),
        *(("loose objects", how) for how in ("cut short", "empty", "spoiled")),
    ],
)
def test_a_damaged_mirror(polled: Polled, what: str, how: str) -> None:
    """Its folder is named, and once deleted it is made anew."""
    damage_mirror(polled, what, how)
    polled.assert_impossible(f"Delete {polled.mirror}: it is a copy that is created again")
    shutil.rmtree(polled.mirror)
    polled.assert_recovered()


@by_file
def test_a_mirror_that_lost_objects_fetches_them_again(polled: Polled) -> None:
    damage_mirror(polled, "loose objects", "lost")
    polled.assert_recovered()


@by_file
@pytest.mark.parametrize("file", ["HEAD", "packed-refs", "config"])
def test_a_mirror_that_is_no_repository_any_more(polled: Polled, file: str) -> None:
    (polled.mirror / file).write_text("nonsense\n")
    polled.assert_impossible(f"Delete {polled.mirror}: it is a copy that is created again")
    shutil.rmtree(polled.mirror)
    polled.assert_recovered()


@pytest.mark.parametrize("how", ["cut short", "empty", "lost"])
def test_a_damaged_remote(polled: Polled, how: str) -> None:
    polled.scale(5)
    polled.push()
    new = [
        path for path in (polled.bare / "objects").glob("??/*") if not (polled.mirror / path.relative_to(polled.bare)).exists()
    ]
    wholes = {path: damage(path, how) for path in new}
    assert wholes
    polled.assert_impossible("git fsck --full` at the remote")
    for path, whole in wholes.items():
        path.write_bytes(whole)
    assert (polled.run("sync").code, polled.replicas()) == (DONE, 5)


def test_a_remote_that_is_gone(polled: Polled) -> None:
    polled.bare.rename(polled.bare.with_name("elsewhere"))
    polled.assert_impossible("there is no repository at the URL", "Check the URL")
    polled.bare.with_name("elsewhere").rename(polled.bare)
    polled.assert_recovered()


# Credentials


def test_a_server_that_does_not_answer_any_more(fleet: Fleet) -> None:
    fleet.repo.bare_clone(fleet.folder / "www" / "config.git")
    with ExitStack() as while_up:
        host = while_up.enter_context(serve(fleet.folder / "www", "robot", CANARY))
        polled = Polled(fleet, f"http://robot:{CANARY}@{host}/config.git")
        assert polled.run("validate").code == DONE
    polled.assert_impossible("nothing answers at the address of the remote", "that the server is up")


@pytest.mark.parametrize(
    "who", ["robot:{canary}-not", "{canary}", "somebody:{canary}", "robot:half/{canary}", "robot:{canary}%0A"]
)
def test_credentials_that_are_refused(fleet: Fleet, served: str, who: str) -> None:
    polled = Polled(fleet, f"http://{who.format(canary=CANARY)}@{served}/config.git")
    polled.assert_impossible()
    assert not polled.cache.exists() or not list(polled.cache.iterdir())


def test_credentials_reach_git_and_nothing_else(fleet: Fleet, served: str) -> None:
    """Not an output in any format, not the arguments of any process, not a file of the mirror, the members or the remote."""
    spy, heard = fleet.folder / "spy", fleet.folder / "arguments"
    spy.write_text(f'#!/bin/sh\necho "$@" >> {heard}\nexec git "$@"\n')
    spy.chmod(0o755)
    commands = [
        ["validate"], ["sync", "--member-root", str(fleet.members)], ["sync", "-o", "json", "--member-root", str(fleet.members)],
        ["status", "-o", "yaml"], ["clusters"], ["diff", "nowhere"], ["explain", "deploy/web"], ["render", "nowhere"],
    ]  # fmt: skip
    ran = run_all(
        commands,
        RECONCILER_REPO=f"http://robot:{CANARY}@{served}/config.git",
        RECONCILER_CACHE=str(fleet.folder / "cache"),
        GIT_PYTHON_GIT_EXECUTABLE=str(spy),
        GIT_PYTHON_TRACE="full",
    )
    assert [one.code for one in ran] == [DONE, DONE, DONE, DONE, DONE, CANNOT, DONE, CANNOT]
    assert not any(CANARY in one.out + one.err for one in ran)
    assert "clone" in heard.read_text()
    assert "fetch" in heard.read_text()
    kept = [path for path in fleet.folder.rglob("*") if path.is_file()]
    assert not any(CANARY.encode() in path.read_bytes() or CANARY in str(path) for path in kept)
