"""Partial mirrors: what they hold, and how many requests it takes to read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError
from reconciler.repo.options import GitOptions
from tests.support.githttp import basic, serve_with
from tests.support.gitrepo import GitRepo, run_git
from tests.support.mountedsecret import Secret

STATUS = "reconciler/status"
BY = Signature("R", "r@example.org", datetime(2026, 1, 1, tzinfo=UTC))


def blobs_in(cache: Path) -> int:
    """How many contents the one mirror holds."""
    (mirror,) = cache.iterdir()
    return run_git(mirror, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split().count("blob")


@pytest.fixture
def long(tmp_path: Path) -> GitRepo:
    """Twenty versions of five files."""
    repo = GitRepo(tmp_path / "long")
    for number in range(20):
        repo.write({f"f{file}": f"{file} {number}" for file in range(5)}).commit(f"Version {number}")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "http.receivepack", "true")
    return repo


async def contents(repository: Repository, name: str) -> list[bytes]:
    tree = await repository.read_tree(await repository.resolve(name))
    found = await repository.read_blobs(entry.blob for entry in tree.values())
    return [found[entry.blob] for entry in tree.values()]  # type: ignore[misc]


async def test_it_reads_as_a_full_one_and_holds_what_was_read(long: GitRepo, tmp_path: Path, secret: Secret) -> None:
    """Over http with credentials: git's own fetch of a missing object would not have them."""
    cache = tmp_path / "cache"
    with serve_with(tmp_path, basic("git", "pass")) as (address, server):
        options = GitOptions(secret(username="git", password="pass"), blobless=True)
        url = f"http://{address}/long"
        async with await Repository.open(url, cache=cache, options=options) as repository:
            assert blobs_in(cache) == 0
            before = len(server.requests)
            assert await contents(repository, "HEAD") == [f"{file} 19".encode() for file in range(5)]
            requests = len(server.requests) - before
            assert (blobs_in(cache), requests <= 4) == (5, True), server.requests  # one fetch, and not one for each file
            before = len(server.requests)
            await contents(repository, "HEAD")
            head = await repository.resolve("HEAD")
            first = await repository.first_change(head, "f0")
            last = await repository.last_change(head, "f0")
            assert (first and first.subject, last and last.subject) == ("Version 0", "Version 19")
            assert len(server.requests) == before
            long.write({"f0": "new"}).commit("Newer")
            await repository.fetch()
            assert (await contents(repository, "HEAD"))[0] == b"new"
            assert blobs_in(cache) == 6
            await repository.commit_files(STATUS, parent=None, changes={"a/b": b"1"}, message="Record\n", by=BY, publish=True)
        async with await Repository.open(url, cache=cache, options=GitOptions(options.credentials)) as repository:
            commit, files = await repository.read_branch_files(STATUS)
            assert files == {"a/b": b"1"}
            await repository.commit_files(STATUS, parent=commit, changes={"a/c": b"2"}, message="Record\n", by=BY, publish=True)
            assert await contents(repository, "HEAD~20") == [f"{file} 0".encode() for file in range(5)]
            server.status = 503
            assert (await contents(repository, "HEAD"))[0] == b"new"
            with pytest.raises(RepositoryError):
                await contents(repository, "HEAD~10")
    assert run_git(long.path, "ls-tree", "-r", "--name-only", STATUS).split() == ["a/b", "a/c"]


async def test_a_remote_that_knows_no_filters_sends_everything(long: GitRepo, tmp_path: Path) -> None:
    long.git("config", "uploadpack.allowFilter", "false")
    options = GitOptions(blobless=True)
    async with await Repository.open(f"file://{long.path}", cache=tmp_path / "cache", options=options) as repository:
        assert await contents(repository, "HEAD~5") == [f"{file} 14".encode() for file in range(5)]
    assert blobs_in(tmp_path / "cache") == 100


async def test_a_partial_clone_of_the_user(long: GitRepo, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{long.path}", "mine")
    async with await Repository.open(str(tmp_path / "mine")) as repository:
        assert await contents(repository, "HEAD") == [f"{file} 19".encode() for file in range(5)]


async def test_the_past_is_read_by_few_requests(long: GitRepo, tmp_path: Path, secret: Secret) -> None:
    """Over http with credentials, which git's own fetch of a missing object would not have."""
    for number in range(20):
        long.write({"f0": f"same\n{number}\n"}).commit(f"Later {number}")
    with serve_with(tmp_path, basic("git", "pass")) as (address, server):
        options = GitOptions(secret(username="git", password="pass"), blobless=True)
        async with await Repository.open(f"http://{address}/long", cache=tmp_path / "cache", options=options) as repository:
            head = await repository.resolve("HEAD")
            before = len(server.requests)
            assert await repository.files_containing(head, "4 19") == ["f4"]
            lines = await repository.blame(head, "f0")
            commits = (await repository.read_contents({one.commit for one in lines})).commits
            assert [commits[one.commit].subject for one in lines] == ["Later 0", "Later 19"]
            (newest, *_) = await repository.branch_log(head.sha, ["f1"])
            blob = newest.files["f1"].after
            assert blob is not None
            assert (await repository.read_contents((), {blob})).blobs == {blob: b"1 19"}
            assert len(server.requests) - before <= 8, server.requests
