"""Why one object is on its clusters and has its content. Pure.

A pass keeps only the results of the stages. An explanation calls the stages' functions again, for one template and with the same
arguments, and keeps their reasons: the rank of each matching policy, the result of each filter, the division of replicas, each
step of rendering. Values of a Secret are masked here, so no printer can show them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from reconciler.claim.match import index_policies, matching_policies
from reconciler.claim.priority import rank_criteria
from reconciler.endpoints.routes import routes_of
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, is_secret
from reconciler.model.memo import Memo
from reconciler.model.multi_cluster_api import is_export, is_import
from reconciler.model.origin import Origin
from reconciler.model.quota import QuotaUse
from reconciler.model.recorded import ClusterStatus
from reconciler.model.scale import RecordedScale
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.render_context import context_for
from reconciler.pipeline.scales import scales_in_force
from reconciler.pipeline.scheduling import circumstances, start_of_schedule
from reconciler.plan.mask_secrets import mask
from reconciler.render.override import Rule
from reconciler.render.scaler_limits import explain_limits
from reconciler.render.trace import FieldChange, RenderStep, changed_fields, trace
from reconciler.schedule.affinity_terms import term_named
from reconciler.schedule.explain_division import explain_division
from reconciler.schedule.filter_report import FilterResult, report_filters
from reconciler.schedule.ordered_affinities import affinities_to_try
from reconciler.schedule.schedule_template import task_for
from reconciler.schedule.task import SchedulerOptions
from reconciler.transition.rollout_turns import turn_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that matches."""

    policy: PolicyRef
    origin: Origin
    rank_criteria: str
    """What decides its rank, as a phrase."""


@dataclass(frozen=True, slots=True)
class StepChanges:
    """What one step of rendering changed."""

    step: str
    """scheduling, override or cleaning."""
    changes: tuple[FieldChange, ...]
    rule: Rule | None = None
    error: str = ""
    """Why the step failed; it is the last step then. Empty where it did not."""


@dataclass(frozen=True, slots=True)
class Explanation:
    item: CompiledTemplate
    """What the pass states about the template."""
    candidates: tuple[Candidate, ...] = ()
    """Best first."""
    filters: Mapping[ClusterName, tuple[FilterResult, ...]] = field(default_factory=dict)
    """For every cluster; empty where no policy claims the template."""
    arithmetic: tuple[str, ...] = ()
    """How the replicas are divided, one sentence per step."""
    limits: tuple[str, ...] = ()
    """How the limits of an autoscaler are divided, one sentence per step."""
    edits: Mapping[ClusterName, tuple[StepChanges, ...]] = field(default_factory=dict)
    """The steps of rendering, for each of the requested clusters that must hold the object."""
    endpoints: tuple[str, ...] = ()
    """From which members a Service over clusters is reached from which others, one sentence per declaration."""
    statuses: Mapping[ClusterName, ClusterStatus] = field(default_factory=dict)
    """What the last sync recorded of the object, by member."""
    quotas: tuple[QuotaUse, ...] = ()
    """The FederatedResourceQuotas against which it counts."""
    scale: RecordedScale | None = None
    """What autoscalers of the repository made of it; None where they made nothing."""

    turn: str = ""
    """What it waits for while a change of it is rolled out, as the last sync recorded; empty where it waits for nothing."""

    def keeps_copy(self, name: ClusterName) -> bool:
        """Whether a copy on this member is neither written nor removed now. Offline, a copy is known that the last sync saw, or
        else that is in force there."""
        placed = self.item.placed
        if not (placed.held or name in placed.held_on):
            return False
        if self.statuses:
            return name in self.statuses and self.statuses[name].health.status is not HealthStatus.NOT_FOUND
        return any(target.name == name for target in placed.targets)


def explain(item: CompiledTemplate, compiled: Compiled, clusters: Collection[ClusterName]) -> Explanation:
    """clusters: those for which the steps of rendering are explained."""
    memo, key = Memo(), item.template.key
    filters, arithmetic = _scheduling(item, compiled, memo)
    return Explanation(
        item=item,
        candidates=tuple(_candidates(item, compiled)),
        filters=filters,
        arithmetic=arithmetic,
        limits=tuple(_limits(item)),
        endpoints=tuple(_endpoints(key, compiled)),
        edits=dict(_edits(item, compiled, clusters, memo)),
        statuses={status.cluster: status for status in compiled.recorded.report_of(key).statuses},
        turn=turn_of(key, compiled.recorded.rollouts, [target.name for target in item.placed.targets], reason=True),
        quotas=tuple(one for one in compiled.quotas if item.decided.counted and one.namespace == key.namespace),
        scale=scales_in_force(compiled.desired, compiled.recorded).get(key),
    )


