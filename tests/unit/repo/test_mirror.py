"""Repositories elsewhere: mirrors, credentials, failures."""

import asyncio
import logging
import os
import re
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.command import NETWORK_TIMEOUT
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError, UnreachableError
from reconciler.repo.remote_url import is_url
from tests.support.githttp import serve
from tests.support.gitrepo import GitRepo, run_git

CANARY = "c4n4ry-pa55"
STATUS = "reconciler/status"
BY = Signature("R", "r@example.org", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://h/a", True),
        ("file:///srv/a", True),
        ("ssh://git@h/a", True),
        ("git@example.org:team/a.git", True),
        ("example.org:a", True),
        ("ext::sh -c true", True),
        ("ftp://h/a", True),
        ("/srv/a", False),
        ("./a:b", False),
        ("a/b:c", False),
        (".", False),
        ("C:/a", False),
    ],
)
def test_is_url(text: str, expected: bool) -> None:
    assert is_url(text) is expected


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
async def test_a_mirror_follows_its_remote(tmp_path: Path, object_format: str) -> None:
    repo = GitRepo(tmp_path / "r", object_format=object_format)
    repo.write({"a": "1"}).commit("One")
    repo.branch("old")
    url = f"file://{repo.path}"
    async with await Repository.open(url, cache=tmp_path / "cache") as repository:
        assert repository.work_tree is None
        assert (await repository.resolve("HEAD")).subject == "One"
        two = repo.write({"a": "2"}).commit("Two")
        repo.git("tag", "v2")
        repo.git("branch", "-D", "old")
        assert (await repository.resolve("main")).subject == "One"
        await repository.fetch()
        for name in ("HEAD", "main", "v2"):
            assert (await repository.resolve(name)).sha == two
        with pytest.raises(RepositoryError):
            await repository.resolve("old")
        repo.git("commit", "--quiet", "--amend", "-m", "Rewritten")
    async with await Repository.open(url, cache=tmp_path / "cache") as repository:
        assert (await repository.resolve("main")).subject == "Rewritten"
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", "  {} "])
async def test_white_space_around_a_url_is_not_part_of_it(repo: GitRepo, tmp_path: Path, around: str) -> None:
    """A Secret that was made of a file ends with a line break."""
    async with await Repository.open(around.format(f"file://{repo.path}"), cache=tmp_path / "cache") as repository:
        assert repository.place == f"file://{repo.path}"


async def test_a_renamed_default_branch_is_followed(repo: GitRepo, tmp_path: Path) -> None:
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        repo.git("branch", "--move", "main", "trunk")
        await repository.fetch()
        assert (await repository.resolve("HEAD")).subject == "Start"


async def test_a_fetch_for_a_named_branch_leaves_head(repo: GitRepo, tmp_path: Path) -> None:
    """Also where the branch that HEAD was is gone."""
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        repo.git("branch", "--move", "main", "trunk")
        newest = repo.write({"a": "2"}).commit("Newest")
        await repository.fetch(head=False)
        assert ((await repository.resolve("trunk")).sha, await repository.head_branch()) == (newest, "main")
        await repository.fetch()
        assert (await repository.resolve("HEAD")).sha == newest


async def test_a_fetch_for_a_push_reads_what_was_pushed_and_leaves_head(repo: GitRepo, tmp_path: Path) -> None:
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        repo.git("switch", "--quiet", "--create", "trunk")
        newest = repo.write({"a": "2"}).commit("Newest")
        await repository.fetch(pushed=True)
        assert ((await repository.resolve("trunk")).sha, await repository.head_branch()) == (newest, "main")
        await repository.fetch()
        assert await repository.head_branch() == "trunk"


async def test_head_is_what_the_remote_says_now(repo: GitRepo, tmp_path: Path) -> None:
    """Also where the old branch is still there; in an old mirror as in a new one; and back again."""
    url = f"file://{repo.path}"
    async with await Repository.open(url, cache=tmp_path / "old") as old:
        assert await old.head_branch() == "main"
        repo.git("switch", "--quiet", "--create", "team/trunk")
        trunk = repo.write({"a": "2"}).commit("Trunk")
        await old.fetch()
        async with await Repository.open(url, cache=tmp_path / "new") as new:
            for repository in (old, new):
                assert await repository.head_branch() == "team/trunk"
                assert (await repository.resolve("HEAD")).sha == trunk
        repo.git("switch", "--quiet", "main")
        await old.fetch()
        assert (await old.head_branch(), (await old.resolve("HEAD")).subject) == ("main", "Start")


async def test_a_remote_whose_head_has_no_branch_changes_nothing(repo: GitRepo, tmp_path: Path) -> None:
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        repo.git("switch", "--quiet", "--detach")
        repo.commit("Nowhere")
        await repository.fetch()
        assert (await repository.head_branch(), (await repository.resolve("HEAD")).subject) == ("main", "Start")


