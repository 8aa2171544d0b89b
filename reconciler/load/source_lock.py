"""`reconciler.lock` ⇄ `SourceLock`, and what is wrong between it and what a revision wants. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.positions import line_of
from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.model.issues import Issue, error, warning
from reconciler.model.origin import Origin
from reconciler.model.source_lock import LOCK_FILE, LockedSource, SourceKind, SourceLock, WantedSource, described
from reconciler.model.tree import Oversized
from reconciler.model.wording import first_few

UNREADABLE = "SourceLockUnreadable"
NOT_LOCKED = "SourceNotLocked"
OUTDATED = "SourceLockOutdated"
UNUSED = "SourceNotWanted"
_HEADER = "# `reconciler update` writes this file. Commit it with the files that it is for.\n"
_LAYOUT = 1
_ANEW = "Run `reconciler update`, which writes the file anew, and commit it."
_SHOWN = 3
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TEXTS = ("kind", "url", "version", "resolved", "digest")
_OPTIONAL = ("name", "archive", "manifest", "path", "into")


@dataclass(frozen=True, slots=True)
class LockFile:
    """The lock file of a revision, as it could be read."""

    lock: SourceLock
    issues: tuple[Issue, ...] = ()
    """Errors. The entries that have one are left out of the lock."""


NO_LOCK_FILE = LockFile(SourceLock())


def is_plain_folder(path: str) -> bool:
    """Whether this is a folder below the top, with `/` between its parts, none of which begins with a dot; or empty."""
    return not path or all(part and part.isprintable() and part[0] != "." and "\\" not in part for part in path.split("/"))


class _MistakeError(ValueError):
    """What is wrong with an entry, as a clause."""


def read_lock(data: bytes | Oversized, file: str = LOCK_FILE) -> LockFile:
    """file: its path, for messages."""
    if isinstance(data, Oversized):
        return _unreadable(file, 0, f"it has {data.size:,} bytes; the limit is {data.limit:,}")
    documents, problems = read_stream(data)
    if problems:
        first = problems[0]
        return LockFile(SourceLock(), (error(UNREADABLE, first.message, first.remedy, origin=Origin(file, first.line)),))
    if not documents:
        return LockFile(SourceLock())
    document, value = documents[0], documents[0].value
    if len(documents) > 1 or not isinstance(value, Mapping) or not isinstance(value.get("sources"), list):
        return _unreadable(file, document.line, "it is no list of sources")
    if value.get("layout") != _LAYOUT:
        return _unreadable(file, document.line, f"its layout is not {_LAYOUT}, the one that this version reads")
    sources: dict[tuple[Any, ...], LockedSource] = {}
    issues: list[Issue] = []
    for index, item in enumerate(value["sources"]):
        origin = Origin(file, line_of(data, document.line, ("sources", index)))
        try:
            one = _entry(item, origin)
            if (key := (one.place, one.version)) in sources:
                raise _MistakeError(f"states the same as line {sources[key].origin.line}")
            sources[key] = one
        except _MistakeError as mistake:
            issues.append(error(UNREADABLE, f"the entry {mistake}", _ANEW, origin=origin))
    return LockFile(SourceLock(tuple(sorted(sources.values()))), tuple(issues))


def print_lock(lock: SourceLock) -> str:
    """The text of the file. Equal locks have equal texts."""
    return _HEADER + dump({"layout": _LAYOUT, "sources": [_document(one) for one in sorted(lock.sources)]})


def check_lock(wanted: Iterable[WantedSource], file: LockFile) -> list[Issue]:
    """The errors of the lock file, one for each wanted source that it does not pin, and a warning for each entry that nothing
    wants (none while the file has errors); sorted. The origin of each issue is that of the wanted source, or of the entry."""
    wanted = sorted(wanted, key=lambda one: (one, one.origin))
    missing = [_missing(one, file.lock) for one in wanted if file.lock.find(one) is None]
    unused = [] if file.issues else map(_unused, file.lock.unused(wanted))
    return sorted([*file.issues, *missing, *unused])


def _entry(item: Any, origin: Origin) -> LockedSource:
    """Raises _MistakeError."""
    if not isinstance(item, Mapping):
        raise _MistakeError("is no mapping")
    if unknown := sorted(set(map(str, item)) - {*_TEXTS, *_OPTIONAL, "size"}):
        raise _MistakeError(f"has the unknown field {unknown[0]}")
    for name in (*_TEXTS, *_OPTIONAL):
        if not isinstance(item.get(name, "" if name in _OPTIONAL else None), str) or (name in _TEXTS and not item[name]):
            raise _MistakeError(f"has no text as {name}")
    if item["kind"] not in list(SourceKind):
        raise _MistakeError("has a kind that is not oci, helm or git")
    kind, size = SourceKind(item["kind"]), item.get("size", 0)
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _MistakeError("has no number of bytes as size")
    if not (_COMMIT if kind is SourceKind.GIT else _DIGEST).fullmatch(item["digest"]):
        raise _MistakeError(f"has no {'id of a commit' if kind is SourceKind.GIT else 'sha256 digest'} as digest")
    if item.get("manifest") and not _DIGEST.fullmatch(item["manifest"]):
        raise _MistakeError("has no sha256 digest as manifest")
    if (kind is SourceKind.HELM) != bool(item.get("name")) or (kind is SourceKind.HELM) != bool(item.get("archive")):
        raise _MistakeError(f"has fields that do not belong to the kind {kind}, or lacks some")
    if not all(is_plain_folder(item.get(name, "")) for name in ("path", "into")):
        raise _MistakeError("has a path or a folder that leads elsewhere")
    texts = {name: item.get(name, "") for name in (*_TEXTS, *_OPTIONAL) if name != "kind"}
    return LockedSource(kind, size=size, origin=origin, **texts)


def _document(one: LockedSource) -> dict[str, Any]:
    fields = {
        "kind": str(one.kind),
        "url": one.url,
        "name": one.name,
        "version": one.version,
        "resolved": one.resolved,
        "digest": one.digest,
        "size": one.size,
        "archive": one.archive,
        "manifest": one.manifest,
        "path": one.path,
        "into": one.into,
    }
    return {name: value for name, value in fields.items() if value}


def _unreadable(file: str, line: int, clause: str) -> LockFile:
    return LockFile(
        SourceLock(), (error(UNREADABLE, f"the lock file cannot be read: {clause}", _ANEW, origin=Origin(file, line)),)
    )


def _missing(wanted: WantedSource, lock: SourceLock) -> Issue:
    there = lock.of_place(wanted)
    if not there:
        message = f"{wanted} is not in {LOCK_FILE}"
        return error(NOT_LOCKED, message, _WRITE, origin=wanted.origin, subject=str(wanted))
    pinned = first_few([f"{one.resolved} ({one.origin})" for one in there], _SHOWN)
    message = f"{LOCK_FILE} has {pinned} of {described(wanted.url, wanted.name)}, and {wanted.version} is wanted"
    return error(OUTDATED, message, _WRITE, origin=wanted.origin, subject=str(wanted))


def _unused(one: LockedSource) -> Issue:
    return warning(UNUSED, f"nothing wants {one} any more", "`reconciler update` removes the entry.", origin=one.origin)


_WRITE = f"Run `reconciler update`, and commit {LOCK_FILE}."
