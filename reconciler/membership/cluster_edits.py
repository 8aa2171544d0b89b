"""Edits of one Cluster file by a command of its own, such as `cordon` or `label`: planned, to be carried out as a commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.edit.planned_writes import PlannedWrite
from reconciler.edit.work_tree import WorkTree
from reconciler.membership.cluster_file import change_of
from reconciler.membership.cluster_manifest import FieldEdit
from reconciler.model.cluster import Cluster
from reconciler.model.manifest import Manifest


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
class ClusterEdit:
    """A planned edit of one Cluster."""

    writes: tuple[PlannedWrite, ...]
    is_needed: bool
    """Whether the file at HEAD lacks the edit."""


async def plan_cluster_edit(
    tree: WorkTree, cluster: Cluster, change: Callable[[Manifest], Sequence[FieldEdit]], message: str, options: CommitOptions
) -> ClusterEdit:
    """message: of the commit. Raises WorkTreeError."""
    edits = await tree.plan([change_of(cluster, change)])
    is_needed = any(file.head != file.new for file in edits.files)
    if options.branch:
        return ClusterEdit(edits.writes_on_branch(message, options.branch), is_needed)
    return ClusterEdit(edits.writes(message, commit=options.commit), is_needed)
