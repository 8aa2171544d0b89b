"""The paths of one commit, and the content of blobs.

One `ls-tree` names every blob of a revision without opening any; what is already known by its id is then never read
again, and one `cat-file` reads the rest. For that reason no sizes are asked for: git would have to open every object
(1,000 loose ones: + 12 ms, each time). What is read is checked against its id.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from reconciler.model.tree import Oversized, TreeEntry
from reconciler.repo.command import GitCommand
from reconciler.repo.failures import DamagedError, RepositoryError, remedy_of_damage

DEFAULT_LIMIT = 10 * 1024 * 1024
"""Bytes. Kubernetes itself refuses objects beyond about 1.5 MiB; a file may hold several."""


@dataclass(frozen=True, slots=True)
class Found:
    """One object as it came out of the repository."""

    id: str
    kind: str
    """`blob`, `tree`, `commit` or `tag`."""
    content: bytes | Oversized


def read_tree(git: GitCommand, tree: str) -> dict[str, TreeEntry]:
    """Every path of a tree (a tree's or commit's id), in Git's order.

    Paths are relative, with `/`. Bytes that are not UTF-8 become lone surrogates (`os.fsdecode`'s way), so that the
    path can be complained about, and written back unharmed.
    """
    listing = git.ask("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree)
    entries: dict[str, TreeEntry] = {}
    for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        mode, _, blob = facts.split(" ")
        entries[path] = TreeEntry(blob, int(mode, 8))
    return entries


def read_blobs(git: GitCommand, ids: Iterable[str], limit: int = DEFAULT_LIMIT) -> dict[str, bytes | Oversized]:
    """The content of each blob by its id. Raises RepositoryError when one is missing, damaged or no blob."""
    wanted = list(dict.fromkeys(ids))
    contents: dict[str, bytes | Oversized] = {}
    for found in read_objects(git, wanted, limit) if wanted else ():
        if found.kind != "blob":
            raise RepositoryError(f"{git.place}: {found.id} is a {found.kind}, not the content of a file")
        contents[found.id] = found.content
    missing = [blob for blob in wanted if blob not in contents]
    if missing:
        raise _damaged(git, f"{len(missing)} objects are missing or damaged, {missing[0]} first")
    return contents


def read_objects(git: GitCommand, names: Iterable[str], limit: int = sys.maxsize) -> list[Found]:
    """The objects of these names, in order, by one process; those that are missing are left out.

    The names are handed over in a file: git reads them as fast as it likes while we read what it says, so neither waits
    for the other however many there are.
    """
    with tempfile.TemporaryFile() as requests:
        requests.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
        requests.seek(0)
        with git.stream("cat-file", "--batch", "--buffer", stdin=requests) as stdout:
            return list(_parse_batch(git, stdout, limit))


def _parse_batch(git: GitCommand, stdout: IO[bytes], limit: int) -> Iterator[Found]:
    """Ends early when git breaks off: it says why on stderr, and the status that it leaves with becomes the error."""
    while header := stdout.readline():
        if header.endswith(b" missing\n"):
            continue
        words = header.decode(errors="replace").split()
        if words[-1:] == ["ambiguous"]:
            raise RepositoryError(f"{git.place}: {words[0]} names several objects", remedy="Write more digits of it.")
        if len(words) != 3 or not words[2].isdigit():
            raise _damaged(git, "git cat-file gave no object")
        object_id, kind, size = words[0], words[1], int(words[2])
        if size > limit:
            _skip(stdout, size + 1)
            yield Found(object_id, kind, Oversized(size, limit))
            continue
        content = stdout.read(size)
        end = stdout.read(1)
        if not end:
            return
        _check(git, object_id, kind, content, end)
        yield Found(object_id, kind, content)


def _skip(stdout: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := stdout.read(min(size, 1 << 20))):
        size -= len(chunk)


def _check(git: GitCommand, object_id: str, kind: str, content: bytes, end: bytes) -> None:
    algorithm = "sha256" if len(object_id) == 64 else "sha1"
    digest = hashlib.new(algorithm, f"{kind} {len(content)}\0".encode(), usedforsecurity=False)
    digest.update(content)
    if digest.hexdigest() != object_id or end != b"\n":
        raise _damaged(git, f"object {object_id} is damaged: its content has another id")


def _damaged(git: GitCommand, what: str) -> DamagedError:
    return DamagedError(f"{git.place}: {what}", remedy=remedy_of_damage(git.mirror))
