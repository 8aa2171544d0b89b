"""Where a command edits the file of one Cluster: the work tree of a repository, judged as a whole before anything is written.

What is to be committed is worked out from HEAD. A file that somebody else is editing is left to them; one that holds exactly what
is to be committed was written by a run of ours that was stopped before its commit, which is then made.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.documents.complaints import DocumentError
from reconciler.errors import ReconcilerError
from reconciler.membership.account import Say, Step
from reconciler.membership.cluster_manifest import Edit, declared, edited, withdrawn
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState
from reconciler.model.issues import errors_in
from reconciler.model.keys import ClusterName
from reconciler.model.tree import Oversized, Tree, TreeEntry
from reconciler.passes.preflight import refuse_broken_configuration
from reconciler.pipeline.compiler import Compiler
from reconciler.repo.client import Repository
from reconciler.repo.push import Signature
from reconciler.repo.worktree import write_file


class DeskError(ReconcilerError):
    """The Cluster's file cannot be edited as things are."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One file as it is to be."""

    file: str
    before: bytes | None
    """At HEAD; None for no such file."""
    after: bytes | None
    """None: the file is to go."""
    cluster: Cluster | None
    """What it then declares."""
    pending: bool
    """Whether there is anything to commit."""
    theirs: bool = False
    """Whether the work tree says it already, among uncommitted changes by somebody else."""

    @property
    def action(self) -> str:
        if not self.pending:
            return "unchanged"
        return "deleted" if self.after is None else "created" if self.before is None else "configured"


class Desk:
    """Use `at`."""

    def __init__(self, repository: Repository, work_tree: Path, member: ClusterName, tree: Tree, desired: DesiredState) -> None:
        self.desired = desired
        self.declared = desired.cluster(member)
        """As HEAD declares the Cluster; None if it does not."""
        self.work_tree = work_tree
        self._repository = repository
        self._member = member
        self._tree = tree

    @classmethod
    async def at(cls, repository: Repository, member: ClusterName) -> Desk:
        """Raises ReconcilerError where there is nothing to edit, or HEAD is not fit for it."""
        if repository.work_tree is None:
            remedy = "Name a clone with a work tree: --repo FOLDER."
            raise DeskError(f"{repository.place}: Cluster files are edited in a work tree, and it has none", remedy=remedy)
        tree = await repository.read_tree(await repository.resolve("HEAD"))
        desired = await _loaded(repository, tree, {})
        refuse_broken_configuration(desired)
        if desired.cluster(member) is None and any(member in text for text in desired.broken_texts):
            files = ", ".join(sorted(desired.broken_files))
            raise DeskError(
                f"{member} may be declared in a file that cannot be read ({files})", remedy="See `reconciler validate`."
            )
        return cls(repository, repository.work_tree, member, tree, desired)

    async def draft(self, edits: Sequence[Edit]) -> Draft:
        """The Cluster with these edits, in the file that declares it, else in a new one. Raises DeskError."""
        if self.declared is not None:
            file = self.declared.origin.file
            return await self._draft(file, lambda content: edited(file, content, self._member, edits))
        file = f"clusters/{self._member}.yaml"
        if file in self._tree:
            remedy = f"Declare the Cluster {self._member} in a file of your choice, commit it, and join again."
            raise DeskError(f"{file} is there already and declares something else", remedy=remedy)
        return await self._draft(file, lambda content: content, declared(self._member, edits))

    async def withdrawal(self) -> Draft:
        """The file without the Cluster. Raises DeskError."""
        assert self.declared is not None  # noqa: S101 - whoever asks has looked
        file = self.declared.origin.file
        return await self._draft(file, lambda content: withdrawn(file, content, self._member))

    async def put(self, draft: Draft, message: str, say: Say, *, by: Signature | None = None, commit: bool = True) -> None:
        """Writes and commits what is pending."""
        if draft.pending:
            await asyncio.to_thread(write_file, self.work_tree, draft.file, draft.after)
        say(Step(draft.action, draft.file + (" (with your uncommitted changes)" if draft.theirs else "")))
        if draft.pending and commit:
            sha = await self._repository.commit_work_tree([draft.file], message, by)
            say(Step("committed", f"{sha[:12]} {message.splitlines()[0]}"))

    async def _draft(self, file: str, change: Callable[[str], str | None], new: str | None = None) -> Draft:
        """change: of the text of a file that is there. new: the text of one that is not."""
        before = await self._at_head(file)
        try:
            after = new if before is None else change(before.decode())
        except (DocumentError, UnicodeDecodeError) as error:
            said = error.message if isinstance(error, DocumentError) else "the text is not UTF-8"
            raise DeskError(f"{file}: {said}", remedy="Edit the Cluster by hand, and commit it.") from error
        wanted = None if after is None else after.encode()
        cluster = await self._judged(file, wanted)
        place = self.work_tree / file
        current = await asyncio.to_thread(lambda: place.read_bytes() if place.is_file() else None)
        if not await self._repository.is_changed(file):
            return Draft(file, before, wanted, cluster, pending=before != wanted)
        if current == wanted:
            return Draft(file, before, wanted, cluster, pending=True)
        if current is not None and before is not None and wanted is not None and _says_it(current, change):
            return Draft(file, before, current, cluster, pending=False, theirs=True)
        raise DeskError(f"{file} has uncommitted changes", remedy="Commit or stash them, and run this again.")

    async def _at_head(self, file: str) -> bytes | None:
        entry = self._tree.get(file)
        if entry is None:
            return None
        content = (await self._repository.read_blobs([entry.blob]))[entry.blob]
        if isinstance(content, Oversized):
            raise DeskError(f"{file} is too large", remedy="Declare the Cluster in a file of its own.")
        return content

    async def _judged(self, file: str, content: bytes | None) -> Cluster | None:
        """The Cluster as the revision would declare it with this file. Raises DeskError where it would not, or be wrong."""
        if content is None:
            return None
        blob = hashlib.sha256(content).hexdigest()
        after = await _loaded(self._repository, {**self._tree, file: TreeEntry(blob, 0o100644)}, {blob: content})
        wrong = [issue for issue in errors_in(after.issues) if issue.origin.file == file and issue not in self.desired.issues]
        if wrong:
            raise DeskError(f"{file} would not be right: {wrong[0].message}", remedy=wrong[0].remedy)
        return after.cluster(self._member)


async def _loaded(repository: Repository, tree: Tree, known: dict[str, bytes]) -> DesiredState:
    """What a tree says. known: contents of blobs that are not in the repository."""
    compiler = Compiler()
    blobs = await repository.read_blobs(compiler.missing(tree) - known.keys())
    return await asyncio.to_thread(compiler.load, tree, {**blobs, **known}, check=())


def _says_it(current: bytes, change: Callable[[str], str | None]) -> bool:
    try:
        return change(current.decode()) == current.decode()
    except (DocumentError, UnicodeDecodeError):
        return False
