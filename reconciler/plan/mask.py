"""Secret values never leave: what is shown of a Secret has its values replaced.

Equal values get equal masks and different ones different masks within one comparison, so that a diff still tells that
something changed; text under `stringData` equals its base64 under `data`. The mask says nothing of the value, neither its length
nor a digest of it.

Annotations are masked, too, but for the id that names the object: they hold copies (kubectl's last-applied-configuration, other
tools' under other names), our digest, from which a short value could be guessed, and what an annotationsOverrider writes.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from reconciler.model.manifest import Manifest, annotations_of, get, is_secret, mapping, with_value
from reconciler.model.ownership import ID_ANNOTATION

_FIELDS = ("data", "stringData")
_MASK = "********"


def mask(*manifests: Manifest | None) -> tuple[Manifest | None, ...]:
    """The same manifests, fit to be shown; those that are no Secrets unchanged. Several are masked alike."""
    marks: dict[str, dict[object, str]] = {}
    return tuple(_masked(manifest, marks) if is_secret(manifest) else manifest for manifest in manifests)


def mask_one(manifest: Manifest) -> Manifest:
    masked = mask(manifest)[0]
    assert masked is not None  # noqa: S101 -- what goes in comes out
    return masked


def _masked(manifest: Manifest | None, marks: dict[str, dict[object, str]]) -> Manifest | None:
    assert manifest is not None  # noqa: S101 -- callers have asked is_secret
    shown: Any = manifest
    for field in _FIELDS:
        if get(manifest, field) is None:
            continue
        values = mapping(manifest, field)
        hidden = {key: _mark(marks.setdefault(key, {}), _meant(field, value)) for key, value in values.items()}
        shown = with_value(shown, (field,), hidden if isinstance(manifest[field], dict) else _MASK)
    for name, text in annotations_of(manifest).items():
        if name != ID_ANNOTATION:
            mark = _mark(marks.setdefault(f"annotation {name}", {}), repr(text))
            shown = with_value(shown, ("metadata", "annotations", name), mark)
    return shown  # type: ignore[no-any-return]


def _meant(field: str, value: Any) -> object:
    """What the value stands for: the bytes that a Pod would see, else whatever is written there."""
    if not isinstance(value, str):
        return repr(value)
    return _decoded(value) if field == "data" else value.encode("utf-8", "surrogatepass")


def _decoded(value: str) -> object:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return value


def _mark(seen: dict[object, str], value: object) -> str:
    """`********` for the first value of a key, `******** (2)` for the next different one."""
    return seen.setdefault(value, _MASK if not seen else f"{_MASK} ({len(seen) + 1})")
