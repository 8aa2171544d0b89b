"""Writes one commit with plumbing commands, and pushes it.

`fast-import` creates blobs, trees and the commit from one stream, without index, work tree or locks, and reads only the folders
that change. It does not move the branch, because its own check (is the old commit an ancestor?) does not notice that the branch
was reset or deleted meanwhile. `update-ref` then moves the branch, but only from the parent that the caller names. If the
process is killed, the branch is at the old commit or at the new one; `git gc` removes unused objects.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.repo.branch import branch_state, move_branch, refuse_checked_out
from reconciler.repo.cleaning import Cleaning
from reconciler.repo.command import REMOTE, GitCommand
from reconciler.repo.failures import ConflictError, RepositoryError
from reconciler.repo.signing import SigningKey

_UNNAMED = b"refs/reconciler/pending"  # fast-import requires a ref name; `reset` drops it before fast-import writes refs


@dataclass(frozen=True, slots=True)
class Signature:
    """Author and committer of a commit."""

    name: str
    email: str
    when: datetime
    """Seconds precision; without a time zone it is UTC."""

    @classmethod
    def of_program(cls, when: datetime) -> Signature:
        """Of what this program commits by itself."""
        return cls("reconciler", "reconciler@localhost", when)


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to create."""

    parent: str | None
    """The commit where the branch must be; None: the branch must not exist."""
    changes: Mapping[str, bytes | None]
    """Path → whole new content; None deletes the file. All other files stay as in the parent."""
    message: str
    by: Signature
    signing: SigningKey | None = None
    check: Callable[[str], None] | None = None
    """Refuses the id of the finished commit by an error, before anybody sees it."""
    publish: bool = False
    """Whether to push the commit before the local branch moves. If the remote refuses it, neither branch moves, so that two
    writers cannot diverge."""


class CommitWriter:
    """Creates the commits of one process in one repository. Not thread-safe."""

    def __init__(self) -> None:
        self.cleaning = Cleaning()

    def write(self, git: GitCommand, new_commit: NewCommit) -> str:
        """The id of the commit, which no branch has yet. Raises RepositoryError."""
        commit_id = _import(git, new_commit)
        return commit_id if new_commit.signing is None else new_commit.signing.sign(git, commit_id)


def commit(git: GitCommand, branch: str, new_commit: NewCommit, writer: CommitWriter | None = None) -> str:
    """Creates the commit, moves the branch to it, and returns its id.

    writer: of the process that commits to this repository again and again.
    Raises ConflictError if the branch is not at the parent; RepositoryError if it is checked out or a path is invalid; with
    `publish` also the errors of `push`.
    """
    state = branch_state(git, branch)
    refuse_checked_out(git, branch, state)
    if state.head != new_commit.parent:
        actual, expected = (head[:10] if head else "absent" for head in (state.head, new_commit.parent))
        raise ConflictError(
            f"{git.place}: branch {branch} moved in the meantime: it is {actual}, expected {expected}",
            remedy="Read it again and retry.",
        )
    writer = writer or CommitWriter()
    commit_id = writer.write(git, new_commit)
    if new_commit.check is not None:
        new_commit.check(commit_id)
    if new_commit.publish:
        _push(git, commit_id, branch)
    move_branch(git, branch, state.local, commit_id, "reconciler: record")
    writer.cleaning.after_commit(git)
    return commit_id


def replace_branch(git: GitCommand, branch: str, new_commit: NewCommit) -> str:
    """Creates the commit on top of `new_commit.parent`, whatever the branch holds, and moves the branch to it. Returns its id.

    With `publish`, the remote's branch is replaced, too, unless somebody moved it since the last fetch. Raises as `commit`.
    """
    state = branch_state(git, branch)
    refuse_checked_out(git, branch, state)
    commit_id = _import(git, new_commit)
    if new_commit.signing is not None:
        commit_id = new_commit.signing.sign(git, commit_id)
    if new_commit.check is not None:
        new_commit.check(commit_id)
    if new_commit.publish:
        _push(git, commit_id, branch, f"--force-with-lease=refs/heads/{branch}:{state.head or ''}")
    move_branch(git, branch, state.local, commit_id, "reconciler: propose")
    return commit_id


