"""A lease on a branch of a real remote: the remote decides who was first, and no history grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError
from reconciler.repo.lease_branch import LeaseBranch
from tests.support.gitrepo import GitRepo

BRANCH = "reconciler/leader"


@pytest.fixture
def url(repo: GitRepo) -> str:
    return f"file://{repo.path}"


async def test_of_two_that_take_it_one_has_it(repo: GitRepo, url: str, tmp_path: Path) -> None:
    async with LeaseBranch(url, BRANCH, tmp_path / "a") as one, LeaseBranch(url, BRANCH, tmp_path / "b") as other:
        assert await one.read() is None
        assert await other.read() is None
        taken = await one.write(None, "one", 20)
        assert await other.write(None, "other", 20) is None
        seen = await other.read()
        assert taken is not None
        assert seen == taken
        assert (seen.holder, seen.seconds, seen.transitions) == ("one", 20, 0)

        renewed = await one.write(taken, "one", 20)
        assert renewed is not None
        assert renewed.version != taken.version
        assert await other.write(seen, "other", 20) is None, "it was renewed in the meantime"
        seen = await other.read()
        released = await one.write(renewed, "", 1)
        assert released is not None
        assert await other.write(seen, "other", 20) is None
        seen = await other.read()
        assert seen is not None
        assert seen.holder == ""
        third = await other.write(seen, "other", 20)
        assert third is not None
        assert third.transitions == 1
    assert repo.git("rev-list", "--count", BRANCH).strip() == "1"
    assert repo.git("ls-tree", BRANCH) == ""


async def test_nothing_stays_in_the_cache(url: str, tmp_path: Path) -> None:
    async with LeaseBranch(url, BRANCH, tmp_path / "cache") as lease:
        await lease.write(None, "one", 20)
    assert list((tmp_path / "cache").iterdir()) == []


async def test_a_branch_that_holds_something_else_is_not_touched(repo: GitRepo, url: str, tmp_path: Path) -> None:
    before = repo.git("rev-parse", "main")
    async with LeaseBranch(url, "main", tmp_path) as lease:
        with pytest.raises(ReconcilerError, match="something else than a lease"):
            await lease.read()
        assert await lease.write(None, "one", 20) is None
    assert repo.git("rev-parse", "main") == before


async def test_a_remote_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    async with LeaseBranch(f"file://{tmp_path}/nowhere", BRANCH, tmp_path / "cache") as lease:
        with pytest.raises(ReconcilerError):
            await lease.read()


def test_a_folder_is_no_remote(tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="needs a remote repository"):
        LeaseBranch(str(tmp_path), BRANCH, tmp_path)
