"""The first step: claim → schedule → transition, for every template on its own.

The result states where a template's own policy places it in this pass. Dependencies are added after that (`follow.py`),
because the workloads that require them must be placed first.

After an edit, nearly all templates are decided as before. So what a decision depends on is put together as values that stay the
same objects, and the memo finds the whole decision. Scheduling is asked for in every pass, beside that: it costs the most, so
it must not be forgotten while a decision around it is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.claim.claims import Claim, claim_template, is_auto_propagated
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import ObjectReport, RecordedDecision
from reconciler.model.settings import Settings
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import or_quotes
from reconciler.pipeline.evict import NO_EVICTION, NO_EVICTIONS, Eviction, Evictions, Placed, plan_evictions
from reconciler.pipeline.snapshot import Snapshot, members_of
from reconciler.pipeline.tenants import policies_for, refuse_move
from reconciler.render.digest import digest_of
from reconciler.schedule.rebalance import due_workloads
from reconciler.schedule.schedule_template import schedule_everywhere, schedule_template
from reconciler.schedule.task import ORDINARY, Circumstances
from reconciler.tenancy.governance import Governance
from reconciler.transition.activation import comparable, held_back, waiting
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.completions import with_completions
from reconciler.transition.last_good import keeps_copies, report_within, without_departed
from reconciler.transition.protection import Protection
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

    @property
    def depends_on_time(self) -> bool:
        """Whether time alone may change it: a handover has a time-out."""
        return bool(self.transition.leaving)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the decisions about all templates have in common; the same object as long as none of it changes."""

    clusters: tuple[Cluster, ...]
    policies: tuple[PropagationPolicy, ...]
    override_policies: tuple[OverridePolicy, ...]
    settings: Settings
    governance: Governance
    interpreter: Interpreter
    protected: Protection
    volume_claims: Mapping[ResourceKey, Manifest]
    settled: bool
    overrides: frozenset[PolicyRef]
    members: frozenset[ClusterName]
    lazy: bool
    """Whether any policy is Lazy, so that changes of templates count."""


def _rules(snapshot: Snapshot, memo: Memo) -> _Rules:
    desired = snapshot.desired
    return memo(
        _Rules,
        desired.clusters,
        desired.policies,
        desired.override_policies,
        desired.settings,
        snapshot.governance,
        snapshot.interpreter,
        snapshot.protected,
        volume_claims_of(desired.templates, memo),
        snapshot.settled,
        memo(_refs, desired.override_policies),
        memo(members_of, desired.clusters, snapshot.protected),
        any(policy.lazy for policy in desired.policies),
    )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """One template before it is scheduled."""

    template: ResourceTemplate
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
    desired, recorded = snapshot.desired, snapshot.recorded
    rules = _rules(snapshot, memo)
    keys = [template.key for template in desired.templates]
    claims = memo.each(_claimed, (desired.templates, list(map(recorded.decisions.get, keys))), rules, memo=memo)
    claimed = dict(zip(keys, claims, strict=True))
    due = due_workloads(desired.rebalancers, recorded.rebalanced)

    def trial(key: ResourceKey, excluded: frozenset[ClusterName]) -> Binding | Unschedulable | None:
        one = claimed[key]
        found = _schedule(one, key in due, Eviction(excluded=excluded), rules, memo=memo)
        return refuse_move(found, one.claim, one.previous, rules.governance)

    evictions = plan_evictions(_placed(claimed, snapshot), snapshot, trial)
    asked = [key in due for key in keys], list(map(evictions.of, keys))
    scheduled = memo.each(_schedule, (claims, *asked), rules, memo=memo)
    facts = (claims, scheduled, *asked, list(map(recorded.report_of, keys)))
    decided = memo.each(_decided, facts, rules, memo=memo, now=snapshot.now)
    return Decisions(
        {
            key: _decide(*row, rules, now=snapshot.now) if one.depends_on_time else one
            for key, one, row in zip(keys, decided, zip(*facts, strict=True), strict=True)
        },
        evictions,
    )


def _claimed(template: ResourceTemplate, recorded: RecordedDecision | None, rules: _Rules, *, memo: Memo) -> _Claimed:
    return memo(_claim, template, recorded, rules, memo=memo)


def _decided(*row: Any, memo: Memo, now: datetime) -> Decided:
    """What it was in an earlier pass, where nothing but the time has changed."""
    return memo(_decide, *row, now=now)


def _placed(claimed: Mapping[ResourceKey, _Claimed], snapshot: Snapshot) -> Iterator[Placed]:
    """The objects that a policy places. Where it does not act now, or is suspended, nothing new begins; nor where a revision is
    only looked at."""
    for key, one in claimed.items():
        previous, policy = one.previous, one.claim.policy
        if previous is not None and (previous.evictions or (policy is not None and previous.binding.targets)):
            rests = one.frozen_by or one.policy_waits or (policy is not None and policy.suspension)
            yield Placed(key, policy, previous, may_begin=not (rests or snapshot.settled))