def _candidates(item: CompiledTemplate, compiled: Compiled) -> Iterator[Candidate]:
    """The policies that the claim names. There are none for an object that needs no policy."""
    order = {ref: place for place, ref in enumerate(item.decided.claim.candidates)}
    matches = matching_policies(index_policies(compiled.desired.policies), item.template)
    for match in sorted((one for one in matches if one.policy.ref in order), key=lambda one: order[one.policy.ref]):
        yield Candidate(match.policy.ref, match.policy.origin, rank_criteria(match))


def _endpoints(key: ResourceKey, compiled: Compiled) -> Iterator[str]:
    """Of a Service, of what exports or imports it, and of the derived one."""
    name = key.namespace, key.name
    if key.kind != "Service" and not is_export(key) and not is_import(key):
        return
    for routes in routes_of(compiled).values():
        for route in routes:
            if name in (route.source, route.target):
                places = f"those of {', '.join(route.providers)} go to {', '.join(route.consumers)}"
                yield f"{places}, for {'/'.join(route.target)} ({route.declared_by}); no member gets its own"


def _scheduling(
    item: CompiledTemplate, compiled: Compiled, memo: Memo
) -> tuple[Mapping[ClusterName, tuple[FilterResult, ...]], tuple[str, ...]]:
    policy, desired = item.decided.claim.policy, compiled.desired
    if policy is None:
        return {}, ()
    decided = item.decided
    previous = start_of_schedule(decided.previous, decided.eviction) if decided.previous else None
    asked = circumstances(decided.rebalance, decided.eviction, decided.taken, memo)
    options = SchedulerOptions(desired.settings.empty_workloads, desired.settings.component_sets)
    try:
        task = task_for(item.template, policy, previous, options, compiled.interpreter, asked)
    except MalformedObjectError:
        return {}, ()
    if isinstance(item.decided.scheduling, Binding):
        term = term_named(policy.placement, item.decided.scheduling.affinity_name)
    else:
        term = affinities_to_try(policy.placement, task.previous)[0]
    # Where caps hold, the other members share what is left; the reasons of the decision say so.
    refused = bool(item.decided.claim.waiting_for) or bool(policy.scheduler) or bool(item.decided.descheduled.caps)
    arithmetic = () if refused else explain_division(task, desired.clusters, term, memo)
    return report_filters(task, desired.clusters, term), arithmetic


def _limits(item: CompiledTemplate) -> Iterator[str]:
    shares, names = item.placed.shares, [target.name for target in item.placed.targets]
    return iter(()) if shares is None else explain_limits(item.template.manifest, shares, names)


def _edits(
    item: CompiledTemplate, compiled: Compiled, clusters: Collection[ClusterName], memo: Memo
) -> Iterator[tuple[ClusterName, tuple[StepChanges, ...]]]:
    binding, desired = item.placed.in_force(item.template.key), compiled.desired
    if binding is None:
        return
    context = context_for(item.template, desired, compiled.interpreter, memo)
    for name in sorted(clusters):
        steps = trace(item.template, binding, name, context, item.placed.shares)
        if steps:
            yield name, tuple(_changes_of(steps))


def _changes_of(steps: tuple[RenderStep, ...]) -> Iterator[StepChanges]:
    masked = _masked(tuple(step.manifest for step in steps))
    for step, (before, after) in zip(steps[1:], pairwise(masked), strict=True):
        yield StepChanges(step.name, tuple(changed_fields(before, after)), step.rule, step.error)


def _masked(manifests: tuple[Manifest, ...]) -> tuple[Manifest | None, ...]:
    """An object that is a Secret at any step is masked at all steps, so that an override of its kind reveals nothing."""
    if any(map(is_secret, manifests)):
        manifests = tuple({**manifest, "kind": "Secret"} for manifest in manifests)
    return mask(*manifests)
