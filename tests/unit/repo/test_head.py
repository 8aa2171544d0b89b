"""HEAD in comparison with its branch, and the commits between two revisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.head import Diverged
from tests.support.gitrepo import GitRepo, run_git


def clone_of(repo: GitRepo) -> Path:
    """A clone of `main` at its second of three commits, which knows where the remote is now."""
    remote = repo.bare_clone()
    run_git(repo.path.parent, "clone", "--quiet", str(remote), "clone")
    run_git(repo.path.parent / "clone", "reset", "--quiet", "--hard", "HEAD~1")
    return repo.path.parent / "clone"


OWN = "commit --quiet --allow-empty --message=Own"
PLACES: dict[str, tuple[bool, tuple[str, ...], tuple[bool, str, int, str] | None]] = {
    "the branch": (False, (), None),
    "the newest commit, detached": (False, ("checkout --quiet --detach",), None),
    "an older commit": (False, ("checkout --quiet HEAD~2",), (True, "main", 2, "git checkout main")),
    "a commit of its own": (False, ("checkout --quiet HEAD~1", OWN), None),
    "the tip of another branch": (False, ("checkout --quiet -b topic HEAD~1",), None),
    "a clone that was not pulled": (True, (), (False, "origin/main", 1, "git pull")),
    "detached in it": (True, ("checkout --quiet HEAD~1",), (True, "main", 1, "git checkout main")),
    "only the remote has the branch": (
        True,
        ("checkout --quiet HEAD~1", "branch --quiet -D main"),
        (True, "origin/main", 2, "git checkout main && git pull"),
    ),
    "a clone with a commit of its own": (True, (OWN,), None),
}
"""Whether it is a clone, what git does there, and what HEAD then lacks."""


@pytest.mark.parametrize("place", PLACES)
async def test_what_head_lacks_of_its_branch(tmp_path: Path, place: str) -> None:
    repo = GitRepo(tmp_path / "repo")
    for _ in range(3):
        repo.commit()
    is_clone, commands, expected = PLACES[place]
    folder = clone_of(repo) if is_clone else repo.path
    for command in commands:
        run_git(folder, *command.split())
    async with await Repository.open(str(folder)) as repository:
        head = await repository.resolve("HEAD")
        found = await repository.behind(head)
    assert (found and (found.detached, found.newer, found.commits, found.remedy)) == expected
    assert found is None or found.head == head.sha


async def test_only_head_is_behind(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit()
    repo.commit()
    async with await Repository.open(str(repo.path)) as repository:
        assert await repository.behind(await repository.resolve("HEAD~1")) is None


async def test_where_two_commits_went_apart(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    first, second, third = repo.commit(), repo.commit(), repo.commit()
    repo.git("checkout", "--quiet", "-b", "topic", first)
    topic = repo.commit()
    repo.git("checkout", "--quiet", "--orphan", "other")
    other = repo.commit()
    async with await Repository.open(str(repo.path)) as repository:

        async def between(base: str, head: str) -> Diverged | None:
            return await repository.diverged(await repository.resolve(base), await repository.resolve(head))

        assert await between(third, topic) == Diverged(first, 2)
        assert await between(topic, second) == Diverged(first, 1)
        assert [await between(*pair) for pair in ((first, third), (third, first), (first, first), (first, other))] == [None] * 4


async def test_commits_between_two_revisions(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    first, _, third = repo.commit(), repo.commit(), repo.commit()
    repo.git("checkout", "--quiet", "--orphan", "other")
    other = repo.commit()
    async with await Repository.open(str(repo.path)) as repository:
        pairs = ((first, third), (third, first), (first, first), (first, other), ("1" * 40, third), (first, ""))
        assert [await repository.commits_after(*pair) for pair in pairs] == [2, 0, 0, 0, 0, 0]


async def test_commits_that_a_branch_lacks(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    first, _, third = repo.commit(), repo.commit(), repo.commit()
    repo.git("checkout", "--quiet", "-b", "topic", first)
    topic = repo.commit()
    run_git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repo.path}", "shallow")
    async with await Repository.open(str(repo.path)) as repository:
        pairs = ((first, third), (third, first), (topic, third), (third, topic), ("1" * 40, third), (first, "1" * 40))
        assert [await repository.commits_missing(*pair) for pair in pairs] == [2, 0, 2, 1, 0, 0]
    async with await Repository.open(str(tmp_path / "shallow")) as repository:
        assert await repository.commits_missing(topic, third) == 0


async def test_which_commit_contains_which(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    first, second = repo.commit(), repo.commit()
    async with await Repository.open(str(repo.path)) as repository:
        assert await repository.contains(second, first)
        assert await repository.contains(second, second)
        assert not await repository.contains(first, second)
        assert not await repository.contains(second, "f" * 40)
