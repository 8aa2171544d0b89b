"""The Pods without a node, as they are recorded with the decision of their workload. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from reconciler.model.descheduling import Waiting
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedDecision, RecordedState

SeenPods: TypeAlias = Mapping[ClusterName, Mapping[ResourceKey, Waiting | None]]
"""By member, of the workloads that a pass asked about, or whose replicas are all ready. None: every Pod has a node."""


def with_waiting_pods(state: RecordedState, seen: SeenPods, *, counts: bool) -> RecordedState:
    """The same state where nothing changed. Of workloads and members that are not in `seen`, what is recorded stays.

    counts: whether `spec.descheduler` asks for it; else nothing of it is recorded.
    """
    by_object: dict[ResourceKey, dict[ClusterName, Waiting | None]] = {}
    for name, of_member in seen.items():
        for key, waiting in of_member.items():
            by_object.setdefault(key, {})[name] = waiting
    changed = {}
    for key, decision in state.decisions.items():
        if decision.waiting or key in by_object:
            new = _with_waiting(decision, by_object.get(key, {}) if counts else None)
            if new is not decision:
                changed[key] = new
    return replace(state, decisions={**state.decisions, **changed}) if changed else state


def _with_waiting(decision: RecordedDecision, seen: Mapping[ClusterName, Waiting | None] | None) -> RecordedDecision:
    """seen: None where nothing is to be recorded."""
    latest = {} if seen is None else {name: seen.get(name, decision.waiting.get(name)) for name in decision.binding.cluster_names}
    waiting = {name: one for name, one in latest.items() if one is not None}
    return decision if waiting == decision.waiting else replace(decision, waiting=waiting)
