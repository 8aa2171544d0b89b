"""A branch of a real remote with one commit that is replaced, and the reading of many such branches."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.tree import Oversized
from reconciler.repo.client import Repository
from reconciler.repo.options import GitOptions
from reconciler.repo.replaced_branch import ReplacedBranch
from tests.support.gitrepo import GitRepo

PREFIX = "reconciler/members/"


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
