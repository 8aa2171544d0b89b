"""The completions of a divided Job: a number that only creation can set.

Kubernetes lets nobody change `spec.completions` of a Job that exists (pkg/apis/batch/validation, ValidateJobSpecUpdate),
except of an Indexed Job whose completions follow its parallelism. Karmada divides them anew in each pass, and then every change
of the division is refused for ever. So here the recorded division stays, and only the parallelism is divided anew. Where the new
placement would move completions from one member to another, it is refused, before a member is asked or a copy is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.interpreter import registry
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, sequence, text
from reconciler.model.recorded import ObjectReport, RecordedDecision
from reconciler.model.weighted_division import divide_by_weight

REASON = "CompletionsFixed"
_REMEDY = "Let it finish first, or give the Job another name: the new one starts from the beginning."


def with_completions(
    decision: Binding,
    template: ResourceTemplate,
    previous: RecordedDecision | None,
    report: ObjectReport,
    declared: Collection[ClusterName],
) -> Binding | Unschedulable:
    """The decision with each member's completions, where it divides a Job that has some. Copies that exist keep theirs.

    previous, report: what was recorded of the Job. declared: names of the declared clusters; copies elsewhere stay, too.
    """
    try:
        total = registry.completions_of(template.manifest)
    except MalformedObjectError:  # Rendering reports it.
        return decision
    if total is None or _follows_parallelism(template, total):
        return decision
    shares = {target.name: target.replicas for target in decision.targets}
    fixed = _fixed(template, total, previous, report, declared)
    if not fixed:
        divides = decision.divided and any(shares.values())
        return _divided(decision, divide_by_weight(total, shares, template.uid) if divides else {}, previous)
    if not decision.divided:
        wrong = any(fixed.get(name, total) != total for name in shares)
        return _refusal(decision, fixed, "each copy is to have all of them", declared) if wrong else decision
    if _is_complete(report):
        return _divided(decision, {name: fixed.get(name, 0) for name in shares}, previous)
    rest, free = total - sum(fixed.values()), {name: share for name, share in shares.items() if name not in fixed}
    left = [name for name, count in fixed.items() if count and not shares.get(name) and name in declared and decision.replicas]
    if left:
        return _refusal(decision, fixed, f"no other copy could take over those of {', '.join(left)}", declared)
    if rest < 0 or (rest and not any(free.values())):
        return _refusal(decision, fixed, f"the template has {total}", declared)
    return _divided(decision, {**fixed, **divide_by_weight(rest, free, template.uid)}, previous)


def _divided(decision: Binding, completions: Mapping[ClusterName, int], previous: RecordedDecision | None) -> Binding:
    """The recorded mapping where nothing changed, so that nothing is rendered again."""
    same = previous is not None and previous.binding.completions == completions
    return replace(decision, completions=previous.binding.completions if same and previous else dict(sorted(completions.items())))


def _follows_parallelism(template: ResourceTemplate, total: int) -> bool:
    """Whether Kubernetes lets the completions change together with the parallelism (an elastic Indexed Job)."""
    indexed = text(template.manifest, "spec", "completionMode") == "Indexed"
    return indexed and get(template.manifest, "spec", "parallelism") == total


def _fixed(
    template: ResourceTemplate,
    total: int,
    previous: RecordedDecision | None,
    report: ObjectReport,
    declared: Collection[ClusterName],
) -> Mapping[ClusterName, int]:
    """The completions of the copies that exist, or may exist, by cluster."""
    if previous is None:
        return {}
    recorded = previous.binding.completions or _earlier_division(template, total, previous.binding)
    there = report.clusters_where(lambda status: status.health.status is not HealthStatus.NOT_FOUND)
    is_reported = bool(report.clusters)
    return {name: count for name, count in sorted(recorded.items()) if name not in declared or name in there or not is_reported}


def _earlier_division(template: ResourceTemplate, total: int, before: Binding) -> Mapping[ClusterName, int]:
    """For a decision that was recorded without completions: as they were divided then, if the template has not changed."""
    shares = {target.name: target.replicas for target in before.targets}
    if not (before.divided and any(shares.values())):
        return dict.fromkeys(shares, total)
    return divide_by_weight(total, shares, template.uid)


def _is_complete(report: ObjectReport) -> bool:
    """Whether the Job has finished everywhere, so that no work is lost when a copy goes."""
    conditions = sequence(report.aggregated, "conditions")
    return any(text(one, "type") == "Complete" and text(one, "status") == "True" for one in conditions)


def _refusal(decision: Binding, fixed: Mapping[ClusterName, int], why: str, declared: Collection[ClusterName]) -> Unschedulable:
    parts = ", ".join(f"{name}: {count}" for name, count in fixed.items())
    message = f"the completions of a Job that exists cannot change ({parts}), and {why}; members would refuse it"
    return Unschedulable(decision.key, decision.policy, REASON, message, dict.fromkeys(sorted(declared), message), _REMEDY)
