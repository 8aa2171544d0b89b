"""Names → commits.

A commit is read raw, in the same command that resolves its name, so a branch that moves meanwhile cannot mix two
commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.model.wording import first_few
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError
from reconciler.repo.tree import read_objects

_LAST_SECOND = 253_402_300_799  # of the year 9999: Git lets a commit claim any time, Python does not


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


def resolve(git: GitCommand, revision: str) -> Commit:
    """The commit that a branch, tag, id or expression such as `HEAD~3` names. Raises RepositoryError."""
    if not revision or not revision.isprintable():
        raise RepositoryError(f"{git.place}: {revision!r} is not a revision", remedy="Name a commit, branch or tag.")
    for found in read_objects(git, [f"{revision}^{{commit}}"]):
        if isinstance(found.content, bytes):
            return parse_commit(found.id, found.content)
    raise _unknown(git, revision)


def history(git: GitCommand, revision: str, limit: int) -> list[Commit]:
    """The newest commits of a revision, itself first. Raises RepositoryError."""
    ids = git.ask("rev-list", f"--max-count={limit}", "--end-of-options", revision, "--").decode("ascii").split()
    return _read(git, ids)


def last_change(git: GitCommand, revision: str, path: str) -> Commit | None:
    """The newest commit of a revision in which the file at `path` became what it is there; None where no commit touches it.

    In a shallow clone that is at best the oldest commit there. Raises RepositoryError.
    """
    file = f":(top,literal){path}"
    ids = git.ask("rev-list", "--max-count=1", "--end-of-options", revision, "--", file).decode("ascii").split()
    return next(iter(_read(git, ids)), None)


def _read(git: GitCommand, ids: Iterable[str]) -> list[Commit]:
    return [parse_commit(found.id, found.content) for found in read_objects(git, ids) if isinstance(found.content, bytes)]


def parse_commit(sha: str, content: bytes) -> Commit:
    """A commit object's content → Commit. Text in a legacy encoding is read as its `encoding` header says."""
    header, _, message = content.partition(b"\n\n")
    # Later lines of one header begin with a space (signatures); only what a commit has exactly once matters here.
    fields = dict(line.split(b" ", 1) for line in reversed(header.split(b"\n")) if b" " in line)
    encoding = fields.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author, _, _ = _text(fields[b"author"], encoding).rpartition("> ")
    committed = re.search(rb"> (-?\d+) [+-]\d+$", fields[b"committer"])
    return Commit(
        sha=sha,
        tree=fields[b"tree"].decode(),
        subject=" ".join(_text(message, encoding).lstrip("\n").split("\n\n", 1)[0].split()),
        author=f"{author}>",
        time=datetime.fromtimestamp(min(max(int(committed[1]), 0), _LAST_SECOND) if committed else 0, UTC),
    )


def _text(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _unknown(git: GitCommand, revision: str) -> RepositoryError:
    """Why there is no such commit: nothing yet, not this deep, only at the remote, or a mistake."""
    if not git.ask("for-each-ref", "--count=1") and git.asks("rev-parse", "--verify", "--quiet", "HEAD") is None:
        return RepositoryError(f"{git.place}: the repository has no commits yet", remedy="Commit something first.")
    if git.ask("rev-parse", "--is-shallow-repository").strip() == b"true":
        return RepositoryError(
            f"{git.place}: no commit {revision} in this shallow clone",
            remedy="Fetch the whole history: git fetch --unshallow, or fetch-depth: 0 in the checkout step of the CI.",
        )
    if revision == "HEAD" or git.mirror:
        return RepositoryError(f"{git.place}: {_no_commit(git, revision)}", remedy=_branches(git))
    elsewhere = git.ask("for-each-ref", "--format=%(refname:short)", "refs/remotes/").decode(errors="replace").split()
    similar = [name for name in elsewhere if name.partition("/")[2] == revision]
    return RepositoryError(
        f"{git.place}: no commit {revision}",
        remedy=f"It is known at the remote: try {similar[0]}."
        if similar
        else "See `git branch --all` and `git tag`, or fetch it first. What a forced push took away has to be named anew.",
    )


def _no_commit(git: GitCommand, revision: str) -> str:
    """HEAD is the name of a branch, which may be gone."""
    branch = git.asks("symbolic-ref", "--quiet", "--short", "HEAD") if revision == "HEAD" else None
    return (
        f"HEAD is the branch {branch.decode(errors='replace').strip()}, which is not there" if branch else f"no commit {revision}"
    )


def _branches(git: GitCommand) -> str:
    """What could be named instead."""
    heads = git.ask("for-each-ref", "--format=%(refname:short)", "refs/heads/").decode(errors="replace").split()
    if not heads:
        return "It has no branch at all; name a tag, or a commit that one reaches."
    return f"Name one of its branches: {first_few(heads, _NAMED)}; or a tag, or a commit that these still reach."


_NAMED = 8