def commit_on_new_branch(git: GitCommand, branch: str, base: str, changes: Mapping[str, bytes | None], message: str) -> str:
    """Commits files on a new branch that starts at a commit, by the user in git's configuration, and signed where that says so.
    Returns the id. Index and work tree stay as they are.

    changes: as in `NewCommit`. Raises RepositoryError, also where the branch exists or has no valid name.
    """
    if branch.startswith("-") or git.try_run("check-ref-format", f"refs/heads/{branch}") is None:
        raise RepositoryError(f"{branch!r} is no name of a branch", remedy="Such as register-edge-1.")
    if branch_state(git, branch).head is not None:
        raise RepositoryError(f"{git.place}: the branch {branch} exists already", remedy="Choose another name.")
    nobody = Signature.of_program(datetime.now(UTC))
    tree = f"{_import(git, NewCommit(base, changes, message, nobody))}^{{tree}}"
    signed = git.try_run("config", "--type=bool", "--get", "commit.gpgSign") == b"true\n"
    options = ["-S"] if signed else []
    commit_id = git.run("commit-tree", *options, "-p", base, "-m", message.strip(), tree).decode("ascii").strip()
    move_branch(git, branch, None, commit_id, "reconciler: commit")
    return commit_id


def _import(git: GitCommand, new_commit: NewCommit) -> str:
    """The id of the commit, which no branch has yet. Raises RepositoryError."""
    try:
        with tempfile.TemporaryFile() as stream:
            stream.writelines(_stream(new_commit))
            stream.seek(0)
            return git.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=stream).decode("ascii").strip()
    except OSError as error:
        raise RepositoryError(
            f"{git.place}: the commit cannot be written to a temporary file: {error.strerror or error}",
            remedy="Free space in the folder for temporary files, or name another folder in the variable TMPDIR.",
        ) from error


def try_signing(git: GitCommand, signing: SigningKey, check: Callable[[str], None]) -> None:
    """Signs a commit that no branch gets, before anything depends on it.

    Raises RepositoryError where that fails, or where `check` refuses the signed commit.
    """
    with tempfile.TemporaryFile() as nothing:
        tree = git.run("hash-object", "-t", "tree", "-w", "--stdin", stdin=nothing).decode("ascii").strip()
        by = {f"GIT_{role}_{field}": "reconciler" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
        commit_id = git.run("commit-tree", tree, stdin=nothing, environment=by).decode("ascii").strip()
    check(signing.sign(git, commit_id))


def _stream(new_commit: NewCommit) -> Iterator[bytes]:
    yield b"commit %s\nmark :1\n" % _UNNAMED
    yield b"committer %s\n" % _identity(new_commit.by)  # also the author
    yield from _data(new_commit.message.encode("utf-8", "replace"))
    if new_commit.parent:
        yield b"from %s\n" % new_commit.parent.encode("ascii")
    # Deletions first: a folder may replace a file of the same name.
    for path in sorted(path for path, content in new_commit.changes.items() if content is None):
        yield b"D %s\n" % _quote(path)
    for path, content in sorted((path, content) for path, content in new_commit.changes.items() if content is not None):
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


def is_path(text: str) -> bool:
    """Whether it can be a path in a commit."""
    return all(part not in ("", ".", "..") and part.lower() != ".git" for part in text.split("/")) and "\0" not in text


def _check_path(path: str) -> None:
    """Raises RepositoryError where it cannot be a path in a commit."""
    if not is_path(path):
        raise RepositoryError(f"{path!r} cannot be a path in a commit")


def _quote(path: str) -> bytes:
    _check_path(path)
    quoted = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'.encode("utf-8", "surrogateescape")


def push(git: GitCommand, branch: str) -> None:
    """Pushes the branch by fast-forward. Raises ConflictError if the remote's branch moved, UnreachableError."""
    _push(git, f"refs/heads/{branch}", branch)


def _push(git: GitCommand, what: str, branch: str, *more: str) -> None:
    options = (*more, "--quiet", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
    git.ask_remote("push", *options, REMOTE, f"{what}:refs/heads/{branch}")
