"""The first step: claim → schedule → transition, for every template on its own.

The result states where a template's own policy places it in this pass. Dependencies are added after that (`follow.py`),
because the workloads that require them must be placed first.

What a decision depends on is put together as values that stay the same objects (`claimed.py`), and the memo finds the whole
decision. What depends on other templates or on the time is decided beside that in every pass, and is one of these values: who
leaves which member, what is left of the capacity, quotas, the turns of rollouts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from reconciler.claim.claims import Claim
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import ObjectReport, RecordedDecision
from reconciler.model.settings import Unclaimed
from reconciler.model.workload import Resources
from reconciler.pipeline.claimed import Claimed, Rules, claim_templates, rules_of
from reconciler.pipeline.demands import Asked
from reconciler.pipeline.deschedule import (
    NO_DESCHEDULING,
    NOTHING_DESCHEDULED,
    Caps,
    Descheduled,
    Descheduling,
    is_descheduled,
    plan_descheduling,
)
from reconciler.pipeline.evict import NO_EVICTION, NO_EVICTIONS, Eviction, Evictions, Placed, plan_evictions
from reconciler.pipeline.in_turn import in_turn, turns
from reconciler.pipeline.places import Places, in_order
from reconciler.pipeline.quotas import NO_QUOTAS, QUOTA_EXCEEDED, Quotas, enforce, limited_namespaces
from reconciler.pipeline.room import Room, last_decision
from reconciler.pipeline.scheduling import as_large_as, schedule_claimed, with_reason
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.staged import NO_ROLLOUTS, Rollouts, Staged
from reconciler.pipeline.trials import Trials
from reconciler.schedule.rebalance import due_workloads
from reconciler.schedule.reservations import NO_RESERVATIONS, NOTHING_TAKEN, Reservations, Taken
from reconciler.transition.activation import waiting
from reconciler.transition.break_first import runs_once
from reconciler.transition.last_good import keeps_copies, report_within
from reconciler.transition.suspension import Terms
from reconciler.transition.transition import Transition, transition_to

Scheduled: TypeAlias = Binding | Unschedulable | None
"""As `Decided.scheduling`."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one template by itself."""

    template: ResourceTemplate
    claim: Claim
    scheduling: Binding | Unschedulable | None
    """The scheduler's result. None: no policy claims the template, and it needs one."""
    transition: Transition
    """What this pass brings about: where the template's own policy has it in force."""
    previous: RecordedDecision | None
    """The recorded decision, without the clusters that are no longer declared."""
    terms: Terms
    """Suspension and preservation, as the template's own policy states them."""
    frozen: bool = False
    """Whether a file that governs the object has an error, so that the placement stays as it is."""
    policy_waits: bool = False
    """Whether its Lazy policy has changed, and acts only when the template changes, too."""
    hold: str = ""
    """Why its manifests cannot be made, so that its copies stay as they are on every member; empty when they can."""
    kept: bool = False
    """Whether its own policy does not act now. Its copies then stay as they are, except where a workload requires it."""
    rebalance: bool = False
    """Whether a WorkloadRebalancer asks for a fresh placement in this pass."""
    template_digest: str = ""
    """Empty where no policy is Lazy."""
    eviction: Eviction = NO_EVICTION
    """Members that it leaves, or left, because something failed there."""
    descheduled: Descheduled = NOTHING_DESCHEDULED
    """Members that keep a number of its replicas, because no node there takes more."""
    counted: Resources = field(default_factory=dict)
    """What it counts as against the FederatedResourceQuotas of its namespace; empty where there are none."""
    limited: Unschedulable | None = None
    """Why a quota refuses what its template asks for, where it moves with the number of replicas that it has; else None."""
    taken: Taken = field(default_factory=dict)
    """What was left of the capacity of members for it, where something is reserved."""
    reserved: Reservations = field(default_factory=dict)
    """Its replicas that no look at the capacity of their members has seen."""

    @property
    def depends_on_time(self) -> bool:
        """Whether time alone may change it: a handover has a time-out."""
        return bool(self.transition.leaving)