def last_decision(previous: RecordedDecision) -> Binding:
    """What the next decision starts from. Copies that are leaving are in force, but must not attract new ones."""
    return previous.binding if previous.decided is None else replace(previous.binding, targets=previous.decided)


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


def circumstances(rebalance: bool, eviction: Eviction, memo: Memo) -> Circumstances:
    """The same object for the same circumstances."""
    return memo(_circumstances, rebalance, *sorted(eviction.excluded)) if rebalance or eviction.excluded else ORDINARY


def _circumstances(rebalance: bool, *excluded: ClusterName) -> Circumstances:
    return Circumstances(rebalance, frozenset(excluded))


def _claim(template: ResourceTemplate, recorded: RecordedDecision | None, rules: _Rules, *, memo: Memo) -> _Claimed:
    previous = without_departed(recorded, rules.members)
    owner, unreadable = (previous.binding.policy, rules.protected.unread_policy(previous)) if previous else (None, "")
    policies = policies_for(template, rules.policies, rules.governance, memo)
    claim = claim_template(template, owner, policies, rules.overrides, unreadable)
    frozen_by = rules.protected.freezes(previous)
    digest = memo(_digest, template) if rules.lazy else ""
    policy_waits = rules.lazy and not frozen_by and held_back(claim.policy, previous, digest)
    return _Claimed(template, claim, previous, frozen_by, digest, policy_waits)


def _decide(
    claimed: _Claimed,
    scheduling: Binding | Unschedulable | None,
    rebalance: bool,
    eviction: Eviction,
    report: ObjectReport,
    rules: _Rules,
    *,
    now: datetime,
) -> Decided:
    """now: counts only where the result depends on the time."""
    template, claim, previous = claimed.template, claimed.claim, claimed.previous
    frozen_by, policy_waits, protected = claimed.frozen_by, claimed.policy_waits, rules.protected
    report = report_within(report, rules.members)
    if isinstance(scheduling, Binding):
        scheduling = with_completions(scheduling, template, previous, report, rules.members)
    scheduling = refuse_move(scheduling, claim, previous, rules.governance)
    transition = transition_to(
        last_decision(previous) if policy_waits and previous is not None else scheduling,
        previous if previous is None or previous.evictions is eviction.tasks else replace(previous, evictions=eviction.tasks),
        rules.settings,
        now,
        report,
        break_first=runs_once(template.manifest, rules.volume_claims),
        frozen_by=protected.culprit(frozen_by),
        settled=rules.settled,
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
        protected.holds(previous),
        (transition.frozen and protected.keeps(previous)) or keeps_copies(scheduling, transition.binding),
        rebalance,
        claimed.digest,
        eviction,
    )


def _schedule(
    claimed: _Claimed, rebalance: bool, eviction: Eviction, rules: _Rules, *, memo: Memo
) -> Binding | Unschedulable | None:
    template, claim, previous, policy = claimed.template, claimed.claim, claimed.previous, claimed.claim.policy
    if policy is None:
        if not is_auto_propagated(template):
            return None
        governance = rules.governance
        forbidden = governance.forbidden(template) if governance.denial(template) is None else ()
        clusters = memo.tuple(one for one in rules.clusters if one.name not in forbidden) if forbidden else rules.clusters
        return memo(schedule_everywhere, template, clusters, memo)
    if claim.waiting_for or policy.scheduler:
        return memo(_refuse, claim, policy, rules)
    return memo(
        schedule_template,
        template,
        policy,
        rules.clusters,
        memo(start_of_schedule, previous, eviction) if previous else None,
        memo,
        rules.settings.empty_workloads,
        rules.interpreter,
        circumstances(rebalance, eviction, memo),
    )


def _refuse(claim: Claim, policy: PropagationPolicy, rules: _Rules) -> Unschedulable:
    """A refusal that depends on no cluster: every cluster has the same reason."""
    if claim.waiting_for:
        reason = "WaitingForOverrides"
        message = f"{policy.ref} waits for {', '.join(map(or_quotes, claim.waiting_for))} (spec.dependentOverrides)"
        names = [one.ref.name for one in rules.override_policies if one.ref.namespace == policy.ref.namespace]
        remedy = f"{did_you_mean(claim.waiting_for[0], names)} Add them, or remove them from the list.".lstrip()
    else:
        reason, remedy = "OtherScheduler", "Remove spec.schedulerName."
        message = f"{policy.ref} requires the scheduler {policy.scheduler} (spec.schedulerName), which is not available here"
    rejected = dict.fromkeys((cluster.name for cluster in rules.clusters), message)
    return Unschedulable(claim.template.key, policy.ref, reason, message, rejected, remedy)


def _digest(template: ResourceTemplate) -> str:
    return digest_of(comparable(template.manifest))


def _refs(policies: tuple[OverridePolicy, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)
