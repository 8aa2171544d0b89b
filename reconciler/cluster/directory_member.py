"""A folder of manifests as a member: to try the program without a cluster, or as the source for Argo CD, Flux or an air-gapped
site.

As on every member, an object is ours if it carries our marks. Other files in the folder are not changed; an object that one of
them declares is a conflict, as on every member. We write one file per object, `<namespace>/<Kind>.<group>/<name>.yaml`: first a
temporary file, then a rename, so that no reader sees half a manifest and a killed process leaves no broken file.

No controller updates `status` there, so an object without status counts as Current. The status of an object that has one is used
and preserved.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from reconciler.cluster.listing import Event, Listing, Selection, selected
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError, OnChange, Wanted
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.model.capacity import ResourceModels
from reconciler.model.changes import DeletionPropagation
from reconciler.model.federated_hpa import Metric
from reconciler.model.file_names import path_of
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, get, is_secret, key_of, sequence, text
from reconciler.model.object_event import ObjectEvent
from reconciler.model.tenant import ServiceAccount

P = ParamSpec("P")
T = TypeVar("T")

_SUFFIXES = (".yaml", ".yml", ".json")
_TEMPORARY = ".reconciler-tmp"
_LONGEST_STEM = 200
"""Bytes of a file name that leave room for what a temporary name adds; most file systems allow 255."""
_PUBLIC, _PRIVATE = 0o666, 0o600
"""Modes of files, before the umask of the process: only the owner may read a Secret."""
_LOOKS_AGAIN = 1.0
"""Seconds between two looks at files whose changes are followed."""
_STALE = 600
"""Seconds after which a temporary file counts as left by a killed process."""


@dataclass(frozen=True, slots=True)
class _File:
    """The content of one file when it was last read."""

    stamp: tuple[int, int, int]
    """Modification time in nanoseconds, size, inode: a file whose stamp is the same is not read again."""
    objects: tuple[Manifest, ...]
    crowded: bool
    """Whether it has more than one document, objects or not: such a file is never rewritten."""


class DirectoryMember:
    """Implements MemberClient. The folder is `directory` below `root`; raises MemberError where it is outside of `root`."""

    tells_health = False
    is_watched = False
    owes_sweep = False

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

    async def discover(self, *, lacking: bool = False) -> None:
        """A folder has no list of kinds: it accepts every object."""

    async def read_ahead(self, kinds: Collection[GroupVersionKind]) -> None:
        """Files are read at once."""

    def postpone_sweep(self) -> None:
        """All files are read in any case."""

    async def sweep(self) -> None:
        """As `postpone_sweep`."""

    async def capacity(self, models: ResourceModels, now: datetime) -> None:
        """A folder has no nodes."""

    async def look(self, wanted: Wanted) -> LiveView:
        """All objects that the folder declares, wanted or not."""
        return await _in_thread(self._look)

    async def look_at(self, keys: Collection[ResourceKey]) -> None:
        """Files are not watched."""

    async def waiting_pods(self, namespace: str, labels: str) -> list[Manifest]:
        """A folder runs no Pods."""
        return []

    async def measure(self, gvk: GroupVersionKind, key: ResourceKey, metrics: Sequence[Metric]) -> None:
        """A folder runs no Pods."""

    async def show(self, selection: Selection) -> list[Listing]:
        """Rows with the name alone: there is no server that makes tables."""
        return selected(selection, (await self.look({})).objects.values())

    async def follow(self, selection: Selection, listing: Listing) -> AsyncIterator[tuple[Event, Listing]]:
        """Nobody tells of changes of files."""
        await asyncio.sleep(_LOOKS_AGAIN)
        told: tuple[tuple[Event, Listing], ...] = ()
        for event in told:
            yield event

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        await _in_thread(self._write, key_of(desired), expected, live)

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        await _in_thread(self._delete, key, live)

    async def release(self, released: Manifest, live: Manifest) -> None:
        await _in_thread(self._write, key_of(live), released, live)

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        return expected

    async def report(self, event: ObjectEvent) -> None:
        """Nobody reads Events in a folder."""

    async def job_log(self, job: ResourceKey, mask: Callable[[str], str]) -> str:
        """Nothing runs in a folder."""
        return ""

    def endpoint_slices(self) -> None:
        """Nothing makes endpoints of a folder."""

    def acting_as(self, account: ServiceAccount | None) -> DirectoryMember:
        return self

    def on_change(self, call: OnChange) -> None:
        """Files are not watched; the next pass reads them."""

    async def close(self) -> None:
        """No file stays open."""

    def _look(self) -> LiveView:
        """Raises MemberUnreachableError where a file cannot be read: the view would not be complete."""
        self._leftovers = []
        self._files = {path: self._cached(path) for path in self._paths()}
        objects: dict[ResourceKey, Manifest] = {}
        self._places = {}
        for path, file in self._files.items():
            for manifest in file.objects:
                key = key_of(manifest)
                if key in objects:
                    raise MemberUnreachableError(
                        f"{self.name}: {key} is declared in {self._shown(self._places[key])} and in {self._shown(path)}",
                        remedy="Remove one of the two; until then nothing is written to this member.",
                    )
                objects[key], self._places[key] = manifest, path
        return LiveView(self.name, objects)

    def _paths(self) -> Iterator[Path]:
        """The files of the folder that may hold manifests, sorted; symbolic links are not followed."""
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
                return  # The member is empty.
            raise self._unreadable(place, error.strerror or "cannot be read") from error

    def _cached(self, path: Path) -> _File:
        """The content of the file; read only where its stamp changed."""
        try:
            status = path.stat()
        except OSError as error:
            raise self._unreadable(path, error.strerror or "cannot be read") from error
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        previous = self._files.get(path)
        return previous if previous is not None and previous.stamp == stamp else self._read(path, stamp)

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
        path = self._path_of(key)
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
        path = self._path_of(key)
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
        """Removes temporary files of killed processes; a newer one may belong to another process that is writing now."""
        for leftover in self._leftovers:
            with suppress(FileNotFoundError):
                if time.time() - leftover.lstat().st_mtime > _STALE:
                    leftover.unlink()
        self._leftovers = []

    def _path_of(self, key: ResourceKey) -> Path:
        """The file that declares the object; for a new object, the file that will."""
        return self._places.get(key, self.folder / f"{path_of(key)}.yaml")

    def _check(self, path: Path, key: ResourceKey, live: Manifest | None) -> None:
        """Raises MemberError where the file holds anything else than the object as it was when the write was planned."""
        if path.is_symlink() or not path.parent.resolve().is_relative_to(self.folder):
            raise MemberError(f"{self.name}: {self._shown(path)} is behind a symbolic link", remedy="Remove the link.")
        if not path.exists():
            return
        file = self._read(path)  # Whatever the stamp is: two changes within one tick of the clock have the same stamp.
        if file.crowded:
            raise MemberError(
                f"{self.name}: {key} shares the file {self._shown(path)} with other objects",
                remedy="Move the object to a file of its own; files with several objects are not rewritten.",
            )
        if file.objects != (live,):
            raise MemberError(
                f"{self.name}: {self._shown(path)}, the file of {key}, changed after this was planned",
                remedy="Run again. If the file belongs to something else, move it.",
            )

    def _shown(self, path: Path) -> str:
        shown = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path
        return os.fsencode(shown).decode("utf-8", "replace")

    def _unreadable(self, path: Path, why: str) -> MemberUnreachableError:
        return MemberUnreachableError(
            f"{self.name}: {os.fsencode(path).decode('utf-8', 'replace')}: {why}",
            remedy="Correct the file; until then nothing is written to this member.",
        )


def _unfolded(value: Any) -> list[Any]:
    """The items of a `kind: List`; of any other value, the value itself."""
    return sequence(value, "items") if get(value, "kind") == "List" else [value]


def _is_object(value: Any) -> bool:
    """Whether a document is a Kubernetes object: a kustomization, for example, has a kind and no name."""
    return bool(text(value, "kind") and text(value, "metadata", "name"))


def _temporary(path: Path) -> Path:
    """A name that contains the process id, so that two processes never rename each other's incomplete file."""
    name = os.fsencode(path.name)
    stem = path.name if len(name) <= _LONGEST_STEM else hashlib.sha256(name).hexdigest()
    return path.with_name(f".{stem}.{os.getpid()}{_TEMPORARY}")


def _raise(error: OSError) -> None:
    raise error


async def _in_thread(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """The only place of this room that blocks: files are read and written in a thread."""
    return await asyncio.to_thread(function, *arguments, **options)
