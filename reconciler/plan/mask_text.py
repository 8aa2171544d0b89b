"""Values of Secrets, and those that were encrypted in Git, in a text that others wrote, such as the log of a Pod: each spelling
of them that is known here is replaced.

| Spelling | Where it occurs |
|---|---|
| as it is; of a value of several lines, each line, too | configuration that is printed |
| base64, for URLs, without padding, also in the midst of a longer text | Secrets that are printed, HTTP's Basic authentication |
| percent-encoded | addresses of databases |
| as a text of JSON | structured logs |

Values and lines of fewer than 4 characters are left: they occur by chance. A part of a line is not recognised, nor what was made
of a value in another way.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model.changes import Change, ChangeSet, Configure, Skip, Unchanged
from reconciler.model.manifest import Manifest, get, hidden_fields, is_secret, mapping
from reconciler.plan.mask_secrets import MASK, bytes_of

_FIELDS = ("data", "stringData")
_LEAST = 4
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""RFC 3986, 2.3."""


@dataclass(frozen=True, slots=True)
class SecretValues:
    """What must not be shown."""

    spellings: tuple[str, ...] = field(default=(), repr=False)
    """The longest first."""

    def mask(self, text: str) -> str:
        for spelling in self.spellings:
            text = text.replace(spelling, MASK)
        return text


def secret_values(manifests: Iterable[Manifest]) -> SecretValues:
    """Of those among these manifests that hold something that must not be shown."""
    values = {value for manifest in manifests for value in _values(manifest)}
    pieces = {piece for value in values for piece in _pieces(value)}
    found = {spelling for piece in pieces for spelling in _spellings(piece)}
    return SecretValues(tuple(sorted((one for one in found if _counts(one)), key=lambda one: (-len(one), one))))


def masked_refusal(change: Change, message: str) -> str:
    """What a member said of a write, without values of the object: an API server quotes what it refuses."""
    live = None if isinstance(change, Unchanged) else change.live
    manifests = (change.desired.manifest if change.desired is not None else None, live)
    return secret_values(one for one in manifests if one is not None and hidden_fields(one)).mask(message)


def without_values(plan: ChangeSet) -> ChangeSet:
    """The plan, in whose reasons no value is quoted: the path of a field may name an item of a list by its values."""
    if not any(change.desired is not None and change.desired.is_sealed for change in plan.remarkable):
        return plan
    return plan.revised(map(_quiet, plan.changes))


def _quiet(change: Change) -> Change:
    if change.desired is None or not change.desired.is_sealed:
        return change
    if isinstance(change, Configure):
        removed = tuple(masked_refusal(change, path) for path in change.removed)
        return replace(change, reason=masked_refusal(change, change.reason), removed=removed)
    return replace(change, reason=masked_refusal(change, change.reason)) if isinstance(change, Skip) else change


def _counts(text: str) -> bool:
    """What is a mask already stays as it is, however often it is masked."""
    return len(text.strip()) >= _LEAST and not set(text) <= set(MASK)


def _values(manifest: Manifest) -> Iterator[bytes]:
    if not is_secret(manifest):
        for field in hidden_fields(manifest):
            yield from (_encoded(text) for text in _texts(manifest.get(field)))
        return
    for field in _FIELDS:
        if get(manifest, field) is None:
            continue
        for value in mapping(manifest, field).values():
            if isinstance(value, str):
                seen = bytes_of(field, value)
                yield seen if isinstance(seen, bytes) else _encoded(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _pieces(value: bytes) -> Iterator[bytes]:
    """The value, without space around it, and its lines, as far as they are long enough."""
    lines = value.decode("utf-8", "surrogateescape").splitlines()
    for piece in (value, value.strip(), *(line.strip().encode("utf-8", "surrogateescape") for line in lines)):
        if len(piece.decode("utf-8", "replace").strip()) >= _LEAST:
            yield piece


def _spellings(piece: bytes) -> Iterator[str]:
    text = piece.decode("utf-8", "replace")
    yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    yield from (_percent_encoded(piece, _UNRESERVED), _percent_encoded(piece, _UNRESERVED | {ord("/")}))
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        whole = code(piece).decode("ascii")
        yield from (whole, whole.rstrip("="))
        # In a longer text, with 0 to 2 bytes before it in its group of three: what these bytes alone decide.
        for before in range(3):
            bits = 8 * (before + len(piece))
            yield code(bytes(before) + piece).decode("ascii")[-(-8 * before // 6) : bits // 6]


def _percent_encoded(piece: bytes, kept: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in piece)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
