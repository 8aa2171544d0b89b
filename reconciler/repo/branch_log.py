"""The commits of a branch with the files that each of them changed, as far as they concern some paths.

One git command walks along the branch and compares trees, and one more reads commits and contents. Neither depends on how many
other files the branch has. The branch is followed by first parents, so a merge counts as one commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.model.tree import Oversized
from reconciler.repo.command import GitCommand
from reconciler.repo.partial import fetch_missing, is_partial
from reconciler.repo.revision import Commit, parse_commit
from reconciler.repo.tree import read_objects, read_tree


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file in one commit."""

    before: str | None
    """The id of its content before the commit; None where the commit adds it."""
    after: str | None
    """None where the commit deletes it."""


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """One commit of a branch."""

    sha: str
    parent: str | None
    """None where the history begins with it."""
    files: Mapping[str, FileChange] = field(default_factory=dict)
    """By path, of the requested paths. The first commit of the history adds every file that it holds."""


def branch_log(git: GitCommand, head: str, paths: Sequence[str], limit: int | None = None) -> tuple[LoggedCommit, ...]:
    """The commits, newest first, that change one of the paths.

    head: the id of a commit. paths: of files or folders; `*` stands for any text within one folder; none means all files.
    limit: the newest so many. Raises RepositoryError.
    """
    count = () if limit is None else (f"--max-count={limit}",)
    output = git.run(
        "-c", "log.showRoot=true", "-c", "log.follow=false", "-c", "log.showSignature=false",
        "log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-color", "--format=%x00%H %P", *count,
        "--end-of-options", head, "--", *(f":(top,glob){path}" for path in paths),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    return tuple(map(_logged, output.split("\0")[1:]))


def _logged(text: str) -> LoggedCommit:
    header, *lines = text.splitlines()
    sha, *parents = header.split()
    return LoggedCommit(sha, parents[0] if parents else None, dict(file_changes(lines)))


def file_changes(lines: Iterable[str]) -> Iterator[tuple[str, FileChange]]:
    """(path, change) of lines such as `:100644 100644 ID ID M<tab>PATH`, by `git log --raw`. Zeros stand for no file."""
    for line in lines:
        if line.startswith(":"):
            attributes, _, path = line.partition("\t")
            _, _, before, after, _ = attributes.split(" ")
            yield path, FileChange(before if before.strip("0") else None, after if after.strip("0") else None)


@dataclass(frozen=True, slots=True)
class BranchContents:
    """Commits and contents that `read_contents` found."""

    commits: Mapping[str, Commit]
    """By id. Those that this clone lacks are missing."""
    blobs: Mapping[str, bytes]
    """By id, without those that are missing or larger than what this program writes."""


def read_contents(git: GitCommand, commits: Collection[str], blobs: Collection[str], limit: int) -> BranchContents:
    """Commits and contents by their ids, read by one process. limit: bytes of a content. Raises RepositoryError."""
    fetch_missing(git, sorted(blobs))
    found_commits, found_blobs = {}, {}
    for item in read_objects(git, sorted({*commits, *blobs}), limit):
        if item.kind == "commit" and isinstance(item.content, bytes):
            found_commits[item.id] = parse_commit(item.id, item.content)
        elif item.kind == "blob" and not isinstance(item.content, Oversized):
            found_blobs[item.id] = item.content
    return BranchContents(found_commits, found_blobs)


def first_parents(git: GitCommand, head: str) -> list[tuple[str, datetime]]:
    """(id, time of the commit) of the commits of a branch, newest first. Raises RepositoryError."""
    listing = git.run("rev-list", "--first-parent", "--timestamp", "--end-of-options", head, "--").decode("ascii")
    rows = (line.split() for line in listing.splitlines())
    return [(sha, datetime.fromtimestamp(int(seconds), UTC)) for seconds, sha in rows]


def is_cut_off(git: GitCommand, commit: str) -> bool:
    """Whether a commit has parents that this clone lacks, because it is shallow. Raises RepositoryError."""
    if git.run("rev-parse", "--is-shallow-repository").strip() != b"true":
        return False
    return b"\nparent " in git.run("cat-file", "commit", commit).partition(b"\n\n")[0]


def files_containing(git: GitCommand, commit: str, text: str) -> list[str]:
    """The paths of the files of a commit that contain a text, sorted. Raises RepositoryError, UnreachableError."""
    if is_partial(git):
        fetch_missing(git, [entry.blob for entry in read_tree(git, commit).values() if entry.is_file])
    found = git.try_run("grep", "-l", "-z", "--full-name", "--no-color", "-F", "-e", text, commit, "--", ":/")
    listing = (found or b"").decode("utf-8", "surrogateescape").split("\0")[:-1]
    return sorted(line.partition(":")[2] for line in listing)
