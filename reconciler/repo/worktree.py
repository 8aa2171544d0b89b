"""A work tree of one's own: starting a repository, and committing files that were edited there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconciler.repo.command import GitCommand
from reconciler.repo.push import Signature


def init(folder: Path) -> None:
    """An empty repository with the branch `main`. A folder that is one already stays as it is. Raises RepositoryError."""
    GitCommand(folder).ask("init", "--quiet", "--initial-branch=main")


def commit_work_tree(git: GitCommand, paths: Sequence[str], message: str, by: Signature | None) -> str:
    """Commits these paths as they are in the work tree, and nothing else; the commit's id.

    by: None for whoever git is set up for. Raises RepositoryError, also when nothing has changed.
    """
    git.ask("add", "--all", "--", *paths)
    git.ask("commit", "--quiet", "--message", message, "--", *paths, environment=_identity(by))
    return git.ask("rev-parse", "HEAD").decode("ascii").strip()


def _identity(by: Signature | None) -> dict[str, str]:
    if by is None:
        return {}
    when = by.when.isoformat(timespec="seconds")
    return {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", by.name), ("EMAIL", by.email), ("DATE", when))
    }
