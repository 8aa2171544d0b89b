"""The files of a run: refused before anything runs, or written to a private folder, in memory where there is room."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reconciler.jail.failures import InputError
from reconciler.jail.program import Limits

_MEMORY = Path("/dev/shm")  # noqa: S108 - only for folders that no other user can open
_PREFIX = "reconciler-jail-"
_LONGEST_NAME = 255
"""Bytes, as in most file systems."""
_DEEPEST = 100
"""Folders inside each other."""


def check_names(files: Mapping[str, bytes], limits: Limits) -> None:
    """Raises InputError for the first name, in order, that is not that of a file inside a folder, and above a limit."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    for name in sorted(files):
        if problem := _problem(name):
            raise InputError(_shown(name), problem, remedy="Name it by its path inside the folder, such as templates/a.yaml.")
        if name in folders:
            raise InputError(_shown(name), "is a file, and a folder of other files", remedy="Rename one of them.")
    _check_sizes(((name, len(content)) for name, content in sorted(files.items())), limits)


def check_folder(folder: Path, limits: Limits) -> None:
    """The same for a folder of the disk, in which there may be only files and folders: links are refused, not followed."""
    _check_sizes(_sizes(folder, ""), limits)


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """A folder of one run that only this user can open; a second one in it, `root`, is empty."""

    path: Path
    lock: int
    """An open file that holds the lock of the folder: who gets the lock knows that the run is over."""

    @property
    def in_memory(self) -> bool:
        return self.path.parent == _MEMORY.resolve()

    def has_room(self, files: Mapping[str, bytes]) -> bool:
        """Whether the files take at most half of what is free there."""
        free = os.statvfs(self.path)
        return 2 * sum(len(content) + free.f_bsize for content in files.values()) <= free.f_bavail * free.f_frsize

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def create(*, on_disk: bool = False) -> PrivateFolder:
    """In memory, unless it is to be on a disk, or this user may not write there."""
    in_memory = not on_disk and os.access(_MEMORY, os.W_OK | os.X_OK)
    unlocked = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=_MEMORY if in_memory else None)).resolve()
    lock = os.open(unlocked, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    (unlocked / "root").mkdir(mode=0o700)
    return PrivateFolder(unlocked.rename(unlocked.with_name(unlocked.name.removeprefix("."))), lock)


def remove_abandoned() -> None:
    """Removes the folders of runs whose process was killed."""
    for place in {_MEMORY, Path(tempfile.gettempdir())}:
        for path in place.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
                finally:
                    os.close(lock)


def write(files: Mapping[str, bytes], private: Path) -> None:
    """Writes files, whose names have been checked, to the folder `files` in a private folder. Raises OSError."""
    top = private / "files"
    top.mkdir(mode=0o700)
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o400)
        with os.fdopen(place, "wb") as file:
            file.write(content)


def _problem(name: str) -> str:
    if not name or "\0" in name:
        return "is not a name of a file"
    if name.startswith("/"):
        return "is an absolute path"
    parts = name.split("/")
    if ".." in parts:
        return "leads out of its folder"
    if "" in parts or "." in parts:
        return "is not a path in its shortest form"
    if len(parts) > _DEEPEST or max(len(os.fsencode(part)) for part in parts) > _LONGEST_NAME:
        return "is too long"
    return ""


def _shown(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name[:200]) or '""'


def _check_sizes(sizes: Iterator[tuple[str, int]], limits: Limits) -> None:
    total = 0
    for count, (name, size) in enumerate(sizes, start=1):
        total += size
        if total > limits.input:
            message = f"is too large: together with the files before it, it exceeds the limit of {limits.input:,} bytes"
            raise InputError(_shown(name), message, remedy="Remove what is not needed to render, such as archives and images.")
        if count > limits.files:
            raise InputError(
                _shown(name), f"is one file too many: at most {limits.files:,} are read", remedy="Name a folder further down."
            )


def _sizes(folder: Path, path: str) -> Iterator[tuple[str, int]]:
    if path.count("/") > _DEEPEST:
        raise InputError(_shown(path), "is too long")
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            name, mode = path + entry.name, entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                yield from _sizes(folder / entry.name, f"{name}/")
            elif stat.S_ISREG(mode):
                yield name, entry.stat(follow_symlinks=False).st_size
            else:
                kind = "a link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
                raise InputError(_shown(name), f"is {kind}", remedy="Replace it with a copy of the file.")
    except OSError as error:
        raise InputError(_shown(path) if path else ".", f"cannot be read: {error.strerror}") from None
