"""The recorded state that follows from a pass: what was decided, and what the members reported. Pure.

The next pass starts from this value. `decisions.py`, `reports.py` and `clusters.py` make its parts, one object or member each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.binding import Binding
from reconciler.model.failover import NO_FAILOVER, FailoverMode
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import NO_REPORT, ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.work import Work
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.namespaces import is_needed_nowhere
from reconciler.pipeline.scales import crons_in_force, scales_in_force
from reconciler.record.capacity import with_presence
from reconciler.record.clusters import last_known, record_cluster, with_readiness
from reconciler.record.decisions import Declarations, of_removed_template, of_unreadable_template, record_decision
from reconciler.record.failover_facts import with_failover_facts
from reconciler.record.families import with_roll_ups
from reconciler.record.reports import record_report
from reconciler.record.rollouts import next_rollouts
from reconciler.schedule.rebalance import Rebalanced, rebalanced_after
from reconciler.transition.suspension import FREE

Statuses = Mapping[ClusterName, Mapping[ResourceKey, ClusterStatus]]
"""What each member reports of its objects. A member's part depends on no other member."""

Recorded = TypeVar("Recorded", RecordedDecision, ObjectReport)


@dataclass(frozen=True, slots=True)
class Observation:
    """What the members showed at the end of a pass."""

    revision: str
    """The commit that was reconciled."""
    now: datetime
    statuses: Statuses
    """Of the members that were asked. What is recorded of the others stays as it is."""
    unreadable: Mapping[ClusterName, str] = field(default_factory=dict)
    """Members that were asked and could not be read, and the reason."""
    readiness: Mapping[ClusterName, str] = field(default_factory=dict)
    """Of members that were asked: one of the reasons in `observe/member_health.py`."""
    reported: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """When the agents of members made the reports from which these statuses are."""

    def unasked(self, declared: Iterable[ClusterName]) -> frozenset[ClusterName]:
        """The members that the pass left out, or that this process is not configured to reach."""
        return frozenset(name for name in declared if name not in self.statuses)


def next_state(
    compiled: Compiled, works: Mapping[ClusterName, Work], observation: Observation, memo: Memo | None = None
) -> RecordedState:
    """The state after a pass. A decision or a report that did not change is the same object as before; so is the whole state.

    works: what each member must hold. memo: keeps the results for objects whose decision and statuses did not change.
    """
    memo = memo or Memo()
    unasked = observation.unasked(compiled.cluster_names)
    unheard = _last_statuses(compiled.recorded, unasked | compiled.protected.clusters)
    statuses = {**with_roll_ups(compiled, observation.statuses), **unheard}
    reported = _by_object(statuses)
    decisions, reports = _of_templates(compiled, reported, observation, memo)
    for key, own in reported.items():
        last, report = compiled.recorded.decisions.get(key), compiled.recorded.report_of(key)
        if key not in decisions and last is not None:
            terms = compiled.removed_templates.get(key, FREE)
            decisions[key] = _same_if_equal(last, of_removed_template(last, own, terms))
            reports[key] = _same_if_equal(report, replace(report, statuses=own))
    clusters = _clusters(compiled, works, observation)
    state = RecordedState(
        observation.revision,
        dict(sorted(decisions.items())),
        _without_empty(dict(sorted(reports.items()))),
        clusters,
        _rebalanced(compiled),
        compiled.protected.broken,
        *_tenants(compiled, observation.revision),
        compiled.quotas,
        next_rollouts(compiled, statuses, clusters, observation.now),
        scales_in_force(compiled.desired, compiled.recorded),
        crons_in_force(compiled.desired, compiled.recorded),
    )
    return compiled.recorded if state == compiled.recorded else state


