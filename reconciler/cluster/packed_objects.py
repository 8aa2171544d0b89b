"""Live objects as they are kept between passes: what makes each one itself, and the rest, shared and soon compressed.

A Deployment as its server returns it takes 60 KB as Python objects, and 1 KB packed. The copies of one template on a thousand
members differ in little: uid, resource version, and the times at which things happened. These are kept with each record; what is
left is its *content*, which all records share that say the same. So a thousand copies take little more than one, and what follows
from a content is computed once (`Content.once`).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import is_
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary, ref

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, key_of, mapping, sequence, text
from reconciler.model.ownership import owner_of

P = ParamSpec("P")
T = TypeVar("T")

_FAST = 1
_OWN = ("uid", "resourceVersion", "creationTimestamp")
"""The members of `metadata` that are kept with the record."""
_TIME = "time"
"""The member of an entry of `metadata.managedFields` that is."""
_CONDITION_TIMES = re.compile(rb'("last(?:Transition|Update|Probe|Heartbeat)Time":)"([^"\\]*+)"')
"""The times of conditions in `status`. Other times there, such as the last start of a CronJob, are compared by rules for health,
so they belong to the content."""
_HOLE = b'"\\u0000"'
"""Stands in the place of such a time."""
_REMEMBERED = 4
"""Results that a content keeps."""


class Content:
    """What all records have in common that differ only in uid, resource version, and the times of creation, writes and
    conditions. Implements `model.live.Content`."""

    __slots__ = ("__weakref__", "_body", "_is_compressed", "_results", "instance", "key")

    def __init__(self, key: ResourceKey, instance: str, body: bytes) -> None:
        """instance: of `ownership.owner_of`. body: the object without its status as JSON, a line break, and its status with
        holes, empty where it has none."""
        self.key = key
        self.instance = instance
        self._body = body
        self._is_compressed = False
        self._results: tuple[tuple[Any, Any, Any], ...] = ()

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._body)

    @property
    def parts(self) -> tuple[bytes, bytes]:
        """The object without its status, and its status with holes; both as JSON."""
        body = zlib.decompress(self._body) if self._is_compressed else self._body
        document, _, status = body.partition(b"\n")
        return document, status

    def compress(self) -> None:
        if not self._is_compressed:
            self._body, self._is_compressed = zlib.compress(self._body, _FAST), True

    def once(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """See `model.live.Content`."""
        result: T
        for known, same, result in self._results:
            if known is function and len(same) == len(arguments) and all(map(is_, same, arguments)):
                return result
        result = function(*arguments, **aside)
        self._results = ((function, arguments, result), *self._results[: _REMEMBERED - 1])
        return result


class _Fresh:
    """The newest contents, which are compressed later: the pass that wrote them reads them next, and many are replaced before
    they are old. Only used on the event loop."""

    def __init__(self, limit: int) -> None:
        """limit: bytes of contents that are not compressed."""
        self._limit = limit
        self._size = 0
        self._contents: deque[tuple[int, ref[Content]]] = deque()

    def add(self, content: Content) -> None:
        self._size += content.size
        self._contents.append((content.size, ref(content)))
        while self._size > self._limit:
            size, oldest = self._contents.popleft()
            self._size -= size
            if (old := oldest()) is not None:
                old.compress()


_FRESH = _Fresh(limit=2**24)
_CONTENTS: WeakValueDictionary[bytes, Content] = WeakValueDictionary()
"""By a digest of their text: those that records use. Only used on the event loop."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedObject:
    """Implements `model.live.Record`."""

    content: Content
    version: int
    """`metadata.resourceVersion`: larger is newer, within one kind of one server (KEP-5504)."""
    own: bytes = field(repr=False)
    """As JSON: members of `metadata`, the times of `metadata.managedFields`, and those of conditions, in the order in which they
    stand."""

    @property
    def key(self) -> ResourceKey:
        return self.content.key

    @property
    def instance(self) -> str:
        """The reconciler whose object this is (`ownership.owner_of`); empty for none."""
        return self.content.instance

    @property
    def has_owners(self) -> bool:
        """As `manifest` says it, which is seldom unpacked for it: all owners have times, as servers write them."""
        _, times, _ = orjson.loads(self.own)
        return bool(times) or bool(sequence(self.manifest, "metadata", "managedFields"))

    @property
    def uid(self) -> str:
        return text(orjson.loads(self.own)[0], "uid")

    @property
    def manifest(self) -> Manifest:
        """A new copy at each access."""
        members, times, moments = orjson.loads(self.own)
        document, status = self.content.parts
        manifest: dict[str, Any] = orjson.loads(document)
        if members or times:
            metadata = manifest["metadata"] = {**mapping(manifest, "metadata"), **members}
            if times:
                entries = zip(sequence(metadata, "managedFields"), times, strict=True)
                metadata["managedFields"] = [{**entry, _TIME: moment} for entry, moment in entries]
        if moments:
            pieces = zip(status.split(_HOLE), [*map(orjson.dumps, moments), b""], strict=True)
            status = b"".join(part for pair in pieces for part in pair)
        return {**manifest, "status": orjson.loads(status)} if status else manifest

    def is_same(self, other: PackedObject) -> bool:
        """Whether both are the same object in the same state."""
        return self.content is other.content and self.own == other.own


def packed(document: Mapping[str, Any], key: ResourceKey | None = None) -> PackedObject:
    """document: an object with its apiVersion and kind. key: that of the object, where it is known."""
    metadata = mapping(document, "metadata")
    members = {name: metadata[name] for name in _OWN if isinstance(metadata.get(name), str)}
    rest = {name: value for name, value in metadata.items() if name not in members}
    times: list[str] = []
    entries = metadata.get("managedFields")
    if isinstance(entries, list) and all(isinstance(entry, Mapping) and isinstance(entry.get(_TIME), str) for entry in entries):
        times = [entry[_TIME] for entry in entries]
        rest["managedFields"] = [{name: value for name, value in entry.items() if name != _TIME} for entry in entries]
    shared = {name: value for name, value in document.items() if name != "status"}
    if isinstance(document.get("metadata"), Mapping):
        shared["metadata"] = rest
    status, moments = b"", list[str]()
    if "status" in document:
        status = write_json(document["status"])
        if _HOLE not in status:
            moments = [match[2].decode() for match in _CONDITION_TIMES.finditer(status)]
            status = _CONDITION_TIMES.sub(rb"\1" + _HOLE.replace(b"\\", rb"\\"), status)
    own = bytes(memoryview(orjson.dumps((members, times, moments))))  # A copy: orjson's own keeps a buffer of 4 KiB.
    return PackedObject(_content(document, key, write_json(shared) + b"\n" + status), version_of(document), own)


def _content(document: Mapping[str, Any], key: ResourceKey | None, body: bytes) -> Content:
    digest = hashlib.blake2b(body, digest_size=32).digest()
    content = _CONTENTS.get(digest)
    if content is None:
        content = _CONTENTS[digest] = Content(key or key_of(document), owner_of(document), body)
        _FRESH.add(content)
    return content


def version_of(document: Mapping[str, Any]) -> int:
    """`metadata.resourceVersion`; 0 where there is none."""
    version = text(document, "metadata", "resourceVersion")
    return int(version) if version.isdigit() else 0
