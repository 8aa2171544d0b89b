"""A folder of manifests as a member: try everything without a cluster, or hydrate for Argo CD, Flux or an air-gapped site.

Ours is what carries our marks, as on any member; other files in the folder are left alone, and an object that one of them
declares is a conflict like any other. We write one file per object, `<namespace>/<Kind>.<group>/<name>.yaml`, through a temporary
file and a rename, so that whoever reads the folder never sees half a manifest and a killed process leaves nothing broken.

Nobody keeps `status` there, so written counts as Current; where a file does carry a status, it is believed and kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from reconciler.cluster.client import MemberError, MemberUnreachableError, Wanted
from reconciler.cluster.listing import Listing, Selection, selected
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.model.changes import DeletionPropagation
from reconciler.model.keys import ClusterName, ResourceKey, path_of
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, get, is_secret, key_of, sequence, text

P = ParamSpec("P")
T = TypeVar("T")

_SUFFIXES = (".yaml", ".yml", ".json")
_TEMPORARY = ".reconciler-tmp"
_LONGEST_STEM = 200
"""Bytes of a file's name that leave room for what a temporary one adds; most file systems stop at 255."""
_PUBLIC, _PRIVATE = 0o666, 0o600
"""Who may read a file, less what the process's umask forbids: a Secret is its owner's alone."""
_STALE = 600
"""Seconds after which a temporary file is nobody's any more."""


@dataclass(frozen=True, slots=True)
class _File:
    """What one file held when it was last read."""

    stamp: tuple[int, int, int]
    """Time of change in nanoseconds, size, inode: a file with the same three is not read again."""
    objects: tuple[Manifest, ...]
    crowded: bool
    """Whether it holds more than one thing, be it one that is no object: then it is not ours to rewrite."""