@dataclass(frozen=True, slots=True)
class Decisions:
    """About all templates."""

    by_key: dict[ResourceKey, Decided]
    """Sorted by key."""
    evictions: Evictions = NO_EVICTIONS
    quotas: Quotas = NO_QUOTAS
    descheduling: Descheduling = NO_DESCHEDULING


def decide(snapshot: Snapshot, memo: Memo, rollouts: Rollouts = NO_ROLLOUTS) -> Decisions:
    """For every template of the revision, and those that rollouts keep."""
    desired, recorded = snapshot.desired, snapshot.recorded
    rules = rules_of(snapshot, memo)
    claimed = claim_templates(snapshot, rollouts, rules, memo)
    due = due_workloads(desired.rebalancers, recorded.rebalanced)
    room = Room(snapshot, {key: one.previous for key, one in claimed.items()}, memo)

    trials = Trials(claimed, due, recorded, rules, memo)
    places = Places(claimed, room, trials.elsewhere)
    evictions = plan_evictions(_placed(claimed, snapshot), snapshot, places)

    def capped(key: ResourceKey, caps: Caps) -> Scheduled:
        return trials.capped(key, evictions.of(key), caps, room.left_for(claimed[key].claim.policy))

    def capped_beside(key: ResourceKey, caps: Caps) -> bool:
        places.open({})
        return places.finds_room(key, partial(trials.fitting, key, evictions.of(key), caps))

    descheduling = plan_descheduling(_deschedulable(claimed, snapshot), evictions, snapshot, capped, capped_beside)
    facts = {
        key: (one, key in due, evictions.of(key), descheduling.of(key).caps, recorded.report_of(key))
        for key, one in claimed.items()
    }
    scheduled, roomy, quotas = _schedule_within_quotas(facts, places.order, room, snapshot, rules, memo)
    if smaller := _as_large_as_before(facts, quotas, roomy, room, rules, memo):
        quotas = quotas.limiting(smaller, _enforce_quotas(claimed, {**scheduled, **smaller}, snapshot, memo))
        scheduled |= smaller
    scheduled |= quotas.refused
    rows = [
        (one, scheduled[key], rebalance, eviction, rollouts.staged.get(key), report)
        for key, (one, rebalance, eviction, _, report) in facts.items()
    ]
    decided = dict(zip(claimed, _decide_all(rows, rules, snapshot.now, memo), strict=True))
    for key, (taken, reserved) in roomy.items():
        decided[key] = memo(_with_room, decided[key], taken, reserved)
    for key, descheduled in descheduling.by_key.items():
        decided[key] = replace(decided[key], descheduled=descheduled)
    for key, refusal in quotas.limited.items():
        decided[key] = replace(decided[key], limited=refusal)
    for key, counted in quotas.counted.items():
        decided[key] = replace(decided[key], counted=counted)
    return Decisions(decided, evictions, quotas, descheduling)


_Facts: TypeAlias = tuple[Claimed, bool, Eviction, Caps, ObjectReport]
"""The arguments of `schedule_claimed` that differ from template to template."""
_Row: TypeAlias = tuple[Claimed, Scheduled, bool, Eviction, Staged | None, ObjectReport]
"""The arguments of `_decide` that do."""


_Roomy: TypeAlias = dict[ResourceKey, tuple[Taken, Reservations]]
"""Where that matters, what was left of the capacity for a template, and what it reserves."""


