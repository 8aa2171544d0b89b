"""Secret (v1). The data of a service account token belongs to the cluster that signed it."""

from __future__ import annotations

import base64

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.fields import ABSENT, lookup, put
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest, get, mapping, text, without

_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type
_UID_ANNOTATION = "kubernetes.io/service-account.uid"


def clean(manifest: Manifest) -> Manifest:
    """A copy of a token with null data, because the token controller of the member fills it in."""
    if text(manifest, "type") != _TOKEN:
        return manifest
    manifest = without(manifest, ("metadata", "annotations", _UID_ANNOTATION))
    return manifest if manifest.get("data", ABSENT) is None else put(manifest, ("data",), None)


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    if text(desired, "type") != _TOKEN:
        return desired
    data = lookup(live, "data")
    return desired if data is ABSENT else put(desired, ("data",), data)


def with_data(manifest: Manifest) -> Manifest:
    """A copy with the texts of `stringData` in `data`, as an API server stores a Secret (pkg/apis/core/v1/conversion.go); the
    same manifest if it is no Secret, or has none. A value that is no text leaves the manifest as it is."""
    texts = get(manifest, "stringData")
    if manifest.get("kind") != "Secret" or manifest.get("apiVersion") != "v1" or not isinstance(texts, dict):
        return manifest
    if not all(isinstance(value, str) for value in texts.values()):
        return manifest
    encoded = {name: base64.b64encode(value.encode()).decode() for name, value in texts.items()}
    folded = without(manifest, ("stringData",))
    return put(folded, ("data",), {**mapping(manifest, "data"), **encoded}) if texts else folded


RULES = KindRules(kind="Secret", groups=("",), clean=clean, retain=retain, health=always_current)
