"""The output of helm or kustomize → objects.

Nothing here knows the cluster: the same output is read once, for all clusters that have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from reconciler.documents.reader import pieces, read_stream
from reconciler.expand.source_files import DECRYPTED_ELSEWHERE
from reconciler.interpreter.containers import is_definition
from reconciler.load.check_order import left_out
from reconciler.model.expansion import Expansion
from reconciler.model.helm_release import HelmRelease
from reconciler.model.issues import Issue, error
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, get, gvk_of, key_of, text
from reconciler.model.sealed import mentions_encrypted, mentions_seal
from reconciler.model.sealed_expansion import SealedChild, SealedExpansion
from reconciler.model.wording import first_few

_SOURCE = re.compile(r"^# Source: (\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Enclosing:
    """An object that is expanded, and that another one built."""

    keys: tuple[ResourceKey, ...]
    """Its own comes last, after those that it is inside of, without the one that a file declares."""
    namespace: str
    """Of objects in it that state none."""
    order: tuple[tuple[str, str], ...] = ()
    """As `ParentFacts.order`, of all of them."""
    adopts: HelmRelease | None = None
    """As `RenderedManifest.adopts`."""


@dataclass(frozen=True, slots=True)
class Produced:
    """One object of an output."""

    gvk: GroupVersionKind
    manifest: Manifest
    file: str
    """The file of the chart that it comes from, as helm tells it; empty where it is not told."""
    inside: Enclosing | None = None
    """What built it, where that is not the object that a file declares."""
    sealed: SealedChild | None = None
    """Where the output has seals in place of encrypted values."""


@dataclass(frozen=True, slots=True)
class Output:
    """Everything in an output."""

    objects: tuple[Produced, ...]
    """In the order of the output, without hooks that nothing runs here, such as tests."""
    failure: Issue | None = None
    """Why the output cannot be used; None where it can."""

    @property
    def definitions(self) -> tuple[Manifest, ...]:
        """The CustomResourceDefinitions in it."""
        return tuple(one.manifest for one in self.objects if is_definition(one.gvk))


def with_seals(output: Output, expansion: SealedExpansion) -> Output:
    """The output of an expansion with seals, each of whose objects says so."""
    objects = tuple(replace(one, sealed=SealedChild(expansion, key_of(one.manifest))) for one in output.objects)
    return replace(output, objects=objects)


class Reading(Enum):
    """What may be in an output."""

    PLAIN = auto()
    """No seal: nobody would put a value in its place."""
    SEALED = auto()
    """Seals, and nothing that SOPS wrote."""
    PRIVATE = auto()
    """Values that were decrypted: nothing of it is remembered, or quoted."""


def read_output(expansion: Expansion, how: Reading = Reading.PLAIN) -> Output:
    """The failure of the program is that of its output, too."""
    if expansion.failure is not None:
        return Output((), expansion.failure)
    objects: list[Produced] = []
    seen: dict[ResourceKey, str] = {}
    for line, piece in pieces(expansion.output):
        read = _read_anew(piece, how) if how is Reading.PRIVATE else _read(piece, how)
        if isinstance(read, _Mistake):
            what = f"{read.message} (line {line + read.line - 1} of the output)" if read.line else read.message
            return Output((), error("OutputUnreadable", what, read.remedy))
        for one in read:
            key = key_of(one.manifest)
            if key in seen:
                what = f"its output has {key} twice ({first_few(sorted({seen[key], one.file}), 2)})"
                return Output((), error("DeclaredTwice", what, "Keep one of them."))
            seen[key] = one.file
            objects.append(one)
    return Output(tuple(objects))


@dataclass(frozen=True, slots=True)
class _Mistake:
    message: str
    remedy: str
    line: int = 0
    """In the piece, from 1; 0 where the document as a whole is wrong."""


@lru_cache(maxsize=8192)
def _read(piece: str, how: Reading) -> tuple[Produced, ...] | _Mistake:
    """The objects of one document. Most documents of a chart are the same for all values, and the same objects then."""
    return _read_anew(piece, how)


def _read_anew(piece: str, how: Reading) -> tuple[Produced, ...] | _Mistake:
    documents, errors = read_stream(piece)
    match = _SOURCE.search(piece)
    file = match[1].rstrip() if match else ""
    if mentions_seal(piece) if how is Reading.PLAIN else mentions_encrypted(piece):
        return _Mistake(f"{file or 'its output'} has a value that SOPS encrypted", DECRYPTED_ELSEWHERE)
    if errors:
        first = min(errors, key=lambda one: one.line)
        return _Mistake(f"the output of {file or 'the program'} cannot be read: {first.message}", _CORRECT, first.line)
    objects = []
    for value in (value for document in documents for value in _unfolded(document.value)):
        if not isinstance(value, dict) or not text(value, "apiVersion") or not text(value, "kind"):
            return _Mistake(f"{file or 'its output'} has a document without apiVersion or kind", _CORRECT)
        if not text(value, "metadata", "name"):
            return _Mistake(f"{file or 'its output'} has a {text(value, 'kind')} without a name", _NAME)
        if not left_out(value):
            objects.append(Produced(gvk_of(value), value, file))
    return tuple(objects)


def _unfolded(value: Any) -> Iterator[Any]:
    kind = text(value, "kind")
    if kind.endswith("List") and isinstance(get(value, "items"), list):
        for item in value["items"]:
            yield from _unfolded(item)
    else:
        yield value


_CORRECT = "Correct that template."
_NAME = "Write metadata.name; generateName has no meaning for an object that is declared in Git."
