"""Creates a repository, and commits files that were edited in its work tree."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from reconciler.repo.command import GitCommand
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError


def init(folder: Path) -> None:
    """Creates an empty repository with the branch `main`. An existing repository stays unchanged. Raises RepositoryError."""
    GitCommand(folder).run("init", "--quiet", "--initial-branch=main")


def commit_work_tree(git: GitCommand, paths: Sequence[str], message: str, by: Signature | None) -> str:
    """Commits these paths as they are in the work tree, and nothing else. Returns the id of the commit.

    by: None for the user in git's configuration. Raises RepositoryError, also if nothing has changed.
    """
    # `git add` fails for a deleted path that is no longer in the index; `git commit` handles deleted paths.
    if existing := [path for path in paths if os.path.lexists(git.folder / path)]:
        git.run("add", "--all", "--", *existing)
    git.run("commit", "--quiet", "--message", message, "--", *paths, environment=_identity(by))
    return git.run("rev-parse", "HEAD").decode("ascii").strip()


def is_changed(git: GitCommand, path: str) -> bool:
    """Whether a path in the index or in the work tree differs from HEAD. A new path does. Raises RepositoryError."""
    return bool(git.run("status", "--porcelain", "--untracked-files=all", "--", f":(literal){path}"))


def write_file(work_tree: Path, path: str, content: bytes | None) -> None:
    """Writes a file of the work tree atomically. None deletes it. Raises RepositoryError for a path through a symbolic link."""
    place = work_tree.resolve() / path
    if place.resolve() != place:
        raise RepositoryError(f"{path}: the path contains a symbolic link", remedy="Use the real path of the file.")
    if content is None:
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}.reconciler-tmp")
    unfinished.write_bytes(content)
    if place.exists():
        shutil.copymode(place, unfinished)
    unfinished.replace(place)


def _identity(by: Signature | None) -> dict[str, str]:
    if by is None:
        return {}
    when = by.when.isoformat(timespec="seconds")
    return {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", by.name), ("EMAIL", by.email), ("DATE", when))
    }