def _schedule_within_quotas(
    facts: Mapping[ResourceKey, _Facts],
    first: Iterable[ResourceKey],
    room: Room,
    snapshot: Snapshot,
    rules: Rules,
    memo: Memo,
) -> tuple[dict[ResourceKey, Scheduled], _Roomy, Quotas]:
    """The decisions, in which what a quota refuses takes no room from the others. What moves within the quota keeps its room.

    A refusal makes room for others, which the quotas judge, too. So it is decided again until no refused one takes any; each
    time, one more at least takes none. room: before the first decision.
    """
    claimed = {key: one for key, (one, *_) in facts.items()}
    roomless: set[ResourceKey] = set()
    while True:
        left = room.copy()
        scheduled, roomy = _schedule_all(facts, first, left, roomless, rules, memo)
        quotas = _enforce_quotas(claimed, scheduled, snapshot, memo)
        refused = {key for key in quotas.refused if key in roomy and _takes_room(facts[key], roomy[key][1])}
        if not refused:
            break
        roomless |= refused
    for key in sorted(roomless - quotas.refused.keys()):  # The others need less now, so that the quota admits it.
        taken, _ = roomy.get(key, (NOTHING_TAKEN, NO_RESERVATIONS))
        roomy[key] = taken, left.reserve(claimed[key].template, scheduled[key], claimed[key].previous)
    return scheduled, roomy, quotas


def _takes_room(facts: _Facts, reserved: Reservations) -> bool:
    """Whether a refused one takes more room than before. One that an eviction moves needs it for what it has."""
    one, _, eviction, *_ = facts
    last = one.previous.reserved if one.previous is not None else NO_RESERVATIONS
    return not eviction.tasks and reserved != last


def _schedule_all(
    facts: Mapping[ResourceKey, _Facts],
    first: Iterable[ResourceKey],
    room: Room,
    roomless: Collection[ResourceKey],
    rules: Rules,
    memo: Memo,
) -> tuple[dict[ResourceKey, Scheduled], _Roomy]:
    """The decision about each template, and what it means for the capacity.

    What needs no room comes first: it takes its place whatever is left. first: of the others, those that do. roomless: those that
    take nothing beside what was reserved for them before.
    """
    needing = {key for key, (one, *_) in facts.items() if room.is_needed_by(one.claim.policy)}
    order = in_order(facts, needing, first)
    free = order[: len(order) - len(needing)]
    scheduled: dict[ResourceKey, Scheduled] = dict.fromkeys(facts)
    made = memo.each(schedule_claimed, _columns([facts[key] for key in free]), NOTHING_TAKEN, rules, memo=memo)
    scheduled.update(zip(free, made, strict=True))
    roomy: _Roomy = {}
    for key in order if room.is_observed else ():
        one, taken = facts[key][0], NOTHING_TAKEN
        if key in needing:
            taken = room.left_for(one.claim.policy)
            scheduled[key] = schedule_claimed(*facts[key], taken, rules, memo=memo)
        reserved = room.reserve(one.template, None if one.rests or key in roomless else scheduled[key], one.previous)
        if taken or reserved:
            roomy[key] = taken, reserved
    return scheduled, roomy


def _as_large_as_before(
    facts: Mapping[ResourceKey, _Facts],
    quotas: Quotas,
    roomy: _Roomy,
    room: Room,
    rules: Rules,
    memo: Memo,
) -> dict[ResourceKey, Scheduled]:
    """The decisions about workloads that quotas refuse and that an eviction moves, for the number of replicas that they have: an
    eviction asks for no more. Notes in `roomy` what they reserve."""
    found: dict[ResourceKey, Scheduled] = {}
    for key, refusal in quotas.refused.items():
        one, rebalance, eviction, caps, report = facts[key]
        if refusal.reason != QUOTA_EXCEEDED or not eviction.tasks or one.previous is None or not one.previous.binding.replicas:
            continue
        resized = memo(as_large_as, one, one.previous.binding.replicas, rules.interpreter)
        taken, _ = roomy.get(key, (NOTHING_TAKEN, NO_RESERVATIONS))
        scheduling = schedule_claimed(resized, rebalance, eviction, caps, report, taken, rules, memo=memo)
        if isinstance(scheduling, Binding):
            found[key] = memo(with_reason, scheduling)
        if key in roomy:
            roomy[key] = taken, room.reserve(one.template, found.get(key), one.previous)
    return found


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) or [()]


def _decide_all(rows: list[_Row], rules: Rules, now: datetime, memo: Memo) -> list[Decided]:
    """What was decided in an earlier pass, where nothing has changed on which it depends."""
    decided = memo.each(_decided, _columns(rows), rules, memo=memo, now=now)
    return [
        _decide(*row, rules, now=now) if one.depends_on_time or row[0].lasting_terms is None else one
        for one, row in zip(decided, rows, strict=True)
    ]


