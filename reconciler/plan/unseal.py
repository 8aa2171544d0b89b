"""The work of one member with the values of encrypted files in place of their seals (`model/sealed.py`).

This is the last step before a plan, and the first value that holds a secret. An object whose values are not known here is neither
written nor pruned: its copy stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model.expansion import ExpansionKey
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import ENCRYPTED_ANNOTATION, Manifest, annotations_of, get, is_secret, with_value
from reconciler.model.memo import Memo
from reconciler.model.sealed import Sealed, has_seal, sealed_fields, seals_in, with_values
from reconciler.model.sealed_expansion import OpenedChild, SealedChild, SealedExpansion
from reconciler.model.wording import first_few
from reconciler.model.work import RenderedManifest, Work

REASON = "NotDecrypted"
NO_KEY = "this process was given no key. Name one with --sops-age-key-file FILE or --sops-gnupg-home FOLDER"
NO_CHARTS = (
    "a comparison with a proposal does not decrypt them: its templates could tell what they are. `sync --dry-run` compares them, "
    "when it is committed"
)
IN_A_FOLDER = "its member is a folder, and what was encrypted is never written to a disk"
_IDENTITY = ("apiVersion", "kind", "metadata")


@dataclass(frozen=True, slots=True)
class Unsealing:
    """What is known of the encrypted files of a work."""

    contents: Mapping[str, Mapping[str, Any] | str] = field(default_factory=dict, repr=False)
    """By blob: values by seal, or why there are none."""
    expanded: Mapping[ExpansionKey, Mapping[ResourceKey, OpenedChild | str] | str] = field(default_factory=dict, repr=False)
    """By the key of the request with seals, what expansions come to with values, or why there is none."""
    refusal: str = ""
    """Why no value may be put into this work at all; empty where it may."""


def sealed_files(work: Work) -> tuple[Sealed, ...]:
    """The encrypted files that its manifests come from, sorted by path."""
    by_blob = {one.sealed.blob: one.sealed for one in work.manifests if one.sealed is not None}
    by_blob |= {file.blob: file for one in sealed_expansions(work) for file in one.files}
    return tuple(sorted(by_blob.values(), key=lambda file: (file.path, file.blob)))


def sealed_expansions(work: Work) -> tuple[SealedExpansion, ...]:
    """The expansions with encrypted values that its manifests come from, sorted by key."""
    by_key = {one.expanded.expansion.request.key: one.expanded.expansion for one in work.manifests if one.expanded is not None}
    return tuple(by_key[key] for key in sorted(by_key))


def unsealed(work: Work, known: Unsealing, *, memo: Memo) -> Work:
    """The work with values. What has none is in `Work.failed`."""
    manifests: list[RenderedManifest] = []
    failed: dict[ResourceKey, Issue] = dict(work.failed)
    for one in work.manifests:
        found = memo(_unsealed, one, known) if one.is_sealed else one
        if isinstance(found, Issue):
            failed[one.key] = found
        else:
            manifests.append(found)
    return replace(work, manifests=tuple(manifests), failed=failed)


def with_plain_values(manifest: Manifest, values: Mapping[str, Any]) -> Manifest | None:
    """The manifest with the values of all its seals; None where one of them is not known, or stands in the metadata, which is
    shown."""
    if has_seal({name: get(manifest, name) for name in _IDENTITY}) or not values.keys() >= set(seals_in(manifest)):
        return None
    fields = sealed_fields(manifest)
    plain: Manifest = {name: with_values(value, values) if name in fields else value for name, value in manifest.items()}
    return _hiding(plain, fields)


def _hiding(manifest: Manifest, fields: Collection[str]) -> Manifest:
    """An object that is no Secret says in an annotation which of its fields must be hidden."""
    if is_secret(manifest) or not fields:
        return manifest
    stated = annotations_of(manifest).get(ENCRYPTED_ANNOTATION, "")
    hidden = sorted({*fields, *(stated.split(",") if isinstance(stated, str) and stated else ())})
    return with_value(manifest, ("metadata", "annotations", ENCRYPTED_ANNOTATION), ",".join(hidden))  # type: ignore[no-any-return]


def _opened(one: RenderedManifest, child: SealedChild, known: Unsealing) -> RenderedManifest | Issue:
    """An object that comes of encrypted values, though it may have none of them: without a key, nobody knows."""
    found = known.refusal or known.expanded.get(child.expansion.request.key, NO_KEY)
    opened = found if isinstance(found, str) else found.get(child.key, "the chart has other objects with its values")
    if isinstance(opened, str):
        files = first_few([file.path for file in child.expansion.files], 3)
        return _issue(one, f"it is expanded from values that are encrypted in {files}", opened)
    content = {name: value for name, value in opened.manifest.items() if name not in _IDENTITY}
    identity = {name: one.manifest[name] for name in _IDENTITY if name in one.manifest}
    return replace(one, manifest=_hiding({**identity, **content}, opened.hidden))


def _unsealed(one: RenderedManifest, known: Unsealing) -> RenderedManifest | Issue:
    if one.expanded is not None:
        return _opened(one, one.expanded, known)
    if one.sealed is None or not has_seal(one.manifest):  # Override rules may have replaced all encrypted values.
        return one
    values = known.refusal or known.contents.get(one.sealed.blob, NO_KEY)
    if isinstance(values, str):
        return _issue(one, f"its values are encrypted in {one.sealed.path}", values)
    manifest = with_plain_values(one.manifest, values)
    if manifest is None:
        what = f"its values are encrypted in {one.sealed.path}"
        return _issue(one, what, "it has an encrypted value that is not from this file, or one in its metadata")
    return replace(one, manifest=manifest)


def _issue(one: RenderedManifest, what: str, why: str) -> Issue:
    return error(REASON, f"{one.key}: {what}, and {why}", origin=one.origin, subject=one.key)
