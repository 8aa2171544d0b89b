"""A branch of a real remote with one commit that is replaced, and the reading of many such branches."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from reconciler.model.tree import Oversized
from reconciler.repo import replaced_branch
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.repo.replaced_branch import ReplacedBranch
from tests.support.gitrepo import GitRepo

PREFIX = "reconciler/members/"


def folders(place: Path) -> list[Path]:
    return list(place.iterdir())


async def test_each_write_replaces_the_commit_before(repo: GitRepo, tmp_path: Path) -> None:
    async with (
        ReplacedBranch(f"file://{repo.path}", f"{PREFIX}m1", tmp_path / "a", GitOptions()) as one,
        ReplacedBranch(f"file://{repo.path}", f"{PREFIX}m1", tmp_path / "b", GitOptions()) as other,
    ):
        first = await one.replace(None, "first", ("report.json", b"1"))
        assert first is not None
        assert await other.replace(None, "late", ("report.json", b"2")) is None
        seen = await other.read()
        assert seen is not None
        assert (seen.id, seen.has_parent) == (first, False)
        assert await other.replace(seen.id, "second", ("report.json", b"2")) is not None
        assert await one.replace(first, "late", ("report.json", b"3")) is None
    assert repo.git("rev-list", "--count", f"{PREFIX}m1").strip() == "1"
    assert repo.git("show", f"{PREFIX}m1:report.json") == "2"


async def test_replaced_files_do_not_pile_up_in_the_cache(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaced_branch, "_LIMIT", 100_000)
    async with ReplacedBranch(f"file://{repo.path}", f"{PREFIX}m1", tmp_path / "cache", GitOptions()) as branch:
        before = None
        for _ in range(6):
            before = await branch.replace(before, "report", ("report.json", os.urandom(60_000)))
            assert before is not None
        files = [file for file in (tmp_path / "cache").rglob("objects/??/*") if file.stat().st_size > 50_000]
        assert 1 <= len(files) <= 3


async def test_folders_of_killed_processes_are_deleted(repo: GitRepo, tmp_path: Path) -> None:
    abandoned, used, other = (tmp_path / name for name in ("branch-0123.git", "branch-4567.git", "mirror.git"))
    for folder in (abandoned, used, other):
        (folder / "objects").mkdir(parents=True)
        os.utime(folder, (0, time.time() - 25 * 3600 if folder is not used else time.time() - 23 * 3600))
    async with ReplacedBranch(f"file://{repo.path}", f"{PREFIX}m1", tmp_path, GitOptions()) as branch:
        assert (abandoned.exists(), used.exists(), other.exists()) == (False, True, True)
        (own,) = (folder for folder in folders(tmp_path) if folder.name.startswith("branch-") and folder != used)
        os.utime(own, (0, 0))
        await branch.replace(None, "report", ("report.json", b"1"))
        async with ReplacedBranch(f"file://{repo.path}", f"{PREFIX}m2", tmp_path, GitOptions()):
            assert own.exists(), "it is in use, however old it is"


async def test_files_are_read_and_anything_else_is_none(repo: GitRepo, tmp_path: Path) -> None:
    for name, content in (("m1", b"1"), ("m2", b"22"), ("m3", b"333")):
        branch = ReplacedBranch(f"file://{repo.path}", PREFIX + name, tmp_path / name, GitOptions())
        async with branch:
            await branch.replace(None, "report", ("report.json" if name != "m2" else "other", content))
    repo.git("branch", f"{PREFIX}m4", "main")
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "mirror") as repository:
        tips = await repository.branch_tips(PREFIX)
        files = await repository.read_files(tips.values(), "report.json", 2)
    assert {name: files[commit] for name, commit in tips.items()} == {
        "m1": b"1",
        "m2": None,
        "m3": Oversized(3, 2),
        "m4": None,
    }


async def test_a_mirror_can_do_without_them(repo: GitRepo, tmp_path: Path) -> None:
    async with await Repository.open(f"file://{repo.path}", cache=tmp_path / "mirror") as repository:
        repo.branch(f"{PREFIX}m1").branch("other")
        await repository.fetch(without=PREFIX)
        assert (await repository.branch_tips(PREFIX), len(await repository.branch_tips("other"))) == ({}, 1)
        await repository.fetch()
        assert list(await repository.branch_tips(PREFIX)) == ["m1"]


async def test_a_mirror_opens_without_its_remote(repo: GitRepo, tmp_path: Path) -> None:
    url = f"file://{repo.path}"
    async with await Repository.open(url, cache=tmp_path / "mirror", offline=True) as repository:
        before = await repository.resolve("main")
    repo.path.rename(tmp_path / "away")
    async with await Repository.open(url, cache=tmp_path / "mirror", offline=True) as repository:
        assert await repository.resolve("main") == before
    (tmp_path / "away").rename(repo.path)
