"""Where HEAD is in comparison with the branches: whether a newer commit of its branch exists.

Only a HEAD that is an ancestor of the branch is behind it. A HEAD that is the newest commit of any branch, or that has commits of
its own, is work in its own right: the checkout of a pull request in a CI, for example.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from reconciler.repo.command import REMOTE, GitCommand
from reconciler.repo.failures import RepositoryError
from reconciler.repo.mirror import head_branch

_LOCAL, _TRACKED = "refs/heads/", f"refs/remotes/{REMOTE}/"
_USUAL = ("main", "master")


@dataclass(frozen=True, slots=True)
class Behind:
    """A HEAD that a branch has left behind."""

    head: str
    """The id of the commit that is checked out."""
    detached: bool
    """Whether HEAD is a commit without a branch."""
    branch: str
    """The branch with the newer commits, without the name of the remote."""
    at_remote: bool
    """Whether these are in the remote's branch, as of the last fetch, and not in the local one."""
    commits: int
    """How many HEAD lacks."""

    @property
    def newer(self) -> str:
        """The branch with the newer commits, as git names it."""
        return f"{REMOTE}/{self.branch}" if self.at_remote else self.branch

    @property
    def remedy(self) -> str:
        """The commands that check the newest commit out."""
        checkout = [f"git checkout {self.branch}"] if self.detached else []
        return " && ".join([*checkout, *(["git pull"] if self.at_remote else [])])


def behind(git: GitCommand, commit: str) -> Behind | None:
    """What HEAD lacks; None where it lacks nothing, and where it is not this commit. Raises RepositoryError."""
    head = git.try_run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None or head.decode("ascii").strip() != commit:
        return None
    listing = git.run("for-each-ref", f"--contains={commit}", "--format=%(refname)%00%(objectname)", _LOCAL, _TRACKED)
    refs = dict(line.split("\0") for line in listing.decode("utf-8", "surrogateescape").splitlines())
    refs.pop(f"{_TRACKED}HEAD", None)
    branch = head_branch(git)
    if branch:
        ref = f"{_TRACKED}{branch}"
        newer = ref if refs.get(ref, commit) != commit else ""
    else:
        newer = "" if commit in refs.values() else _preferred(git, refs)
    if not newer:
        return None
    count = int(git.run("rev-list", "--count", f"{commit}..{refs[newer]}"))
    at_remote = newer.startswith(_TRACKED)
    return Behind(commit, not branch, newer.removeprefix(_TRACKED if at_remote else _LOCAL), at_remote, count)


def _preferred(git: GitCommand, refs: dict[str, str]) -> str:
    """The branch that a user most likely means: the remote's default branch, a usual name, or the first; empty without any."""
    default = (git.try_run("symbolic-ref", "--quiet", f"{_TRACKED}HEAD") or b"").decode("utf-8", "surrogateescape").strip()
    for name in (default.removeprefix(_TRACKED), *_USUAL):
        for ref in (f"{_LOCAL}{name}", f"{_TRACKED}{name}"):
            if ref in refs:
                return ref
    return min(refs, default="")


@dataclass(frozen=True, slots=True)
class Diverged:
    """Two commits of which each has commits that the other lacks."""

    merge_base: str
    """The id of the newest commit that both have."""
    lacking: int
    """How many commits of the first the second lacks."""


def diverged(git: GitCommand, base: str, head: str) -> Diverged | None:
    """How far two commits went apart, by their ids; None where one of them leads to the other, and where this clone has no commit
    that both have. Raises RepositoryError."""
    found = git.try_run("merge-base", base, head)
    merge_base = (found or b"").decode("ascii").strip()
    if merge_base in ("", base, head):
        return None
    return Diverged(merge_base, int(git.run("rev-list", "--count", f"{head}..{base}")))


def is_unborn(git: GitCommand) -> bool:
    """Whether HEAD is a branch without a commit."""
    return git.try_run("rev-parse", "--verify", "--quiet", "HEAD") is None


def commits_after(git: GitCommand, ancestor: str, descendant: str) -> int:
    """How many commits lead from one commit to another; 0 where the first is no ancestor of it, or one of them is not in this
    clone. Raises RepositoryError."""
    if not _are_here(git, ancestor, descendant) or git.try_run("merge-base", "--is-ancestor", ancestor, descendant) is None:
        return 0
    return int(git.run("rev-list", "--count", f"{ancestor}..{descendant}"))


def commits_missing(git: GitCommand, commit: str, other: str) -> int:
    """How many commits of another history a commit lacks, whether it is older or on a branch of its own; 0 where one of them is
    not in this clone. A shallow clone does not show what two branches share, so there it is `commits_after`. Raises
    RepositoryError."""
    if git.run("rev-parse", "--is-shallow-repository").strip() == b"true":
        return commits_after(git, commit, other)
    return int(git.run("rev-list", "--count", f"{commit}..{other}")) if _are_here(git, commit, other) else 0


def contains(git: GitCommand, commit: str, ancestor: str) -> bool:
    """Whether a commit is another one, or comes after it; False also where this clone lacks one of them."""
    with suppress(RepositoryError):
        return git.try_run("merge-base", "--is-ancestor", ancestor, commit) is not None
    return False


def has_commit(git: GitCommand, commit: str) -> bool:
    """Whether this clone has the commit."""
    return git.try_run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}") is not None


def _are_here(git: GitCommand, *commits: str) -> bool:
    return all(has_commit(git, commit) for commit in commits)
