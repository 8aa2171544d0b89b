"""Has git pack the objects of a repository when commits have left many single files there.

git does so by itself after `git commit` or `git fetch`, and not after the plumbing commands by which this program commits. So
after ten thousand commits of a status branch there would be seventy thousand small files, one disk block each. This module looks
how many there are, as git does, and then runs `git gc --auto`: what that does, and whether in the background, is set by git's own
configuration (`gc.auto`, `gc.autoDetach`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError

_SAMPLE = "17"
"""The folder that git counts: one of 256 among which objects are spread evenly (builtin/gc.c, `too_many_loose_objects`)."""
_MANY = 27
"""Files there from which git's default of 6,700 objects is exceeded."""
_MORE = 8
"""Files there after which git is asked again where it did nothing: it may be configured so."""


class Cleaning:
    """For one repository. Not thread-safe."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._asked_at = 0
        """How many files there were when git was asked last."""

    def after_commit(self, git: GitCommand) -> None:
        """Where git cannot clean up, nothing is raised: the commit is made, and git keeps the reason in its file `gc.log`."""
        count = self._count(git)
        if count < self._asked_at:  # It has cleaned up.
            self._asked_at = 0
        if count > _MANY and count >= self._asked_at + _MORE * bool(self._asked_at):
            self._asked_at = count
            with suppress(RepositoryError):
                git.run("gc", "--auto", "--quiet")

    def _count(self, git: GitCommand) -> int:
        if git.git_dir is None or "GIT_OBJECT_DIRECTORY" in os.environ:
            return 0
        if self._folder is None:
            common = git.git_dir / "commondir"  # Of a linked work tree (gitrepository-layout(5)).
            self._folder = (git.git_dir / common.read_text().strip() if common.exists() else git.git_dir) / "objects" / _SAMPLE
        with suppress(OSError):
            return sum(1 for _ in self._folder.iterdir())
        return 0
