"""Commits that leave many single objects make git pack them, as its configuration says."""

import hashlib
from itertools import count, islice

import pytest

from reconciler.repo.client import Repository
from tests.support.gitrepo import GitRepo
from tests.unit.repo.test_commit_branch import STATUS, record

IN_ONE_FOLDER = {
    f"f/{number}": str(number).encode()
    for number in islice(
        (one for one in count() if hashlib.sha1(b"blob %d\0%d" % (len(str(one)), one)).hexdigest().startswith("17")),  # noqa: S324
        30,
    )
}
"""Files whose blobs are all in the folder that git counts."""


def loose(repo: GitRepo) -> int:
    return int(repo.git("count-objects").split()[0])


@pytest.mark.parametrize(("limit", "packs"), [("6700", True), ("0", False)])
async def test_many_objects_are_packed(repo: GitRepo, limit: str, packs: bool) -> None:
    repo.git("config", "gc.auto", limit)
    repo.git("config", "gc.autoDetach", "false")
    async with await Repository.open(str(repo.path)) as repository:
        parent = await record(repository, None, {"a": b"1"})
        parent = await record(repository, parent, IN_ONE_FOLDER)
        for number in range(3):
            parent = await record(repository, parent, {"a": str(number).encode()})
        assert await repository.read_branch_files(STATUS) == (parent, {**IN_ONE_FOLDER, "a": b"2"})
    assert (loose(repo) < 15) is packs


async def test_a_commit_stands_where_git_cannot_pack(repo: GitRepo) -> None:
    repo.git("config", "gc.auto", "6700")
    repo.git("config", "gc.autoDetach", "false")
    async with await Repository.open(str(repo.path)) as repository:
        first = await record(repository, None, {"a": b"1"})
        repo.git("config", "gc.pruneExpire", "no time")  # gc refuses it.
        second = await record(repository, first, IN_ONE_FOLDER)
        assert (await repository.read_branch_files(STATUS))[0] == second
