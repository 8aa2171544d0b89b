"""Replicas that no node takes move on: when, and how many. Pure (Karmada: pkg/descheduler).

| What is observed | The member |
|---|---|
| Pods without a node for `unschedulableFor` | is to keep the rest of its replicas, at least those that are ready |
| `coolDown` after that | counts as any other again: what has moved stays, and new replicas may come |

Karmada lowers the number in the binding and leaves it to the scheduler where the rest goes; it may come back at once. Here the
member keeps exactly that number for a while (`Cap`), and scheduling divides the others without it.

While a move goes on, none is decided anew: the Pods that are seen then belong to the placement before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.model.descheduling import Cap
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedDecision


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What a member is to keep, and why."""

    keeps: int
    stuck: int
    """Replicas that no node takes: those that have waited long enough, or that will have first."""
    due: datetime
    """When they have waited long enough."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of one workload."""

    caps: Mapping[ClusterName, Cap] = field(default_factory=dict)
    """Those that still hold."""
    shortfalls: Mapping[ClusterName, Shortfall] = field(default_factory=dict)
    """Members with replicas that no node takes, sorted. Some may not be due yet."""
    due: datetime | None = None
    """When time alone changes something next; None where it does not."""


def outlook(decision: RecordedDecision, unschedulable_for: timedelta, cool_down: timedelta, now: datetime) -> Outlook:
    """decision: as it was recorded, with what was seen of its Pods."""
    caps = {name: cap for name, cap in decision.caps.items() if now < cap.since + cool_down}
    moments = [cap.since + cool_down for cap in caps.values()]
    shortfalls: dict[ClusterName, Shortfall] = {}
    for target in decision.binding.targets if not is_moving(decision) else ():
        waiting = decision.waiting.get(target.name)
        if waiting is None or not waiting.since or waiting.replicas != target.replicas:
            continue
        due = [min(since, now) + unschedulable_for for since in waiting.since]
        stuck = [moment for moment in due if moment <= max(now, due[0])]
        keeps = max(target.replicas - len(stuck), waiting.ready)
        if keeps < target.replicas:
            shortfalls[target.name] = Shortfall(keeps, len(stuck), stuck[-1])
            moments += due
    later = [moment for moment in moments if moment > now]
    return Outlook(caps, dict(sorted(shortfalls.items())), min(later, default=None))


def is_moving(decision: RecordedDecision) -> bool:
    """Whether another placement is decided than the one in force."""
    return decision.decided is not None or bool(decision.leaving) or any(task.is_moving for task in decision.evictions)


def cap_of(shortfall: Shortfall, now: datetime) -> Cap:
    return Cap(shortfall.keeps, now.replace(microsecond=0))
