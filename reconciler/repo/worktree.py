"""A work tree of one's own: starting a repository, and committing files that were edited there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError
from reconciler.repo.push import Signature


def init(folder: Path) -> None:
    """An empty repository with the branch `main`. A folder that is one already stays as it is. Raises RepositoryError."""
    GitCommand(folder).ask("init", "--quiet", "--initial-branch=main")


def commit_work_tree(git: GitCommand, paths: Sequence[str], message: str, by: Signature | None) -> str:
    """Commits these paths as they are in the work tree, and nothing else; the commit's id.

    by: None for whoever git is set up for. Raises RepositoryError, also when nothing has changed.
    """
    # One that is gone is not to be added, least of all where somebody has taken it out of the index already.
    if there := [path for path in paths if os.path.lexists(git.folder / path)]:
        git.ask("add", "--all", "--", *there)
    git.ask("commit", "--quiet", "--message", message, "--", *paths, environment=_identity(by))
    return git.ask("rev-parse", "HEAD").decode("ascii").strip()


def is_changed(git: GitCommand, path: str) -> bool:
    """Whether a path is otherwise than at HEAD, in the index or in the work tree; a new one is. Raises RepositoryError."""
    return bool(git.ask("status", "--porcelain", "--untracked-files=all", "--", f":(literal){path}"))


def write_file(work_tree: Path, path: str, content: bytes | None) -> None:
    """A file of the work tree, whole or as it was; None takes it away. Raises RepositoryError for one that leads outside."""
    place = work_tree.resolve() / path
    if place.resolve() != place:
        raise RepositoryError(f"{path}: a symbolic link is on the way to it", remedy="Name the file where it really is.")
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
