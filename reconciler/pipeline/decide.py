"""The first step: claim → schedule → transition, for every template on its own.

The result states where a template's own policy places it in this pass. Dependencies are added after that (`follow.py`),
because the workloads that require them must be placed first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.claim.claims import Claim, is_assigned, is_auto_propagated
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.model.settings import Unclaimed
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import or_quotes
from reconciler.model.workload import Resources
from reconciler.pipeline.claiming import claim_in
from reconciler.pipeline.deschedule import (
    NO_DESCHEDULING,
    NOTHING_DESCHEDULED,
    Caps,
    Descheduled,
    Descheduling,
    is_descheduled,
    plan_descheduling,
    schedule_within,
)
from reconciler.pipeline.evict import NO_EVICTION, NO_EVICTIONS, Eviction, Evictions, Placed, plan_evictions
from reconciler.pipeline.in_turn import in_turn, turns
from reconciler.pipeline.quotas import NO_QUOTAS, Asked, Quotas, enforce, limited_namespaces
from reconciler.pipeline.rollouts import NO_ROLLOUTS, Rollouts, Staged, source_of
from reconciler.pipeline.room import Room, last_decision
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.tenants import refuse_move
from reconciler.render.digest import digest_of
from reconciler.schedule.rebalance import due_workloads
from reconciler.schedule.reservations import Reservations, Taken
from reconciler.schedule.schedule_template import schedule_assigned, schedule_everywhere, schedule_template
from reconciler.schedule.task import ORDINARY, Circumstances, SchedulerOptions
from reconciler.transition.activation import comparable, held_back, waiting
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.completions import with_completions
from reconciler.transition.last_good import keeps_copies, report_within, without_departed
from reconciler.transition.suspension import Terms, terms_of, with_own_statement
from reconciler.transition.transition import Transition, transition_to


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
    taken: Taken = field(default_factory=dict)
    """What was left of the capacity of members for it, where something is reserved."""
    reserved: Reservations = field(default_factory=dict)
    """Its replicas that no look at the capacity of their members has seen."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the decisions about all templates have in common."""

    members: frozenset[ClusterName]
    rebalance: frozenset[ResourceKey]
    """Workloads that a WorkloadRebalancer names and that have not had their fresh placement yet."""
    volume_claims: Mapping[ResourceKey, Manifest]
    lazy: bool
    """Whether any policy is Lazy, so that changes of templates count."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """One template before it is scheduled."""

    claim: Claim
    previous: RecordedDecision | None
    frozen_by: str
    """A file with an error that governs the object; empty where there is none."""
    digest: str
    """Of the template; empty where no policy is Lazy."""
    policy_waits: bool


def _terms(one: _Claimed, snapshot: Snapshot) -> Terms:
    terms = terms_of(one.claim.policy, one.previous, snapshot.now, as_recorded=one.policy_waits or bool(one.frozen_by))
    return with_own_statement(terms, one.claim.template.manifest, snapshot.now)


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
    desired = snapshot.desired
    rules = _Rules(
        members=snapshot.members,
        rebalance=due_workloads(desired.rebalancers, snapshot.recorded.rebalanced),
        volume_claims=volume_claims_of(desired.templates, memo),
        lazy=any(policy.lazy for policy in desired.policies),
    )
    claimed = {one.key: _claim(one, source_of(one.key, rollouts, snapshot), snapshot, rules, memo) for one in desired.templates}

    room = Room(snapshot, {key: one.previous for key, one in claimed.items()}, memo)

    def trial(key: ResourceKey, excluded: frozenset[ClusterName]) -> Binding | Unschedulable | None:
        one = claimed[key]
        taken = room.left_for(one.claim.policy)
        found = _schedule(one.claim, one.previous, key in rules.rebalance, Eviction(excluded=excluded), taken, snapshot, memo)
        return refuse_move(found, one.claim, one.previous, snapshot.governance)

    evictions = plan_evictions(_placed(claimed, snapshot), snapshot, trial)

    def capped(key: ResourceKey, caps: Caps) -> Binding | Unschedulable | None:
        left = room.left_for(claimed[key].claim.policy)
        return _schedule_claimed(claimed[key], evictions.of(key), caps, left, snapshot, rules, memo)

    descheduling = plan_descheduling(_deschedulable(claimed, snapshot), evictions, snapshot, capped)
    scheduled, roomy = _schedule_all(claimed, lambda key: capped(key, descheduling.of(key).caps), room)
    quotas = _enforce_quotas(claimed, scheduled, snapshot, memo)
    scheduled |= quotas.refused
    staged, of = rollouts.staged, evictions.of
    decided = {key: _decide(one, scheduled[key], of(key), staged.get(key), snapshot, rules, memo) for key, one in claimed.items()}
    for key, (taken, reserved) in roomy.items():
        decided[key] = replace(decided[key], taken=taken, reserved=reserved)
    for key, descheduled in descheduling.by_key.items():
        decided[key] = replace(decided[key], descheduled=descheduled)
    for key, counted in quotas.counted.items():
        decided[key] = replace(decided[key], counted=counted)
    return Decisions(decided, evictions, quotas, descheduling)


def _schedule_all(
    claimed: Mapping[ResourceKey, _Claimed], schedule: Callable[[ResourceKey], Binding | Unschedulable | None], room: Room
) -> tuple[dict[ResourceKey, Binding | Unschedulable | None], dict[ResourceKey, tuple[Taken, Reservations]]]:
    """The decision about each template, and, where that matters, what was left of the capacity for it and what it reserves.

    What needs no room comes first: it takes its place whatever is left.
    """
    scheduled: dict[ResourceKey, Binding | Unschedulable | None] = {}
    roomy: dict[ResourceKey, tuple[Taken, Reservations]] = {}
    for key in sorted(claimed, key=lambda key: room.is_needed_by(claimed[key].claim.policy)):
        one = claimed[key]
        taken = room.left_for(one.claim.policy)
        scheduled[key] = schedule(key)
        rests = bool(one.frozen_by) or one.policy_waits
        reserved = room.reserve(one.claim.template, None if rests else scheduled[key], one.previous)
        if taken or reserved:
            roomy[key] = taken, reserved
    return scheduled, roomy


def _deschedulable(
    claimed: Mapping[ResourceKey, _Claimed], snapshot: Snapshot
) -> Iterator[tuple[ResourceKey, RecordedDecision, bool]]:
    """As `plan_descheduling` takes them."""
    if snapshot.desired.settings.unschedulable_for is None:
        return
    for key, one in claimed.items():
        if one.previous is not None and is_descheduled(key, one.claim.policy):
            yield key, one.previous, not (one.frozen_by or one.policy_waits or snapshot.settled)


def _enforce_quotas(
    claimed: Mapping[ResourceKey, _Claimed],
    scheduled: Mapping[ResourceKey, Binding | Unschedulable | None],
    snapshot: Snapshot,
    memo: Memo,
) -> Quotas:
    namespaces = limited_namespaces(snapshot)
    if not namespaces:
        return NO_QUOTAS
    asked = {
        key: Asked(
            one.claim.template,
            one.claim.policy.ref if one.claim.policy is not None else None,
            scheduled[key],
            one.previous,
            memo(last_decision, one.previous).targets if one.previous is not None else (),
            one.policy_waits,
            bool(one.frozen_by),
            snapshot.desired.settings.unclaimed is Unclaimed.KEEP,
        )
        for key, one in claimed.items()
        if key.namespace in namespaces
    }
    return enforce(asked, snapshot, memo)


def _placed(claimed: Mapping[ResourceKey, _Claimed], snapshot: Snapshot) -> Iterator[Placed]:
    """The objects that a policy places. Where it does not act now, or is suspended, nothing new begins; nor where a revision is
    only looked at."""
    for key, one in claimed.items():
        previous, policy = one.previous, one.claim.policy
        if previous is not None and (previous.evictions or (policy is not None and previous.binding.targets)):
            rests = one.frozen_by or one.policy_waits or _terms(one, snapshot).suspension
            yield Placed(key, policy, previous, may_begin=not (rests or snapshot.settled))


def start_of_schedule(previous: RecordedDecision, eviction: Eviction) -> Binding:
    """What scheduling starts from: the last decision, or, where the object returns, the placement that its eviction ended."""
    last, before = last_decision(previous), eviction.before
    if before is None:
        return last
    return replace(
        last,
        targets=before.clusters_before,
        affinity_name=before.affinity_before,
        placement_digest=before.placement_before,
    )


def circumstances(rebalance: bool, eviction: Eviction, taken: Taken, memo: Memo) -> Circumstances:
    """The same object for the same circumstances."""
    if not (rebalance or eviction.excluded or taken):
        return ORDINARY
    return memo(_circumstances, rebalance, taken, *sorted(eviction.excluded))


def _circumstances(rebalance: bool, taken: Taken, *excluded: ClusterName) -> Circumstances:
    return Circumstances(rebalance, frozenset(excluded), taken)


def _claim(template: ResourceTemplate, revision: DesiredState, snapshot: Snapshot, rules: _Rules, memo: Memo) -> _Claimed:
    """revision: whose policies count."""
    previous = without_departed(snapshot.recorded.decisions.get(template.key), rules.members)
    claim = claim_in(revision, template, previous, snapshot, memo)
    frozen_by = snapshot.protected.freezes(previous)
    digest = memo(_digest, template) if rules.lazy else ""
    policy_waits = rules.lazy and not frozen_by and held_back(claim.policy, previous, digest)
    return _Claimed(claim, previous, frozen_by, digest, policy_waits)


def _schedule_claimed(
    claimed: _Claimed, eviction: Eviction, caps: Caps, taken: Taken, snapshot: Snapshot, rules: _Rules, memo: Memo
) -> Binding | Unschedulable | None:
    claim, previous, template = claimed.claim, claimed.previous, claimed.claim.template

    def rest(some: ResourceTemplate, without: frozenset[ClusterName]) -> Binding | Unschedulable | None:
        asked = replace(eviction, excluded=eviction.excluded | without) if without else eviction
        one = claim if some is template else replace(claim, template=some)
        return _schedule(one, previous, template.key in rules.rebalance, asked, taken, snapshot, memo)

    def smaller(count: int) -> ResourceTemplate:
        return memo(_revised, template, count, snapshot.interpreter)

    scheduling = schedule_within(template, caps, rest, smaller) if caps else rest(template, frozenset())
    if isinstance(scheduling, Binding):
        report = report_within(snapshot.recorded.report_of(template.key), rules.members)
        scheduling = with_completions(scheduling, template, previous, report, rules.members)
    return refuse_move(scheduling, claim, previous, snapshot.governance)


def _revised(template: ResourceTemplate, replicas: int, interpreter: Interpreter) -> ResourceTemplate:
    """The template with another number of replicas."""
    return replace(template, manifest=interpreter.revise(template.manifest, replicas))


def _decide(
    claimed: _Claimed,
    scheduling: Binding | Unschedulable | None,
    eviction: Eviction,
    staged: Staged | None,
    snapshot: Snapshot,
    rules: _Rules,
    memo: Memo,
) -> Decided:
    claim, previous, template = claimed.claim, claimed.previous, claimed.claim.template
    frozen_by, policy_waits, rebalance = claimed.frozen_by, claimed.policy_waits, template.key in rules.rebalance
    report = report_within(snapshot.recorded.report_of(template.key), rules.members)
    transition = transition_to(
        memo(last_decision, previous) if policy_waits and previous is not None else in_turn(scheduling, staged, eviction),
        previous if previous is None or previous.evictions is eviction.tasks else replace(previous, evictions=eviction.tasks),
        snapshot.desired.settings,
        snapshot.now,
        report,
        break_first=memo(runs_once, template.manifest, rules.volume_claims),
        frozen_by=snapshot.protected.culprit(frozen_by),
        settled=snapshot.settled,
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
        _terms(claimed, snapshot),
        bool(frozen_by),
        policy_waits,
        snapshot.protected.holds(previous),
        (transition.frozen and snapshot.protected.keeps(previous)) or keeps_copies(scheduling, transition.binding),
        rebalance,
        claimed.digest,
        eviction,
    )


def _schedule(
    claim: Claim,
    previous: RecordedDecision | None,
    rebalance: bool,
    eviction: Eviction,
    taken: Taken,
    snapshot: Snapshot,
    memo: Memo,
) -> Binding | Unschedulable | None:
    desired, policy = snapshot.desired, claim.policy
    if policy is None:
        if is_assigned(claim.template):
            return memo(schedule_assigned, claim.template, desired.clusters)
        if not is_auto_propagated(claim.template):
            return None
        governance = snapshot.governance
        forbidden = governance.forbidden(claim.template) if governance.denial(claim.template) is None else ()
        clusters = memo.tuple(one for one in desired.clusters if one.name not in forbidden) if forbidden else desired.clusters
        return memo(schedule_everywhere, claim.template, clusters, memo)
    if claim.waiting_for:
        message = f"{policy.ref} waits for {', '.join(map(or_quotes, claim.waiting_for))} (spec.dependentOverrides)"
        names = [one.ref.name for one in desired.override_policies if one.ref.namespace == policy.ref.namespace]
        remedy = f"{did_you_mean(claim.waiting_for[0], names)} Add them, or remove them from the list.".lstrip()
        return _refuse(claim, policy, "WaitingForOverrides", message, remedy, snapshot)
    if policy.scheduler:
        message = f"{policy.ref} requires the scheduler {policy.scheduler} (spec.schedulerName), which is not available here"
        return _refuse(claim, policy, "OtherScheduler", message, "Remove spec.schedulerName.", snapshot)
    return memo(
        schedule_template,
        claim.template,
        policy,
        desired.clusters,
        memo(start_of_schedule, previous, eviction) if previous else None,
        memo,
        memo(SchedulerOptions, desired.settings.empty_workloads, desired.settings.component_sets),
        snapshot.interpreter,
        circumstances(rebalance, eviction, taken, memo),
    )


def _refuse(claim: Claim, policy: PropagationPolicy, reason: str, message: str, remedy: str, snapshot: Snapshot) -> Unschedulable:
    """A refusal that depends on no cluster: every cluster has the same reason."""
    rejected = dict.fromkeys((cluster.name for cluster in snapshot.desired.clusters), message)
    return Unschedulable(claim.template.key, policy.ref, reason, message, rejected, remedy)


def _digest(template: ResourceTemplate) -> str:
    return digest_of(comparable(template.manifest))
