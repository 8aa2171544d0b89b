"""PersistentVolume (v1). The volume controller of the member sets its claim."""

from __future__ import annotations

from datetime import datetime

from reconciler.interpreter.fields import ABSENT, lookup, put
from reconciler.interpreter.go_types import check
from reconciler.interpreter.rules import KindRules, StatusItems
from reconciler.interpreter.status_items import first_of, with_status
from reconciler.model.manifest import Manifest

_TYPE = "PersistentVolume"
_PHASES = ("Failed", "Pending", "Available", "Bound", "Released")
"""The aggregated phase is the first of these that any member reports."""


def retain(desired: Manifest, live: Manifest, *, karmada_exact: bool = False) -> Manifest:
    claim = lookup(live, "spec", "claimRef")
    return desired if claim is ABSENT else put(desired, ("spec", "claimRef"), claim)


def aggregate(manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
    check(manifest, _TYPE)
    return with_status(manifest, _TYPE, first_of(_PHASES, items, "PersistentVolumeStatus", unreported="Pending"))


RULES = KindRules(kind=_TYPE, groups=("",), retain=retain, aggregate=aggregate)