async def test_a_mirror_of_an_empty_repository_fills(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "empty")
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        with pytest.raises(RepositoryError, match="no commits yet"):
            await repository.resolve("HEAD")
        repo.write({"a": "1"}).commit("One")
        await repository.fetch()
        assert (await repository.resolve("HEAD")).subject == "One"


async def test_status_is_recorded_through_a_mirror(repo: GitRepo, tmp_path: Path) -> None:
    bare = repo.bare_clone()
    async with await Repository.open(f"file://{bare}", cache=tmp_path / "cache") as repository:
        first = await repository.commit_files(STATUS, parent=None, changes={"a": b"1"}, message="x", by=BY)
        await repository.push(STATUS)
        assert run_git(bare, "rev-parse", STATUS) == first
        assert await repository.fetch_status(STATUS) == first
        await repository.commit_files(STATUS, parent=first, changes={"a": b"never pushed"}, message="x", by=BY)
        assert await repository.fetch_status(STATUS) == first, "the remote is the truth"


async def test_processes_that_open_the_same_mirror_at_once(repo: GitRepo, tmp_path: Path) -> None:
    url = f"file://{repo.path}"
    repositories = await asyncio.gather(*(Repository.open(url, cache=tmp_path / "cache") for _ in range(4)))
    for repository in repositories:
        assert (await repository.resolve("HEAD")).subject == "Start"
        await repository.close()
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize(
    ("branch", "hours", "remains"), [("reconciler/members/m1", 2, False), ("reconciler/members/m1", 0, True), ("main", 2, True)]
)
async def test_replaced_reports_are_deleted_after_an_hour(
    repo: GitRepo, tmp_path: Path, branch: str, hours: int, remains: bool
) -> None:
    if branch != "main":
        repo.branch(branch)
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        mirror = the_mirror(tmp_path)
        run_git(mirror, "config", "fetch.unpackLimit", "1")
        commits: list[str] = []
        for again in ([], ["--amend"]):
            repo.git("switch", "--quiet", branch)
            repo.git("commit", "--quiet", "--allow-empty", *again, "--message", f"Report {len(commits)}")
            commits.append(repo.git("rev-parse", "HEAD"))
            repo.git("switch", "--quiet", "main")
            await repository.fetch()
            grow_old(mirror, hours)
            for setting in ("gc.autoPackLimit 1", "gc.autoDetach false"):  # The next fetch cleans up.
                run_git(mirror, "config", *setting.split())
        found = run_git(mirror, "cat-file", "--batch-check", "--batch-all-objects")
    assert [commit in found for commit in commits] == [remains, True]


def the_mirror(folder: Path) -> Path:
    return next((folder / "cache").iterdir())


def grow_old(mirror: Path, hours: int) -> None:
    for file in (mirror / "objects").rglob("*"):
        os.utime(file, (0, time.time() - hours * 3600))


@pytest.mark.parametrize("name", ["refs/heads/main.lock", "HEAD.lock", "packed-refs.lock"])
async def test_a_stale_lock_in_a_mirror_heals(repo: GitRepo, tmp_path: Path, name: str) -> None:
    repo.branch("old")
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache") as repository:
        lock = next((tmp_path / "cache").iterdir()) / name
        lock.touch()
        repo.git("branch", "-D", "old")
        repo.commit("Two")
        with pytest.raises(RepositoryError) as caught:
            await repository.fetch()
        assert caught.value.temporary
        os.utime(lock, (0, time.time() - NETWORK_TIMEOUT - 1))
        await repository.fetch()
        assert (await repository.resolve("HEAD")).subject == "Two"


@pytest.mark.parametrize(
    "url", ["ext::sh -c 'touch ${ran}'", "ftp://h/a", "git://h/a", "fd::17", "file::/srv", f"rsync://u:{CANARY}@h/a"]
)
async def test_other_protocols_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(RepositoryError, match="protocol") as caught:
        await Repository.open(url, cache=tmp_path)
    assert "https" in caught.value.remedy
    assert CANARY not in str(caught.value)


async def test_a_url_needs_a_cache(repo: GitRepo) -> None:
    with pytest.raises(RepositoryError, match="cache"):
        await Repository.open(f"file://{repo.path}")


