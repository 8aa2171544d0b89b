"""Opening, naming commits, the life of a Repository."""

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from tests.support.gitrepo import FIRST_COMMIT_TIME, GitRepo, run_git


async def test_open_finds_the_repository_around_a_folder(repo: GitRepo, tmp_path: Path) -> None:
    bare = repo.bare_clone()
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "--quiet", str(linked), "-b", "side")
    for folder, work_tree in (
        (repo.path, repo.path),
        (repo.path / "apps", repo.path),
        (linked / "apps", linked),
        (repo.path / ".git", None),
        (bare, None),
    ):
        async with await Repository.open(str(folder)) as repository:
            assert repository.work_tree == work_tree
            assert (await repository.resolve("main")).subject == "Start"


async def test_a_relative_path_is_taken_from_the_current_folder(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path / "apps")
    async with await Repository.open(".") as repository:
        assert repository.work_tree == repo.path


async def test_odd_folder_names(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "-o $HOME\nü:x")
    sha = repo.write({"a": "1"}).commit()
    async with await Repository.open(str(repo.path)) as repository:
        assert (await repository.resolve("HEAD")).sha == sha


@pytest.mark.parametrize("path", ["missing", "plain", "plain/file"])
async def test_what_is_no_repository_gets_a_remedy(tmp_path: Path, path: str) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/file").touch()
    with pytest.raises(RepositoryError, match=path) as caught:
        await Repository.open(str(tmp_path / path))
    assert "--repo" in caught.value.remedy
    assert not caught.value.temporary


