"""Creates a repository, commits files that were edited in its work tree, and reads those that are not committed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.tree import Oversized, TreeEntry
from reconciler.repo.command import GitCommand
from reconciler.repo.commit_branch import Signature
from reconciler.repo.failures import RepositoryError
from reconciler.repo.tree import DEFAULT_LIMIT, object_id

_FILE, _LINK = 0o100644, 0o120000


@dataclass(frozen=True, slots=True)
class UncommittedFile:
    """One path of the work tree that differs from HEAD."""

    entry: TreeEntry
    content: bytes | Oversized
    """Of a link its target."""


def init(folder: Path) -> None:
    """Creates an empty repository with the branch `main`. An existing repository stays unchanged. Raises RepositoryError."""
    GitCommand(folder).run("init", "--quiet", "--initial-branch=main")


def commit_work_tree(git: GitCommand, paths: Sequence[str], message: str, by: Signature | None) -> str:
    """Commits these paths as they are in the work tree, and nothing else. Returns the id of the commit.

    by: None for the user in git's configuration. Raises RepositoryError, also if nothing has changed.
    """
    # `git add` fails for a deleted path that is no longer in the index; `git commit` handles deleted paths.
    if existing := [path for path in paths if os.path.lexists(git.folder / path)]:
        _run_on(git, existing, "add", "--all")
    _run_on(git, paths, "commit", "--quiet", "--message", message, by=by)
    return git.run("rev-parse", "HEAD").decode("ascii").strip()


def _run_on(git: GitCommand, paths: Sequence[str], *arguments: str, by: Signature | None = None) -> None:
    """Runs a command on these paths, which may be more than a command line holds."""
    with tempfile.TemporaryFile() as listing:
        listing.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
        listing.seek(0)
        git.run(*arguments, "--pathspec-from-file=-", "--pathspec-file-nul", stdin=listing, environment=_identity(by))


def is_changed(git: GitCommand, path: str) -> bool:
    """Whether a path in the index or in the work tree differs from HEAD. A new path does. Raises RepositoryError."""
    return bool(git.run("status", "--porcelain", "--untracked-files=all", "--", f":(literal){path}"))


def uncommitted_paths(git: GitCommand, commit: str) -> list[str]:
    """The paths in the index or in the work tree that differ from HEAD, sorted; without ignored files. A new name of a file is
    two paths. Empty where HEAD is not this commit. Raises RepositoryError."""
    head = git.try_run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return sorted(_changes(git)) if head is not None and head.decode("ascii").strip() == commit else []


def _changes(git: GitCommand) -> dict[str, str]:
    """Path → the letters of git-status(1)."""
    changes: dict[str, str] = {}
    listing = git.run("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        changes[line[3:]] = changes.get(line[3:], "") + line[:2]
    return changes


def read_uncommitted(git: GitCommand, limit: int = DEFAULT_LIMIT) -> dict[str, UncommittedFile | None]:
    """The paths of `uncommitted_paths` as they are in the work tree; None for one that is deleted. Folders are left out: a
    submodule, or another repository that is not one yet.

    limit: bytes of a file. Raises RepositoryError.
    """
    digits = 64 if git.run("rev-parse", "--show-object-format").strip() == b"sha256" else 40
    found: dict[str, UncommittedFile | None] = {}
    for path, letters in sorted(_changes(git).items()):
        place = git.folder / path
        try:
            if place.is_symlink():
                content, mode = os.fsencode(place.readlink()), _LINK
            elif place.is_dir():
                if "D" in letters:  # A folder is where a file was.
                    found[path] = None
                continue
            else:
                content, mode = place.read_bytes(), _FILE
        except (FileNotFoundError, NotADirectoryError):
            found[path] = None
            continue
        except OSError as error:
            remedy = "Make it readable for this user, or let Git ignore it."
            raise RepositoryError(f"{place}: the file cannot be read: {error.strerror}", remedy=remedy) from error
        too_large = Oversized(len(content), limit) if len(content) > limit else None
        found[path] = UncommittedFile(TreeEntry(object_id("blob", content, digits), mode), too_large or content)
    return found


def write_file(work_tree: Path, path: str, content: bytes | None) -> None:
    """Writes a file of the work tree atomically. None deletes it. Raises RepositoryError for a path through a symbolic link."""
    place = work_tree.resolve() / path
    if place.resolve() != place:
        raise RepositoryError(f"{path}: the path contains a symbolic link", remedy="Use the real path of the file.")
    if content is None:
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}.reconciler-tmp")
    unfinished.write_bytes(content)
    if place.exists():
        shutil.copymode(place, unfinished)
    unfinished.replace(place)


def _identity(by: Signature | None) -> dict[str, str]:
    if by is None:
        return {}
    when = by.when.isoformat(timespec="seconds")
    return {
        f"GIT_{role}_{field}": value
        for role in ("AUTHOR", "COMMITTER")
        for field, value in (("NAME", by.name), ("EMAIL", by.email), ("DATE", when))
    }
