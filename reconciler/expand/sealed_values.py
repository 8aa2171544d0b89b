"""The files that a chart takes values from (`spec.valuesFiles`), where SOPS encrypted them.

Only these files are decrypted, and only those of the repository itself: whoever writes a chart elsewhere could put a copy of
somebody's encrypted file into it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from reconciler.documents.json_reader import read_json
from reconciler.documents.json_writer import write_json
from reconciler.documents.line_index import Steps
from reconciler.documents.reader import Document, read_stream
from reconciler.expand.source_files import ReadFile, SourceFiles
from reconciler.load.encrypted import sealed_file
from reconciler.model.expansion import ExpansionRequest, Tool
from reconciler.model.issues import Issue, error
from reconciler.model.manifest import without
from reconciler.model.sealed import BEGINNING, SECTION, Sealed, is_encrypted, stand_in, type_of

_READABLE = (
    "Leave it readable: sops encrypts some values alone with --encrypted-regex, or with encrypted_regex in .sops.yaml, such as "
    "'^(password|token)$'."
)


@dataclass(frozen=True, slots=True)
class ReadValues:
    """What helm reads for one request."""

    files: SourceFiles
    sealed: tuple[Sealed, ...] = ()
    """Those of its files that are encrypted, sorted by path."""
    issues: tuple[Issue, ...] = ()


def with_values_files(request: ExpansionRequest, files: SourceFiles, opened: Mapping[str, bytes]) -> ReadValues:
    """The files with a text that helm can read for each encrypted one. opened: by blob, what was decrypted for this request; for
    others, a stand-in takes the place of each encrypted value."""
    if request.tool is not Tool.HELM or not request.values_files:
        return ReadValues(files)
    blobs = {entry.path: entry.blob for entry in request.source.files}
    read, sealed, issues = dict[str, bytes](), list[Sealed](), list[Issue]()
    for name in request.values_files:
        path = posixpath.normpath(posixpath.join(request.folder, name))
        data = files.contents.get(path, b"")
        if name.startswith("$") or path in read or BEGINNING not in data:
            continue
        blob = blobs[path]
        found = sealed_file(files.origin(path).file, blob, data)
        if found is None:
            message = f"{path} has values that SOPS encrypted, and lacks SOPS's own section (sops)"
            issues.append(error("EncryptedFile", message, "Restore the section sops.", origin=files.origin(path)))
            continue
        sealed.append(found)
        documents = _documents(path, data)
        issues += _switches(path, documents, files)
        read[path] = opened[blob] if request.private else _with_stand_ins(documents)
    if not sealed and not issues:
        return ReadValues(files)
    sealed.sort(key=lambda one: one.path)
    return ReadValues(replace(files, contents={**files.contents, **read}), tuple(sealed), tuple(issues))


def _documents(path: str, data: bytes) -> list[Document]:
    return (read_json(data) if path.endswith(".json") else read_stream(data))[0]


def _switches(path: str, documents: Iterable[Document], files: SourceFiles) -> Iterator[Issue]:
    """Encrypted values that are true or false: nothing can stand in for them."""
    for document in documents:
        for steps, encrypted in _encrypted(document.value, ()):
            if type_of(encrypted.strip()) == "bool":
                message = f"{'.'.join(map(str, steps))} is encrypted, and true or false decides which objects there are"
                yield error("EncryptedSwitch", message, _READABLE, origin=ReadFile(files, path).origin(document, steps))


def _encrypted(value: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _encrypted(one, (*steps, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _encrypted(one, (*steps, place))
    elif is_encrypted(value):
        yield steps, value


def _with_stand_ins(documents: Iterable[Document]) -> bytes:
    """As JSON, which helm reads as YAML."""
    return b"\n---\n".join(write_json(_stood_in(without(one.value, (SECTION,))), orjson.OPT_SORT_KEYS) for one in documents)


def _stood_in(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _stood_in(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_stood_in(one) for one in value]
    return stand_in(value.strip()) if is_encrypted(value) else value
