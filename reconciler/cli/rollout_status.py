"""The rollouts that the status branch records, with who paused them, for `rollout status`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from reconciler.answers.session import Session
from reconciler.cli import exitcodes
from reconciler.cli.options import TableFormat
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.documents.errors import DocumentError
from reconciler.edit.rollout_controls import StatedRollout, short_names, stated_rollouts
from reconciler.errors import ReconcilerError
from reconciler.model.recorded import RecordedState
from reconciler.model.rollout import EVERYTHING, RecordedRollout, RolloutPhase
from reconciler.model.spelling import did_you_mean
from reconciler.model.tree import Oversized
from reconciler.model.wording import first_few
from reconciler.present.rollouts import Pause, ShownRollout, rollout_lines, rollouts_document, with_pauses
from reconciler.record.status_branch import read_recorded
from reconciler.repo.options import GitOptions
from reconciler.repo.revision import Commit

_NAMED = 10


def show_rollouts(repo: str, cache: Path, git: GitOptions, branch: str, name: str, output: TableFormat) -> int:
    """Prints them, and returns the exit code: 1 where one has failed, 3 where nothing is recorded. Raises BadParameter.

    name: of one rollout; empty for all.
    """
    shown, state, remarks, nothing = run_async(_read(repo, cache, git, branch, name), "reading the repository")
    print_remarks(remarks)
    if output.document is not None:
        print_document({"revision": state.revision, "rollouts": rollouts_document(shown)}, output.document)
    elif shown:
        print_lines(rollout_lines(shown, now(), room(wide=output is TableFormat.WIDE)))
    if nothing:
        print_remarks(nothing)
        return exitcodes.COULD_NOT
    failed = any(one.rollout.phase is RolloutPhase.FAILED for one in shown)
    return exitcodes.ANSWER_IS_NO if failed else exitcodes.DONE


async def _read(
    repo: str, cache: Path, git: GitOptions, branch: str, name: str
) -> tuple[list[ShownRollout], RecordedState, list[str], list[str]]:
    """The rollouts, the recorded state, what to say first, and the message where nothing is recorded."""
    async with session(repo, cache, git) as opened:
        commit, desired = await opened.load("HEAD", check=())
        branch = branch or desired.settings.status_branch
        recorded = await read_recorded(opened.repository, branch)
        nothing = await opened.missing(recorded, branch)
        state = recorded.state
        stated = stated_rollouts(desired, state.rollouts.values())
        chosen = _chosen(name, state.rollouts, stated)
        pauses = {one: await _pause(opened, commit, stated[one]) for one in chosen if one in stated and _is_paused(stated[one])}
        remarks = [] if chosen or nothing else [_none(name, stated)]
        return with_pauses(chosen, state, pauses), state, remarks, nothing


def _is_paused(one: StatedRollout) -> bool:
    return one.controls.paused is not None


def _chosen(
    name: str, recorded: Mapping[str, RecordedRollout], stated: Mapping[str, StatedRollout]
) -> dict[str, RecordedRollout]:
    """Raises BadParameter for a name that is neither recorded nor stated."""
    if not name:
        return dict(recorded)
    known = {*recorded, *stated}
    found = {one for one in known if name in short_names(one)}
    if not found:
        words = {word for one in known for word in short_names(one)}
        guess = did_you_mean(name, words)
        there = f"There are {first_few(sorted(known), _NAMED)}." if known else "There are none."
        raise typer.BadParameter(f"no rollout has the name {name}. {guess} {there}".replace("  ", " "))
    return {one: rollout for one, rollout in recorded.items() if one in found}


def _none(name: str, stated: dict[str, StatedRollout]) -> str:
    """What to say where no rollout is recorded."""
    if not stated:
        return "No rollout is recorded, and HEAD states no strategy (spec.rollout of the Configuration)."
    what = f"the rollout of {'the Configuration' if name == EVERYTHING else name}" if name else "a rollout"
    return f"Nothing is recorded of {what}: no change of its objects was synced yet since the strategy is there."


async def _pause(opened: Session, commit: Commit, one: StatedRollout) -> Pause:
    """With who wrote the line, as far as the history of this clone tells."""
    reason = one.controls.paused or ""
    try:
        blob = (await opened.repository.read_tree(commit))[one.file].blob
        content = (await opened.repository.read_blobs([blob]))[blob]
        if isinstance(content, Oversized):
            return Pause(reason)
        lines = await opened.repository.blame(commit, one.file)
        line = lines[one.paused_line(content.decode()) - 1]
        author = await opened.repository.resolve(line.commit)
    except (ReconcilerError, DocumentError, LookupError, UnicodeDecodeError):
        return Pause(reason)
    return Pause(reason) if line.boundary else Pause(reason, author.author, author.sha)
