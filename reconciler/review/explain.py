"""Why one object is where it is and looks as it does: the stages' own words, asked for once more in full. Pure.

A pass keeps what it needs and no sentences. What an explanation adds is told by the stages' functions for the one template, given
what the pass gave them: how the candidates rank, what every filter says, the arithmetic of replicas, every step of rendering.
Values of a Secret are masked here, so that no printer can show them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from reconciler.claim.match import index_policies, matching_policies
from reconciler.claim.priority import rank, rank_criteria
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import Manifest, is_secret
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.decide import last_decision
from reconciler.plan.mask import mask
from reconciler.render.override import Rule
from reconciler.render.template import RenderContext
from reconciler.render.trace import FieldChange, RenderStep, changed_fields, trace
from reconciler.schedule.affinity import term_named, terms_to_try
from reconciler.schedule.decide import task_for
from reconciler.schedule.explain_division import explain_division
from reconciler.schedule.filter_report import FilterResult, report_filters


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that matches."""

    policy: PolicyRef
    origin: Origin
    standing: str
    """What it is ranked by."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What one step of rendering changed."""

    step: str
    """scheduling, override or cleaning."""
    changes: tuple[FieldChange, ...]
    rule: Rule | None = None
    error: str = ""
    """Why it failed; it is the last step then."""


@dataclass(frozen=True, slots=True)
class Explanation:
    item: CompiledTemplate
    candidates: tuple[Candidate, ...] = ()
    """Best first."""
    filters: Mapping[ClusterName, tuple[FilterResult, ...]] = field(default_factory=dict)
    """Of every cluster; empty where no policy has the template."""
    arithmetic: tuple[str, ...] = ()
    edits: Mapping[ClusterName, tuple[Edited, ...]] = field(default_factory=dict)
    """Of the clusters of interest that are to hold the object."""


def explain(item: CompiledTemplate, compiled: Compiled, clusters: Collection[ClusterName]) -> Explanation:
    """clusters: those whose manifest is of interest."""
    memo = Memo()
    filters, arithmetic = _scheduling(item, compiled, memo)
    return Explanation(
        item=item,
        candidates=tuple(_candidates(item, compiled)),
        filters=filters,
        arithmetic=arithmetic,
        edits=dict(_edits(item, compiled, clusters, memo)),
    )


def _candidates(item: CompiledTemplate, compiled: Compiled) -> Iterator[Candidate]:
    """Those that the claim names, which are none for what needs no policy."""
    for match in rank(matching_policies(index_policies(compiled.desired.policies), item.template)):
        if match.policy.ref in item.decided.claim.candidates:
            yield Candidate(match.policy.ref, match.policy.origin, rank_criteria(match))


def _scheduling(
    item: CompiledTemplate, compiled: Compiled, memo: Memo
) -> tuple[Mapping[ClusterName, tuple[FilterResult, ...]], tuple[str, ...]]:
    policy, desired = item.decided.claim.policy, compiled.desired
    if policy is None:
        return {}, ()
    previous = last_decision(item.decided.previous) if item.decided.previous else None
    empty_workloads = desired.settings.empty_workloads
    try:
        task = task_for(item.template, policy, previous, memo, empty_workloads, compiled.interpreter, item.decided.rebalance)
    except MalformedObjectError:
        return {}, ()
    if isinstance(item.decided.scheduling, Binding):
        term = term_named(policy.placement, item.decided.scheduling.affinity_name)
    else:
        term = terms_to_try(policy.placement, task.previous)[0]
    undecided = bool(item.decided.claim.waiting_for) or bool(policy.scheduler)
    arithmetic = () if undecided else explain_division(task, desired.clusters, term, memo)
    return report_filters(task, desired.clusters, term), arithmetic


def _edits(
    item: CompiledTemplate, compiled: Compiled, clusters: Collection[ClusterName], memo: Memo
) -> Iterator[tuple[ClusterName, tuple[Edited, ...]]]:
    binding, desired = item.placed.in_force(item.template.key), compiled.desired
    if binding is None:
        return
    context = RenderContext(desired.clusters, desired.override_policies, desired.settings.instance, memo, compiled.interpreter)
    for name in sorted(clusters):
        steps = trace(item.template, binding, name, context)
        if steps:
            yield name, tuple(_edited(steps))


def _edited(steps: tuple[RenderStep, ...]) -> Iterator[Edited]:
    shown = _fit_to_be_shown(tuple(step.manifest for step in steps))
    for step, (before, after) in zip(steps[1:], pairwise(shown), strict=True):
        yield Edited(step.name, tuple(changed_fields(before, after)), step.rule, step.error)


def _fit_to_be_shown(manifests: tuple[Manifest, ...]) -> tuple[Manifest | None, ...]:
    """What is a Secret at any step is one at all of them: an override that changes the kind opens nothing."""
    if any(map(is_secret, manifests)):
        manifests = tuple({**manifest, "kind": "Secret"} for manifest in manifests)
    return mask(*manifests)
