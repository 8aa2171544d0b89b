"""What of a Chart or Kustomize is encrypted, and whether it may be decrypted for that object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.expand.requests import Refused
from reconciler.load.expanded_from import value_entries
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.expansion import Expansion, ExpansionRequest
from reconciler.model.manifest import Manifest, text
from reconciler.model.sealed import Sealed
from reconciler.model.sealed_expansion import SealedExpansion, SealedText


def sealed_in(manifest: Manifest, sealed: Mapping[str, SealedText]) -> Mapping[str, SealedText]:
    """By digest, in their order, what a rendered Chart or Kustomize takes from encrypted ConfigMaps and Secrets. sealed: all
    of those, by digest."""
    digests = [text(entry, "digest") for entry in value_entries(manifest)]
    return {digest: sealed[digest] for digest in digests if digest in sealed}


def sealed_expansion(
    request: ExpansionRequest,
    manifest: Manifest,
    expansion: Expansion,
    taken: tuple[SealedText, ...],
    *,
    aside: tuple[Mapping[str, str], tuple[str, ...]],
) -> SealedExpansion:
    """aside: all texts by digest, and the digests of those that are taken; the manifest names them."""
    texts, digests = aside
    files = {one.blob: one for one in (*expansion.sealed, *(one.file for one in taken))}
    named = {digest: texts[digest] for entry in value_entries(manifest) if (digest := text(entry, "digest")) in texts}
    in_order = tuple(sorted(files.values(), key=lambda one: (one.path, one.blob)))
    return SealedExpansion(request, manifest, in_order, named, dict(zip(digests, taken, strict=True)))


def refusal(template: ResourceTemplate, files: Iterable[Sealed], desired: DesiredState) -> Refused | None:
    """Why files of values may not be decrypted for an object. Nothing in such a file tells whose it is: a copy of somebody else's
    would be decrypted, too. (SOPS binds the values of a Secret to its name and namespace, which the file states.)"""
    for file in files:
        if any(file.path.startswith(f"{one.folder}/") for one in desired.source_lock.sources):
            what = f"{file.path} is encrypted, and comes from elsewhere, where it may be a copy of a file from here"
            return Refused(what, _ELSEWHERE)
        if any(desired.judges.of(path) is not None for path in (template.origin.file, file.path)):
            what = f"{file.path} is encrypted, and below a folder of a Tenant it may be a copy of somebody else's file"
            return Refused(what, _ELSEWHERE)
    return None


_ELSEWHERE = "Write the values into an encrypted Secret of this repository, in the same namespace, and name it in valuesFrom."
