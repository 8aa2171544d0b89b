"""The work tree of a repository, in which a command edits files.

An edit is a function from the text of a file to its new text. Edits start from the text at HEAD, so that a commit never contains
uncommitted work of other people:

- A file with uncommitted changes of somebody else is refused, unless these changes already include the edit.
- A file that already has exactly the new text was written by a run that stopped before its commit. Only the commit is missing.

All edits of a command are judged as a whole before the first file is written: the repository is loaded as the edits will leave
it, and an edit that would cause an error is refused. The repository is read once per command. One Compiler loads it before and
after the edits, so that a file which no edit touches is parsed once.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.documents.errors import DocumentError
from reconciler.edit.file_writes import Checkout, CommitFiles, CommitOnBranch, EditedFile, WorkTreeError, WriteFile, WriteFiles
from reconciler.edit.planned_writes import NoWrite, PlannedWrite
from reconciler.model.desired import DesiredState
from reconciler.model.issues import errors_in
from reconciler.model.tree import Oversized, Tree, TreeEntry
from reconciler.passes.preflight import refuse_broken_configuration
from reconciler.pipeline.compiler import Compiler
from reconciler.repo.client import Repository
from reconciler.repo.commit_branch import Signature


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file, and how its text changes."""

    file: str
    """Path in the repository."""
    change: Callable[[str | None], str | None]
    """From the present text to the new one; None stands for a file that does not exist. A text that already has the edit comes
    back unchanged. Raises DocumentError where the text cannot be edited without harm."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A repository with a work tree, as it was when the command began. Use `open`."""

    checkout: Checkout
    files: Tree
    """The files at HEAD."""
    desired: DesiredState
    """What HEAD declares."""
    compiler: Compiler

    @classmethod
    async def open(cls, repository: Repository, *, commit: bool = True) -> WorkTree:
        """commit: whether the edits will be committed.

        Raises ReconcilerError where there is no work tree, the Configuration at HEAD is broken, or the commit would be on no
        branch.
        """
        if repository.work_tree is None:
            message = f"{repository.place}: this command edits files in a work tree, and the repository has none"
            raise WorkTreeError(message, remedy="Name a clone with a work tree: --repo FOLDER.")
        head = await repository.resolve("HEAD")
        if commit:
            await repository.refuse_detached_head("Or edit the files only: --no-commit.")
        tree = await repository.read_tree(head)
        compiler = Compiler()
        desired = await _load(repository, compiler, tree, {})
        refuse_broken_configuration(desired)
        return cls(Checkout(repository, repository.work_tree, head), tree, desired, compiler)

    async def plan(self, edits: Sequence[FileEdit], *, strict: bool = True) -> PlannedEdits:
        """The edits, at most one for each file, if the repository stays correct with all of them. Raises WorkTreeError.

        strict: False lets the edits cause errors, because the user resolves them afterwards: what has an error has no effect.
        """
        files = [(edit, *await self._apply(edit)) for edit in edits]
        desired = await self._judge({edit.file: new for edit, _, new in files}, strict=strict)
        return PlannedEdits(self.checkout, tuple([await self._compare(edit, head, new) for edit, head, new in files]), desired)

    async def _apply(self, edit: FileEdit) -> tuple[bytes | None, bytes | None]:
        """The content at HEAD, and with the edit."""
        head = await self._read_head(edit.file)
        try:
            new = edit.change(None if head is None else head.decode())
        except (DocumentError, UnicodeDecodeError) as error:
            problem = error.message if isinstance(error, DocumentError) else "the text is not UTF-8"
            raise WorkTreeError(f"{edit.file}: {problem}", remedy="Edit the file by hand, and commit it.") from error
        return head, None if new is None else new.encode()

    async def _read_head(self, file: str) -> bytes | None:
        entry = self.files.get(file)
        if entry is None:
            return None
        content = (await self.checkout.repository.read_blobs([entry.blob]))[entry.blob]
        if isinstance(content, Oversized):
            raise WorkTreeError(f"{file} is too large to be edited", remedy="Move the object to a file of its own.")
        return content

    async def _judge(self, contents: dict[str, bytes | None], *, strict: bool) -> DesiredState:
        """What the repository declares with these files. Raises WorkTreeError where one of them gets an error that HEAD does not
        have."""
        tree, blobs = dict(self.files), {}
        for file, content in contents.items():
            if content is None:
                tree.pop(file, None)
                continue
            blob = hashlib.sha256(content).hexdigest()
            tree[file], blobs[blob] = TreeEntry(blob, 0o100644), content
        desired = await _load(self.checkout.repository, self.compiler, tree, blobs)
        for issue in errors_in(desired.issues):
            is_new = issue.origin.file in contents and issue not in self.desired.issues
            if is_new and strict:
                raise WorkTreeError(f"{issue.origin.file} would have an error: {issue.message}", remedy=issue.remedy)
        return desired

    async def _compare(self, edit: FileEdit, head: bytes | None, new: bytes | None) -> EditedFile:
        """With what is in the work tree. Raises WorkTreeError where that is somebody else's unfinished work."""
        current = await self.checkout.read(edit.file)
        if head is None and current is None:
            return EditedFile(edit.file, head, current, new)
        is_new = head is None and current is not None  # Git reports no change for a new file that it ignores.
        if current == new or not (is_new or await self.checkout.repository.is_changed(edit.file)):
            return EditedFile(edit.file, head, current, new)
        if head is not None and new is not None and _includes(current, edit):
            return EditedFile(edit.file, head, current, new, included=True)
        raise WorkTreeError(f"{edit.file} has uncommitted changes", remedy="Commit or stash them, and run this command again.")


