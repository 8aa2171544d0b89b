"""`clusterAffinities`: affinities that are tried one after the other until one can be scheduled.

The first one is the one that was used last: the scheduler only moves forward, and does not return to an earlier one by itself
(Karmada pkg/scheduler/scheduler.go, scheduleResourceBindingWithClusterAffinities).
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.cluster import Cluster
from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm, Placement
from reconciler.schedule.algorithm import AlgorithmResult, run_algorithm
from reconciler.schedule.task import PreviousSchedule, Task


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying the affinities in order."""

    result: AlgorithmResult
    """Of the first affinity that succeeded. If all fail, of the first one: its reason counts, and whether the targets stay."""
    tried: tuple[str, ...]
    """The names of the affinities that were tried, in order; empty if the placement has no `clusterAffinities`."""


def try_in_order(task: Task, clusters: tuple[Cluster, ...], memo: Memo) -> Trial:
    """Runs the algorithm with one affinity after the other until one succeeds."""
    tried: list[str] = []
    first_failure: AlgorithmResult | None = None
    for term in affinities_to_try(task.placement, task.previous):
        tried += [term.name] if term else []
        result = run_algorithm(task, clusters, term, memo)
        if result.refusal is None:
            return Trial(result, tuple(tried))
        first_failure = first_failure or result
    assert first_failure is not None  # noqa: S101 - there is at least one affinity to try, or None
    return Trial(first_failure, tuple(tried))


def affinities_to_try(placement: Placement, previous: PreviousSchedule) -> tuple[AffinityTerm | None, ...]:
    """The affinities in order; (None,) if the placement has no `clusterAffinities`."""
    if not placement.affinities:
        return (None,)
    names = [term.name for term in placement.affinities]
    start = names.index(previous.affinity_name) if previous.affinity_name in names and not previous.fresh else 0
    return placement.affinities[start:]
