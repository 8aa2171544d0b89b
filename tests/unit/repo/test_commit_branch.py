"""Committing without a work tree, and pushing."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import ConflictError, LockedError, RepositoryError, UnreachableError
from tests.support.gitrepo import GitRepo, run_git

STATUS = "reconciler/status"
BY = Signature("Reconciler", "reconciler@example.org", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
async def repository(repo: GitRepo) -> AsyncIterator[Repository]:
    async with await Repository.open(str(repo.path)) as repository:
        yield repository


async def record(
    repository: Repository, parent: str | None, changes: Mapping[str, bytes | None], message: str = "sync", by: Signature = BY
) -> str:
    return await repository.commit_files(STATUS, parent=parent, changes=changes, message=message, by=by)


async def test_commits_follow_each_other(repo: GitRepo, repository: Repository) -> None:
    assert await repository.read_branch_files(STATUS) == (None, {})
    first = await record(repository, None, {"README.md": b"# Fleet\n", "a/b/c.yaml": b"x: 1\n", "a/d.yaml": b""})
    assert await repository.read_branch_files(STATUS) == (
        first, {"README.md": b"# Fleet\n", "a/b/c.yaml": b"x: 1\n", "a/d.yaml": b""},
    )  # fmt: skip
    second = await record(repository, first, {"a/b/c.yaml": None, "README.md": b"# Two\n", "never/was": None})
    assert await repository.read_branch_files(STATUS) == (second, {"README.md": b"# Two\n", "a/d.yaml": b""})
    assert repo.git("rev-list", "--parents", STATUS).splitlines() == [f"{second} {first}", first]
    assert repo.git("for-each-ref", "--format=%(refname)").splitlines() == ["refs/heads/main", f"refs/heads/{STATUS}"]


async def test_the_same_facts_make_the_same_commit(repo: GitRepo, repository: Repository, tmp_path: Path) -> None:
    files = {"b": b"1", "a": b"2", "c/d": b"3"}
    first = await record(repository, None, files)
    async with await Repository.open(str(GitRepo(tmp_path / "other").path)) as other:
        assert await record(other, None, dict(reversed(files.items()))) == first


async def test_a_file_and_a_folder_may_change_places(repository: Repository) -> None:
    first = await record(repository, None, {"x": b"file", "y/z": b"folder"})
    second = await record(repository, first, {"x": None, "x/z": b"folder", "y/z": None, "y": b"file"})
    assert await repository.read_branch_files(STATUS) == (second, {"x/z": b"folder", "y": b"file"})


async def test_author_time_and_message(repo: GitRepo, repository: Repository) -> None:
    by = Signature("Zoë <x>\n", "z@example.org", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30))))
    await record(repository, None, {"a": b""}, "sync 3f2c1ab: 12 created\n\nRevision: 3f2c1ab\ndone\n", by)
    assert repo.git("log", "-1", "--format=%an|%ae|%cn|%aI|%cI|%(trailers:key=Revision,valueonly)%B", STATUS) == (
        "Zoë x|z@example.org|Zoë x|2026-01-02T03:04:05+05:30|2026-01-02T03:04:05+05:30|"
        "sync 3f2c1ab: 12 created\n\nRevision: 3f2c1ab\ndone\n"
    )


async def test_odd_paths_and_contents(repository: Repository) -> None:
    files = {
        'a "b"\\c\n\td.yaml': b"1",
        os.fsdecode(b"caf\xe9"): b"2",
        "-x": b"M 100644 inline y\ndata 1\n",
        " lead": b"\x00\xff",
    }
    commit = await record(repository, None, files)
    assert await repository.read_branch_files(STATUS) == (commit, files)


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "../a", "a/./b", ".git/config", "a/.GIT/x", "a\0b"])
async def test_impossible_paths_are_refused(repository: Repository, path: str) -> None:
    with pytest.raises(RepositoryError, match="cannot be a path"):
        await record(repository, None, {path: b""})
    assert await repository.read_branch_files(STATUS) == (None, {})


@pytest.mark.parametrize("branch", ["", "-x", "a b", "a..b", "a/", "/a", "a~1", "a.lock", "a:b", "*", "a/.b", "a@{1}", "a\nb"])
async def test_impossible_branch_names_are_refused(repository: Repository, branch: str) -> None:
    with pytest.raises(RepositoryError, match="not a branch name"):
        await repository.commit_files(branch, parent=None, changes={}, message="", by=BY)


async def test_the_parent_must_be_where_the_branch_is(repo: GitRepo, repository: Repository) -> None:
    main = repo.git("rev-parse", "main")
    with pytest.raises(ConflictError, match="absent, expected"):
        await record(repository, main, {"a": b""})
    first = await record(repository, None, {"a": b""})
    for wrong in (None, main):
        with pytest.raises(ConflictError, match=first[:10]) as caught:
            await record(repository, wrong, {"a": b"2"})
        assert caught.value.temporary
    assert (await repository.read_branch_files(STATUS))[0] == first


async def test_a_branch_reset_while_we_commit_is_a_conflict(repo: GitRepo, repository: Repository) -> None:
    """fast-import alone would let this pass: the old tip is an ancestor of the new one."""
    first = await record(repository, None, {"a": b"1"})
    second = await record(repository, first, {"a": b"2"})
    hundreds = {f"f/{n}": b"x" * 50_000 for n in range(400)}
    committing = asyncio.create_task(record(repository, second, hundreds))
    while not list((repo.path / ".git/objects/pack").glob("tmp_pack_*")) and not committing.done():  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    repo.git("update-ref", f"refs/heads/{STATUS}", first)
    with pytest.raises(ConflictError):
        await committing
    assert (await repository.read_branch_files(STATUS))[0] == first


async def test_a_checked_out_branch_is_left_alone(repo: GitRepo, repository: Repository, tmp_path: Path) -> None:
    first = await record(repository, None, {"a": b"1"})
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"), STATUS)
    with pytest.raises(RepositoryError, match="checked out") as caught:
        await record(repository, first, {"a": b"2"})
    assert "git switch" in caught.value.remedy
    repo.git("worktree", "remove", str(tmp_path / "linked"))
    repo.git("switch", "--quiet", "--orphan", "unborn")
    with pytest.raises(RepositoryError, match="checked out"):
        await repository.commit_files("unborn", parent=None, changes={}, message="", by=BY)
    repo.git("switch", "--quiet", "main")


async def test_the_work_tree_and_the_index_stay_as_they_are(repo: GitRepo, repository: Repository) -> None:
    repo.write({"apps/web.yaml": "edited: true\n", "new.yaml": ""}).git("add", "new.yaml")
    (repo.path / ".git/index.lock").touch()
    before = run_git(repo.path, "--no-optional-locks", "status", "--porcelain")
    await record(repository, None, {"apps/web.yaml": b"other"})
    assert run_git(repo.path, "--no-optional-locks", "status", "--porcelain") == before == " M apps/web.yaml\nA  new.yaml"


async def test_the_head_of_a_bare_repository_is_not_checked_out(repo: GitRepo) -> None:
    async with await Repository.open(str(repo.bare_clone())) as repository:
        commit = await repository.resolve("main")
        await repository.commit_files("main", parent=commit.sha, changes={"x": b"1"}, message="x", by=BY)
        assert "x" in await repository.read_tree(await repository.resolve("HEAD"))


async def test_a_lock_left_behind_is_named(repo: GitRepo, repository: Repository) -> None:
    first = await record(repository, None, {"a": b"1"})
    (repo.path / ".git/refs/heads" / f"{STATUS}.lock").touch()
    with pytest.raises(LockedError, match=r"\.lock") as caught:
        await record(repository, first, {"a": b"2"})
    assert caught.value.temporary
    assert "delete it" in caught.value.remedy


async def test_a_branch_in_the_way_is_named(repo: GitRepo, repository: Repository) -> None:
    repo.branch("reconciler")
    with pytest.raises(RepositoryError, match="name of one of its folders") as caught:
        await record(repository, None, {"a": b"1"})
    assert not caught.value.temporary


async def test_hooks_of_the_repository_do_not_run(repo: GitRepo, repository: Repository) -> None:
    hook = repo.path / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    await record(repository, None, {"a": b"1"})
    hook.unlink()


_WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from reconciler.repo.client import Repository
from reconciler.repo.failures import ConflictError
from reconciler.repo.commit_branch import Signature

async def main(path, name, rounds, size):
    wins = losses = 0
    async with await Repository.open(path) as repository:
        for n in range(rounds):
            head, files = await repository.read_branch_files("reconciler/status")
            changes = {f"{name}/{n}/{i}": b"%d" % n * 100 for i in range(size)}
            by = Signature(name, "x@example.org", datetime.now(UTC))
            try:
                await repository.commit_files("reconciler/status", parent=head, changes=changes, message=f"{name} {n}", by=by)
                wins += 1
            except ConflictError:
                losses += 1
    print(wins, losses)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
"""


