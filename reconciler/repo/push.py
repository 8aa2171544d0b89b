"""Writing: one commit out of plumbing, and pushing it.

`fast-import` makes blobs, trees and commit from one stream without index, work tree or locks, reading only the
folders that change. It moves no ref itself, for its own check (is the old tip an ancestor?) overlooks a branch that
was reset or deleted meanwhile; `update-ref` then swaps the branch from exactly the parent that the caller decided
upon. A process killed at any instant leaves the branch at the old commit or the new one; stray objects are `git
gc`'s.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.repo.branch import REMOTE, branch_state, move_branch, refuse_checked_out
from reconciler.repo.command import NETWORK_TIMEOUT, GitCommand
from reconciler.repo.failures import ConflictError, RepositoryError

_UNNAMED = b"refs/reconciler/pending"  # fast-import insists on a name; `reset` makes it forget it before it writes refs


@dataclass(frozen=True, slots=True)
class Signature:
    """Author and committer of a commit."""

    name: str
    email: str
    when: datetime
    """Whole seconds count; without a time zone it is UTC."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One commit to be made."""

    parent: str | None
    """Where the branch must be; None: it must not exist."""
    changes: Mapping[str, bytes | None]
    """Path → whole new content, or None to delete the file. Everything else stays as it is in the parent."""
    message: str
    by: Signature
    publish: bool = False
    """Whether the remote must take the commit before the branch here moves. What it refuses leaves both where they were, so
    that two writers never come apart."""


def commit(git: GitCommand, branch: str, draft: Draft) -> str:
    """Make the commit and move the branch to it; its id.

    Raises ConflictError when the branch is not, or no longer, at the parent; RepositoryError when it is checked out
    somewhere or a path cannot be written; as `push` where it is to be published.
    """
    state = branch_state(git, branch)
    refuse_checked_out(git, branch, state)
    if state.head != draft.parent:
        found, expected = (head[:10] if head else "absent" for head in (state.head, draft.parent))
        raise ConflictError(
            f"{git.place}: branch {branch} moved in the meantime: it is {found}, expected {expected}",
            remedy="Read it again and retry.",
        )
    with tempfile.TemporaryFile() as stream:
        stream.writelines(_stream(draft))
        stream.seek(0)
        made = git.ask("fast-import", "--quiet", "--done", "--date-format=raw", stdin=stream).decode("ascii").strip()
    if draft.publish:
        _push(git, made, branch)
    move_branch(git, branch, state.local, made, "reconciler: record")
    return made


def _stream(draft: Draft) -> Iterator[bytes]:
    yield b"commit %s\nmark :1\n" % _UNNAMED
    yield b"committer %s\n" % _identity(draft.by)  # the author is the same unless named
    yield from _data(draft.message.encode("utf-8", "replace"))
    if draft.parent:
        yield b"from %s\n" % draft.parent.encode("ascii")
    # Deletions first: a file may give way to a folder of its name.
    for path in sorted(path for path, content in draft.changes.items() if content is None):
        yield b"D %s\n" % _quote(path)
    for path, content in sorted((path, content) for path, content in draft.changes.items() if content is not None):
        yield b"M 100644 inline %s\n" % _quote(path)
        yield from _data(content)
    yield b"\nget-mark :1\nreset %s\n\ndone\n" % _UNNAMED


def _data(content: bytes) -> Iterator[bytes]:
    yield b"data %d\n" % len(content)
    yield content
    yield b"\n"


def _identity(by: Signature) -> bytes:
    name, email = ("".join(c for c in text if c.isprintable() and c not in "<>").strip() for text in (by.name, by.email))
    when = by.when if by.when.tzinfo else by.when.replace(tzinfo=UTC)
    return f"{name} <{email}> {int(when.timestamp())} {when:%z}".encode("utf-8", "replace")


def _quote(path: str) -> bytes:
    if not all(part not in ("", ".", "..") and part.lower() != ".git" for part in path.split("/")) or "\0" in path:
        raise RepositoryError(f"{path!r} cannot be a path in a commit")
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'.encode("utf-8", "surrogateescape")


def push(git: GitCommand, branch: str) -> None:
    """Bring the branch to the remote by fast-forward. Raises ConflictError when it moved, UnreachableError."""
    _push(git, f"refs/heads/{branch}", branch)


def _push(git: GitCommand, what: str, branch: str) -> None:
    options = ("--quiet", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
    git.ask("push", *options, REMOTE, f"{what}:refs/heads/{branch}", timeout=NETWORK_TIMEOUT)