@dataclass(frozen=True, slots=True)
class PlannedEdits:
    """Edits that may be written."""

    checkout: Checkout
    files: tuple[EditedFile, ...]
    desired: DesiredState
    """What the repository declares after the edits."""

    def writes(self, message: str, *, by: Signature | None = None, commit: bool = True) -> tuple[PlannedWrite, ...]:
        """The files that differ from HEAD, and their commit.

        message: of the commit. by: its author; None for the one that Git is configured for. commit: False leaves the files
        uncommitted.
        """
        pending = tuple(file.file for file in self.files if file.is_pending)
        writes: list[PlannedWrite] = [
            WriteFile(self.checkout, file) if file.is_pending else NoWrite(file.report) for file in self.files
        ]
        if pending and commit:
            writes.append(CommitFiles(self.checkout, pending, message, by))
        return tuple(writes)

    def writes_at_once(self, message: str, *, commit: bool = True) -> tuple[PlannedWrite, ...]:
        """As `writes`, for many files: one step writes all of them."""
        pending = tuple(file for file in self.files if file.is_pending)
        if not pending:
            return ()
        write: PlannedWrite = WriteFiles(self.checkout, pending)
        return (write, CommitFiles(self.checkout, tuple(file.file for file in pending), message, None)) if commit else (write,)

    def writes_on_branch(self, message: str, branch: str) -> tuple[PlannedWrite, ...]:
        """One commit of the files that differ from HEAD, on a new branch that starts there. The work tree stays as it is."""
        files = [file for file in self.files if file.head != file.new]
        if not files:
            return tuple(NoWrite(file.report) for file in self.files)
        return (CommitOnBranch(self.checkout, branch, {file.file: file.new for file in files}, message),)


async def _load(repository: Repository, compiler: Compiler, tree: Tree, new: dict[str, bytes]) -> DesiredState:
    """What a tree declares. new: contents of blobs that are not in the repository."""
    blobs = await repository.read_blobs(compiler.missing(tree) - new.keys())
    return await asyncio.to_thread(compiler.load, tree, {**blobs, **new}, check=())


def _includes(current: bytes | None, edit: FileEdit) -> bool:
    """Whether a content already has the edit."""
    try:
        return current is not None and edit.change(current.decode()) == current.decode()
    except (DocumentError, UnicodeDecodeError):
        return False
