"""Which commit wrote each line of a file, and all contents that the file ever had."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.repo.command import GitCommand
from reconciler.repo.partial import fetch_missing, is_partial


@dataclass(frozen=True, slots=True)
class BlamedLine:
    """One line."""

    commit: str
    boundary: bool = False
    """Whether the history of this clone begins with that commit, because it is shallow: the line may be older."""


def blame(git: GitCommand, revision: str, path: str) -> list[BlamedLine]:
    """For each line of the file, in order. Raises RepositoryError, also where the revision has no such file; UnreachableError."""
    if is_partial(git):
        file_versions(git, revision, path)  # fetches them together
    output = git.run("-c", "blame.ignoreRevsFile=", "blame", "--porcelain", revision, "--", path)
    shallow = git.run("rev-parse", "--is-shallow-repository").strip() == b"true"
    lines: list[str] = []
    boundary = set()
    commit = ""
    for row in output.split(b"\n"):
        if header := _HEADER.match(row):
            commit = header[1].decode("ascii")
        elif row == b"boundary":
            boundary.add(commit)
        elif row.startswith(b"\t"):
            lines.append(commit)
    return [BlamedLine(one, shallow and one in boundary) for one in lines]


def file_versions(git: GitCommand, revision: str, path: str) -> list[str]:
    """The ids of its contents in the history of a revision, sorted; also of a file that is gone. A partial repository fetches
    those that it lacks. Raises RepositoryError, UnreachableError."""
    log = ("log", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=")
    rows = git.run("-c", "log.follow=false", *log, "--end-of-options", revision, "--", f":(top,literal){path}").split(b"\n")
    words = [row.split(b" ") for row in rows if row.startswith(b":")]
    versions = sorted({one.decode("ascii") for row in words for one in row[2:4] if one.strip(b"0")})
    if is_partial(git):
        fetch_missing(git, versions)
    return versions


_HEADER = re.compile(rb"([0-9a-f]{40,64}) \d+ \d+")
