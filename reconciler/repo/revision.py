"""Names → commits.

The same command resolves a name and reads the raw commit, so that a branch that moves meanwhile cannot mix two commits.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few, plural
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import NoSuchRevisionError, RepositoryError
from reconciler.repo.followed import CommitName, commit_name
from reconciler.repo.tree import read_objects

_LAST_SECOND = 253_402_300_799  # of the year 9999: Git allows later times, Python does not


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; its tree is what gets reconciled."""

    sha: str
    """Full object id: 40 hexadecimal digits, or 64 in a SHA-256 repository."""
    tree: str
    subject: str
    """First paragraph of the message, on one line."""
    author: str
    """`Name <email>`."""
    time: datetime
    """When it was committed (not authored), in UTC."""
    message: str = ""
    """All of it, subject and trailers too."""


def resolve(git: GitCommand, revision: str) -> Commit:
    """The commit that a branch, tag, id or expression such as `HEAD~3` names. Raises RepositoryError."""
    if not revision or not revision.isprintable():
        raise RepositoryError(f"{git.place}: {revision!r} is not a revision", remedy="Name a commit, branch or tag.")
    _refuse_branch_and_tag(git, revision)
    for item in read_objects(git, [f"{revision}^{{commit}}"]):
        if isinstance(item.content, bytes):
            return parse_commit(item.id, item.content)
    raise _unknown(git, revision)


def _refuse_branch_and_tag(git: GitCommand, name: str) -> None:
    """Raises RepositoryError where a branch and a tag have this name. Git would take the tag, and often more people may push
    tags than may push the branch."""
    is_clear = name == "HEAD" or name.startswith("refs/") or commit_name(name) is CommitName.FULL
    if is_clear or not _PLAIN_NAME.fullmatch(name):
        return
    both = {f"refs/heads/{name}", f"refs/tags/{name}"}
    found = git.run("for-each-ref", "--format=%(refname)", *sorted(both)).decode("utf-8", "surrogateescape").splitlines()
    if both <= set(found):
        raise RepositoryError(
            f"{git.place}: {name} is the name of a branch and of a tag",
            remedy=f"Delete the tag, or write which of them is meant: refs/heads/{name} or refs/tags/{name}.",
        )


_PLAIN_NAME = re.compile(r"[^\^~:@{}*?\[\\]+")
"""A name without the signs of expressions and of patterns."""


def history(git: GitCommand, revision: str, limit: int) -> list[Commit]:
    """The newest commits of a revision, beginning with the revision itself. Raises RepositoryError."""
    ids = git.run("rev-list", f"--max-count={limit}", "--end-of-options", revision, "--").decode("ascii").split()
    return _read(git, ids)


def last_change(git: GitCommand, revision: str, path: str) -> Commit | None:
    """The newest commit of a revision that changes the file at `path`; None if no commit does.

    In a shallow clone it may be the oldest commit of the clone instead. Raises RepositoryError.
    """
    return next(iter(_read(git, _changes(git, revision, path, "--max-count=1"))), None)


def first_change(git: GitCommand, revision: str, path: str) -> Commit | None:
    """The oldest commit of a revision that changes the file at `path`; None if no commit does. A file that was moved begins anew.

    In a shallow clone it may be the oldest commit of the clone instead. Raises RepositoryError.
    """
    return next(iter(_read(git, _changes(git, revision, path)[-1:])), None)


def ever_declared(git: GitCommand, revision: str, name: str) -> bool:
    """Whether a commit, at or before a revision, added or removed a line that names an object so. Raises RepositoryError.

    The line may be of an object of any kind. A name with characters that no object's name has was never declared.
    """
    if not _OBJECT_NAME.fullmatch(name):
        return False
    line = rf"name[\"']?: *[\"']?{name.replace('.', '[.]')}([^a-z0-9.-]|$)"
    return bool(git.run("log", "--max-count=1", "--format=%H", f"-G{line}", "--end-of-options", revision, "--").strip())


_OBJECT_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def _changes(git: GitCommand, revision: str, path: str, *options: str) -> list[str]:
    """The ids of the commits that change a file, newest first."""
    return git.run("rev-list", *options, "--end-of-options", revision, "--", f":(top,literal){path}").decode("ascii").split()


def _read(git: GitCommand, ids: Iterable[str]) -> list[Commit]:
    return [parse_commit(item.id, item.content) for item in read_objects(git, ids) if isinstance(item.content, bytes)]