def assume_applied(compiled: Compiled) -> RecordedState:
    """The state as if the decisions had been applied and nothing was reported yet: HEAD is scheduled from that of BASE.

    What was recorded of removed templates stays: it says whether their copies are pruned or kept.
    """
    desired, recorded = compiled.desired, compiled.recorded
    declared = Declarations(desired.override_policies, desired.customizations, compiled.interpreter)
    decisions = {key: record_decision(item, recorded.decisions.get(key), declared) for key, item in compiled.templates.items()}
    reports = {key: replace(recorded.report_of(key), statuses=()) for key in compiled.templates}
    unreadable = {key: recorded.report_of(key) for key in compiled.unreadable_templates}
    removed = {key: recorded.decisions[key] for key in compiled.removed_templates if key in recorded.decisions}
    return RecordedState(
        recorded.revision,
        {**removed, **compiled.unreadable_templates, **decisions},
        _without_empty({**unreadable, **reports}),
        {**recorded.clusters, **{cluster.name: last_known(cluster, compiled) for cluster in desired.clusters}},
        _rebalanced(compiled),
        compiled.protected.broken,
        recorded.tenants,
        recorded.judges,
        compiled.quotas,
        recorded.rollouts,
        scales_in_force(desired, recorded),
        crons_in_force(desired, recorded),
    )


