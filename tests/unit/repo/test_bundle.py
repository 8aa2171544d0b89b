"""Branches that are carried as files, with real Git."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reconciler.repo.bundle import BundleRepository, only_branch
from reconciler.repo.failures import ConflictError, RepositoryError
from tests.support.gitrepo import GitRepo, run_git

BRANCH = "out/m1"


@pytest.fixture
def source(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "source").write({"a.yaml": "a: 1\n"})
    repo.commit()
    return repo.branch(BRANCH)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def written(source: GitRepo, file: Path) -> Path:
    async with await BundleRepository.open(str(source.path)) as repository:
        await repository.write_bundle(BRANCH, file)
    return file


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
async def test_a_branch_arrives_as_it_was(tmp_path: Path, object_format: str) -> None:
    source = GitRepo(tmp_path / "source", object_format=object_format).write({"a.yaml": "a: 1\n"})
    commit = source.commit()
    bundle = await written(source.branch(BRANCH), tmp_path / "m1.bundle")
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert only_branch(bundle, "out/") == BRANCH
    async with await BundleRepository.create(tmp_path / "site", bundle, BRANCH) as site:
        assert await site.followed_branch() == BRANCH
        incoming = await site.receive(bundle, "out/")
        assert (incoming.branch, incoming.commit.sha) == (BRANCH, commit)
        assert await site.branch_head(BRANCH) is None, "the caller judges it first"
        await site.advance(BRANCH, None, commit)
        with pytest.raises(ConflictError):
            await site.advance(BRANCH, None, commit)
        await site.forget_incoming()
        assert (await site.resolve("HEAD")).sha == commit
    assert run_git(tmp_path / "site", "for-each-ref", "--format=%(refname)") == f"refs/heads/{BRANCH}"


async def test_a_file_that_is_there_is_replaced_as_a_whole_or_not_at_all(source: GitRepo, tmp_path: Path) -> None:
    file = tmp_path / "m1.bundle"
    file.write_bytes(b"old")
    file.chmod(0o644)
    async with await BundleRepository.open(str(source.path)) as repository:
        with pytest.raises(RepositoryError):
            await repository.write_bundle("no/such", file)
        assert file.read_bytes() == b"old"
        await repository.write_bundle(BRANCH, file)
        with pytest.raises(RepositoryError, match="No such file or directory"):
            await repository.write_bundle(BRANCH, tmp_path / "nowhere" / "m1.bundle")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names(tmp_path) == ["m1.bundle", "source"]


@pytest.mark.parametrize("position", [0.3, 0.6, 0.9])
async def test_whatever_is_changed_in_a_bundle_is_noticed(source: GitRepo, tmp_path: Path, position: float) -> None:
    bundle = await written(source, tmp_path / "m1.bundle")
    content = bytearray(bundle.read_bytes())
    content[int(len(content) * position)] ^= 1
    async with await BundleRepository.create(tmp_path / "site", bundle, BRANCH) as site:
        bundle.write_bytes(content)
        with pytest.raises(RepositoryError, match=r"m1\.bundle: "):
            await site.receive(bundle, "out/")
        assert await site.branch_head(BRANCH) is None


@pytest.mark.parametrize("branches", [["main"], ["main", BRANCH], [BRANCH, "out/m2"]])
async def test_a_bundle_with_other_branches_is_refused(source: GitRepo, tmp_path: Path, branches: list[str]) -> None:
    source.branch("out/m2")
    file = tmp_path / "m1.bundle"
    source.git("bundle", "create", "--quiet", str(file), *branches)
    with pytest.raises(RepositoryError, match="and not one branch out/NAME"):
        only_branch(file, "out/")


async def test_a_bundle_that_needs_commits_which_are_not_here_is_refused(source: GitRepo, tmp_path: Path) -> None:
    whole = await written(source, tmp_path / "whole.bundle")
    source.write({"b.yaml": "b: 1\n"}).commit()
    source.git("branch", "--force", BRANCH, "main")
    part = tmp_path / "part.bundle"
    source.git("bundle", "create", "--quiet", str(part), f"{BRANCH}~..{BRANCH}")
    async with await BundleRepository.create(tmp_path / "site", whole, BRANCH) as site:
        with pytest.raises(RepositoryError, match=r"part\.bundle: the bundle is damaged"):
            await site.receive(part, "out/")


async def test_a_commit_is_published_only_in_place_of_the_one_that_was_read(source: GitRepo, tmp_path: Path) -> None:
    remote = source.bare_clone()
    first = source.git("rev-parse", "HEAD")
    second = source.write({"b.yaml": "b: 1\n"}).commit()
    run_git(tmp_path, "clone", "--quiet", str(remote), "clone")
    clone = tmp_path / "clone"
    run_git(clone, "fetch", "--quiet", str(source.path), "main:refs/heads/new")
    async with await BundleRepository.open(str(clone)) as repository:
        with pytest.raises(ConflictError):
            await repository.publish_commit(BRANCH, None, second)
        assert run_git(remote, "rev-parse", BRANCH) == first
        await repository.publish_commit(BRANCH, first, second)
        assert (await repository.branch_tips("out/"))["m1"] == second
    assert run_git(remote, "rev-parse", BRANCH) == second


async def test_what_is_no_bundle_says_so(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="No such file or directory"):
        only_branch(tmp_path / "missing", "out/")
    (tmp_path / "text").write_text("hello\n")
    with pytest.raises(RepositoryError, match="this is no Git bundle"):
        only_branch(tmp_path / "text", "out/")
