"""PersistentVolume (v1). The volume controller of the member sets its claim."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.fields import ABSENT, lookup, put
from reconciler.interpreter.go_types import check
from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import first_of, with_status
from reconciler.model.manifest import Manifest, mapping, text

_TYPE = "PersistentVolume"
_PHASES = ("Failed", "Pending", "Available", "Bound", "Released")
"""The aggregated phase is the first of these that any member reports."""


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    """`desired` with the claim that the member bound.

    karmada_exact: also where Git names another claim, so that this change is dropped silently.
    """
    claim = lookup(live, "spec", "claimRef")
    named = mapping(desired, "spec", "claimRef")
    is_other = named and any(text(named, field) != text(claim, field) for field in ("namespace", "name"))
    return desired if claim is ABSENT or (is_other and not karmada_exact) else put(desired, ("spec", "claimRef"), claim)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    return with_status(manifest, _TYPE, first_of(_PHASES, items, "PersistentVolumeStatus", unreported="Pending"))


RULES = KindRules(kind=_TYPE, groups=("",), retain=retain, aggregate=aggregate)
