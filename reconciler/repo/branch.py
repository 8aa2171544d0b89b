"""Where a branch is, locally and at its remote, and updating the local one.

For a status branch the remote has the valid state. But only fast-forwards are automatic: a local commit that was never pushed may
record what happened on a cluster, so it is reported and never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.branch_names import is_branch_name
from reconciler.model.tree import Oversized
from reconciler.repo.command import REMOTE, GitCommand
from reconciler.repo.failures import ConflictError, RepositoryError
from reconciler.repo.tree import read_blobs, read_tree
from reconciler.repo.verification import TrustedKeys, UntrustedError


@dataclass(frozen=True, slots=True)
class BranchState:
    """Where a branch is, as full object ids."""

    local: str | None
    """None if there is no local branch."""
    tracked: str | None
    """The remote's branch at the last fetch or push; None if there is none."""
    checked_out: bool
    """Whether it is checked out in a work tree of this repository."""

    @property
    def head(self) -> str | None:
        """The commit to read. A new clone has only the remote's branch."""
        return self.local or self.tracked


def branch_state(git: GitCommand, branch: str) -> BranchState:
    """The state of a branch. Raises RepositoryError for an invalid branch name."""
    if not is_branch_name(branch):
        raise RepositoryError(f"{branch!r} is not a branch name", remedy="See `git help check-ref-format`.")
    local, tracked = f"refs/heads/{branch}", f"refs/remotes/{REMOTE}/{branch}"
    listing = git.run("for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)", local, tracked)
    rows = [line.split("\0") for line in listing.decode("utf-8", "surrogateescape").splitlines()]
    ids = {name: object_id for name, object_id, _ in rows}
    # For the branch of HEAD in a bare repository, git prints the Git folder, but nothing is checked out there.
    used = any(name == local and path not in ("", str(git.git_dir)) for name, _, path in rows)
    if local not in ids:
        head = git.try_run("symbolic-ref", "--quiet", "HEAD")
        used = git.folder != git.git_dir and head is not None and head.decode().strip() == local
    return BranchState(ids.get(local), ids.get(tracked), used)


def read_branch_files(
    git: GitCommand, branch: str, trusted_keys: TrustedKeys | None = None
) -> tuple[str | None, dict[str, bytes]]:
    """(commit, path → content) of a branch, without links and submodules; (None, {}) if there is no such branch.

    trusted_keys: keys of which one must have signed the commit. Raises RepositoryError, UntrustedError.
    """
    head = branch_state(git, branch).head
    if head is None:
        return None, {}
    if trusted_keys is not None:
        _refuse_untrusted(git, branch, head, trusted_keys)
    return head, read_commit_files(git, head, f"branch {branch}")


def read_commit_files(git: GitCommand, head: str, name: str) -> dict[str, bytes]:
    """Path → content of a commit, without links and submodules. name: of the commit, for messages. Raises RepositoryError."""
    files = {path: entry.blob for path, entry in read_tree(git, head).items() if entry.is_file}
    contents = read_blobs(git, files.values())
    result: dict[str, bytes] = {}
    for path, blob in files.items():
        content = contents[blob]
        if isinstance(content, Oversized):
            raise RepositoryError(
                f"{git.place}: {path} on {name} is too large: {content.size:,} bytes",
                remedy="This program does not write such a file. Revert the commit that added it.",
            )
        result[path] = content
    return result


def _refuse_untrusted(git: GitCommand, branch: str, head: str, trusted_keys: TrustedKeys) -> None:
    try:
        trusted_keys.check(git, head)
    except UntrustedError as error:
        good = trusted_keys.newest_trusted(git, head)
        back = f"take its last trusted commit back: git push --force {REMOTE} {good}:refs/heads/{branch}" if good else ""
        delete = f"delete it, and it is made again from what the members hold: git push {REMOTE} --delete {branch}"
        raise UntrustedError(
            f"{error.message}: branch {branch} records which objects are ours",
            remedy=f"Find out who pushed it. Then {f'{back}; or ' if back else ''}{delete}. If you trust what it says, "
            "put a signed commit on top of it: git commit --allow-empty --gpg-sign.",
        ) from None


def fetch_status(git: GitCommand, branch: str) -> str | None:
    """Fetches the remote's branch, fast-forwards the local one to it, and returns the commit to read."""
    _update_tracked(git, branch)
    state = branch_state(git, branch)
    if state.local is None or state.tracked in (None, state.local):
        return state.head
    if _contains(git, state.local, state.tracked):
        return state.local
    if not _contains(git, state.tracked, state.local):
        raise ConflictError(
            f"{git.place}: branch {branch} and {REMOTE}'s have diverged",
            remedy=f"Use the remote's: git branch -f {branch} {REMOTE}/{branch} (the reflog keeps the local commits).",
        )
    refuse_checked_out(git, branch, state)
    move_branch(git, branch, state.local, state.tracked, f"reconciler: fast-forward to {REMOTE}")
    return state.tracked


def is_at_remote(git: GitCommand, commit: str) -> bool:
    """Whether a branch or another ref of the remote has this commit. Asks the remote, and fetches its branches where it must.

    Raises RepositoryError, UnreachableError.
    """
    listing = git.ask_remote("ls-remote", "--quiet", REMOTE).decode("utf-8", "surrogateescape")
    refs = {name: object_id for object_id, _, name in (line.partition("\t") for line in listing.splitlines())}
    if commit in refs.values():
        return True
    if any(refs.get(name) == object_id for name, object_id in _tracked_with(git, commit)):
        return True
    git.ask_remote("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", REMOTE)
    return any(name in refs for name, _ in _tracked_with(git, commit))


def _tracked_with(git: GitCommand, commit: str) -> list[tuple[str, str]]:
    """(name at the remote, commit) of the remote's branches that have this commit, as of the last fetch."""
    prefix = f"refs/remotes/{REMOTE}/"
    listing = git.run("for-each-ref", f"--contains={commit}", "--format=%(refname)%00%(objectname)", prefix)
    rows = [line.split("\0") for line in listing.decode("utf-8", "surrogateescape").splitlines()]
    return [(f"refs/heads/{name.removeprefix(prefix)}", object_id) for name, object_id in rows]


def _update_tracked(git: GitCommand, branch: str) -> None:
    tracked = f"refs/remotes/{REMOTE}/{branch}"
    try:
        git.ask_remote(
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
            REMOTE, f"+refs/heads/{branch}:{tracked}",
        )  # fmt: skip
    except RepositoryError as error:
        if "couldn't find remote ref" not in error.message:
            raise
        git.run("update-ref", "-d", tracked)


def _contains(git: GitCommand, descendant: str, ancestor: str) -> bool:
    return git.try_run("merge-base", "--is-ancestor", ancestor, descendant) is not None


def refuse_checked_out(git: GitCommand, branch: str, state: BranchState) -> None:
    """Raises RepositoryError if the branch is checked out: moving it would make every file of the work tree appear changed."""
    if state.checked_out:
        raise RepositoryError(
            f"{git.place}: branch {branch} is checked out, so nothing is written to it",
            remedy="Switch that work tree to another branch: git switch main",
        )


def move_branch(git: GitCommand, branch: str, old: str | None, new: str, why: str) -> None:
    """Moves the branch from `old` (None: it must not exist) to `new` atomically. Raises ConflictError if it is not at `old`."""
    identity = {"GIT_COMMITTER_NAME": "reconciler", "GIT_COMMITTER_EMAIL": "reconciler@localhost"}  # for the reflog
    git.run("update-ref", "-m", why, f"refs/heads/{branch}", new, old or "0" * len(new), environment=identity)
