"""What a pass leaves for the next one: the recorded state that follows from what was decided and what was seen. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from reconciler.cluster.client import Discovery
from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.customization import Customization, Operation
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, gvk_of
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.recorded import NO_REPORT, ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.work import Work
from reconciler.pipeline.pipeline import Compiled, Course
from reconciler.record.aggregate import aggregated
from reconciler.schedule.dependencies import merge_targets
from reconciler.schedule.rebalance import Done, carried_out
from reconciler.transition.suspension import FREE, Terms

Statuses = Mapping[ClusterName, Mapping[ResourceKey, ClusterStatus]]

Recorded = TypeVar("Recorded", RecordedDecision, ObjectReport)


def remember(
    compiled: Compiled,
    works: Mapping[ClusterName, Work],
    statuses: Statuses,
    unreadable: Mapping[ClusterName, str],
    revision: str,
    now: datetime,
    memo: Memo | None = None,
) -> RecordedState:
    """The state after a pass. Decisions and reports that did not change are the same objects as before, and a state that did not
    change at all is the same state.

    memo: remembers what became of courses and statuses that are still the same.
    """
    remembering = memo or Memo()
    by_key: dict[ResourceKey, list[ClusterStatus]] = {}
    for name in sorted(statuses):
        for key, status in statuses[name].items():
            by_key.setdefault(key, []).append(status)
    declared = remembering(_Declared, compiled.desired.override_policies, compiled.desired.customizations, compiled.interpreter)
    recorded = compiled.recorded
    decisions = {key: _unchanged(decision, _held(decision)) for key, decision in compiled.held.items()}
    reports = {key: recorded.report_of(key) for key in compiled.held}
    for key, course in compiled.courses.items():
        decision, report = recorded.decisions.get(key), recorded.report_of(key)
        decisions[key] = _unchanged(decision, remembering(_decision, course, decision, declared))
        statuses_now = remembering.tuple(by_key.get(key, ()))
        reports[key] = _unchanged(
            report, remembering(_report, course, statuses_now, decision, report, declared.interpreter, now=now)
        )
    for key, left in by_key.items():
        decision, report = recorded.decisions.get(key), recorded.report_of(key)
        if key not in decisions and decision is not None:
            decisions[key] = _unchanged(decision, _left_behind(decision, tuple(left), compiled.left.get(key, FREE)))
            reports[key] = _unchanged(report, replace(report, statuses=tuple(left)))
    clusters = {
        cluster.name: _cluster(
            works[cluster.name],
            statuses.get(cluster.name, {}),
            unreadable.get(cluster.name, ""),
            _as_seen(cluster, compiled),
        )
        for cluster in compiled.desired.clusters
    }
    broken = {
        name: cluster
        for name, cluster in compiled.recorded.clusters.items()
        if name not in clusters and cluster.file in compiled.protected.files
    }
    after = RecordedState(
        revision,
        dict(sorted(decisions.items())),
        {key: report for key, report in sorted(reports.items()) if report != NO_REPORT},
        dict(sorted({**broken, **clusters}.items())),
        _rebalanced(compiled),
    )
    return compiled.recorded if after == compiled.recorded else after


def decided(compiled: Compiled) -> RecordedState:
    """The decisions alone, as if they had been carried out: what HEAD is scheduled from when it is compared with BASE."""
    desired, recorded = compiled.desired, compiled.recorded
    declared = _Declared(desired.override_policies, desired.customizations, compiled.interpreter)
    decisions = {key: _decision(course, recorded.decisions.get(key), declared) for key, course in compiled.courses.items()}
    reports = {key: replace(recorded.report_of(key), statuses=()) for key in compiled.courses}
    held = {key: recorded.report_of(key) for key in compiled.held}
    clusters = {cluster.name: _as_seen(cluster, compiled) for cluster in compiled.desired.clusters}
    return RecordedState(
        recorded.revision,
        {**compiled.held, **decisions},
        {key: report for key, report in {**held, **reports}.items() if report != NO_REPORT},
        {**recorded.clusters, **clusters},
        _rebalanced(compiled),
    )


def _as_seen(cluster: Cluster, compiled: Compiled) -> RecordedCluster:
    """As it was seen last; nobody has looked since. Which APIs it serves and what it has room for no pass finds out by itself."""
    known = compiled.recorded.clusters.get(cluster.name, RecordedCluster(cluster.name, ""))
    return replace(known, file=cluster.origin.file, taints=compiled.taints.get(cluster.name, ()))


def discovered(recorded: RecordedState, clusters: Iterable[Cluster], found: Mapping[ClusterName, Discovery]) -> RecordedState:
    """With what members say of themselves now in place of what they said before."""
    known = dict(recorded.clusters)
    for cluster in clusters:
        if cluster.name in found:
            said = found[cluster.name]
            before = known.get(cluster.name, RecordedCluster(cluster.name, cluster.origin.file))
            if (before.version, before.apis) != (said.version, said.apis):
                known[cluster.name] = replace(before, version=said.version, apis=said.apis)
    return recorded if known == recorded.clusters else replace(recorded, clusters=dict(sorted(known.items())))


def rebuilt(compiled: Compiled, views: Mapping[ClusterName, LiveView | str]) -> RecordedState:
    """What must have been decided, told from what the members hold: for a status branch that was lost."""
    instance = compiled.desired.settings.instance
    found: dict[ResourceKey, list[tuple[ClusterName, Manifest]]] = {}
    for name, view in sorted(views.items()):
        if isinstance(view, LiveView):
            for key in view.objects:
                if view.is_ours(key, instance):
                    found.setdefault(key, []).append((name, view.objects[key]))
    decisions = {
        key: RecordedDecision(_rebuilt(key, copies, compiled.interpreter), template_file="")
        for key, copies in sorted(found.items())
    }
    every = {one.name: tuple(sorted(set(one.workloads))) for one in compiled.desired.rebalancers}
    # Nothing is moved because a memory was lost.
    return RecordedState(decisions=decisions, clusters=compiled.recorded.clusters, rebalanced=every)


def _rebalanced(compiled: Compiled) -> Done:
    """A workload has had its turn when it was decided afresh, and nothing kept the decision from being acted on."""
    placed = {
        key
        for key, course in compiled.courses.items()
        if course.afresh and isinstance(course.decision, Binding) and not (course.frozen or course.held_back)
    }
    before = compiled.recorded.rebalanced
    # One that is missing while some file is broken may stand in that file.
    kept = before if compiled.protected.files else {}
    return dict(sorted({**kept, **carried_out(compiled.desired.rebalancers, before, placed)}.items()))


def _rebuilt(key: ResourceKey, copies: list[tuple[ClusterName, Manifest]], interpreter: Interpreter) -> Binding:
    """Each member keeps the number that its copy states, whatever the total was."""
    targets = tuple(TargetCluster(name, _replicas(manifest, interpreter)) for name, manifest in copies)
    total = sum(target.replicas for target in targets)
    workload = any(interpreter.has_rule(gvk_of(manifest), Operation.REPLICAS) for _, manifest in copies)
    return Binding(key, None, targets, total, divided=False, workload=workload)


def _replicas(live: Manifest, interpreter: Interpreter) -> int:
    try:
        return interpreter.count(live)
    except MalformedObjectError:
        return 0


@dataclass(frozen=True)
class _Declared:
    """What a revision declares that is noted with a decision."""

    overrides: tuple[OverridePolicy, ...]
    customizations: tuple[Customization, ...]
    interpreter: Interpreter

    @cached_property
    def files(self) -> Mapping[PolicyRef, str]:
        return {policy.ref: policy.origin.file for policy in self.overrides}


def _decision(course: Course, before: RecordedDecision | None, declared: _Declared) -> RecordedDecision:
    policy = course.claim.policy
    binding = course.step.binding or Binding(course.template.key, policy.ref if policy else None, ())
    return RecordedDecision(
        binding=replace(binding, reasons=(), rejected={}),
        template_file=course.template.origin.file,
        policy_file=_policy_file(binding.policy, course, before),
        overrides=before.overrides if course.held and before is not None else _overrides(course, declared.files),
        rule_files=before.rule_files if course.held and before is not None else _rule_files(course, declared.customizations),
        leaving=course.step.leaving,
        decided=_decided(course, before),
        message=course.held or course.step.message,
        required_by=course.required_by,
        suspension=course.terms.suspension,
        preserve=course.terms.preserve,
        template_digest=_template_digest(course, before),
        policy_digest=_policy_digest(course, before),
    )


def _report(
    course: Course,
    statuses: tuple[ClusterStatus, ...],
    decision: RecordedDecision | None,
    before: ObjectReport,
    interpreter: Interpreter,
    *,
    now: datetime,
) -> ObjectReport:
    """decision: the one recorded before; None for an object that is new."""
    total = aggregated(course.template.manifest, statuses, before.aggregated, interpreter, now)
    statuses = tuple(_with_correction(status, before.status_in(status.cluster)) for status in statuses)
    if not course.held:
        return ObjectReport(statuses, total)
    if decision is None:
        return ObjectReport(statuses, before.aggregated)
    # A held object was not applied to the members that answered: what they reported before still holds.
    known = {status.cluster: status for status in (*before.statuses, *statuses)}
    return ObjectReport(tuple(known[name] for name in sorted(known)), before.aggregated)


def _with_correction(status: ClusterStatus, before: ClusterStatus | None) -> ClusterStatus:
    """What was put right last is remembered for as long as the same manifest stands."""
    if before is None or not before.corrected or status.corrected or status.digest != before.digest:
        return status
    return replace(status, corrected=before.corrected)


def _template_digest(course: Course, before: RecordedDecision | None) -> str:
    """Of the template that was last acted on; one that nobody claims yet is the one that a Lazy policy will find."""
    waits = course.held_back or course.frozen
    return before.template_digest or course.digest if waits and before is not None else course.digest


def _policy_digest(course: Course, before: RecordedDecision | None) -> str:
    if (course.held_back or course.frozen) and before is not None:
        return before.policy_digest
    return course.claim.policy.digest if course.claim.policy is not None and course.claim.policy.lazy else ""


def _decided(course: Course, before: RecordedDecision | None) -> tuple[TargetCluster, ...] | None:
    """What a handover is on its way to. Where the decision is not acted on, that is what it was on its way to before."""
    if course.step.message or not isinstance(course.decision, Binding):
        return before.decided if before is not None and course.step.binding is not None else None
    in_force = course.step.binding.targets if course.step.binding else ()
    return None if course.decision.targets == in_force else course.decision.targets


def _policy_file(ref: PolicyRef | None, course: Course, before: RecordedDecision | None) -> str:
    """The file of the policy behind the placement in force. While that file is broken another policy may claim the template."""
    if ref is None:
        return ""
    if course.claim.policy is not None and course.claim.policy.ref == ref:
        return course.claim.policy.origin.file
    return before.policy_file if before is not None and before.binding.policy == ref else ""


def _overrides(course: Course, files: Mapping[PolicyRef, str]) -> tuple[tuple[PolicyRef, str], ...]:
    """The override policies that acted on the object anywhere, each with its file."""
    distinct = {id(manifest): manifest for manifest in course.rendering.manifests.values()}
    return tuple(sorted({(rule.policy, files[rule.policy]) for manifest in distinct.values() for rule in manifest.overrides}))


def _held(found: RecordedDecision) -> RecordedDecision:
    """An object whose template is gone from what can be read."""
    return replace(found, message=f"its template ({found.template_file}) cannot be read any more; it stays as it was")


def _rule_files(course: Course, declared: tuple[Customization, ...]) -> tuple[str, ...]:
    return tuple(sorted({rules.origin.file for rules in declared if rules.target == course.template.gvk}))


def _left_behind(before: RecordedDecision, statuses: tuple[ClusterStatus, ...], terms: Terms) -> RecordedDecision:
    """An object whose template is gone while some member still holds it: recorded until no member holds it."""
    holders = {status.cluster for status in statuses}
    targets = tuple(target for target in merge_targets(before.binding.targets, before.required_by) if target.name in holders)
    # Whoever suspended it may set it free again.
    policy = before.binding.policy if terms.suspension else None
    return replace(
        before,
        binding=replace(before.binding, policy=policy, targets=targets, reasons=(), rejected={}),
        leaving={},
        decided=None,
        message="its template is gone; not pruned yet",
        required_by=(),
        suspension=terms.suspension,
        preserve=terms.preserve,
    )


def _unchanged(before: Recorded | None, after: Recorded) -> Recorded:
    """The object that was there before if both are equal: callers that remember by identity then see that nothing changed."""
    return before if before is not None and before == after else after


def _cluster(work: Work, statuses: Mapping[ResourceKey, ClusterStatus], trouble: str, seen: RecordedCluster) -> RecordedCluster:
    wanted = [statuses[manifest.key] for manifest in work.manifests if manifest.key in statuses]
    digest = hashlib.sha256()
    for manifest in work.manifests:
        digest.update(f"{manifest.key}\0{manifest.public_digest}\n".encode())
    return replace(
        seen,
        ready=not trouble,
        message=trouble,
        objects=len(work.manifests),
        applied=sum(status.applied for status in wanted),
        current=sum(status.applied and status.health.status is HealthStatus.CURRENT for status in wanted),
        digest=f"sha256:{digest.hexdigest()}",
    )
