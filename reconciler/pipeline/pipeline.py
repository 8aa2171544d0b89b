"""The pure part of a pass, as one readable function: desired state and recorded state in, every member's work out.

Reads no clock and no disk: the same values give the same result, on any machine, in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from reconciler.claim.claims import Claim, PolicyIndex, claim_template, index_policies, is_auto_propagated
from reconciler.interpreter.precedence import Interpreter, interpreter_of
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState
from reconciler.model.settings import Settings
from reconciler.model.wording import first_few
from reconciler.pipeline.compiled import Compiled, Course, Decision
from reconciler.pipeline.dependencies import follow_requirers, following_of, lasting_requirers, settle_follower
from reconciler.render.digest import digest_of
from reconciler.render.placed import render_placed
from reconciler.render.template import RenderContext
from reconciler.schedule.decide import schedule_everywhere, schedule_template
from reconciler.schedule.dependencies import Dependency, merge_targets
from reconciler.schedule.health_taints import health_taints, with_taints
from reconciler.schedule.observed_facts import with_observed_facts
from reconciler.schedule.rebalance import due_workloads, unclaimed_workloads
from reconciler.transition.activation import comparable, held_back, waiting
from reconciler.transition.break_first import runs_once, volume_claims_of
from reconciler.transition.last_good import report_within, without_departed
from reconciler.transition.protection import Protection, overlaid, protection, still_declared
from reconciler.transition.suspension import terms_of
from reconciler.transition.transition import Transition, transition_to

__all__ = ["Compiled", "Course", "compile_state"]


def compile_state(
    desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo, *, settled: bool = False
) -> Compiled:
    """claim → schedule → transition → render, for every template; what follows others is settled after them.

    settled: as if every handover were over; what `render` and `diff` show.
    """
    taints = health_taints(desired.clusters, desired.taint_policies, recorded.clusters, not desired.broken_files)
    desired = replace(desired, clusters=with_taints(desired.clusters, taints, memo)) if taints else desired
    desired = replace(desired, clusters=with_observed_facts(desired.clusters, recorded.clusters, desired.templates, memo))
    fleet = frozenset(cluster.name for cluster in desired.clusters)
    protected = protection(desired, recorded, fleet)
    interpreter = memo(interpreter_of, desired.customizations)
    if interpreter.asks_for_time:
        interpreter = interpreter.at(now)
    policies = memo(index_policies, desired.policies)
    volume_claims = volume_claims_of(desired.templates, memo)
    pace = _Pace(now, settled, any(policy.lazy for policy in desired.policies))
    afresh = due_workloads(desired.rebalancers, recorded.rebalanced)
    courses = {}
    for template in desired.templates:
        previous = without_departed(recorded.decisions.get(template.key), fleet | protected.clusters)
        claim = _claim(template, previous, policies, desired, memo)
        decision = _decide(claim, desired, previous, interpreter, template.key in afresh, memo)
        break_first = memo(runs_once, template.manifest, volume_claims)
        course = Course(
            template,
            claim,
            decision,
            _NO_TRANSITION,
            held=protected.holds(previous),
            previous=previous,
            afresh=template.key in afresh,
        )
        report = report_within(recorded.report_of(template.key), fleet | protected.clusters)
        courses[template.key] = _step(course, report, desired.settings, protected.freezes(previous), pace, break_first, memo)
    held = still_declared(protected, recorded, courses)
    followers = follow_requirers(courses, desired, interpreter, memo)
    context = memo(RenderContext, desired.clusters, desired.override_policies, desired.settings.instance, memo, interpreter)
    lasting = lasting_requirers(courses, held, followers)
    for key, course in courses.items():
        following = following_of(course, followers, lasting)
        courses[key] = _render(settle_follower(course, following), following, desired, context)
    left = {
        key: terms_of(policies.by_ref.get(found.binding.policy) if found.binding.policy else None, found)
        for key, found in recorded.decisions.items()
        if key not in courses and key not in held
    }
    issues = sorted(
        {
            *desired.issues,
            *_complaints(courses),
            *followers.issues,
            *_not_rebalanced(courses, desired, recorded),
            *_departed(recorded, fleet, protected),
            *_overlaid(desired, recorded),
        }
    )
    return Compiled(desired, recorded, interpreter, protected, courses, tuple(issues), held, taints, left)


class _Pace(NamedTuple):
    """What a step depends on beside the template's own business."""

    now: datetime
    settled: bool
    lazy: bool
    """Whether any policy is Lazy, so that it matters which template was changed."""


def _claim(
    template: ResourceTemplate, previous: RecordedDecision | None, policies: PolicyIndex, desired: DesiredState, memo: Memo
) -> Claim:
    overrides = memo(_refs, desired.override_policies)
    return memo(claim_template, template, previous.binding.policy if previous else None, policies, overrides)


