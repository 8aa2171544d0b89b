"""Secret values never leave: what is shown of a Secret has its values replaced.

Equal values get equal masks and different ones different masks within one comparison, so that a diff still tells that
something changed. The mask says nothing of the value, neither its length nor a digest of it.
"""

from __future__ import annotations

from typing import Any

from reconciler.model.manifest import Manifest, annotations_of, get, mapping, with_value
from reconciler.model.ownership import DIGEST_ANNOTATION

_FIELDS = ("data", "stringData")
_COPIES = ("kubectl.kubernetes.io/last-applied-configuration", DIGEST_ANNOTATION)
_MASK = "********"


def is_secret(manifest: Manifest | None) -> bool:
    return manifest is not None and get(manifest, "kind") == "Secret"


def mask(*manifests: Manifest | None) -> tuple[Manifest | None, ...]:
    """The same manifests, fit to be shown; those that are no Secrets unchanged. Several are masked alike."""
    marks: dict[str, dict[str, str]] = {}
    return tuple(_masked(manifest, marks) if is_secret(manifest) else manifest for manifest in manifests)


def mask_one(manifest: Manifest) -> Manifest:
    masked = mask(manifest)[0]
    assert masked is not None  # noqa: S101 -- what goes in comes out
    return masked


def _masked(manifest: Manifest | None, marks: dict[str, dict[str, str]]) -> Manifest | None:
    assert manifest is not None  # noqa: S101 -- callers have asked is_secret
    shown: Any = manifest
    for field in _FIELDS:
        if get(manifest, field) is None:
            continue
        values = mapping(manifest, field)
        hidden = {key: _mark(marks.setdefault(key, {}), repr((field, value))) for key, value in values.items()}
        shown = with_value(shown, (field,), hidden if isinstance(manifest[field], dict) else _MASK)
    for name in _COPIES:
        if name in annotations_of(manifest):
            shown = with_value(shown, ("metadata", "annotations", name), _MASK)
    return shown  # type: ignore[no-any-return]


def _mark(seen: dict[str, str], value: str) -> str:
    """`********` for the first value of a key, `******** (2)` for the next different one."""
    return seen.setdefault(value, _MASK if not seen else f"{_MASK} ({len(seen) + 1})")
