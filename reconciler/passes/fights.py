"""Fights: objects that this process and another client change back again and again.

A correction that another client undoes is tried less and less often (`object_backoff.py`). From the third correction on, the
status, the log and the metrics name the object, the fields, both writers and what to do: no pause ends the fight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.changes import Configure, Create
from reconciler.model.keys import ResourceKey
from reconciler.model.managed_fields import MANAGER
from reconciler.model.ownership import owner_instance
from reconciler.plan.drift import DRIFTED

AT_LEAST = 3
"""Corrections in a row, without a quiet time, that make a fight."""


@dataclass(frozen=True, slots=True)
class Fight:
    """One object of one member."""

    reason: str
    """Who writes what; a sentence that stays the same from correction to correction."""
    remedy: str
    corrections: int
    """How many in a row."""
    pause: float
    """Seconds until the next correction at the earliest."""

    @property
    def message(self) -> str:
        return f"{self.reason}\n  {self.remedy}"


Fights = Mapping[ResourceKey, Fight]


def fight_over(change: Create | Configure, corrections: int, pause: float) -> Fight | None:
    """The fight that shows in this correction, the last one of `corrections`; None where these are too few."""
    if corrections < AT_LEAST:
        return None
    if isinstance(change, Create):
        reason = f"{MANAGER} creates the object, and another client deletes it again and again"
        return Fight(reason, _ONE_OF_BOTH, corrections, pause)
    if change.taken_over:
        here, there = owner_instance(change.desired.manifest), owner_instance(change.live)
        other = f"the one with spec.instance {there}" if there not in ("", here) else "another client"
        reason = f"the reconciler with spec.instance {here} and {other} take the object from each other, again and again"
        return Fight(reason, _ONE_OWNER, corrections, pause)
    what = change.reason.removeprefix(DRIFTED).lstrip(": ") or "the object"
    return Fight(f"{MANAGER} and another client change the same fields again and again: {what}", _ONE_WRITER, corrections, pause)


_ONE_WRITER = (
    "Let one of the two write it: leave these fields out of the file in Git, name them in spec.ignoreDifferences of the "
    "Configuration, or stop the other client."
)
_ONE_OF_BOTH = "Remove its file from Git if the object must go, or stop the client that deletes it."
_ONE_OWNER = (
    "Declare the object in one of the two repositories only, or set conflictResolution: Abort in the policy of the reconciler "
    "that must not write it."
)
