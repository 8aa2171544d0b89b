"""Files of a work tree, edited and committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from reconciler.repo.worktree import write_file
from tests.support.gitrepo import GitRepo


async def test_a_changed_new_or_staged_file_is_told(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo").write({"a": "1", "b[1]": "1", "b1": "1"})
    repo.commit()
    repo.write({"b1": "2", "new": "1"})
    async with await Repository.open(str(repo.path)) as repository:
        assert [await repository.is_changed(path) for path in ("a", "b[1]", "b1", "new", "none")] == [
            False,
            False,
            True,
            True,
            False,
        ]


@pytest.mark.parametrize("staged", [False, True])
async def test_a_file_that_is_gone_is_committed_as_gone(tmp_path: Path, staged: bool) -> None:
    repo = GitRepo(tmp_path / "repo").write({"a": "1", "b": "1"})
    repo.commit()
    write_file(repo.path, "a", None)
    if staged:
        repo.git("add", "--all")
    repo.write({"b": "2"})
    async with await Repository.open(str(repo.path)) as repository:
        await repository.commit_work_tree(["a"], "Remove a")
    assert repo.git("show", "--name-status", "--format=%s") == "Remove a\n\nD\ta"
    assert repo.git("status", "--porcelain") == " M b"


async def test_more_paths_than_a_command_line_holds_are_one_commit(tmp_path: Path) -> None:
    """As an import of a large fleet writes them."""
    folder = "/".join(["n" * 240] * 14)
    paths = [f"{folder}/{number}" for number in range(700)]
    repo = GitRepo(tmp_path / "repo").write(dict.fromkeys(paths, "1"))
    async with await Repository.open(str(repo.path)) as repository:
        await repository.commit_work_tree(paths, "Import")
    assert repo.git("status", "--porcelain") == ""


def test_a_file_is_written_whole_and_never_through_a_link(tmp_path: Path) -> None:
    write_file(tmp_path, "deep/down.yaml", b"x")
    (tmp_path / "deep/down.yaml").chmod(0o640)
    write_file(tmp_path, "deep/down.yaml", b"y")
    assert (tmp_path / "deep/down.yaml").read_bytes() == b"y"
    assert (tmp_path / "deep/down.yaml").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["down.yaml"]
    (tmp_path / "link").symlink_to("deep")
    with pytest.raises(RepositoryError, match="symbolic link"):
        write_file(tmp_path, "link/new.yaml", b"z")


@pytest.mark.parametrize("digits", [40, 64])
async def test_uncommitted_files_are_read_as_they_are(tmp_path: Path, digits: int) -> None:
    repo = GitRepo(tmp_path / "repo", object_format="sha1" if digits == 40 else "sha256")
    repo.write({"a": "1", "b": "1", "c": "1", ".gitignore": "ignored\n"}).commit()
    repo.write({"a": "2", "new folder/ü": "3", "ignored": "4"}).remove("b", "c").write({"c/now a folder": "5"})
    (repo.path / "link").symlink_to("nowhere")
    GitRepo(repo.path / "another").write({"x": "1"}).commit()
    async with await Repository.open(str(repo.path)) as repository:
        files = await repository.read_uncommitted()
    contents = {path: file and (oct(file.entry.mode), file.content) for path, file in files.items()}
    regular = "0o100644"
    assert contents == {
        "a": (regular, b"2"),
        "b": None,
        "c": None,
        "c/now a folder": (regular, b"5"),
        "link": ("0o120000", b"nowhere"),
        "new folder/ü": (regular, b"3"),
    }
    changed = files["a"]
    assert changed is not None
    assert changed.entry.blob == repo.git("hash-object", "a")
