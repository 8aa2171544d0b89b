"""Writes commits as files of the object folder, without a git process: for a process that commits again and again.

A commit of one file takes five small objects or so, which Git calls loose. They are written as git writes them: zlib at its
fastest level, into a temporary file that git's own cleaning knows, renamed when it is complete, and not writable
(gitformat-loose(5)). The folders of the last commit stay in memory, so that nothing is read.

Not for repositories whose objects need more than that: shared ones, in which git sets permissions (`core.sharedRepository`),
those where git is told when to flush objects to the disk (`core.fsync`; by default it leaves that to the system), and those with
extensions that this module does not know. There, and for commits of many files, `fast-import` writes.
"""

from __future__ import annotations

import errno
import os
import secrets
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from reconciler.repo.command import GitCommand
from reconciler.repo.failures import RepositoryError
from reconciler.repo.tree import object_id

_FASTEST = 1
_FILE, _FOLDER = "100644", "40000"
_NOT_WRITABLE = 0o444
_ATTEMPTS = 20
_EXTENSIONS = frozenset({"objectformat", "partialclone", "worktreeconfig", "preciousobjects", "noop", "noop-v1", "refstorage"})
"""Those of git-config(1) that do not change how an object is stored."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file, a link or a submodule."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a commit; never changed, so that commits share what they have in common."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    id: str = ""
    """Empty while it is not written."""


Entry: TypeAlias = Leaf | Folder


class LooseObjects:
    """Writes into one repository. Not thread-safe."""

    def __init__(self) -> None:
        self._place: _Place | None = None
        self._commit = ""
        self._root = Folder()
        """Of that commit."""

    def commit(self, git: GitCommand, parent: str, changes: Mapping[str, bytes | None], who: bytes, message: bytes) -> str | None:
        """The id of a new commit, which no branch has yet; None where this module cannot write it.

        parent: the id of a commit. changes: path → content; None deletes. who: the author and committer, with the time.
        Raises RepositoryError.
        """
        place = self._place = self._place or _place_of(git)
        if not place.is_plain:
            return None
        root = self._root if parent == self._commit else _read_folders(git, parent)
        try:
            written = {path: place.write("blob", content) for path, content in changes.items() if content is not None}
            for path in sorted(path for path, content in changes.items() if content is None):
                root = _edited(root, path.split("/"), None)
            for path, blob in sorted(written.items()):
                root = _edited(root, path.split("/"), Leaf(_FILE, blob))
            root = _written(root, place)
            header = f"tree {root.id}\nparent {parent}\n".encode()
            commit = place.write("commit", header + b"author %s\ncommitter %s\n\n" % (who, who) + message)
        except OSError as error:
            raise RepositoryError(
                f"{git.place}: the commit cannot be written: {error.strerror or error}",
                remedy="Check the permissions and the free space of the folder.",
            ) from error
        self.remember(commit, root)
        return commit

    def remember(self, commit: str, root: Folder | None = None) -> None:
        """The folders of a commit are these, or those of the last commit, of which it is a signed copy."""
        self._commit, self._root = commit, self._root if root is None else root


@dataclass(frozen=True, slots=True)
class _Place:
    """Where objects are stored, and how."""

    folder: Path
    digits: int
    is_plain: bool
    """Whether objects are files as this module writes them."""

    def write(self, kind: str, content: bytes) -> str:
        """The id of the object. Raises OSError."""
        name = object_id(kind, content, self.digits)
        folder = self.folder / name[:2]
        target = folder / name[2:]
        with suppress(OSError):  # Where another user owns it, it is written again.
            os.utime(target)  # So that cleaning does not take it for an old one that nobody needs.
            return name
        unfinished = folder / f"tmp_obj_{secrets.token_hex(8)}"
        try:
            with os.fdopen(_create(unfinished), "wb") as file:
                file.write(zlib.compress(f"{kind} {len(content)}\0".encode() + content, _FASTEST))
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        return name


def _create(file: Path) -> int:
    """The descriptor of a new file, in a folder that may not exist. Raises OSError."""
    for _ in range(_ATTEMPTS):
        file.parent.mkdir(exist_ok=True)
        # git removes a folder that became empty when it packed the objects, perhaps at this moment.
        with suppress(FileNotFoundError):
            return os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _NOT_WRITABLE)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))


def _place_of(git: GitCommand) -> _Place:
    output = git.run("rev-parse", "--show-object-format", "--git-path", "objects").decode("utf-8", "surrogateescape")
    kind, _, path = output.removesuffix("\n").partition("\n")
    settings = git.try_run("config", "--null", "--get-regexp", r"^(core\.(sharedrepository|fsync.*)$|extensions\.)") or b""
    names = [entry.decode("utf-8", "replace").partition("\n")[0] for entry in settings.split(b"\0")[:-1]]
    plain = all(name.partition(".")[2] in _EXTENSIONS for name in names)
    return _Place(git.folder / path, 64 if kind == "sha256" else 40, plain)


def _read_folders(git: GitCommand, commit: str) -> Folder:
    """Raises RepositoryError."""
    listing = git.run("ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options", commit).decode("utf-8", "surrogateescape")
    folders: dict[str, tuple[str, dict[str, Entry]]] = {"": ("", {})}
    for line in listing.split("\0")[:-1]:
        attributes, _, path = line.partition("\t")
        mode, kind, name = attributes.split(" ")
        parent, _, last = path.rpartition("/")
        if kind == "tree":
            folders[path] = (name, {})
        else:
            folders[parent][1][last] = Leaf(mode.lstrip("0"), name)
    # Folders below others come after them in the listing.
    for path, (name, entries) in reversed(folders.items()):
        if path:
            parent, _, last = path.rpartition("/")
            folders[parent][1][last] = Folder(entries, name)
    return Folder(folders[""][1])


def _edited(folder: Folder, path: list[str], leaf: Leaf | None) -> Folder:
    """The folder with another file at the path; None deletes what is there. Empty folders are left out."""
    name, rest = path[0], path[1:]
    entries = dict(folder.entries)
    before = entries.get(name)
    if rest:
        inside = before if isinstance(before, Folder) else Folder()
        if leaf is None and not isinstance(before, Folder):
            return folder
        after: Entry | None = _edited(inside, rest, leaf)
        if isinstance(after, Folder) and not after.entries:
            after = None
    else:
        after = leaf
    if after is before:
        return folder
    if after is None:
        del entries[name]
    else:
        entries[name] = after
    return Folder(entries)


def _written(folder: Folder, place: _Place) -> Folder:
    """The folder with its id, after what has changed in it was written."""
    if folder.id:
        return folder
    entries = {name: _written(entry, place) if isinstance(entry, Folder) else entry for name, entry in folder.entries.items()}
    lines = [(_sort_key(name, entry), _line(name, entry)) for name, entry in entries.items()]
    return replace(folder, entries=entries, id=place.write("tree", b"".join(line for _, line in sorted(lines))))


def _sort_key(name: str, entry: Entry) -> bytes:
    """Git sorts a folder as if its name ended with a slash."""
    return _bytes(f"{name}/" if isinstance(entry, Folder) else name)


def _line(name: str, entry: Entry) -> bytes:
    mode = _FOLDER if isinstance(entry, Folder) else entry.mode
    return b"%s %s\0%s" % (mode.encode(), _bytes(name), bytes.fromhex(entry.id))


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