def _decide(
    claim: Claim, desired: DesiredState, previous: RecordedDecision | None, interpreter: Interpreter, fresh: bool, memo: Memo
) -> Decision:
    if claim.policy is None:
        return memo(schedule_everywhere, claim.template, desired.clusters, memo) if is_auto_propagated(claim.template) else None
    if claim.waiting_for:
        message = f"{claim.policy.ref} waits for {', '.join(claim.waiting_for)} (spec.dependentOverrides)"
        remedy = "Add them, or take them off the list."
        return _everywhere(claim.template.key, claim.policy.ref, "WaitingForOverrides", message, remedy, desired.clusters)
    if claim.policy.scheduler:
        message = (
            f"{claim.policy.scheduler} is to decide (spec.schedulerName of {claim.policy.ref}), and only the default is here"
        )
        remedy = "Leave out spec.schedulerName."
        return _everywhere(claim.template.key, claim.policy.ref, "OtherScheduler", message, remedy, desired.clusters)
    return memo(
        schedule_template,
        claim.template,
        claim.policy,
        desired.clusters,
        memo(last_decision, previous) if previous else None,
        memo,
        desired.settings.empty_workloads,
        interpreter,
        fresh,
    )


def _everywhere(
    key: ResourceKey, policy: PolicyRef, reason: str, message: str, remedy: str, clusters: tuple[Cluster, ...]
) -> Unschedulable:
    """A refusal that no cluster can help: it is the reason in each of them."""
    return Unschedulable(key, policy, reason, message, dict.fromkeys((cluster.name for cluster in clusters), message), remedy)


def _step(
    course: Course, report: ObjectReport, settings: Settings, frozen_by: str, pace: _Pace, break_first: bool, memo: Memo
) -> Course:
    """What this pass brings about; a Lazy policy that waits lets the last decision go on."""
    policy, previous, decision = course.claim.policy, course.previous, course.decision
    digest = memo(_digest, course.template) if pace.lazy else ""
    late = pace.lazy and not frozen_by and held_back(policy, previous, digest)
    if late and previous is not None:
        decision = memo(last_decision, previous)
    step = transition_to(
        decision, previous, settings, pace.now, report, break_first=break_first, frozen_by=frozen_by, settled=pace.settled
    )
    if late and policy is not None:
        step = waiting(step, course.decision, policy)
    terms = terms_of(policy, previous, as_recorded=late or bool(frozen_by))
    return Course(
        course.template,
        claim=course.claim,
        decision=course.decision,
        step=step,
        held=course.held,
        previous=previous,
        frozen=bool(frozen_by),
        held_back=late,
        terms=terms,
        afresh=course.afresh,
        digest=digest,
    )


def _digest(template: ResourceTemplate) -> str:
    return digest_of(comparable(template.manifest))


def last_decision(previous: RecordedDecision) -> Binding:
    """Not what is in force while copies change hands: those that are leaving must not attract new ones."""
    return previous.binding if previous.decided is None else replace(previous.binding, targets=previous.decided)


def _render(course: Course, following: Dependency, desired: DesiredState, context: RenderContext) -> Course:
    own = course.step.binding
    if own is None and not course.required_by:
        return course
    policy, previous = course.claim.policy, course.previous
    word = policy.conflict_resolution if policy else following.conflict_resolution
    conflict = word or desired.settings.conflict_resolution
    placed = own or Binding(course.template.key, None, ())
    targets = placed.targets
    if previous is not None and previous.binding.targets == targets:
        targets = previous.binding.targets
    if course.required_by:
        targets = context.memo(merge_targets, targets, course.required_by)
    shares = (targets, placed.replicas, placed.divided, placed.workload)
    return course.rendered(context.memo(render_placed, course.template, *shares, conflict, context))


def _complaints(courses: Mapping[ResourceKey, Course]) -> Iterator[Issue]:
    for key, course in courses.items():
        place = course.template.origin
        if isinstance(course.decision, Unschedulable):
            remedy = f"{course.decision.remedy} Until then what was placed stays."
            yield error(course.decision.reason, f"{key}: {course.decision.message}", remedy, origin=place, subject=key)
        elif course.decision is None and not course.required_by:
            remedy = "Add a policy that selects it, or leave the file out with spec.exclude of the Configuration."
            yield warning("Unclaimed", f"{key}: {course.claim.reason}", remedy, origin=place, subject=key)
        yield from course.rendering.failed.values()


def _departed(recorded: RecordedState, fleet: Collection[ClusterName], protected: Protection) -> Iterator[Issue]:
    """Whoever removes a Cluster file should know that nobody empties the member."""
    for name, cluster in recorded.clusters.items():
        if name not in fleet and name not in protected.clusters and cluster.objects:
            message = f"cluster {name} is not declared any more; the {cluster.objects} objects that it was to hold stay there"
            remedy = "To empty it, declare it again, let its policies place nothing there, sync, and then remove its file."
            yield warning("ClusterLeft", message, remedy, origin=Origin(cluster.file), subject=name)


def _overlaid(desired: DesiredState, recorded: RecordedState) -> Iterator[Issue]:
    for place, files in overlaid(desired, recorded).items():
        message = f"a link or submodule stands in the place of {first_few(files, 1)}; what was declared there stays as it was"
        remedy = "Put the files themselves here; or, if all that is to go, leave this path out with spec.exclude."
        yield error("NotLookedInto", message, remedy, origin=Origin(place), subject=place)


def _not_rebalanced(courses: Mapping[ResourceKey, Course], desired: DesiredState, recorded: RecordedState) -> list[Issue]:
    claimed = [key for key, course in courses.items() if course.claim.policy is not None]
    return unclaimed_workloads(desired.rebalancers, recorded.rebalanced, frozenset(claimed)) if desired.rebalancers else []


def _refs(policies: tuple[object, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)  # type: ignore[attr-defined]


_NO_TRANSITION = Transition(None)