def _decided(*row: Any, memo: Memo, now: datetime) -> Decided:
    return memo(_decide, *row, now=now)


def _with_room(decided: Decided, taken: Taken, reserved: Reservations) -> Decided:
    return replace(decided, taken=taken, reserved=reserved)


def _deschedulable(
    claimed: Mapping[ResourceKey, Claimed], snapshot: Snapshot
) -> Iterator[tuple[ResourceKey, RecordedDecision, bool]]:
    """As `plan_descheduling` takes them."""
    if snapshot.desired.settings.unschedulable_for is None:
        return
    for key, one in claimed.items():
        if one.previous is not None and is_descheduled(key, one.claim.policy):
            yield key, one.previous, not (one.rests or snapshot.settled)


def _enforce_quotas(
    claimed: Mapping[ResourceKey, Claimed],
    scheduled: Mapping[ResourceKey, Scheduled],
    snapshot: Snapshot,
    memo: Memo,
) -> Quotas:
    namespaces = limited_namespaces(snapshot)
    if not namespaces:
        return NO_QUOTAS
    asked = {
        key: Asked(
            one.template,
            one.claim.policy.ref if one.claim.policy is not None else None,
            scheduled[key],
            one.previous,
            memo(last_decision, one.previous).targets if one.previous is not None else (),
            one.policy_waits,
            bool(one.frozen_by),
            snapshot.desired.settings.unclaimed is Unclaimed.KEEP,
        )
        for key, one in claimed.items()
        if key.namespace in namespaces or one.template.is_expanded
    }
    return enforce(asked, snapshot, memo)


def _placed(claimed: Mapping[ResourceKey, Claimed], snapshot: Snapshot) -> Iterator[Placed]:
    """The objects that a policy places. Where it does not act now, or is suspended, nothing new begins; nor where a revision is
    only looked at."""
    for key, one in claimed.items():
        previous, policy = one.previous, one.claim.policy
        if previous is not None and (previous.evictions or (policy is not None and previous.binding.targets)):
            rests = one.rests or one.terms(snapshot.now).suspension
            yield Placed(key, policy, previous, may_begin=not (rests or snapshot.settled))


def _decide(
    claimed: Claimed,
    scheduling: Scheduled,
    rebalance: bool,
    eviction: Eviction,
    staged: Staged | None,
    report: ObjectReport,
    rules: Rules,
    *,
    now: datetime,
) -> Decided:
    """now: counts only where the result depends on the time."""
    template, claim, previous = claimed.template, claimed.claim, claimed.previous
    policy_waits, protected = claimed.policy_waits, rules.protected
    stays = policy_waits or (staged is not None and staged.lost)
    transition = transition_to(
        last_decision(previous) if stays and previous is not None else in_turn(scheduling, staged, eviction),
        previous if previous is None or previous.evictions is eviction.tasks else replace(previous, evictions=eviction.tasks),
        rules.settings,
        now,
        report_within(report, rules.members),
        break_first=runs_once(template.manifest, rules.volume_claims),
        frozen_by=protected.culprit(claimed.frozen_by),
        settled=rules.settled,
    )
    if policy_waits and claim.policy is not None:
        transition = waiting(transition, scheduling, claim.policy)
    if staged is not None and isinstance(scheduling, Binding):
        transition = replace(transition, waits_for=(*transition.waits_for, *turns(scheduling, staged)))
    return Decided(
        template,
        claim,
        Binding(template.key, scheduling.policy, ()) if staged is not None and staged.gone and scheduling else scheduling,
        transition,
        previous,
        claimed.terms(now),
        bool(claimed.frozen_by),
        policy_waits,
        protected.holds(previous),
        (transition.frozen and protected.keeps(previous)) or keeps_copies(scheduling, transition.binding),
        rebalance,
        claimed.digest,
        eviction,
    )