class DirectoryMember:
    """The folder `directory` below `root`. Raises MemberError when it would lie outside."""

    tells_health = False

    def __init__(self, name: ClusterName, root: Path, directory: str) -> None:
        self.name = name
        self.folder = (root / directory).resolve()
        if not self.folder.is_relative_to(root.resolve()):
            raise MemberError(
                f"{name}: the folder {directory} lies outside the member root",
                remedy="Name a folder below the member root in spec.apiEndpoint, as file:NAME.",
            )
        self._files: dict[Path, _File] = {}
        self._places: dict[ResourceKey, Path] = {}
        self._leftovers: list[Path] = []

    async def discover(self) -> None:
        """A folder serves nothing, and takes everything."""

    async def look(self, wanted: Wanted) -> LiveView:
        """Everything the folder declares, asked for or not."""
        return await _in_thread(self._look)

    async def show(self, selection: Selection) -> list[Listing]:
        """By name alone: no server makes a table of a folder."""
        return selected(selection, (await self.look({})).objects.values())

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        await _in_thread(self._write, key_of(desired), expected, live)

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        await _in_thread(self._delete, key, live)

    async def release(self, released: Manifest, live: Manifest) -> None:
        await _in_thread(self._write, key_of(live), released, live)

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        return expected

    def on_change(self, call: Callable[[], None]) -> None:
        """Nobody tells us of a file that was edited: the next pass sees it."""

    async def close(self) -> None:
        """Nothing is held open."""

    def _look(self) -> LiveView:
        """Raises MemberUnreachableError if any file cannot be read: what the folder holds is then unknown."""
        self._leftovers = []
        self._files = {path: self._seen(path) for path in self._paths()}
        found: dict[ResourceKey, Manifest] = {}
        self._places = {}
        for path, file in self._files.items():
            for manifest in file.objects:
                key = key_of(manifest)
                if key in found:
                    raise MemberUnreachableError(
                        f"{self.name}: {key} is declared in {self._shown(self._places[key])} and in {self._shown(path)}",
                        remedy="Remove one of the two; nothing is written to this member before that.",
                    )
                found[key], self._places[key] = manifest, path
        return LiveView(self.name, found)

    def _paths(self) -> Iterator[Path]:
        """The manifests of the folder, sorted; symbolic links are not followed."""
        try:
            for folder, folders, names in os.walk(self.folder, onerror=_raise):
                folders.sort()
                folders[:] = [name for name in folders if not name.startswith(".")]
                for name in sorted(names):
                    path = Path(folder, name)
                    if name.endswith(_TEMPORARY):
                        self._leftovers.append(path)
                    if name.endswith(_SUFFIXES) and not name.startswith(".") and path.is_file() and not path.is_symlink():
                        yield path
        except OSError as error:
            place = Path(error.filename or self.folder)
            if isinstance(error, FileNotFoundError) and place == self.folder:
                return  # A member that holds nothing yet.
            raise self._unreadable(place, error.strerror or "cannot be read") from error

    def _seen(self, path: Path) -> _File:
        """The file, as it was last read if nothing touched it since."""
        try:
            status = path.stat()
        except OSError as error:
            raise self._unreadable(path, error.strerror or "cannot be read") from error
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._files.get(path)
        return known if known is not None and known.stamp == stamp else self._read(path, stamp)

    def _read(self, path: Path, stamp: tuple[int, int, int] = (0, 0, 0)) -> _File:
        try:
            read = read_json if path.suffix == ".json" else read_stream
            documents, errors = read(path.read_bytes())
        except OSError as error:
            raise self._unreadable(path, error.strerror or "cannot be read") from error
        if errors:
            raise self._unreadable(path, f"line {errors[0].line}: {errors[0].message}")
        items = [item for document in documents for item in _unfolded(document.value)]
        return _File(stamp, tuple(item for item in items if _is_object(item)), len(items) > 1)

    def _write(self, key: ResourceKey, manifest: Manifest, live: Manifest | None) -> None:
        path = self._usual_place(key)
        try:
            self._check(path, key, live)
            self._sweep()
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = _temporary(path)
            temporary.touch(mode=_PRIVATE if is_secret(key) else _PUBLIC)
            temporary.write_text(dump(manifest), encoding="utf-8")
            temporary.replace(path)
        except OSError as error:
            raise self._unreadable(path, error.strerror or "cannot be written") from error

    def _delete(self, key: ResourceKey, live: Manifest) -> None:
        path = self._usual_place(key)
        try:
            self._check(path, key, live)
            self._sweep()
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self.folder or any(folder.iterdir()):
                    break
                folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unreadable(path, error.strerror or "cannot be deleted") from error

    def _sweep(self) -> None:
        """Removes what writes left behind that were killed halfway; a younger one may be another process at work."""
        for leftover in self._leftovers:
            with suppress(FileNotFoundError):
                if time.time() - leftover.lstat().st_mtime > _STALE:
                    leftover.unlink()
        self._leftovers = []

    def _usual_place(self, key: ResourceKey) -> Path:
        """Where the object was seen, else the file that would be its own."""
        return self._places.get(key, self.folder / f"{path_of(key)}.yaml")

    def _check(self, path: Path, key: ResourceKey, live: Manifest | None) -> None:
        """That the place still holds what was planned for, and nothing else. Raises MemberError."""
        if path.is_symlink() or not path.parent.resolve().is_relative_to(self.folder):
            raise MemberError(f"{self.name}: {self._shown(path)} lies behind a symbolic link", remedy="Remove the link.")
        if not path.exists():
            return
        file = self._read(path)  # Anew, whatever its stamp says: two changes within one tick of the clock have the same.
        if file.crowded:
            raise MemberError(
                f"{self.name}: {key} shares the file {self._shown(path)} with other objects",
                remedy="Move it to a file of its own; files with several objects are not rewritten.",
            )
        if file.objects != (live,):
            raise MemberError(
                f"{self.name}: {self._shown(path)}, where {key} belongs, holds something else than when this was planned",
                remedy="Run again: the next pass sees the change. If a file is in the way, move it.",
            )

    def _shown(self, path: Path) -> str:
        shown = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path
        return os.fsencode(shown).decode("utf-8", "replace")

    def _unreadable(self, path: Path, why: str) -> MemberUnreachableError:
        return MemberUnreachableError(
            f"{self.name}: {self._shown(path)}: {why}",
            remedy="Mend the file; nothing is written to this member before that.",
        )


def _unfolded(value: Any) -> list[Any]:
    """The items of a `kind: List`, or the value itself."""
    return sequence(value, "items") if get(value, "kind") == "List" else [value]


def _is_object(value: Any) -> bool:
    """Files of other tools may have a kind, too: a kustomization has no name."""
    return bool(text(value, "kind") and text(value, "metadata", "name"))


def _temporary(path: Path) -> Path:
    """A name of this process's own, so that two at once never rename each other's half of a file; never too long for one."""
    name = os.fsencode(path.name)
    stem = path.name if len(name) <= _LONGEST_STEM else hashlib.sha256(name).hexdigest()
    return path.with_name(f".{stem}.{os.getpid()}{_TEMPORARY}")


def _raise(error: OSError) -> None:
    raise error


async def _in_thread(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """The one place where this room blocks: files are read and written in a thread."""
    return await asyncio.to_thread(function, *arguments, **options)
