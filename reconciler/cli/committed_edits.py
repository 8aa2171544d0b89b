"""A commit that a command makes of its edits: carried out, and what is printed about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import carry_out_and_print
from reconciler.edit.committed_edit import CommitOptions, plan_committed_edit
from reconciler.edit.object_text import FieldEdit
from reconciler.edit.planned_writes import PlannedWrite
from reconciler.edit.work_tree import FileEdit, WorkTree
from reconciler.model.manifest import Manifest
from reconciler.repo.client import Repository


class Words(NamedTuple):
    """What is said about an edit."""

    message: str
    """Of the commit."""
    done: str
    """The line that a user reads afterwards, as kubectl or karmadactl prints it."""
    already: str
    """… where the file needs no edit."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a command does to one object; the texts are those of `Words`."""

    edits: Callable[[Manifest], Sequence[FieldEdit]]
    message: str
    done: str
    already: str

    @property
    def words(self) -> Words:
        return Words(self.message, self.done, self.already)


async def commit_edit(
    repository: Repository, tree: WorkTree, edit: FileEdit, words: Words, how: CommitOptions, *, dry_run: bool
) -> None:
    """Raises ReconcilerError."""
    planned = await plan_committed_edit(tree, edit, words.message, how)
    if planned.is_needed:
        await carry_out_and_tell(repository, planned.writes, words.done, how, dry_run=dry_run)
    else:
        print_lines([words.already])


async def carry_out_and_tell(
    repository: Repository, writes: Iterable[PlannedWrite], done: str, how: CommitOptions, *, dry_run: bool
) -> None:
    """Prints each write, then what was done and how to push it. Raises what the writes raise."""
    push = await carry_out_and_print(repository, writes, dry_run=dry_run, branch=how.branch)
    if not dry_run:
        merge = ", and merge it" if how.branch else ""
        print_lines([f"{done}{f'. Push the commit ({push}){merge}.' if push else ''}"])
