"""The edit of `reconciler.lock`: as a commit, or in the work tree alone, beside the files that it is for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from reconciler.edit.planned_writes import OutdatedPlanError, WriteReport
from reconciler.edit.work_tree import FileEdit
from reconciler.load.source_lock import print_lock
from reconciler.model.source_lock import LOCK_FILE, SourceLock
from reconciler.repo.worktree import write_file


def lock_edit(lock: SourceLock) -> FileEdit:
    """The whole file anew; no file for a lock without entries."""
    return FileEdit(LOCK_FILE, lambda _: _text_of(lock))


@dataclass(frozen=True, slots=True)
class WriteLock:
    """Writes the file in a work tree, whatever HEAD says of it: a planned write."""

    work_tree: Path
    """Its top."""
    before: bytes | None
    """What the file said when it was planned; None where there was none."""
    lock: SourceLock

    @classmethod
    async def plan(cls, work_tree: Path, lock: SourceLock) -> WriteLock:
        return cls(work_tree, await asyncio.to_thread(_read, work_tree), lock)

    @property
    def report(self) -> WriteReport:
        new = _text_of(self.lock)
        return WriteReport("deleted" if new is None else "created" if self.before is None else "configured", LOCK_FILE)

    async def carry_out(self) -> WriteReport:
        if await asyncio.to_thread(_read, self.work_tree) != self.before:
            raise OutdatedPlanError(LOCK_FILE)
        text = _text_of(self.lock)
        await asyncio.to_thread(write_file, self.work_tree, LOCK_FILE, None if text is None else text.encode())
        return self.report


def _read(work_tree: Path) -> bytes | None:
    place = work_tree / LOCK_FILE
    return place.read_bytes() if place.is_file() else None


def _text_of(lock: SourceLock) -> str | None:
    return print_lock(lock) if lock.sources else None
