"""The pure part of a pass, as one readable function: desired state and recorded state in, every member's work out.

Reads no clock and no disk: the same values give the same result, on any machine, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.claim.claims import Claim, claim_template, index_policies, is_auto_propagated
from reconciler.interpreter.order import Interpreter, interpreter_of
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedBinding, RecordedState
from reconciler.model.work import Work
from reconciler.render.placed import render_placed
from reconciler.render.template import RenderContext, Rendering
from reconciler.render.works import works_of
from reconciler.schedule.decide import schedule_everywhere, schedule_template
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.keep import without_departed
from reconciler.transition.protection import Protection, protection, still_declared
from reconciler.transition.steps import Step, next_step

Decision = Binding | Unschedulable | None


@dataclass(frozen=True, slots=True)
class Course:
    """What the stages said about one template, from its claim to its manifests."""

    template: ResourceTemplate
    claim: Claim
    decision: Decision
    """None: no policy claims it, or the claiming one waits."""
    step: Step
    rendering: Rendering
    held: str = ""
    """Why its objects are neither applied nor pruned in this pass; empty when they are."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The whole pure result for one revision."""

    desired: DesiredState
    recorded: RecordedState
    interpreter: Interpreter
    """What is known about kinds, with what the repository declares."""
    protected: Protection
    """What may not be touched because of errors."""
    courses: Mapping[ResourceKey, Course]
    """Sorted by key."""
    works: Mapping[ClusterName, Work]
    """One per declared cluster, sorted by name."""
    issues: tuple[Issue, ...] = ()
    """Of every stage, sorted."""
    held: Mapping[ResourceKey, RecordedBinding] = field(default_factory=dict)
    """Recorded objects whose template cannot be read any more: they stay as they are."""


def compile_state(
    desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo, *, settled: bool = False
) -> Compiled:
    """claim → schedule → transition → render, for every template.

    settled: as if every handover were over; what `render` and `diff` show.
    """
    policies = memo(index_policies, desired.policies)
    overrides = memo(_refs, desired.override_policies)
    fleet = frozenset(cluster.name for cluster in desired.clusters)
    protected = protection(desired, recorded, fleet)
    interpreter = memo(interpreter_of, desired.customizations)
    context = memo(RenderContext, desired.clusters, desired.override_policies, desired.settings.instance, memo, interpreter)
    volume_claims = volume_claims_of(desired.templates, memo)
    courses = {}
    for template in desired.templates:
        previous = without_departed(recorded.bindings.get(template.key), fleet | protected.clusters)
        claim = memo(claim_template, template, previous.binding.policy if previous else None, policies, overrides)
        decision = _decide(claim, desired, previous, interpreter, memo)
        step = next_step(
            decision,
            previous,
            desired.settings,
            now,
            break_first=memo(runs_once, template.manifest, volume_claims),
            frozen_by=protected.freezes(previous),
            settled=settled,
        )
        rendering = _render(template, claim, step, previous, desired, context)
        courses[template.key] = Course(template, claim, decision, step, rendering, protected.holds(previous))
    held = still_declared(protected, recorded, courses)
    kept = frozenset({key for key, course in courses.items() if course.held} | held.keys())
    acting = {key: course.rendering for key, course in courses.items() if not course.held}
    works = works_of(acting, kept, sorted(fleet), memo)
    issues = sorted({*desired.issues, *_complaints(courses)})
    return Compiled(desired, recorded, interpreter, protected, courses, works, tuple(issues), held)


def _decide(
    claim: Claim, desired: DesiredState, previous: RecordedBinding | None, interpreter: Interpreter, memo: Memo
) -> Decision:
    if claim.policy is None:
        return memo(schedule_everywhere, claim.template, desired.clusters, memo) if is_auto_propagated(claim.template) else None
    if claim.waiting_for:
        return _waiting(claim.template.key, claim.policy.ref, claim.waiting_for, desired.clusters)
    return memo(
        schedule_template,
        claim.template,
        claim.policy,
        desired.clusters,
        memo(_last_decision, previous) if previous else None,
        memo,
        desired.settings.empty_workloads,
        interpreter,
    )


def _waiting(key: ResourceKey, policy: PolicyRef, waiting_for: tuple[str, ...], clusters: tuple[Cluster, ...]) -> Unschedulable:
    """A policy is not acted on while its `dependentOverrides` are incomplete, in no cluster."""
    message = f"{policy} waits for {', '.join(waiting_for)} (spec.dependentOverrides)"
    return Unschedulable(key, policy, "WaitingForOverrides", message, dict.fromkeys((it.name for it in clusters), message))


def _last_decision(previous: RecordedBinding) -> Binding:
    """Not what is in force while copies change hands: those that are leaving must not attract new ones."""
    return previous.binding if previous.decided is None else replace(previous.binding, targets=previous.decided)


def _render(
    template: ResourceTemplate,
    claim: Claim,
    step: Step,
    previous: RecordedBinding | None,
    desired: DesiredState,
    context: RenderContext,
) -> Rendering:
    if step.binding is None:
        return _NOTHING
    conflict = (claim.policy.conflict_resolution if claim.policy else "") or desired.settings.conflict_resolution
    placed = step.binding
    targets = placed.targets
    if previous is not None and previous.binding.targets == targets:
        targets = previous.binding.targets
    return context.memo(render_placed, template, targets, placed.replicas, placed.divided, placed.workload, conflict, context)


def _complaints(courses: Mapping[ResourceKey, Course]) -> Iterator[Issue]:
    for key, course in courses.items():
        place = course.template.origin
        if isinstance(course.decision, Unschedulable):
            remedy = "Correct the policy's placement; until then what was placed stays."
            yield error(course.decision.reason, f"{key}: {course.decision.message}", remedy, origin=place, subject=key)
        elif course.decision is None:
            remedy = "Add a policy that selects it, or leave the file out with spec.exclude of the Configuration."
            yield warning("Unclaimed", f"{key}: {course.claim.reason}", remedy, origin=place, subject=key)
        yield from course.rendering.failed.values()


def _refs(policies: tuple[object, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)  # type: ignore[attr-defined]


_NOTHING = Rendering({}, {})
