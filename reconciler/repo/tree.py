"""The paths of one commit, and the content of blobs.

One `ls-tree` lists every blob of a revision without reading any. The caller skips blobs whose content it has, and one
`cat-file` reads the others. `ls-tree` does not list sizes, because git would have to open every object (12 ms more for 1,000
loose objects, each time). All content is checked against its id.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from reconciler.model.tree import Oversized, TreeEntry
from reconciler.model.wording import plural
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import DamagedError, RepositoryError, remedy_of_damage
from reconciler.repo.partial import fetch_missing

DEFAULT_LIMIT = 10 * 1024 * 1024
"""Bytes. Kubernetes refuses objects of more than about 1.5 MiB; a file may contain several."""


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object of the repository."""

    id: str
    kind: str
    """`blob`, `tree`, `commit` or `tag`."""
    content: bytes | Oversized


def read_tree(git: GitCommand, tree: str) -> dict[str, TreeEntry]:
    """Every path of a tree, in Git's order. tree: the id of a tree or commit.

    Paths are relative, with `/`. Bytes that are not UTF-8 become lone surrogates, as in `os.fsdecode`, so that the path can be
    reported, and written back unchanged.
    """
    listing = git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree)
    entries: dict[str, TreeEntry] = {}
    for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        attributes, _, path = line.partition("\t")
        mode, _, blob = attributes.split(" ")
        entries[path] = TreeEntry(blob, int(mode, 8))
    return entries


class Trees:
    """Remembers those that were read last: a command asks for the tree of its revision several times."""

    def __init__(self) -> None:
        self._read: dict[str, Mapping[str, TreeEntry]] = {}

    def read(self, git: GitCommand, tree: str) -> Mapping[str, TreeEntry]:
        """As `read_tree`."""
        if tree not in self._read:
            newest = [*self._read.items(), (tree, read_tree(git, tree))]
            self._read = dict(newest[-_REMEMBERED:])
        return self._read[tree]


_REMEMBERED = 2
"""The tree of a revision, and that of the one before."""


def read_blobs(git: GitCommand, ids: Iterable[str], limit: int = DEFAULT_LIMIT) -> dict[str, bytes | Oversized]:
    """Blob id → content. Raises RepositoryError if a blob is missing or damaged, or an object is not a blob; UnreachableError if
    a partial repository lacks one."""
    requested = list(dict.fromkeys(ids))
    fetch_missing(git, requested)
    contents: dict[str, bytes | Oversized] = {}
    for item in read_objects(git, requested, limit) if requested else ():
        if item.kind != "blob":
            raise RepositoryError(f"{git.place}: {item.id} is a {item.kind}, not the content of a file")
        contents[item.id] = item.content
    missing = [blob for blob in requested if blob not in contents]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise _damaged(git, f"{plural(len(missing), 'object')} {verb} missing or damaged, {missing[0]} first")
    return contents


def read_objects(git: GitCommand, names: Iterable[str], limit: int = sys.maxsize) -> list[GitObject]:
    """The objects with these names, in order, read by one process. Missing objects are left out.

    git reads the names from a temporary file, so that git and this process cannot block each other, however many names there are.
    """
    with tempfile.TemporaryFile() as requests:
        requests.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
        requests.seek(0)
        with git.stream("cat-file", "--batch", "--buffer", stdin=requests) as stdout:
            return list(_parse_batch(git, stdout, limit))


def _parse_batch(git: GitCommand, stdout: IO[bytes], limit: int) -> Iterator[GitObject]:
    """The objects in the output of `cat-file`. Ends early if git stops; `GitCommand.stream` then raises the error."""
    while header := stdout.readline():
        if header.endswith(b" missing\n"):
            continue
        words = header.decode(errors="replace").split()
        if words[-1:] == ["ambiguous"]:
            raise RepositoryError(f"{git.place}: {words[0]} names several objects", remedy="Write more digits of the id.")
        if len(words) != 3 or not words[2].isdigit():
            raise _damaged(git, "git cat-file returned no object")
        name, kind, size = words[0], words[1], int(words[2])
        if size > limit:
            _skip(stdout, size + 1)
            yield GitObject(name, kind, Oversized(size, limit))
            continue
        content = stdout.read(size)
        end = stdout.read(1)
        if not end:
            return
        _check(git, name, kind, content, end)
        yield GitObject(name, kind, content)


def _skip(stdout: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := stdout.read(min(size, 1 << 20))):
        size -= len(chunk)


def object_id(kind: str, content: bytes, digits: int) -> str:
    """The id that Git gives to an object. digits: of an id: 40, or 64 in a SHA-256 repository."""
    digest = hashlib.new("sha256" if digits == 64 else "sha1", f"{kind} {len(content)}\0".encode(), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def _check(git: GitCommand, expected: str, kind: str, content: bytes, end: bytes) -> None:
    if object_id(kind, content, len(expected)) != expected or end != b"\n":
        raise _damaged(git, f"object {expected} is damaged: its content has another id")


def _damaged(git: GitCommand, what: str) -> DamagedError:
    return DamagedError(f"{git.place}: {what}", remedy=remedy_of_damage(git.mirror))
