"""What the commands about the past read from Git: logs with path limits, ranges of commits, blame, shallow clones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reconciler.repo.branch_log import FileChange
from reconciler.repo.client import Repository
from tests.support.gitrepo import GitRepo, run_git


@pytest.fixture
async def repository(repo: GitRepo) -> AsyncIterator[Repository]:
    async with await Repository.open(str(repo.path)) as opened:
        yield opened


def blob(repo: GitRepo, name: str) -> str:
    return repo.git("rev-parse", name)


async def test_a_log_has_the_commits_that_change_a_path(repo: GitRepo, repository: Repository) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.write({"apps/web.yaml": "x: 1\n"})
    second = repo.commit()
    repo.write({"apps/api.yaml": "x: 1\n"})
    third = repo.commit()
    repo.remove("apps/web.yaml")
    fourth = repo.commit()
    log = await repository.branch_log(fourth, ["apps/w*.yaml"])
    assert [one.sha for one in log] == [fourth, second, first]
    assert [one.parent for one in log] == [third, first, None]
    last, new, old = None, blob(repo, f"{second}:apps/web.yaml"), blob(repo, f"{first}:apps/web.yaml")
    assert [one.files for one in log] == [
        {"apps/web.yaml": FileChange(new, last)},
        {"apps/web.yaml": FileChange(old, new)},
        {"apps/web.yaml": FileChange(None, old)},
    ]
    assert [one.sha for one in await repository.branch_log(fourth, [], limit=2)] == [fourth, third]
    assert await repository.branch_log(fourth, ["a*/nothing.yaml"]) == ()
    assert [sha for sha, _ in await repository.first_parents(fourth)] == [fourth, third, second, first]


async def test_settings_of_the_user_do_not_change_a_log(repo: GitRepo, repository: Repository) -> None:
    for name, value in {"log.showRoot": "false", "log.follow": "true", "diff.renames": "copies", "color.ui": "always"}.items():
        repo.git("config", name, value)
    repo.git("mv", "apps/web.yaml", "apps/api.yaml")
    head = repo.commit()
    log = await repository.branch_log(head, ["apps/web.yaml"])
    assert [change.after for one in log for change in one.files.values()] == [None, blob(repo, f"{head}~1:apps/web.yaml")]
    assert [one.commit for one in await repository.blame(await repository.resolve(head), "apps/api.yaml")] == [log[-1].sha]


async def test_what_a_clone_lacks_is_left_out(repo: GitRepo, repository: Repository) -> None:
    head = repo.git("rev-parse", "HEAD")
    found = await repository.read_contents({head, "1" * 40}, {blob(repo, "HEAD:apps/web.yaml"), "2" * 40})
    assert list(found.commits) == [head]
    assert list(found.blobs.values()) == [b"kind: Deployment\n"]


async def test_a_merge_is_one_commit_of_the_branch(repo: GitRepo, repository: Repository) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.git("switch", "--quiet", "--create", "side")
    side = repo.write({"a.yaml": "x: 1\n"}).commit("Side")
    repo.git("switch", "--quiet", "main")
    repo.write({"b.yaml": "x: 1\n"}).commit("Main")
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    merge = repo.git("rev-parse", "HEAD")
    assert [one.sha for one in await repository.branch_log(merge, ["a.yaml"])] == [merge]
    ancestry = await repository.ancestry({merge}, base, {"a.yaml"})
    assert set(ancestry.between(base, merge)) == set(repo.git("rev-list", f"{base}..{merge}").split())
    assert ancestry.changed == {side: {"a.yaml": FileChange(None, repo.git("rev-parse", f"{side}:a.yaml"))}}
    assert set(ancestry.between(side, merge)) == set(repo.git("rev-list", f"{side}..{merge}").split())
    assert await repository.containing(side, [base, side, merge]) == {merge}


async def test_a_range_that_goes_back_is_empty(repo: GitRepo, repository: Repository) -> None:
    base = repo.git("rev-parse", "HEAD")
    newer = repo.write({"b.yaml": "x: 1\n"}).commit()
    ancestry = await repository.ancestry({base, newer}, base, set())
    assert ancestry.between(newer, base) == []
    assert (await repository.ancestry({base}, base, {"b.yaml"})).parents == {}


async def test_blame_names_the_commit_of_each_line(repo: GitRepo, repository: Repository) -> None:
    first = repo.write({"a.yaml": "a: 1\nb: 2\n"}).commit()
    second = repo.write({"a.yaml": "a: 1\nb: 3\n"}).commit()
    lines = await repository.blame(await repository.resolve(second), "a.yaml")
    assert [(one.commit, one.boundary) for one in lines] == [(first, False), (second, False)]


async def test_a_shallow_clone_says_where_it_begins(repo: GitRepo, tmp_path: Path) -> None:
    repo.write({"apps/web.yaml": "x: 1\n"})
    head = repo.commit()
    run_git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repo.path}", "shallow")
    async with await Repository.open(str(tmp_path / "shallow")) as shallow:
        (only,) = await shallow.branch_log(head, ["apps/web.yaml"])
        assert only.parent is None
        assert await shallow.is_cut_off(head)
        assert [one.boundary for one in await shallow.blame(await shallow.resolve(head), "apps/web.yaml")] == [True]
    async with await Repository.open(str(repo.path)) as whole:
        assert not await whole.is_cut_off(repo.git("rev-list", "--max-parents=0", "HEAD"))


async def test_files_that_contain_a_text(repo: GitRepo, repository: Repository) -> None:
    repo.write({"ä b.yaml": "x: reconciler.dev/v1\n", "c.yaml": "reconcilerXdev/\n"}).commit()
    head = await repository.resolve("HEAD")
    assert await repository.files_containing(head, "reconciler.dev/") == ["ä b.yaml"]
    assert await repository.files_containing(head, "nothing of it") == []
