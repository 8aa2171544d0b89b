"""Secrets with their values replaced: no value of a Secret is ever shown.

Within one comparison, equal values get the same mask and different values get different masks, so that a diff still shows that
a value changed. Text under `stringData` equals its base64 under `data`. A mask contains neither the length nor a digest of the
value.

All annotations are masked, except the id that names the object: they may contain copies of the values (kubectl's
last-applied-configuration, similar ones of other tools), our digest, from which a short value could be guessed, and texts of an
annotationsOverrider.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from reconciler.model.manifest import Manifest, annotations_of, get, is_secret, mapping, with_value
from reconciler.model.ownership import ID_ANNOTATION

_FIELDS = ("data", "stringData")
MASK = "********"


def mask(*manifests: Manifest | None) -> tuple[Manifest | None, ...]:
    """The same manifests with Secrets masked, as one comparison; None and other kinds unchanged."""
    marks: dict[str, dict[object, str]] = {}
    return tuple(None if manifest is None else _masked(manifest, marks) for manifest in manifests)


def mask_one(manifest: Manifest) -> Manifest:
    return _masked(manifest, {})


def _masked(manifest: Manifest, marks: dict[str, dict[object, str]]) -> Manifest:
    """marks: field → value → its mask; filled here, and shared by the manifests of one comparison."""
    if not is_secret(manifest):
        return manifest
    shown: Any = manifest
    for field in _FIELDS:
        if get(manifest, field) is None:
            continue
        values = mapping(manifest, field)
        hidden = {key: _mark(marks.setdefault(key, {}), bytes_of(field, value)) for key, value in values.items()}
        shown = with_value(shown, (field,), hidden if isinstance(manifest[field], dict) else MASK)
    for name, text in annotations_of(manifest).items():
        if name != ID_ANNOTATION:
            mark = _mark(marks.setdefault(f"annotation {name}", {}), repr(text))
            shown = with_value(shown, ("metadata", "annotations", name), mark)
    return shown  # type: ignore[no-any-return]


def bytes_of(field: str, value: Any) -> object:
    """The bytes that a Pod would see; for a value that is not valid, its text."""
    if not isinstance(value, str):
        return repr(value)
    return _decoded(value) if field == "data" else value.encode("utf-8", "surrogatepass")


def _decoded(value: str) -> object:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value


def _mark(marks: dict[object, str], value: object) -> str:
    """`********` for the first value of a key, `******** (2)` for the next different one."""
    return marks.setdefault(value, MASK if not marks else f"{MASK} ({len(marks) + 1})")
