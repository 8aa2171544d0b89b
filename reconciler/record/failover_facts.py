"""What a failover of an application needs to know of an object, from what the members report. Pure.

Karmada keeps the beginning of an illness in memory, so a restart begins anew (pkg/controllers/applicationfailover); here it is
recorded. The state to preserve is recorded as long as it can be seen: a lost member shows nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.interpreter.precedence import Interpreter
from reconciler.model.condition import whole_seconds
from reconciler.model.customization import Operation
from reconciler.model.failover import NO_FAILOVER, Failover, StateRule
from reconciler.model.health import HealthStatus
from reconciler.model.json_path import JsonPathError, NotFoundError, evaluate
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.label_syntax import value_problem
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import ClusterStatus, RecordedDecision


def with_failover_facts(
    decision: RecordedDecision,
    failover: Failover,
    gvk: GroupVersionKind,
    statuses: Iterable[ClusterStatus],
    interpreter: Interpreter,
    now: datetime,
) -> RecordedDecision:
    """decision: as it is to be recorded, with the facts that were recorded before. failover: of its policy."""
    if failover == NO_FAILOVER:
        if not decision.unhealthy_since and not decision.preserved:
            return decision
        return replace(decision, unhealthy_since={}, preserved={})
    reported = {one.cluster: one for one in statuses}
    judged = failover.application is not None and interpreter.has_rule(gvk, Operation.HEALTH)
    unhealthy = _unhealthy_since(decision, reported, now) if judged else {}
    return replace(decision, unhealthy_since=unhealthy, preserved=_preserved(decision, failover, reported))


def _unhealthy_since(
    decision: RecordedDecision, reported: Mapping[ClusterName, ClusterStatus], now: datetime
) -> Mapping[ClusterName, datetime]:
    """Healthy or Unknown ends it. Of a member that was not asked, the last report counts."""
    return {
        name: decision.unhealthy_since.get(name, whole_seconds(now))
        for name in decision.binding.cluster_names
        if name in reported and _is_unhealthy(reported[name])
    }


def _is_unhealthy(status: ClusterStatus) -> bool:
    """As in Karmada, the health of what could not be applied is Unknown."""
    return status.applied and status.health.healthy is False and status.health.status is not HealthStatus.NOT_FOUND


def _preserved(
    decision: RecordedDecision, failover: Failover, reported: Mapping[ClusterName, ClusterStatus]
) -> Mapping[ClusterName, Mapping[str, str]]:
    rules = (*failover.cluster.rules, *(failover.application.rules if failover.application is not None else ()))
    found: dict[ClusterName, Mapping[str, str]] = {}
    for name in decision.binding.cluster_names if rules else ():
        status, kept = reported.get(name), decision.preserved.get(name, {})
        if status is not None and status.reflected is not None:
            kept = preserved_labels(rules, status.reflected)
        if kept:
            found[name] = kept
    return found


def preserved_labels(rules: Iterable[StateRule], status: Manifest) -> Mapping[str, str]:
    """By label. A value that is missing, or cannot be a label's, is left out."""
    found = {}
    for rule in rules:
        try:
            value = evaluate(rule.json_path, status)
        except (JsonPathError, NotFoundError):
            continue
        if not value_problem(value):
            found[rule.label] = value
    return found
