"""PersistentVolume (v1). Its claim is written by the member's volume controller."""

from __future__ import annotations

from reconciler.interpreter.fields import ABSENT, lookup, put
from reconciler.interpreter.rules import KindRules
from reconciler.model.manifest import Manifest


def retain(desired: Manifest, live: Manifest) -> Manifest:
    claim = lookup(live, "spec", "claimRef")
    return desired if claim is ABSENT else put(desired, ("spec", "claimRef"), claim)


RULES = KindRules(kind="PersistentVolume", groups=("",), retain=retain)
