"""Which workloads give up replicas on a member because no node there takes them (`spec.descheduler` of the Configuration).

It acts on Deployments that are divided, without spread constraints, as Karmada's descheduler does on those that are divided by
capacity. A move counts against `maxObjects` of `spec.failover`, and waits while most members do not answer. Nothing moves where
the other clusters cannot take it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.descheduling import Cap
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.moments import time_text
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.model.wording import plural
from reconciler.pipeline.evict import Evictions, load_of
from reconciler.pipeline.snapshot import Snapshot
from reconciler.transition.descheduling import Outlook, Shortfall, cap_of, is_moving, outlook
from reconciler.transition.eviction_guard import Request, admit

Caps = Mapping[ClusterName, Cap]
Rest = Callable[[ResourceTemplate, frozenset[ClusterName]], Binding | Unschedulable | None]
"""Schedules a template as if these members did not exist."""
Trial = Callable[[ResourceKey, Caps], Binding | Unschedulable | None]
"""What scheduling would decide about a workload with these caps."""
Beside = Callable[[ResourceKey, Caps], bool]
"""Whether what these caps take from a workload finds a place beside the moves before it. If so, the place is taken."""


@dataclass(frozen=True, slots=True)
class Descheduled:
    """Of one workload."""

    caps: Caps = field(default_factory=dict)
    waits: tuple[str, ...] = ()
    """What is to come, and what it waits for, one sentence each."""


NOTHING_DESCHEDULED = Descheduled()


@dataclass(frozen=True, slots=True)
class Descheduling:
    """Of all workloads."""

    by_key: Mapping[ResourceKey, Descheduled] = field(default_factory=dict)
    """Without the workloads that nothing happens to."""
    due: datetime | None = None
    """When time alone can change something next; None where it cannot."""

    def of(self, key: ResourceKey) -> Descheduled:
        return self.by_key.get(key, NOTHING_DESCHEDULED)


NO_DESCHEDULING = Descheduling()


def is_descheduled(key: ResourceKey, policy: PropagationPolicy | None) -> bool:
    """Whether replicas of this workload move on where no node takes them."""
    if (key.group, key.kind) != ("apps", "Deployment") or policy is None or policy.suspension:
        return False
    return policy.placement.divided and not policy.placement.spread


def plan_descheduling(
    objects: Iterable[tuple[ResourceKey, RecordedDecision, bool]],
    evictions: Evictions,
    snapshot: Snapshot,
    trial: Trial,
    beside: Beside,
) -> Descheduling:
    """objects: the workloads of `is_descheduled`, each with whether a move may begin now."""
    settings = snapshot.desired.settings
    after, failover, now = settings.unschedulable_for, settings.failover, snapshot.now
    if after is None:
        return NO_DESCHEDULING
    views = {key: (last, outlook(last, after, failover.cool_down, now), may) for key, last, may in objects}
    begins: dict[ResourceKey, dict[ClusterName, Cap]] = {}
    waits: dict[ResourceKey, list[str]] = {}
    requests: list[Request] = []
    wanted: dict[ResourceKey, Caps] = {}
    for key, (last, seen, may_begin) in views.items():
        caps = dict(seen.caps)
        for name, short in seen.shortfalls.items():
            if short.due > now:
                waits.setdefault(key, []).append(_later(name, short))
            elif not may_begin or evictions.of(key).tasks:
                continue
            elif fits(trial(key, more := {**caps, name: cap_of(short, now)}), more, last.binding.targets):
                caps = wanted[key] = more
                requests.append(Request(key, name, short.due, returns=True))
            else:
                waits.setdefault(key, []).append(f"{_stuck(name, short)}{_NO_ROOM}")
    moving = frozenset(key for key, (last, seen, _) in views.items() if seen.caps and is_moving(last))
    finds_place = cache(lambda key: beside(key, wanted[key]))  # It may give up replicas on several members.
    admission = admit(requests, load_of(evictions, moving, snapshot), failover, lambda one: finds_place(one.key))
    for key, name in sorted(admission.admitted):
        begins.setdefault(key, {})[name] = cap_of(views[key][1].shortfalls[name], now)
    for key, name in sorted(admission.homeless):
        waits.setdefault(key, []).append(f"{_stuck(name, views[key][1].shortfalls[name])}{_NO_ROOM}")
    for (key, name), why in sorted(admission.paused.items()):
        waits.setdefault(key, []).append(f"{_stuck(name, views[key][1].shortfalls[name])}, and they wait: {why}")
    found = {
        key: Descheduled({**seen.caps, **begins.get(key, {})}, tuple(waits.get(key, ())))
        for key, (_, seen, _) in views.items()
        if seen.caps or key in begins or key in waits
    }
    return Descheduling(found, _next(seen for _, seen, _ in views.values()))


def fits(found: Binding | Unschedulable | None, caps: Caps, before: Iterable[TargetCluster]) -> bool:
    """Whether the other members take what these do not, and none of them loses a replica for it."""
    if not isinstance(found, Binding) or any((found.replicas_in(name) or 0) != cap.replicas for name, cap in caps.items()):
        return False
    return all((found.replicas_in(one.name) or 0) >= one.replicas for one in before if one.name not in caps)


def schedule_within(
    template: ResourceTemplate, caps: Caps, rest: Rest, smaller: Callable[[int], ResourceTemplate]
) -> Binding | Unschedulable | None:
    """The decision in which each capped member has its number, and the other members share the rest. Without caps, or where the
    other members cannot take the rest (any more), the decision of the scheduler.

    smaller: the template with another number of replicas.
    """
    whole = rest(template, frozenset())
    if not isinstance(whole, Binding):
        return whole
    # A cap puts nothing on a member on which the workload is not to be (any more). One of 0 keeps it away.
    caps = {name: cap for name, cap in caps.items() if not cap.replicas or whole.replicas_in(name) is not None}
    left = whole.replicas - sum(cap.replicas for cap in caps.values())
    if not caps or left <= 0:
        return whole
    found = rest(smaller(left), frozenset(caps))
    if not isinstance(found, Binding):
        return whole
    kept = [TargetCluster(name, cap.replicas) for name, cap in caps.items() if cap.replicas]
    names = ", ".join(f"{name} keeps {cap.replicas}" for name, cap in sorted(caps.items()))
    why = f"of {plural(whole.replicas, 'replica')}, {names}, because no node there takes more; the other clusters share {left}"
    others = {name: reason for name, reason in found.rejected.items() if name not in caps}
    none_left = {name: _NO_NODE for name, cap in caps.items() if not cap.replicas}
    return replace(
        found,
        targets=tuple(sorted([*found.targets, *kept])),
        replicas=whole.replicas,
        reasons=(*found.reasons, why),
        rejected=dict(sorted({**others, **none_left}.items())),
    )


def _stuck(name: ClusterName, short: Shortfall) -> str:
    return f"no node on {name} takes {plural(short.stuck, 'replica')}"


def _later(name: ClusterName, short: Shortfall) -> str:
    return f"{_stuck(name, short)}: what none takes until {time_text(short.due)} moves to other clusters"


def _next(outlooks: Iterable[Outlook]) -> datetime | None:
    return min((one.due for one in outlooks if one.due is not None), default=None)


_NO_ROOM = ", and no other cluster can take them"
_NO_NODE = "no node there takes a replica"
