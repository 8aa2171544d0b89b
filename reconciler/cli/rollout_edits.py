"""`rollout pause`, `resume`, `approve` and `promote`: the edit of the Configuration or of a policy, and what is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import typer

from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.cli.writes import carry_out_and_print
from reconciler.edit.committed_edit import CommitOptions, plan_committed_edit
from reconciler.edit.object_text import ArgumentError, FieldEdit
from reconciler.edit.rollout_controls import (
    Control,
    StatedRollout,
    entry_of,
    find_rollout,
    pausing,
    refuse_unknown_group,
    resuming,
    stating,
)
from reconciler.edit.work_tree import WorkTree
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import RecordedState
from reconciler.model.rollout import EVERY_GROUP, RecordedRollout
from reconciler.record.status_branch import read_recorded


@dataclass(frozen=True, slots=True)
class Change:
    """What a command does to one rollout."""

    edits: Callable[[Manifest], Sequence[FieldEdit]]
    message: str
    """Of the commit."""
    done: str
    already: str
    """Where the file needs no edit."""


Changing: TypeAlias = Callable[[StatedRollout, RecordedRollout | None], Change]
"""From the rollout as HEAD states it and as the status branch records it. Raises ArgumentError."""


def pause_change(reason: str) -> Changing:
    def change(one: StatedRollout, recorded: RecordedRollout | None) -> Change:
        because = f"\n\n{reason}" if reason else ""
        return Change(pausing(one, reason), f"Pause {one.words}{because}\n", f"{one.words} paused", f"{one.words} already paused")

    return change


def resume_change(one: StatedRollout, recorded: RecordedRollout | None) -> Change:
    return Change(resuming(one), f"Resume {one.words}\n", f"{one.words} resumed", f"{one.words} is not paused")


def stated_change(control: Control, group: str) -> Changing:
    """group: a name, or `*` for all."""

    def change(one: StatedRollout, recorded: RecordedRollout | None) -> Change:
        found = refuse_unknown_group(one, recorded, group, control)
        what = "all groups" if group == EVERY_GROUP else f"group {group}"
        verb = "Approve" if control is Control.APPROVED else "Promote"
        where = f"of {found.target[:10]} in {one.words}"
        message = f"{verb} {what} {where}\n\n{control.value}: {entry_of(found.target, group)}\n"
        told = f"{what} {where} {control.value}"
        return Change(stating(one, control, found.target, group), message, told, f"{what} {where} already {control.value}")

    return change


def edit_rollout(repo: str, name: str, change: Changing, how: CommitOptions, *, dry_run: bool) -> None:
    """Edits and commits the file that states the rollout, and prints what was done. Raises BadParameter, ReconcilerError.

    name: as `find_rollout` takes it.
    """
    run_async(_edit(repo, name, change, how, dry_run=dry_run))


def recorded_rollout(recorded: RecordedState, one: StatedRollout) -> RecordedRollout | None:
    """The one that is under way, else the last one. Windows of time may divide a rollout into several, of one commit."""
    ref = one.policy.ref if one.policy is not None else None
    found = sorted((each for each in recorded.rollouts.values() if each.policy == ref), key=lambda each: not each.phase.is_active)
    return found[0] if found else None


async def _edit(repo: str, name: str, change: Changing, how: CommitOptions, *, dry_run: bool) -> None:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
        recorded = (await read_recorded(repository, tree.desired.settings.status_branch)).state
        try:
            one = find_rollout(tree.desired, name)
            wanted = change(one, recorded_rollout(recorded, one))
        except ArgumentError as error:
            raise typer.BadParameter(str(error)) from None
        planned = await plan_committed_edit(tree, one.edit(wanted.edits), wanted.message, how)
        if not planned.is_needed:
            print_lines([wanted.already])
            return
        push = await carry_out_and_print(repository, planned.writes, dry_run=dry_run, branch=how.branch)
        if not dry_run:
            merge = ", and merge it" if how.branch else ""
            print_lines([f"{wanted.done}{f'. Push the commit ({push}){merge}.' if push else ''}"])