def start_writer(repo: GitRepo, name: str, rounds: int, size: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(repo.path), name, str(rounds), str(size)], stdout=subprocess.PIPE, text=True
    )


def test_of_two_processes_one_wins_each_round(repo: GitRepo) -> None:
    writers = [start_writer(repo, name, 25, 3) for name in ("left", "right")]
    results = [[int(number) for number in writer.communicate(timeout=60)[0].split()] for writer in writers]
    assert all(wins + losses == 25 for wins, losses in results)
    assert sum(losses for _, losses in results) > 0, "they never met"
    commits = repo.git("rev-list", STATUS).splitlines()
    assert len(commits) == sum(wins for wins, _ in results)
    files = repo.git("ls-tree", "-r", "--name-only", STATUS).splitlines()
    assert len(files) == 3 * len(commits), "a commit that was reported as made was lost"


def children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children(int(child))]
    return found


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_instant_the_branch_is_whole(repo: GitRepo, seed: int) -> None:
    """The program and the git that it runs are killed together, somewhere within many commits of 150 files."""
    writer = start_writer(repo, "w", 1000, 150)
    ref = repo.path / ".git/refs/heads" / STATUS
    while not ref.exists():
        time.sleep(0.01)
    time.sleep(random.Random(seed).uniform(0, 0.3))  # noqa: S311
    for pid in [writer.pid, *children(writer.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    writer.communicate()
    before = repo.git("rev-list", "--count", STATUS)
    assert len(repo.git("ls-tree", "-r", "--name-only", STATUS).splitlines()) == 150 * int(before)
    for lock in (repo.path / ".git/refs").rglob("*.lock"):
        lock.unlink()
    again = start_writer(repo, "again", 1, 2)
    assert again.communicate(timeout=60)[0].split() == ["1", "0"]
    assert int(repo.git("rev-list", "--count", STATUS)) == int(before) + 1


@pytest.fixture
def origin(repo: GitRepo, tmp_path: Path) -> Path:
    """A bare repository, and `repo` as a clone of it."""
    bare = repo.bare_clone(tmp_path / "origin.git")
    repo.git("remote", "add", "origin", f"file://{bare}")
    return bare


async def test_push_brings_the_branch_to_the_remote(repository: Repository, origin: Path) -> None:
    assert await repository.remotes() == {"origin": f"file://{origin}"}
    first = await record(repository, None, {"a": b"1"})
    await repository.push(STATUS)
    await repository.push(STATUS)
    assert run_git(origin, "rev-parse", STATUS) == first


async def test_a_push_behind_another_is_a_conflict_and_a_fetch_tells_both_apart(
    repository: Repository, origin: Path, tmp_path: Path
) -> None:
    first = await record(repository, None, {"a": b"1"})
    await repository.push(STATUS)
    run_git(tmp_path, "clone", "--quiet", f"file://{origin}", "copy")
    async with await Repository.open(str(tmp_path / "copy")) as other:
        assert await other.read_branch_files(STATUS) == (first, {"a": b"1"}), "falls back to the remote's"
        theirs = await record(other, first, {"a": b"theirs"})
        await other.push(STATUS)
        assert await repository.fetch_status(STATUS) == theirs, "fast-forward"
        assert (await repository.read_branch_files(STATUS))[0] == theirs
        ahead = await record(repository, theirs, {"a": b"ahead"})
        assert await repository.fetch_status(STATUS) == ahead, "ours is ahead: it stays"
        await record(other, theirs, {"a": b"more"})
        await other.push(STATUS)
    with pytest.raises(ConflictError) as caught:
        await repository.push(STATUS)
    assert caught.value.temporary
    with pytest.raises(ConflictError, match="diverged") as caught:
        await repository.fetch_status(STATUS)
    assert "git branch -f" in caught.value.remedy


async def test_a_branch_deleted_at_the_remote_is_forgotten(repository: Repository, origin: Path, repo: GitRepo) -> None:
    run_git(origin, "branch", STATUS, "main")
    main = repo.git("rev-parse", "main")
    assert await repository.fetch_status(STATUS) == main
    run_git(origin, "branch", "-D", STATUS)
    assert await repository.fetch_status(STATUS) is None
    assert await repository.read_branch_files(STATUS) == (None, {})


async def test_without_a_remote_there_is_nothing_to_fetch(repository: Repository) -> None:
    assert await repository.remotes() == {}
    assert await repository.fetch_status(STATUS) is None
    await repository.fetch()
    with pytest.raises(RepositoryError) as caught:
        await repository.push("main")
    assert caught.value.remedy


async def test_a_remote_that_refuses_is_permanent(repository: Repository, origin: Path) -> None:
    hook = origin / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected\nexit 1\n")
    hook.chmod(0o755)
    await record(repository, None, {"a": b"1"})
    with pytest.raises(RepositoryError, match="does not accept the push") as caught:
        await repository.push(STATUS)
    assert not caught.value.temporary


async def test_a_remote_that_is_down_is_temporary(repo: GitRepo, repository: Repository) -> None:
    repo.git("remote", "add", "origin", "http://u:c4n4ry@127.0.0.1:9/a.git")
    await record(repository, None, {"a": b"1"})
    for attempt in (repository.push(STATUS), repository.fetch_status(STATUS)):
        with pytest.raises(UnreachableError) as caught:
            await attempt
        assert caught.value.temporary
        assert "c4n4ry" not in str(caught.value)
    assert await repository.remotes() == {"origin": "http://127.0.0.1:9/a.git"}


async def test_a_full_folder_for_temporary_files_is_an_error_with_a_remedy(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(RepositoryError, match="temporary file: No space left on device") as failure:
        await record(repository, None, {"a": b"1"})
    assert "TMPDIR" in failure.value.remedy
    monkeypatch.undo()
    assert await record(repository, None, {"a": b"1"})


async def test_a_new_branch_gets_one_commit_and_the_work_tree_stays(repo: GitRepo, repository: Repository) -> None:
    head = repo.write({"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}).commit()
    repo.write({"b.yaml": "b: unfinished\n"})
    before = repo.git("status", "--porcelain")
    made = await repository.commit_on_new_branch("add/edge", head, {"a.yaml": None, "c/d.yaml": b"d: 1\n"}, "Add edge\n")
    assert repo.git("rev-parse", "add/edge", "add/edge^").split() == [made, head]
    assert repo.git("diff", "--name-status", "main", "add/edge").split() == ["D", "a.yaml", "A", "c/d.yaml"]
    assert repo.git("show", "add/edge:b.yaml") == "b: 1"
    assert repo.git("log", "-1", "--format=%an|%s", "add/edge").split("|") == [repo.git("log", "-1", "--format=%an"), "Add edge"]
    assert (repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")) == (before, head)


@pytest.mark.parametrize(("name", "why"), [("main", "exists already"), ("a..b", "is no name"), ("-x", "is no name")])
async def test_a_new_branch_needs_a_new_name(repo: GitRepo, repository: Repository, name: str, why: str) -> None:
    head = repo.commit()
    with pytest.raises(RepositoryError, match=why):
        await repository.commit_on_new_branch(name, head, {"a": b""}, "x")
