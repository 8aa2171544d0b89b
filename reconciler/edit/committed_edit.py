"""The edit of one file by a command of its own, such as `cordon` or `rollout pause`: planned, to be carried out as a commit."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.edit.planned_writes import PlannedWrite
from reconciler.edit.work_tree import FileEdit, PlannedEdits, WorkTree


@dataclass(frozen=True, slots=True)
class CommitOptions:
    """What becomes of an edited file."""

    commit: bool = True
    """Whether to commit it."""
    branch: str = ""
    """A new branch for the commit, for a pull request; the work tree then stays as it is. Empty: the branch of HEAD."""

    @property
    def in_work_tree(self) -> bool:
        """Whether the commit moves the branch of HEAD."""
        return self.commit and not self.branch


@dataclass(frozen=True, slots=True)
class CommittedEdit:
    """A planned edit of one file."""

    writes: tuple[PlannedWrite, ...]
    is_needed: bool
    """Whether the file at HEAD lacks the edit."""


async def plan_committed_edit(tree: WorkTree, edit: FileEdit, message: str, options: CommitOptions) -> CommittedEdit:
    """message: of the commit. Raises WorkTreeError."""
    edits = await tree.plan([edit])
    is_needed = any(file.head != file.new for file in edits.files)
    return CommittedEdit(committed_writes(edits, message, options), is_needed)


def committed_writes(edits: PlannedEdits, message: str, options: CommitOptions) -> tuple[PlannedWrite, ...]:
    """The writes of planned edits, on the branch that the options name, or in the work tree. message: of the commit."""
    if options.branch:
        return edits.writes_on_branch(message, options.branch)
    return edits.writes(message, commit=options.commit)
