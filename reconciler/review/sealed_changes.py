"""What `diff` says of encrypted values: SOPS makes another text of the same value when a file is encrypted anew.

With a key, a value counts as changed if it is another value. Without one, only the encrypted texts can be compared, and a change
of nothing else says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.decrypt.decryptor import Decryptor
from reconciler.decrypt.values import Plain
from reconciler.model.manifest import Manifest, without
from reconciler.model.ownership import DIGEST_ANNOTATION
from reconciler.model.sealed import Sealed, is_seal, without_seals
from reconciler.model.work import RenderedManifest
from reconciler.review.object_diff import ObjectDiff

MAY_BE_THE_SAME = "only encrypted texts differ: the values may be the same, which a key would tell"


async def with_true_changes(differences: Iterable[ObjectDiff], decryptor: Decryptor | None) -> list[ObjectDiff]:
    """The differences, without those that a key shows to be none. Never raises for a file."""
    found = list(differences)
    sealed = [file for one in found for side in (one.before, one.after) if side is not None for file in _files(side)]
    if not sealed:
        return found
    opened = await decryptor.decrypted(sealed) if decryptor is not None else {}
    values = {blob: one.values for blob, one in opened.items() if isinstance(one, Plain)}
    return [two for one in found for two in _judged(one, values)]


def _judged(one: ObjectDiff, values: Mapping[str, Mapping[str, Any]]) -> Iterator[ObjectDiff]:
    if one.before is None or one.after is None or not one.is_before_known:
        yield one
        return
    old, new = (_values_of(side, values) for side in (one.before, one.after))
    manifest = _aligned(one.before.manifest, one.after.manifest, old or {}, new or {})
    if old is not None and new is not None:
        if _content(manifest) != _content(one.before.manifest):
            yield replace(one, after=replace(one.after, manifest=manifest))
    elif not one.reason and _without_seals(one.before.manifest) == _without_seals(one.after.manifest):
        yield replace(one, reason=MAY_BE_THE_SAME)
    else:
        yield one


def _values_of(side: RenderedManifest, values: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """None where a key is missing."""
    known = [values.get(file.blob) for file in _files(side)]
    return None if None in known else {seal: value for one in known if one is not None for seal, value in one.items()}


def _files(side: RenderedManifest) -> tuple[Sealed, ...]:
    if side.expanded is not None:
        return side.expanded.expansion.files
    return () if side.sealed is None else (side.sealed,)


def _aligned(before: Any, after: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    """The new manifest, with what the old one has wherever the values are equal."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {name: _aligned(before.get(name), value, old, new) for name, value in after.items()}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [_aligned(one, other, old, new) for one, other in zip(before, after, strict=True)]
    if not (is_seal(before) or is_seal(after)):
        return after
    first, second = (known.get(value, _UNKNOWN) if is_seal(value) else value for value, known in ((before, old), (after, new)))
    same = first is not _UNKNOWN and second is not _UNKNOWN and (type(first), first) == (type(second), second)
    return before if same else after


def _content(manifest: Manifest) -> Manifest:
    return without(manifest, ("metadata", "annotations", DIGEST_ANNOTATION))  # type: ignore[no-any-return]


def _without_seals(manifest: Manifest) -> Any:
    return _blank(_content(manifest))


def _blank(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _blank(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_blank(one) for one in value]
    return without_seals(value) if isinstance(value, str) else value


_UNKNOWN = object()
