"""A process that dies at a chosen step of what it does to the world.

Every place where the program touches a member or runs git counts as a step: a look, the making of a folder, the begin of a
file, its middle, a rename, a deletion, a git command. At the chosen one `Death` is raised, which nobody catches, and from then on
at every other, in whatever thread: the world stays as a killed process leaves it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.directory_member import DirectoryMember
from reconciler.repo.command import GitCommand


class Death(BaseException):
    """Not an Exception: nothing may recover from it."""


class Fate:
    """Counts steps, and ends the process at number `last` (from 0; None: never)."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.steps: list[str] = []
        self._lock = threading.Lock()
        self.dead = False

    def step(self, what: str, last_words: Callable[[], Any] = lambda: None) -> None:
        """last_words: what still happens when this is where it ends."""
        with self._lock:
            if self.dead:
                raise Death(what)
            if len(self.steps) == self.last:
                self.dead = True
                last_words()
                raise Death(what)
            self.steps.append(what)


@contextmanager
def fated(fate: Fate, member_root: Path) -> Iterator[None]:
    """Whatever the program does to members below `member_root`, and every git command, is a step of `fate`."""
    with pytest.MonkeyPatch.context() as patch:
        _count_files(patch, fate, member_root)
        _count_looks(patch, fate)
        _count_git(patch, fate)
        yield


def _count_files(patch: pytest.MonkeyPatch, fate: Fate, member_root: Path) -> None:
    def counted(name: str) -> None:
        original = getattr(Path, name)

        def operation(path: Path, *arguments: Any, **options: Any) -> Any:
            if path.is_relative_to(member_root):
                fate.step(f"{name} {path.relative_to(member_root)}")
            return original(path, *arguments, **options)

        patch.setattr(Path, name, operation)

    for name in ("mkdir", "replace", "unlink", "rmdir"):
        counted(name)
    write_text = Path.write_text

    def write(path: Path, data: str, *arguments: Any, **options: Any) -> int:
        if path.is_relative_to(member_root):
            shown = path.relative_to(member_root)
            fate.step(f"begin {shown}")
            fate.step(f"half of {shown}", lambda: write_text(path, data[: len(data) // 2], *arguments, **options))
        return write_text(path, data, *arguments, **options)

    patch.setattr(Path, "write_text", write)


def _count_looks(patch: pytest.MonkeyPatch, fate: Fate) -> None:
    look = DirectoryMember.look

    async def counted(member: DirectoryMember, *arguments: Any) -> Any:
        fate.step(f"look at {member.name}")
        return await look(member, *arguments)

    patch.setattr(DirectoryMember, "look", counted)


def _count_git(patch: pytest.MonkeyPatch, fate: Fate) -> None:
    stream = GitCommand.stream

    def counted(git: GitCommand, *arguments: str, **options: Any) -> Any:
        fate.step(f"git {arguments[0]}")
        return stream(git, *arguments, **options)

    patch.setattr(GitCommand, "stream", counted)
