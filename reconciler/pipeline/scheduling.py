"""Where the policy of a template puts it, in the circumstances of this pass.

Scheduling costs the most of all steps. So it is asked for in every pass, beside what is decided from it, and is not forgotten
while a decision around it is remembered.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.claim.claims import Claim, is_assigned, is_auto_propagated
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import ObjectReport, RecordedDecision
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import or_quotes, plural
from reconciler.pipeline.claimed import Claimed, Rules
from reconciler.pipeline.deschedule import Caps, schedule_within
from reconciler.pipeline.evict import Eviction
from reconciler.pipeline.room import last_decision
from reconciler.pipeline.tenants import refuse_move
from reconciler.schedule.reservations import Taken
from reconciler.schedule.schedule_template import schedule_assigned, schedule_everywhere, schedule_template
from reconciler.schedule.task import ORDINARY, Circumstances, SchedulerOptions
from reconciler.transition.completions import with_completions
from reconciler.transition.last_good import report_within


def schedule_claimed(
    claimed: Claimed,
    rebalance: bool,
    eviction: Eviction,
    caps: Caps,
    report: ObjectReport,
    taken: Taken,
    rules: Rules,
    *,
    memo: Memo,
) -> Binding | Unschedulable | None:
    """The decision about one template, as far as it depends on no other one. None: no policy claims it, and it needs one.

    rebalance: whether it gets a fresh placement. taken: what is left of the capacity of members for it.
    """

    def rest(some: ResourceTemplate, without: frozenset[ClusterName]) -> Binding | Unschedulable | None:
        asked = replace(eviction, excluded=eviction.excluded | without) if without else eviction
        one = claimed if some is claimed.template else memo(_resized, claimed, some)
        return place(one, rebalance, asked, taken, rules, memo)

    def smaller(count: int) -> ResourceTemplate:
        return memo(_revised, claimed.template, count, rules.interpreter)

    found = schedule_within(claimed.template, caps, rest, smaller) if caps else rest(claimed.template, frozenset())
    return memo(_complete, claimed, found, report, rules)


def as_large_as(claimed: Claimed, replicas: int, interpreter: Interpreter) -> Claimed:
    """With this number of replicas in place of that of its template."""
    return _resized(claimed, _revised(claimed.template, replicas, interpreter))


def with_reason(scheduling: Binding) -> Binding:
    """The decision about a workload that moves as it is, with this reason."""
    why = f"it moves with the {plural(scheduling.replicas, 'replica')} that it has, because a quota refuses what it asks for"
    return replace(scheduling, reasons=(*scheduling.reasons, why))


def _revised(template: ResourceTemplate, replicas: int, interpreter: Interpreter) -> ResourceTemplate:
    """The template with another number of replicas."""
    return replace(template, manifest=interpreter.revise(template.manifest, replicas))


def _resized(claimed: Claimed, template: ResourceTemplate) -> Claimed:
    return replace(claimed, template=template, claim=replace(claimed.claim, template=template))


def _complete(
    claimed: Claimed, scheduling: Binding | Unschedulable | None, report: ObjectReport, rules: Rules
) -> Binding | Unschedulable | None:
    """The decision with the completions of a Job; a refusal where a Tenant does not allow the move."""
    if isinstance(scheduling, Binding):
        report = report_within(report, rules.members)
        scheduling = with_completions(scheduling, claimed.template, claimed.previous, report, rules.members)
    return refuse_move(scheduling, claimed.claim, claimed.previous, rules.governance)


def place(
    claimed: Claimed, rebalance: bool, eviction: Eviction, taken: Taken, rules: Rules, memo: Memo
) -> Binding | Unschedulable | None:
    """What the scheduler says."""
    template, claim, previous, policy = claimed.template, claimed.claim, claimed.previous, claimed.claim.policy
    if policy is None:
        if is_assigned(template):
            return memo(schedule_assigned, template, rules.clusters)
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
        memo(SchedulerOptions, rules.settings.empty_workloads, rules.settings.component_sets),
        rules.interpreter,
        circumstances(rebalance, eviction, taken, memo),
    )


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


def _refuse(claim: Claim, policy: PropagationPolicy, rules: Rules) -> Unschedulable:
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