def _tenants(compiled: Compiled, revision: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """`RecordedState.tenants` and `judges` after this revision."""
    own, recorded = compiled.desired.tenant_files, compiled.recorded
    if not recorded.revision:
        return own, own
    return own, recorded.judges if recorded.revision == revision else recorded.tenants


def _last_statuses(recorded: RecordedState, names: Collection[ClusterName]) -> Statuses:
    """What these members reported last: they were not asked now, or their files have errors, and they hold what they held."""
    if not names:
        return {}
    found: dict[ClusterName, dict[ResourceKey, ClusterStatus]] = {}
    for key, report in recorded.reports.items():
        for status in report.statuses:
            if status.cluster in names:
                found.setdefault(status.cluster, {})[key] = status
    return found


def _by_object(statuses: Statuses) -> dict[ResourceKey, tuple[ClusterStatus, ...]]:
    """The statuses of each object, sorted by cluster name."""
    reported: dict[ResourceKey, list[ClusterStatus]] = {}
    for name in sorted(statuses):
        for key, status in statuses[name].items():
            reported.setdefault(key, []).append(status)
    return {key: tuple(items) for key, items in reported.items()}


def _of_templates(
    compiled: Compiled, reported: Mapping[ResourceKey, tuple[ClusterStatus, ...]], observation: Observation, memo: Memo
) -> tuple[dict[ResourceKey, RecordedDecision], dict[ResourceKey, ObjectReport]]:
    """Of every template of the revision, and of templates that cannot be read. A Namespace that is needed nowhere has no state,
    once no member holds it."""
    desired, recorded, now = compiled.desired, compiled.recorded, observation.now
    declared = memo(Declarations, desired.override_policies, desired.customizations, compiled.interpreter)
    decisions = {
        key: _same_if_equal(last, of_unreadable_template(last, compiled.protected))
        for key, last in compiled.unreadable_templates.items()
    }
    reports = {key: recorded.report_of(key) for key in compiled.unreadable_templates}
    reports |= {
        key: _same_if_equal(report, replace(report, statuses=memo.tuple(reported[key])))
        for key, report in reports.items()
        if key in reported
    }
    fails_over = desired.settings.failover.mode is not FailoverMode.OFF
    items = [
        (key, item)
        for key, item in compiled.templates.items()
        if key in reported or not is_needed_nowhere(item.decided, item.placed)
    ]
    columns = (
        [item for _, item in items],
        [recorded.decisions.get(key) for key, _ in items],
        [recorded.report_of(key) for key, _ in items],
        [memo.tuple(reported.get(key, ())) for key, _ in items],
    )
    made = memo.each(_of_template, columns, declared, compiled.interpreter, memo, now=now)
    for (key, item), last, statuses, (decided, report) in zip(items, columns[1], columns[3], made, strict=True):
        acts = fails_over and item.template.parent is None and item.decided.claim.policy is not None
        failover = item.decided.claim.policy.failover if acts and item.decided.claim.policy is not None else NO_FAILOVER
        decision = with_failover_facts(decided, failover, item.template.gvk, statuses, compiled.interpreter, now)
        if decision.reserved:
            decision = with_presence(decision, statuses, now, observation.reported)
        decisions[key] = _same_if_equal(last, decision)
        reports[key] = report
    return decisions, reports


def _of_template(
    item: CompiledTemplate,
    last: RecordedDecision | None,
    report: ObjectReport,
    statuses: tuple[ClusterStatus, ...],
    declared: Declarations,
    interpreter: Interpreter,
    memo: Memo,
    *,
    now: datetime,
) -> tuple[RecordedDecision, ObjectReport]:
    """last, report: as they are recorded; these objects themselves where nothing changed. statuses: what is reported now."""
    return memo(_decision, item, last, declared), memo(_report, item, statuses, report, interpreter, now=now)


def _decision(item: CompiledTemplate, last: RecordedDecision | None, declared: Declarations) -> RecordedDecision:
    return _same_if_equal(last, record_decision(item, last, declared))


def _report(
    item: CompiledTemplate, statuses: tuple[ClusterStatus, ...], report: ObjectReport, interpreter: Interpreter, *, now: datetime
) -> ObjectReport:
    return _same_if_equal(report, record_report(item, statuses, report, interpreter, now=now))


def _clusters(
    compiled: Compiled, works: Mapping[ClusterName, Work], observation: Observation
) -> dict[ClusterName, RecordedCluster]:
    """The declared members, and those whose file has an error now. A member that was never asked is left out."""
    clusters = {
        cluster.name: with_readiness(
            record_cluster(
                last_known(cluster, compiled),
                works[cluster.name],
                observation.statuses.get(cluster.name, {}),
                observation.unreadable.get(cluster.name, ""),
            ),
            observation.readiness.get(cluster.name, ""),
            observation.now,
            compiled.desired.settings.failover,
        )
        for cluster in compiled.desired.clusters
        if cluster.name in observation.statuses
    }
    clusters = {name: _suspended(one, compiled) for name, one in clusters.items()}
    for cluster in compiled.desired.clusters:
        last = last_known(cluster, compiled)
        # Without a digest no pass has recorded anything but what discovery found.
        if cluster.name not in clusters and (last.read or last.digest):
            clusters[cluster.name] = last
    for name, last in compiled.recorded.clusters.items():
        if name in compiled.protected.clusters:
            clusters[name] = last
    return dict(sorted(clusters.items()))


def _suspended(cluster: RecordedCluster, compiled: Compiled) -> RecordedCluster:
    stated = compiled.halt.on(cluster.name)
    words = None if stated is None else stated.words
    if (words, None) == (cluster.suspended, cluster.observed):
        return cluster
    return replace(cluster, suspended=words, observed=None)


def _rebalanced(compiled: Compiled) -> Rebalanced:
    """A workload is done when it was scheduled afresh and nothing prevents that the decision is applied."""
    placed = {
        key
        for key, item in compiled.templates.items()
        if item.decided.rebalance
        and isinstance(item.decided.scheduling, Binding)
        and not (item.decided.frozen or item.decided.policy_waits)
    }
    recorded = compiled.recorded.rebalanced
    # While a file has an error, a missing WorkloadRebalancer may be declared in that file.
    kept = recorded if compiled.protected.files else {}
    return dict(sorted({**kept, **rebalanced_after(compiled.desired.rebalancers, recorded, placed)}.items()))


def _without_empty(reports: Mapping[ResourceKey, ObjectReport]) -> dict[ResourceKey, ObjectReport]:
    return {key: report for key, report in reports.items() if report != NO_REPORT}


def _same_if_equal(last: Recorded | None, new: Recorded) -> Recorded:
    """The recorded object itself where the new one equals it: a memo compares identities, and then finds that nothing changed."""
    return last if last is not None and (last is new or last == new) else new
