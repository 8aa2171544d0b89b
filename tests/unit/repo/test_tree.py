"""Reading trees and blobs, whole and damaged."""

import os
import zlib
from pathlib import Path

import pytest

from reconciler.model.tree import Oversized, TreeEntry
from reconciler.repo import tree
from reconciler.repo.client import Repository
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError
from tests.support.gitrepo import GitRepo

_ODD = os.fsdecode(b"caf\xe9.yaml")


async def read_all(repo: GitRepo | Path) -> dict[str, bytes | Oversized]:
    path = repo.path if isinstance(repo, GitRepo) else repo
    async with await Repository.open(str(path)) as repository:
        entries = await repository.read_tree(await repository.resolve("HEAD"))
        contents = await repository.read_blobs(entry.blob for entry in entries.values() if entry.is_file)
    return {path: contents[entry.blob] for path, entry in entries.items() if entry.is_file}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
async def test_a_tree_comes_back_as_it_was_written(tmp_path: Path, object_format: str) -> None:
    files: dict[str, bytes] = {
        "a.yaml": b"kind: A\n",
        "empty.yaml": b"",
        "deep/er/same.yaml": b"kind: A\n",
        "binary": bytes(range(256)) * 99,
        "no line break at the end": b"x missing",
        "ends like a header": b"0123 blob 3\n" * 3,
        'odd "name"\n\té.yaml': b"1",
        _ODD: b"2",
        "-x": b"3",
    }
    repo = GitRepo(tmp_path / "r", object_format=object_format)
    repo.write(dict(files)).commit()
    assert await read_all(repo) == files
    repo.git("gc", "--quiet")
    assert await read_all(repo.bare_clone()) == files


async def test_links_and_submodules_are_kept_as_what_they_are(repo: GitRepo) -> None:
    (repo.path / "link.yaml").symlink_to("../../etc/passwd")
    (repo.path / "run.sh").write_text("#!/bin/sh\n")
    (repo.path / "run.sh").chmod(0o755)
    commit = repo.commit()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor")
    repo.git("commit", "--quiet", "-m", "Submodule")
    async with await Repository.open(str(repo.path)) as repository:
        entries = await repository.read_tree(await repository.resolve("HEAD"))
    assert entries["vendor"] == TreeEntry(commit, 0o160000)
    kinds = {path: (entry.is_file, entry.is_link, entry.is_submodule) for path, entry in entries.items()}
    assert kinds == {
        "apps/web.yaml": (True, False, False),
        "link.yaml": (False, True, False),
        "reconciler.yaml": (True, False, False),
        "run.sh": (True, False, False),
        "vendor": (False, False, True),
    }


async def test_a_sub_folder_reads_the_whole_tree(repo: GitRepo) -> None:
    assert (await read_all(repo.path / "apps")).keys() == {"apps/web.yaml", "reconciler.yaml"}


async def test_an_empty_tree(repo: GitRepo) -> None:
    repo.remove("reconciler.yaml", "apps/web.yaml").commit()
    assert await read_all(repo) == {}


async def test_what_is_too_large_is_reported_and_hides_nothing(repo: GitRepo) -> None:
    repo.write({"big": b"x" * 3_000_000, "limit": b"y" * 1000, "beyond": b"z" * 1001}).commit()
    async with await Repository.open(str(repo.path)) as repository:
        entries = await repository.read_tree(await repository.resolve("HEAD"))
        contents = await repository.read_blobs((entry.blob for entry in entries.values()), limit=1000)
    assert contents[entries["big"].blob] == Oversized(3_000_000, 1000)
    assert contents[entries["beyond"].blob] == Oversized(1001, 1000)
    assert contents[entries["limit"].blob] == b"y" * 1000
    assert contents[entries["apps/web.yaml"].blob] == b"kind: Deployment\n"


async def test_twenty_thousand_files(repo: GitRepo) -> None:
    repo.write({f"apps/{n % 100}/{n}.yaml": f"n: {n}\n" for n in range(20_000)}).commit()
    contents = await read_all(repo)
    assert len(contents) == 20_002
    assert all(contents[f"apps/{n % 100}/{n}.yaml"] == b"n: %d\n" % n for n in range(20_000))


async def test_a_hundred_thousand_ids_do_not_deadlock(repo: GitRepo) -> None:
    unknown = [f"{n:040x}" for n in range(100_000)]
    async with await Repository.open(str(repo.path)) as repository:
        with pytest.raises(RepositoryError, match="100000 objects are missing"):
            await repository.read_blobs(unknown)
        assert await repository.read_blobs([]) == {}


def loose(repo: GitRepo, object_id: str) -> Path:
    file = repo.path / ".git/objects" / object_id[:2] / object_id[2:]
    file.chmod(0o644)
    return file


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage", "other content", "other length", "other kind"])
@pytest.mark.parametrize("victim", ["HEAD", "HEAD^{tree}", "HEAD:apps", "HEAD:apps/web.yaml"])
async def test_a_damaged_object_is_never_taken_for_content(tmp_path: Path, damage: str, victim: str) -> None:
    repo = GitRepo(tmp_path / "r")
    repo.write({"apps/web.yaml": "kind: Deployment\n" * 9, "a": "1"}).commit()
    file = loose(repo, repo.git("rev-parse", victim))
    whole = file.read_bytes()
    plain = zlib.decompress(whole)
    broken = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "garbage": b"\xff" * 50,
        "other content": zlib.compress(plain[:-1] + bytes([plain[-1] ^ 1])),
        "other length": zlib.compress(plain + b"more"),
        "other kind": zlib.compress(b"tag" + plain[plain.index(b" ") :]),
    }
    file.unlink()
    if damage != "missing":
        file.write_bytes(broken[damage])
    with pytest.raises(RepositoryError) as caught:
        await read_all(repo)
    assert caught.value.remedy
    assert not caught.value.temporary


async def test_replacement_objects_are_not_followed(repo: GitRepo) -> None:
    other = repo.git("hash-object", "-w", "reconciler.yaml")
    repo.git("replace", repo.git("rev-parse", "HEAD:apps/web.yaml"), other)
    assert (await read_all(repo))["apps/web.yaml"] == b"kind: Deployment\n"


async def test_a_tree_is_read_once_as_long_as_it_is_one_of_the_last(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noting(git: GitCommand, one: str) -> dict[str, TreeEntry]:
        read.append(one)
        return read_tree(git, one)

    read_tree = tree.read_tree
    monkeypatch.setattr(tree, "read_tree", noting)
    names = [repo.write({f"apps/{number}.yaml": ""}).commit() for number in range(3)]
    async with await Repository.open(str(repo.path)) as repository:
        commits = [await repository.resolve(name) for name in names]
        for commit in (commits[0], commits[0], commits[1], commits[0], commits[2], commits[1]):
            files = await repository.read_tree(commit)
            assert len([path for path in files if path[5:6].isdigit()]) == commits.index(commit) + 1
        await repository.read_tree(commits[0])
    assert read == [commits[number].tree for number in (0, 1, 2, 0)]


@pytest.mark.parametrize("inside", ["", "apps", ".git"])
async def test_a_repository_whose_folder_has_a_line_break(tmp_path: Path, inside: str) -> None:
    repo = GitRepo(tmp_path / "a\nfolder\n")
    repo.write({"apps/web.yaml": "kind: A\n"}).commit()
    assert (await read_all(repo.path / inside)).keys() == {"apps/web.yaml"}
