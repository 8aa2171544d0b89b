"""Secrets with their values replaced: no value of a Secret is ever shown.

Within one comparison, equal values get the same mask and different values get different masks, so that a diff still shows that
a value changed. Text under `stringData` equals its base64 under `data`. A mask contains neither the length nor a digest of the
value.

An object that is no Secret and holds values that were encrypted in Git names the fields with such values in an annotation
(`hidden_fields`); all values below these fields are masked, in all manifests of one comparison. What is still encrypted is shown
as it is: a seal (`model/sealed.py`) tells nothing.

All annotations of such objects are masked, except the id that names the object: they may contain copies of the values (kubectl's
last-applied-configuration, similar ones of other tools), our digest, from which a short value could be guessed, and texts of an
annotationsOverrider.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model.manifest import (
    ENCRYPTED_ANNOTATION,
    Manifest,
    annotations_of,
    get,
    hidden_fields,
    is_secret,
    mapping,
    with_value,
)
from reconciler.model.ownership import ID_ANNOTATION
from reconciler.model.sealed import is_seal

_FIELDS = ("data", "stringData")
MASK = "********"


def mask(*manifests: Manifest | None) -> tuple[Manifest | None, ...]:
    """The same manifests with what must not be shown masked, as one comparison; None and other objects unchanged."""
    marks: dict[str, dict[object, str]] = {}
    hidden = sorted({name for manifest in manifests if not is_secret(manifest) for name in hidden_fields(manifest)})
    return tuple(None if manifest is None else _masked(manifest, marks, hidden) for manifest in manifests)


def mask_one(manifest: Manifest) -> Manifest:
    return _masked(manifest, {}, () if is_secret(manifest) else hidden_fields(manifest))


def _masked(manifest: Manifest, marks: dict[str, dict[object, str]], hidden: Sequence[str]) -> Manifest:
    """marks: field → value → its mask; filled here, and shared by the manifests of one comparison. hidden: the fields that are
    masked of an object that is no Secret."""
    shown: Any = manifest
    if is_secret(manifest):
        for field in _FIELDS:
            if get(manifest, field) is None:
                continue
            values = mapping(manifest, field)
            masked = {key: _of_secret(field, value, marks.setdefault(key, {})) for key, value in values.items()}
            shown = with_value(shown, (field,), masked if isinstance(manifest[field], dict) else MASK)
    elif not hidden:
        return manifest
    else:
        for field in hidden:
            if field in manifest:
                shown = with_value(shown, (field,), _of_field(manifest[field], (field,), marks))
    for name, text in annotations_of(manifest).items():
        if name not in (ID_ANNOTATION, ENCRYPTED_ANNOTATION):
            mark = _mark(marks.setdefault(f"annotation {name}", {}), repr(text))
            shown = with_value(shown, ("metadata", "annotations", name), mark)
    return shown  # type: ignore[no-any-return]


def _of_secret(field: str, value: Any, marks: dict[object, str]) -> str:
    return value if is_seal(value) else _mark(marks, bytes_of(field, value))


def _of_field(value: Any, path: tuple[str, ...], marks: dict[str, dict[object, str]]) -> Any:
    if isinstance(value, Mapping):
        return {name: _of_field(one, (*path, name), marks) for name, one in value.items()}
    if isinstance(value, list):
        return [_of_field(one, (*path, "[]"), marks) for one in value]
    return value if is_seal(value) else _mark(marks.setdefault("field " + repr(path), {}), repr(value))


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
