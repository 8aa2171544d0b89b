"""What a command did not look at, and what its user may not expect: messages for stderr."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.model.wording import first_few, plural
from reconciler.repo.command import REMOTE
from reconciler.repo.head import Behind, Diverged

_SHOWN = 5
"""Files that a message names; the others are counted."""
COMMIT_OR_WORKTREE = "Commit {them}, or look at the files as they are with --worktree."
"""Remedy of the commands that have this option."""
COMMIT_FIRST = "Only commits count: commit {them} first. `reconciler validate --worktree` checks the files as they are."
"""Remedy of the other commands."""


def uncommitted_lines(files: Collection[str], remedy: str) -> Iterator[str]:
    """The message about files that were not looked at, and its remedy; nothing if there are none."""
    if files:
        verbs = ("is", "was") if len(files) == 1 else ("are", "were")
        yield f"{plural(len(files), 'file')} {verbs[0]} not committed and {verbs[1]} not looked at: {first_few(files, _SHOWN)}"
        yield f"  {remedy.format(them='it' if len(files) == 1 else 'them')}"


def behind_lines(behind: Behind | None) -> Iterator[str]:
    """The message about a HEAD that is older than its branch, and its remedy; nothing for None."""
    if behind is None:
        return
    where = f"HEAD is detached at {behind.head[:12]}" if behind.detached else f"HEAD is {behind.branch} at {behind.head[:12]}"
    yield f"{where}, {plural(behind.commits, 'commit')} behind {behind.newer}."
    yield f"  For the newest commit: {behind.remedy}"


def diverged_lines(diverged: Diverged | None, base: str, head: str | None) -> Iterator[str]:
    """The message about commits of BASE that HEAD lacks, and its remedy; nothing for None.

    base, head: the names that the user gave them; head None for the work tree.
    """
    if diverged is None:
        return
    which = "that commit" if diverged.lacking == 1 else "these commits"
    it, last = ("the work tree", "--worktree") if head is None else (head, head)
    what = f"{plural(diverged.lacking, 'commit')} of {base}: what {which} changed counts as undone"
    yield f"{'The work tree' if head is None else head} lacks {what}."
    yield f"  To see only what {it} changes, compare with the merge base: reconciler diff {diverged.merge_base[:12]} {last}"


def not_recorded_lines(branch: str, *, has_remote: bool) -> Iterator[str]:
    """The message where the repository has no status branch, and its remedy.

    has_remote: whether the branch may be at the remote: a clone with `--depth` or `--single-branch` leaves it out.
    """
    yield f"Nothing is recorded here: there is no branch {branch}."
    if has_remote:
        fetch = f"git fetch {REMOTE} +refs/heads/{branch}:refs/remotes/{REMOTE}/{branch}"
        yield f"  Fetch it: {fetch}. If the remote has no such branch, run `reconciler sync` first."
    else:
        yield "  Run `reconciler sync` first."


def more_warnings_lines(count: int) -> Iterator[str]:
    """Where to read the warnings that are not printed; nothing if there are none."""
    if count:
        yield f"{plural(count, 'more warning')}: `reconciler validate`"