async def test_somebody_elses_repository_gets_a_remedy(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(RepositoryError, match="another user") as caught:
        await Repository.open(str(repo.path))
    assert "safe.directory" in caught.value.remedy


async def test_a_missing_git_is_named(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(RepositoryError, match="could not be started"):
            await Repository.open(str(repo.path))
        (tmp_path / "bin/env").symlink_to("/usr/bin/env")
        with pytest.raises(RepositoryError, match="git is not installed"):
            await Repository.open(str(repo.path))


async def test_the_environment_of_a_hook_does_not_lead_astray(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = GitRepo(tmp_path / "other")
    other.write({"a": "1"}).commit("Other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    monkeypatch.setenv("GIT_PREFIX", "apps/")
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    async with await Repository.open(str(repo.path)) as repository:
        assert (await repository.resolve("HEAD")).subject == "Start"
        assert (await repository.read_branch_files("main"))[1].keys() == {"apps/web.yaml", "reconciler.yaml"}


async def test_a_commit_says_who_when_and_what(repo: GitRepo) -> None:
    sha = repo.write({"a": "1"}).commit("Move web\nto Berlin\n\nIts users live there.\n\nChange-Id: 1")
    repo.git("tag", "--annotate", "v1", "--message=one")
    async with await Repository.open(str(repo.path)) as repository:
        commit = await repository.resolve("HEAD")
        for name in ("main", "v1", sha, sha[:10], "refs/heads/main", "HEAD~0", "HEAD^{/Move}"):
            assert await repository.resolve(name) == commit
        assert (await repository.resolve("v1~1")).subject == "Start"
    assert (commit.sha, commit.tree) == (sha, repo.git("rev-parse", "HEAD^{tree}"))
    assert commit.subject == "Move web to Berlin"
    assert commit.author == "Ada Lovelace <ada@example.org>"
    assert commit.time == datetime.fromtimestamp(FIRST_COMMIT_TIME + 60, UTC)


async def test_a_commit_in_a_legacy_encoding(repo: GitRepo) -> None:
    repo.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--quiet", "--allow-empty", "-m", os.fsdecode(b"gr\xfcn"))
    async with await Repository.open(str(repo.path)) as repository:
        assert (await repository.resolve("HEAD")).subject == "grün"


@pytest.mark.parametrize(("seconds", "year"), [(0, 1970), (99_999_999_999_999, 9999)])
async def test_a_commit_from_an_impossible_time(repo: GitRepo, seconds: int, year: int) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    repo.write({"raw": f"tree {tree}\nauthor A <a> {seconds} +0000\ncommitter A <a> {seconds} +0000\n\nx"})
    sha = repo.git("hash-object", "-t", "commit", "-w", "raw")
    async with await Repository.open(str(repo.path)) as repository:
        assert (await repository.resolve(sha)).time.year == year


@pytest.mark.parametrize(
    "name",
    ["nope", "--all", "-h", "main..main", "^main", "", "a\nb", "main^{tree}", "0" * 40, "main:apps", "main missing", "x y z"],
)
async def test_an_unknown_revision_is_refused(repo: GitRepo, name: str) -> None:
    async with await Repository.open(str(repo.path)) as repository:
        with pytest.raises(RepositoryError) as caught:
            await repository.resolve(name)
        assert caught.value.remedy
        assert not caught.value.temporary


async def test_the_commit_that_last_changed_a_file(repo: GitRepo) -> None:
    start = repo.git("rev-parse", "HEAD")
    scaled = repo.write({"apps/web.yaml": "kind: Deployment\nspec: {replicas: 2}\n"}).commit("Scale web")
    head = repo.write({"odd[1]*.yaml": "kind: ConfigMap\n"}).commit("Add")
    async with await Repository.open(str(repo.path / "apps")) as repository:
        found = {}
        for path in ("apps/web.yaml", "reconciler.yaml", "odd[1]*.yaml", "odd*", "nowhere.yaml"):
            commit = await repository.last_change(await repository.resolve("HEAD"), path)
            found[path] = commit.sha if commit else None
        assert list(found.values()) == [scaled, start, head, None, None]
        before = await repository.last_change(await repository.resolve("HEAD~2"), "apps/web.yaml")
        assert before is not None
        assert (before.sha, before.subject) == (start, "Start")


async def test_a_branch_known_only_at_the_remote_is_suggested(repo: GitRepo, tmp_path: Path) -> None:
    repo.branch("release/1")
    run_git(tmp_path, "clone", "--quiet", str(repo.path), "copy")
    async with await Repository.open(str(tmp_path / "copy")) as repository:
        with pytest.raises(RepositoryError, match="origin/release/1"):
            await repository.resolve("release/1")


async def test_an_empty_repository_says_so(tmp_path: Path) -> None:
    async with await Repository.open(str(GitRepo(tmp_path / "empty").path)) as repository:
        with pytest.raises(RepositoryError, match="no commits yet, and no file"):
            await repository.resolve("HEAD")


async def test_a_shallow_clone_says_how_to_deepen_it(repo: GitRepo, tmp_path: Path) -> None:
    old = repo.git("rev-parse", "HEAD")
    repo.write({"a": "1"}).commit("Later")
    run_git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.path}", "shallow")
    async with await Repository.open(str(tmp_path / "shallow")) as repository:
        assert (await repository.resolve("HEAD")).subject == "Later"
        for name in ("HEAD~1", old):
            with pytest.raises(RepositoryError, match="shallow") as caught:
                await repository.resolve(name)
            assert "git fetch --unshallow" in caught.value.remedy
            assert "fetch-depth: 0" in caught.value.remedy


async def test_many_tasks_share_one_repository(repo: GitRepo) -> None:
    shas = [repo.write({"n": str(n)}).commit(str(n)) for n in range(8)]
    async with await Repository.open(str(repo.path)) as repository:
        commits = await asyncio.gather(*(repository.resolve(sha) for sha in shas * 4))
    assert [commit.sha for commit in commits] == shas * 4


async def test_who_stops_waiting_stops_git_and_nobody_else(repo: GitRepo, tmp_path: Path) -> None:
    """The remote's side of the fetch sleeps; its caller gives up, and the next caller is served at once."""
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    repo.git("config", "remote.origin.url", f"file://{repo.path}")
    repo.git("config", "remote.origin.uploadpack", str(slow))
    async with await Repository.open(str(repo.path)) as repository:
        fetching = asyncio.create_task(repository.fetch_status("status"))
        await asyncio.sleep(0.3)
        waiting = asyncio.create_task(repository.resolve("HEAD"))
        fetching.cancel()
        started = time.monotonic()
        assert (await waiting).subject == "Start"
        assert time.monotonic() - started < 10
        with pytest.raises(asyncio.CancelledError):
            await fetching
        closing = asyncio.create_task(repository.fetch_status("status"))
        await asyncio.sleep(0.3)
    with pytest.raises(RepositoryError, match="stopped"):
        await closing
    assert time.monotonic() - started < 20


def test_importing_the_room_needs_no_git_on_the_path() -> None:
    code = "import reconciler.repo.client"
    subprocess.run([sys.executable, "-W", "error", "-c", code], env={"PATH": "/nonexistent"}, check=True)


async def test_a_name_that_some_commit_declared(repo: GitRepo) -> None:
    repo.write({"a.yaml": "metadata: {name: m1, labels: {a: b}}\n", "b.yaml": '{"metadata": {"name": "m2"}}\n'}).commit()
    repo.write({"a.yaml": "a: b\n", "b.yaml": "a: b\n"}).commit()
    async with await Repository.open(str(repo.path)) as repository:
        found = [await repository.ever_declared(name) for name in ("m1", "m2", "m", "m11", "b", "--all", "M1")]
    assert found == [True, True, False, False, False, False, False]


async def test_a_tag_does_not_take_the_place_of_a_branch(repo: GitRepo) -> None:
    """Git prefers the tag, and often more people may push tags than may push the branch."""
    merged = repo.git("rev-parse", "HEAD")
    repo.write({"evil.yaml": "kind: Secret\n"})
    evil = repo.commit("Not merged")
    repo.git("reset", "--hard", merged)
    repo.git("tag", "main", evil)
    async with await Repository.open(str(repo.path)) as repository:
        with pytest.raises(RepositoryError, match="main is the name of a branch and of a tag") as refused:
            await repository.resolve("main")
        assert "refs/heads/main or refs/tags/main" in refused.value.remedy
        assert (await repository.resolve("refs/heads/main")).sha == merged
        assert (await repository.resolve("HEAD")).sha == merged
        repo.git("tag", "--delete", "main")
        assert (await repository.resolve("main")).sha == merged