def parse_commit(sha: str, content: bytes) -> Commit:
    """The content of a commit object → Commit. Text is decoded by the `encoding` header, if there is one."""
    header, _, message = content.partition(b"\n\n")
    # Continuation lines of a header (signatures) begin with a space. Only headers that occur exactly once are used.
    fields = dict(line.split(b" ", 1) for line in reversed(header.split(b"\n")) if b" " in line)
    encoding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author, _, _ = _text(fields[b"author"], encoding).rpartition("> ")
    committed = re.search(rb"> (-?\d+) [+-]\d+$", fields[b"committer"])
    text = _text(message, encoding)
    return Commit(
        sha=sha,
        tree=fields[b"tree"].decode(),
        subject=" ".join(text.lstrip("\n").split("\n\n", 1)[0].split()),
        author=f"{author}>",
        time=datetime.fromtimestamp(min(max(int(committed[1]), 0), _LAST_SECOND) if committed else 0, UTC),
        message=text,
    )


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _unknown(git: GitCommand, revision: str) -> RepositoryError:
    """Why there is no such commit: an empty repository, a shallow clone, a branch only at the remote, or a wrong name."""
    if not git.run("for-each-ref", "--count=1") and git.try_run("rev-parse", "--verify", "--quiet", "HEAD") is None:
        if not git.mirror and not git.run("ls-files", "--cached", "--others"):
            message = f"{git.place}: the repository has no commits yet, and no file"
            return RepositoryError(message, remedy="`reconciler init .` writes the first.")
        as_they_are = "" if git.mirror else " `reconciler validate --worktree` checks the files as they are."
        return RepositoryError(f"{git.place}: the repository has no commits yet", remedy=f"Commit something first.{as_they_are}")
    if git.run("rev-parse", "--is-shallow-repository").strip() == b"true":
        return RepositoryError(
            f"{git.place}: no commit {revision} in this shallow clone",
            remedy="Fetch the whole history: git fetch --unshallow, or fetch-depth: 0 in the checkout step of the CI.",
        )
    if short := _too_far_back(git, revision):
        return short
    if _is_path(git, revision):
        return RepositoryError(
            f"{git.place}: {revision} is a path, not a revision",
            remedy="Leave it out: all files of a revision are read together, because what belongs together may stand in several. "
            "For the files as they are, before you commit them: reconciler validate --worktree.",
        )
    if revision == "HEAD" or git.mirror:
        return NoSuchRevisionError(f"{git.place}: {_no_commit(git, revision)}", remedy=_branches(git))
    remote_branches = git.run("for-each-ref", "--format=%(refname:short)", "refs/remotes/").decode(errors="replace").split()
    similar = [name for name in remote_branches if name.partition("/")[2] == revision]
    names = git.run("for-each-ref", "--format=%(refname:short)", "refs/heads/", "refs/tags/").decode(errors="replace").split()
    guess = did_you_mean(revision, names)
    both = [side or "HEAD" for side in re.split(r"\.{2,3}", revision)]
    if both[1:]:
        return RepositoryError(f"{git.place}: {revision} is a range, not a revision", remedy=f"Write two: {' '.join(both)}.")
    return NoSuchRevisionError(
        f"{git.place}: no commit {revision}",
        remedy=f"It exists at the remote: try {similar[0]}."
        if similar
        else f"{guess} Otherwise fetch it first."
        if guess
        else "See `git branch --all` and `git tag`, or fetch it first. After a forced push, use the name of a new commit.",
    )


def _is_path(git: GitCommand, text: str) -> bool:
    """Whether a file or folder has this name, in the repository or where the program runs."""
    return not git.mirror and (os.path.lexists(text) or os.path.lexists(Path(git.place) / text))


def _too_far_back(git: GitCommand, revision: str) -> RepositoryError | None:
    """The error for `HEAD~3` of a history that has fewer commits; None for another name."""
    name = re.split(r"[~^]", revision, maxsplit=1)[0]
    if (
        name in ("", revision)
        or git.try_run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}") is None
    ):
        return None
    ids = git.run("rev-list", "--first-parent", "--end-of-options", name, "--").decode("ascii").split()
    return RepositoryError(
        f"{git.place}: no commit {revision}: {name} has only {plural(len(ids), 'commit')}",
        remedy=f"Name a later one; the first is {ids[-1][:12]}.",
    )


def _no_commit(git: GitCommand, revision: str) -> str:
    """The message that a commit does not exist. HEAD may be a branch that does not exist."""
    branch = git.try_run("symbolic-ref", "--quiet", "--short", "HEAD") if revision == "HEAD" else None
    return (
        f"HEAD is the branch {branch.decode(errors='replace').strip()}, which does not exist"
        if branch
        else f"no commit {revision}"
    )


def _branches(git: GitCommand) -> str:
    """The remedy that lists the branches of the repository."""
    heads = git.run("for-each-ref", "--format=%(refname:short)", "refs/heads/").decode(errors="replace").split()
    if not heads and (tracked := _remote_branch(git)):
        return f"The remote has branches: git checkout {tracked}"
    if not heads:
        return "It has no branches. Use a tag, or a commit that a tag contains."
    return f"Use one of its branches: {first_few(heads, _BRANCH_LIMIT)}; or a tag, or a commit that these contain."


def _remote_branch(git: GitCommand) -> str:
    """The branch of the remote to check out, without its name: the default one where that is known; empty without any."""
    prefix = "refs/remotes/origin/"
    lines = git.run("for-each-ref", "--format=%(refname)%00%(symref)", prefix).decode(errors="replace").splitlines()
    found = dict(line.removeprefix(prefix).split("\0") for line in lines)
    default = found.pop("HEAD", "").removeprefix(prefix)
    return next((name for name in (default, "main", "master", *sorted(found)) if name in found), "")


_BRANCH_LIMIT = 8
"""Branches in the remedy."""
