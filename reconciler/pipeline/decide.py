"""The first step: claim → schedule → transition, for every template on its own.

The result states where a template's own policy places it in this pass. Dependencies are added after that (`follow.py`),
because the workloads that require them must be placed first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.claim.claims import Claim, claim_template, is_auto_propagated
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import RecordedDecision
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import or_quotes
from reconciler.pipeline.evict import NO_EVICTION, NO_EVICTIONS, Eviction, Evictions, Placed, plan_evictions
from reconciler.pipeline.room import Room, last_decision
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.tenants import policies_for, refuse_move
from reconciler.render.digest import digest_of
from reconciler.schedule.rebalance import due_workloads
from reconciler.schedule.reservations import Reservations, Taken
from reconciler.schedule.schedule_template import schedule_everywhere, schedule_template
from reconciler.schedule.task import ORDINARY, Circumstances
from reconciler.transition.activation import comparable, held_back, waiting
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.completions import with_completions
from reconciler.transition.last_good import keeps_copies, report_within, without_departed
from reconciler.transition.suspension import Terms, terms_of
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
    taken: Taken = field(default_factory=dict)
    """What was left of the capacity of members for it, where something is reserved."""
    reserved: Reservations = field(default_factory=dict)
    """Its replicas that no look at the capacity of their members has seen."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the decisions about all templates have in common."""

    overrides: frozenset[PolicyRef]
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


@dataclass(frozen=True, slots=True)
class Decisions:
    """About all templates."""

    by_key: dict[ResourceKey, Decided]
    """Sorted by key."""
    evictions: Evictions = NO_EVICTIONS


def decide(snapshot: Snapshot, memo: Memo) -> Decisions:
    """For every template of the revision."""
    desired = snapshot.desired
    rules = _Rules(
        overrides=memo(_refs, desired.override_policies),
        members=snapshot.members,
        rebalance=due_workloads(desired.rebalancers, snapshot.recorded.rebalanced),
        volume_claims=volume_claims_of(desired.templates, memo),
        lazy=any(policy.lazy for policy in desired.policies),
    )
    claimed = {template.key: _claim(template, snapshot, rules, memo) for template in desired.templates}

    room = Room(snapshot, {key: one.previous for key, one in claimed.items()}, memo)

    def trial(key: ResourceKey, excluded: frozenset[ClusterName]) -> Binding | Unschedulable | None:
        one = claimed[key]
        taken = room.left_for(one.claim.policy)
        found = _schedule(one.claim, one.previous, key in rules.rebalance, Eviction(excluded=excluded), taken, snapshot, memo)
        return refuse_move(found, one.claim, one.previous, snapshot.governance)

    evictions = plan_evictions(_placed(claimed, snapshot), snapshot, trial)
    decided: dict[ResourceKey, Decided] = {}
    # What needs no room comes first: it takes its place whatever is left.
    for key in sorted(claimed, key=lambda key: room.is_needed_by(claimed[key].claim.policy)):
        one = claimed[key]
        found = _decide(one, evictions.of(key), room.left_for(one.claim.policy), snapshot, rules, memo)
        rests = found.frozen or found.policy_waits
        reserved = room.reserve(found.template, None if rests else found.scheduling, one.previous)
        decided[key] = replace(found, reserved=reserved) if reserved else found
    return Decisions({key: decided[key] for key in claimed}, evictions)


def _placed(claimed: Mapping[ResourceKey, _Claimed], snapshot: Snapshot) -> Iterator[Placed]:
    """The objects that a policy places. Where it does not act now, or is suspended, nothing new begins; nor where a revision is
    only looked at."""
    for key, one in claimed.items():
        previous, policy = one.previous, one.claim.policy
        if previous is not None and (previous.evictions or (policy is not None and previous.binding.targets)):
            rests = one.frozen_by or one.policy_waits or (policy is not None and policy.suspension)
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


def _claim(template: ResourceTemplate, snapshot: Snapshot, rules: _Rules, memo: Memo) -> _Claimed:
    previous = without_departed(snapshot.recorded.decisions.get(template.key), rules.members)
    owner, unreadable = (previous.binding.policy, snapshot.protected.unread_policy(previous)) if previous else (None, "")
    policies = policies_for(template, snapshot.desired, snapshot.governance, memo)
    claim = memo(claim_template, template, owner, policies, rules.overrides, unreadable)
    frozen_by = snapshot.protected.freezes(previous)
    digest = memo(_digest, template) if rules.lazy else ""
    policy_waits = rules.lazy and not frozen_by and held_back(claim.policy, previous, digest)
    return _Claimed(claim, previous, frozen_by, digest, policy_waits)


def _decide(claimed: _Claimed, eviction: Eviction, taken: Taken, snapshot: Snapshot, rules: _Rules, memo: Memo) -> Decided:
    claim, previous, template = claimed.claim, claimed.previous, claimed.claim.template
    frozen_by, policy_waits, rebalance = claimed.frozen_by, claimed.policy_waits, template.key in rules.rebalance
    report = report_within(snapshot.recorded.report_of(template.key), rules.members)
    scheduling = _schedule(claim, previous, rebalance, eviction, taken, snapshot, memo)
    if isinstance(scheduling, Binding):
        scheduling = with_completions(scheduling, template, previous, report, rules.members)
    scheduling = refuse_move(scheduling, claim, previous, snapshot.governance)
    transition = transition_to(
        memo(last_decision, previous) if policy_waits and previous is not None else scheduling,
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
    return Decided(
        template,
        claim,
        scheduling,
        transition,
        previous,
        terms_of(claim.policy, previous, as_recorded=policy_waits or bool(frozen_by)),
        bool(frozen_by),
        policy_waits,
        snapshot.protected.holds(previous),
        (transition.frozen and snapshot.protected.keeps(previous)) or keeps_copies(scheduling, transition.binding),
        rebalance,
        claimed.digest,
        eviction,
        taken,
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
        desired.settings.empty_workloads,
        snapshot.interpreter,
        circumstances(rebalance, eviction, taken, memo),
    )


def _refuse(claim: Claim, policy: PropagationPolicy, reason: str, message: str, remedy: str, snapshot: Snapshot) -> Unschedulable:
    """A refusal that depends on no cluster: every cluster has the same reason."""
    rejected = dict.fromkeys((cluster.name for cluster in snapshot.desired.clusters), message)
    return Unschedulable(claim.template.key, policy.ref, reason, message, rejected, remedy)


def _digest(template: ResourceTemplate) -> str:
    return digest_of(comparable(template.manifest))


def _refs(policies: tuple[OverridePolicy, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)
