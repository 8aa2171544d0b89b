"""Secret (v1). The data of a service account token belongs to the cluster that signed it."""

from __future__ import annotations

from reconciler.interpreter.conditions import always_current
from reconciler.interpreter.fields import ABSENT, lookup, put
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest, text, without

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


RULES = KindRules(kind="Secret", groups=("",), clean=clean, retain=retain, health=always_current)