async def test_an_unwritable_cache_is_named(repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(RepositoryError, match="a mirror cannot be created there"):
        await Repository.open(f"file://{repo.path}", cache=tmp_path / "cache")


async def test_a_missing_remote_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no repository at the URL") as caught:
        await Repository.open(f"file://{tmp_path}/nowhere", cache=tmp_path / "cache")
    assert not caught.value.temporary
    assert list((tmp_path / "cache").iterdir()) == []


async def test_credentials_in_the_url_reach_the_server_and_nothing_else(repo: GitRepo, tmp_path: Path) -> None:
    bare = repo.bare_clone(tmp_path / "www/a.git")
    run_git(bare, "config", "http.receivepack", "true")
    with serve(tmp_path / "www", "me@home", f"{CANARY}/@") as host:
        url = f"http://me%40home:{CANARY}%2F%40@{host}/a.git"
        async with await Repository.open(url, cache=tmp_path / "cache") as repository:
            commit = await repository.commit_files(STATUS, parent=None, changes={"a": b"1"}, message="x", by=BY)
            await repository.push(STATUS)
            await repository.fetch()
            assert run_git(bare, "rev-parse", STATUS) == commit
            assert CANARY not in f"{repository!r} {repository.place} {await repository.remotes()} {repository.__dict__}"
    for file in (tmp_path / "cache").rglob("*"):
        assert CANARY not in file.name
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


async def test_a_token_alone_in_the_url(repo: GitRepo, tmp_path: Path) -> None:
    repo.bare_clone(tmp_path / "www/a.git")
    with serve(tmp_path / "www", CANARY, "") as host:
        async with await Repository.open(f"http://{CANARY}@{host}/a.git", cache=tmp_path / "cache") as repository:
            assert (await repository.resolve("HEAD")).subject == "Start"


def everything_said(error: BaseException) -> str:
    """What any log or traceback could ever print of an error."""
    seen = ["".join(traceback.format_exception(error)), repr(error), str(error.args), str(vars(error))]
    for inner in (error.__cause__, error.__context__):
        if inner is not None:
            seen.append(everything_said(inner))
    return "\n".join(seen)


@pytest.mark.parametrize(
    ("url", "temporary"),
    [
        ("http://me:{canary}@127.0.0.1:9/a.git", True),
        ("http://me:{canary}@{host}/a.git", False),
        ("http://{canary}@{host}/a.git", False),
        ("http://me:{canary}%0Ax@{host}/a.git", False),
        ("http://me:half/{canary}@{host}/a.git", False),
        ("https://me:{canary}@{host}/a.git", True),
        ("https://me:{canary}@host.invalid/a.git", True),
        ("ssh://me:{canary}@127.0.0.1:9/a.git", True),
        ("file://me:{canary}@/nowhere", False),
        ("ext::sh -c 'curl https://me:{canary}@{host}/'", False),
        ("ftp://me:{canary}@{host}/a.git", False),
    ],
)
async def test_no_failure_shows_a_password(tmp_path: Path, url: str, temporary: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(tmp_path, "me", "something else") as host:
        with pytest.raises(RepositoryError) as caught:
            await Repository.open(url.format(canary=CANARY, host=host), cache=tmp_path / "cache")
        assert caught.value.temporary is temporary, str(caught.value)
        assert CANARY not in everything_said(caught.value)
        assert CANARY not in caplog.text
        assert not temporary or isinstance(caught.value, UnreachableError)


async def test_passwords_in_the_configuration_of_a_clone_are_not_shown_either(repo: GitRepo, tmp_path: Path) -> None:
    with serve(tmp_path, "me", "something else") as host:
        repo.git("remote", "add", "origin", f"http://me:{CANARY}@{host}/a.git")
        async with await Repository.open(str(repo.path)) as repository:
            assert CANARY not in str(await repository.remotes())
            for attempt in (repository.fetch_status(STATUS), repository.push("main")):
                with pytest.raises(RepositoryError, match="credentials") as caught:
                    await attempt
                assert CANARY not in everything_said(caught.value)


def test_passwords_are_not_on_the_command_line(repo: GitRepo, tmp_path: Path) -> None:
    """Everyone on a machine may read the arguments of every process; its environment only the same user."""
    spy = tmp_path / "spy"
    spy.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/arguments\nexec git "$@"\n')
    spy.chmod(0o755)
    code = (
        "import asyncio, pathlib, sys\nfrom reconciler.repo.client import Repository\n"
        "asyncio.run(Repository.open(sys.stdin.read(), cache=pathlib.Path(sys.argv[1])))"
    )
    repo.bare_clone(tmp_path / "www/a.git")
    with serve(tmp_path / "www", "me", CANARY) as host:
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "cache")], input=f"http://me:{CANARY}@{host}/a.git", text=True,
            env=os.environ | {"GIT_PYTHON_GIT_EXECUTABLE": str(spy)}, check=True,
        )  # fmt: skip
    arguments = (tmp_path / "arguments").read_text()
    assert "clone" in arguments
    assert CANARY not in arguments


@pytest.mark.parametrize(
    ("status", "temporary", "message"),
    [
        (401, False, "credentials"),
        (403, False, "credentials"),
        (404, False, "no repository"),
        (429, True, "did not answer"),
        (500, True, "did not answer"),
        (503, True, "did not answer"),
    ],
)
async def test_what_a_server_answers(tmp_path: Path, status: int, temporary: bool, message: str) -> None:
    with serve(tmp_path, "me", "x", status=status) as host:
        with pytest.raises(RepositoryError, match=re.escape(message)) as caught:
            await Repository.open(f"http://{host}/a.git", cache=tmp_path / "cache")
        assert caught.value.temporary is temporary
        assert caught.value.remedy
