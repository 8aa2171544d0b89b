"""Where a branch stands, here and at its remote, and bringing the one up to the other.

For a status branch the remote is the truth, but only a fast-forward is ever made by itself: a local commit that the
remote never saw may be what happened on a cluster, so it is reported rather than dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.model.tree import Oversized
from reconciler.repo.command import NETWORK_TIMEOUT, GitCommand
from reconciler.repo.failures import ConflictError, RepositoryError
from reconciler.repo.tree import read_blobs, read_tree

REMOTE = "origin"

# git check-ref-format(1), as far as a pattern or a refspec could be misled by it.
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]+")


@dataclass(frozen=True, slots=True)
class BranchState:
    """Full object ids; None where the branch does not exist."""

    local: str | None
    tracked: str | None
    """The remote's, as of the last fetch or push."""
    checked_out: bool
    """In some work tree of this repository."""

    @property
    def head(self) -> str | None:
        """What to read: a fresh clone has the branch only as its remote's."""
        return self.local or self.tracked


def branch_state(git: GitCommand, branch: str) -> BranchState:
    """Raises RepositoryError for what cannot be a branch's name."""
    if not _BRANCH.fullmatch(branch):
        raise RepositoryError(f"{branch!r} is not a branch name", remedy="See `git help check-ref-format`.")
    local, tracked = f"refs/heads/{branch}", f"refs/remotes/{REMOTE}/{branch}"
    listing = git.ask("for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)", local, tracked)
    rows = [line.split("\0") for line in listing.decode("utf-8", "surrogateescape").splitlines()]
    ids = {name: object_id for name, object_id, _ in rows}
    # For a bare repository git names its own folder where the branch is HEAD's: nothing is checked out there.
    used = any(name == local and path not in ("", str(git.git_dir)) for name, _, path in rows)
    if local not in ids:
        head = git.asks("symbolic-ref", "--quiet", "HEAD")
        used = git.folder != git.git_dir and head is not None and head.decode().strip() == local
    return BranchState(ids.get(local), ids.get(tracked), used)


def read_branch_files(git: GitCommand, branch: str) -> tuple[str | None, dict[str, bytes]]:
    """(commit, path → content) of a branch, links and submodules left out; (None, {}) where there is no such branch."""
    head = branch_state(git, branch).head
    if head is None:
        return None, {}
    files = {path: entry.blob for path, entry in read_tree(git, head).items() if entry.is_file}
    contents = read_blobs(git, files.values())
    result: dict[str, bytes] = {}
    for path, blob in files.items():
        content = contents[blob]
        if isinstance(content, Oversized):
            raise RepositoryError(
                f"{git.place}: {path} on branch {branch} is too large: {content.size:,} bytes",
                remedy="Somebody else put it there: revert that commit.",
            )
        result[path] = content
    return head, result


def fetch_status(git: GitCommand, branch: str) -> str | None:
    """Learn where the remote's branch stands, fast-forward ours to it, and return the commit to read now."""
    _update_tracked(git, branch)
    state = branch_state(git, branch)
    if state.local is None or state.tracked in (None, state.local):
        return state.head
    if _contains(git, state.local, state.tracked):
        return state.local
    if not _contains(git, state.tracked, state.local):
        raise ConflictError(
            f"{git.place}: branch {branch} and {REMOTE}'s have diverged",
            remedy=f"Take the remote's over: git branch -f {branch} {REMOTE}/{branch} (the reflog keeps ours).",
        )
    refuse_checked_out(git, branch, state)
    move_branch(git, branch, state.local, state.tracked, f"reconciler: fast-forward to {REMOTE}")
    return state.tracked


def _update_tracked(git: GitCommand, branch: str) -> None:
    tracked = f"refs/remotes/{REMOTE}/{branch}"
    try:
        git.ask(
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
            REMOTE, f"+refs/heads/{branch}:{tracked}", timeout=NETWORK_TIMEOUT,
        )  # fmt: skip
    except RepositoryError as error:
        if "couldn't find remote ref" not in error.message:
            raise
        git.ask("update-ref", "-d", tracked)


def _contains(git: GitCommand, descendant: str, ancestor: str) -> bool:
    return git.asks("merge-base", "--is-ancestor", ancestor, descendant) is not None


def refuse_checked_out(git: GitCommand, branch: str, state: BranchState) -> None:
    """Moving a branch under a work tree would make every file there look changed."""
    if state.checked_out:
        raise RepositoryError(
            f"{git.place}: branch {branch} is checked out, so nothing is written to it",
            remedy="Switch that work tree to another branch: git switch main",
        )


def move_branch(git: GitCommand, branch: str, old: str | None, new: str, why: str) -> None:
    """Compare and swap: from `old` (None: it must not exist) to `new`, or ConflictError."""
    identity = {"GIT_COMMITTER_NAME": "reconciler", "GIT_COMMITTER_EMAIL": "reconciler@localhost"}  # for the reflog
    git.ask("update-ref", "-m", why, f"refs/heads/{branch}", new, old or "0" * len(new), environment=identity)
