"""A process that stays writes its commits itself: the same commits as git's."""

import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from tests.support.gitrepo import GitRepo
from tests.unit.repo.test_commit_branch import STATUS, record

NAMES = ["a", "a.b", "a0", "é", 'q"\\', os.fsdecode(b"caf\xe9"), "-x", "B"]


def some_changes(chance: random.Random, held: set[str]) -> dict[str, bytes | None]:
    """Files that are made, changed or deleted; some deleted ones never were, and some were folders."""
    changes: dict[str, bytes | None] = {}
    for _ in range(chance.randrange(1, 6)):
        path = "/".join(chance.choice(NAMES) for _ in range(chance.randrange(1, 4)))
        gone = chance.random() < 0.4
        changes[chance.choice(sorted(held)) if gone and held else path] = None if gone else chance.randbytes(chance.randrange(40))
    return changes


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
async def test_the_same_commits_as_fast_import(tmp_path: Path, object_format: str) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    stays, leaves = (GitRepo(tmp_path / name, object_format=object_format) for name in ("stays", "leaves"))
    parent, held = None, set[str]()
    async with await Repository.open(str(stays.path)) as one:
        for _ in range(25):
            changes = some_changes(chance, held)
            async with await Repository.open(str(leaves.path)) as other:
                expected = await record(other, parent, changes)
            parent = await record(one, parent, changes)
            assert parent == expected, changes
            held = set((await one.read_branch_files(STATUS))[1])
    assert len(stays.git("rev-list", STATUS).split()) == 25
    assert stays.git("fsck", "--strict", "--full", "--no-dangling") == ""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The arguments of each git process from now on."""
    log, program = tmp_path / "log", tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return lambda: log.read_text().splitlines()


async def test_two_git_processes_for_a_commit(repo: GitRepo, asked: Callable[[], list[str]]) -> None:
    """From the third commit on: one looks where the branch is, one moves it."""
    async with await Repository.open(str(repo.path)) as repository:
        parent = await record(repository, None, {"a/b": b"1", "c": b"1"})
        parent = await record(repository, parent, {"a/b": b"2"})
        before = len(asked())
        await record(repository, parent, {"a/b": b"3"})
    looks, moves = asked()[before:]
    assert " for-each-ref " in looks
    assert " update-ref " in moves


async def test_another_process_committed_in_between(repo: GitRepo) -> None:
    async with await Repository.open(str(repo.path)) as one, await Repository.open(str(repo.path)) as other:
        first = await record(one, None, {"a": b"1"})
        second = await record(one, first, {"a": b"2"})
        third = await record(other, second, {"b/c": b"3"})
        fourth = await record(one, third, {"a": b"4"})
        assert await one.read_branch_files(STATUS) == (fourth, {"a": b"4", "b/c": b"3"})


async def test_objects_have_the_rights_that_git_gives_them(repo: GitRepo) -> None:
    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        second = await record(repository, first, {"a": b"2"})
    modes = {name: (repo.path / ".git/objects" / name[:2] / name[2:]).stat().st_mode for name in (first, second)}
    assert modes[first] == modes[second]


async def test_a_shared_repository_is_left_to_git(repo: GitRepo) -> None:
    repo.git("config", "core.sharedRepository", "world")
    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        second = await record(repository, first, {"a": b"2"})
        assert await repository.read_branch_files(STATUS) == (second, {"a": b"2"})
    assert (repo.path / ".git/objects" / second[:2] / second[2:]).stat().st_mode & 0o004


@pytest.mark.parametrize("setting", ["core.fsync", "core.fsyncObjectFiles"])
async def test_where_git_flushes_objects_to_the_disk_git_writes_them(
    repo: GitRepo, asked: Callable[[], list[str]], setting: str
) -> None:
    repo.git("config", setting, "true" if setting.endswith("Files") else "all")
    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        await record(repository, first, {"a": b"2"})
    assert sum(" fast-import " in one for one in asked()) == 2


async def test_an_object_of_another_user_is_written_again(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(path)) if path.exists() else FileNotFoundError

    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        second = await record(repository, first, {"a": b"2"})
        monkeypatch.setattr(os, "utime", refuse)
        third = await record(repository, second, {"a": b"1"})
        assert await repository.read_branch_files(STATUS) == (third, {"a": b"1"})


async def test_a_folder_that_cannot_be_written(repo: GitRepo) -> None:
    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        second = await record(repository, first, {"a": b"2"})
        objects = repo.path / ".git" / "objects"
        blocked = [objects / f"{number:02x}" for number in range(256) if not (objects / f"{number:02x}").exists()]
        for place in blocked:
            place.touch()
        with pytest.raises(RepositoryError, match="cannot be written"):
            await record(repository, second, {str(number): b"" for number in range(9)})
        for place in blocked:
            place.unlink()
        assert (await repository.read_branch_files(STATUS))[0] == second


async def test_a_failed_commit_leaves_the_next_one_right(repo: GitRepo) -> None:
    """The folders in memory are those of a commit that no branch has."""
    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        second = await record(repository, first, {"a": b"2"})
        (repo.path / ".git/refs/heads" / f"{STATUS}.lock").touch()
        with pytest.raises(RepositoryError):
            await record(repository, second, {"b": b"lost"})
        (repo.path / ".git/refs/heads" / f"{STATUS}.lock").unlink()
        third = await record(repository, second, {"c": b"3"})
        assert await repository.read_branch_files(STATUS) == (third, {"a": b"2", "c": b"3"})


async def test_git_packs_meanwhile(repo: GitRepo) -> None:
    """It removes folders that became empty, and writes no object that it did not read before."""
    done = threading.Event()

    def pack() -> None:
        while not done.is_set():
            repo.git("repack", "-a", "-d", "-q")

    packing = threading.Thread(target=pack)
    packing.start()
    try:
        async with await Repository.open(str(repo.path)) as repository:
            parent, files = None, {}
            for number in range(40):
                files |= {f"f/{number % 7}-{one}": str(number).encode() for one in range(9)}
                parent = await record(repository, parent, files)
            assert await repository.read_branch_files(STATUS) == (parent, files)
    finally:
        done.set()
        packing.join()
