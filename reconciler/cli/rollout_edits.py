"""`rollout pause`, `resume`, `approve` and `promote`: the edit of the Configuration or of a policy, and what is printed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import typer

from reconciler.cli.committed_edits import Change, commit_edit
from reconciler.cli.restoring import restore
from reconciler.cli.session import run_async, work_tree
from reconciler.cli.terminal import print_lines
from reconciler.edit.committed_edit import CommitOptions
from reconciler.edit.object_text import ArgumentError
from reconciler.edit.revert import files_of_revert, revert_of
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
from reconciler.model.desired import DesiredState
from reconciler.model.recorded import RecordedState
from reconciler.model.rollout import EVERY_GROUP, RecordedRollout
from reconciler.model.wording import first_few
from reconciler.record.status_branch import read_recorded
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit

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


def abort_rollout(repo: str, name: str, how: CommitOptions, *, dry_run: bool) -> None:
    """Commits the revert of a rollout that is under way, and prints what was done. Raises BadParameter, ReconcilerError."""
    run_async(_abort(repo, name, how, dry_run=dry_run))


async def _abort(repo: str, name: str, how: CommitOptions, *, dry_run: bool) -> None:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
        recorded = (await read_recorded(repository, tree.desired.settings.status_branch)).state
        try:
            stated = find_rollout(tree.desired, name, recorded.rollouts.values())
        except ArgumentError as error:
            raise typer.BadParameter(str(error)) from None
        one = recorded_rollout(recorded, stated)
        if one is None or not one.phase.is_active:
            raise typer.BadParameter(f"{stated.words} is not under way, as far as the status branch says")
        base, target = await repository.resolve(one.base), await repository.resolve(one.target)
        before, after = [await _loaded(repository, tree, commit) for commit in (base, target)]
        revert = revert_of(one, replace(after, revision=one.target, earlier={one.base: before}), aborted=True)
        assert revert is not None  # noqa: S101 - both revisions are given
        trees = (await repository.read_tree(base), await repository.read_tree(target), tree.files)
        files = files_of_revert(revert, *trees)
        if files.newer:
            names = first_few(files.newer, 3)
            message = f"{names} changed again after {one.target[:10]}; take the change back by hand, or by another commit"
            raise typer.BadParameter(message)
        if not files.blobs:
            print_lines([f"{one.target[:10]} is taken back already"])
            return
        await restore(repository, tree, files.blobs, revert.message, how, dry_run=dry_run)


async def _loaded(repository: Repository, tree: WorkTree, commit: Commit) -> DesiredState:
    files = await repository.read_tree(commit)
    return await asyncio.to_thread(tree.compiler.load, files, await repository.read_blobs(tree.compiler.missing(files)), check=())


def recorded_rollout(recorded: RecordedState, one: StatedRollout) -> RecordedRollout | None:
    """The one that is under way, else the last one. Windows of time may divide a rollout into several, of one commit."""
    found = sorted(
        (each for each in recorded.rollouts.values() if each.policy == one.ref), key=lambda each: not each.phase.is_active
    )
    return found[0] if found else None


async def _edit(repo: str, name: str, change: Changing, how: CommitOptions, *, dry_run: bool) -> None:
    async with work_tree(repo) as repository:
        tree = await WorkTree.open(repository, commit=how.in_work_tree and not dry_run)
        recorded = (await read_recorded(repository, tree.desired.settings.status_branch)).state
        try:
            one = find_rollout(tree.desired, name, recorded.rollouts.values())
            wanted = change(one, recorded_rollout(recorded, one))
        except ArgumentError as error:
            raise typer.BadParameter(str(error)) from None
        await commit_edit(repository, tree, one.edit(wanted.edits), wanted.words, how, dry_run=dry_run)
