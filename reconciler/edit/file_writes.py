"""Planned writes to a work tree: files, and the commit of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.edit.planned_writes import OutdatedPlanError, WriteReport
from reconciler.errors import ReconcilerError
from reconciler.model.wording import plural
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature
from reconciler.repo.revision import Commit
from reconciler.repo.worktree import write_file


class WorkTreeError(ReconcilerError):
    """A file of the work tree cannot be edited in its present state."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree, and the commit from which its edits start."""

    repository: Repository
    top: Path
    """The folder at the top of the work tree."""
    head: Commit

    async def read(self, file: str) -> bytes | None:
        """The content of a file in the work tree."""
        place = self.top / file
        return await asyncio.to_thread(lambda: place.read_bytes() if place.is_file() else None)


@dataclass(frozen=True, slots=True)
class EditedFile:
    """One file before and after its edit. None stands for a file that does not exist."""

    file: str
    head: bytes | None
    """The content at HEAD."""
    current: bytes | None
    """The content in the work tree."""
    new: bytes | None
    """The content that HEAD plus the edit gives."""
    included: bool = False
    """Whether uncommitted changes of somebody else already include the edit. Then there is nothing to write."""

    @property
    def is_pending(self) -> bool:
        """Whether there is anything to commit."""
        return not self.included and self.head != self.new

    @property
    def report(self) -> WriteReport:
        if not self.is_pending:
            return WriteReport("unchanged", self.file + (" (with your uncommitted changes)" if self.included else ""))
        action = "deleted" if self.new is None else "created" if self.head is None else "configured"
        return WriteReport(action, self.file)


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Writes or deletes one file of the work tree."""

    checkout: Checkout
    file: EditedFile

    @property
    def report(self) -> WriteReport:
        return self.file.report

    async def carry_out(self) -> WriteReport:
        if (await self.checkout.repository.resolve("HEAD")).sha != self.checkout.head.sha:
            raise OutdatedPlanError(f"{self.checkout.repository.place}: HEAD")
        if await self.checkout.read(self.file.file) != self.file.current:
            raise OutdatedPlanError(self.file.file)
        await asyncio.to_thread(write_file, self.checkout.top, self.file.file, self.file.new)
        return self.report


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """Commits files of the work tree, and nothing else."""

    checkout: Checkout
    files: tuple[str, ...]
    message: str
    by: Signature | None

    @property
    def report(self) -> WriteReport:
        return WriteReport("committed", self.message.splitlines()[0])

    async def carry_out(self) -> WriteReport:
        sha = await self.checkout.repository.commit_work_tree(self.files, self.message, self.by)
        return WriteReport("committed", f"{sha[:12]} {self.report.subject}")


@dataclass(frozen=True, slots=True)
class CommitOnBranch:
    """Commits contents of files on a new branch, from the commit where the edits start. The work tree stays as it is."""

    checkout: Checkout
    branch: str
    changes: Mapping[str, bytes | None]
    """Path → whole new content; None deletes the file."""
    message: str

    @property
    def report(self) -> WriteReport:
        return WriteReport("committed", f"{self.message.splitlines()[0]} (on the branch {self.branch})")

    async def carry_out(self) -> WriteReport:
        repository, head = self.checkout.repository, self.checkout.head.sha
        sha = await repository.commit_on_new_branch(self.branch, head, self.changes, self.message)
        return WriteReport("committed", f"{sha[:12]} {self.report.subject}")


@dataclass(frozen=True, slots=True)
class WriteFiles:
    """Writes many files of the work tree as one step."""

    checkout: Checkout
    files: tuple[EditedFile, ...]

    @property
    def report(self) -> WriteReport:
        is_new = any(file.head is None for file in self.files)
        return WriteReport("created" if is_new else "configured", plural(len(self.files), "file"))

    async def carry_out(self) -> WriteReport:
        if (await self.checkout.repository.resolve("HEAD")).sha != self.checkout.head.sha:
            raise OutdatedPlanError(f"{self.checkout.repository.place}: HEAD")
        for file in self.files:
            if await self.checkout.read(file.file) != file.current:
                raise OutdatedPlanError(file.file)
        for file in self.files:
            await asyncio.to_thread(write_file, self.checkout.top, file.file, file.new)
        return self.report
