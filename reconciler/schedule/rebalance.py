"""WorkloadRebalancer: a fresh placement, once for each workload that it names.

In Karmada the moment of its creation tells whether a workload was scheduled since. A file has no such moment: which of its
workloads have had their fresh start is recorded under its name, and forgotten when the file goes. A workload that is added later
has its own turn; to have them all anew, give the object another name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.rebalancer import Rebalancer

Done = Mapping[str, tuple[ResourceKey, ...]]
"""By a rebalancer's name: the workloads that have had their fresh start, sorted."""


def due(rebalancers: Iterable[Rebalancer], done: Done) -> frozenset[ResourceKey]:
    """The workloads that are to be placed afresh."""
    return frozenset(key for one in rebalancers for key in one.workloads if key not in done.get(one.name, ()))


def carried_out(rebalancers: Iterable[Rebalancer], done: Done, placed: Collection[ResourceKey]) -> Done:
    """What is recorded after a pass that placed these afresh."""
    return {
        one.name: tuple(sorted(key for key in set(one.workloads) if key in placed or key in done.get(one.name, ())))
        for one in rebalancers
    }


def lost(rebalancers: Iterable[Rebalancer], done: Done, claimed: Collection[ResourceKey]) -> list[Issue]:
    """Karmada's reason for a workload that no policy has placed: ReferencedBindingNotFound."""
    return [
        warning(
            "ReferencedBindingNotFound",
            f"{one} names {key}, which no policy of the repository claims",
            "Correct apiVersion, kind, namespace and name, or remove it from the list.",
            origin=one.origin,
            subject=str(one),
        )
        for one in rebalancers
        for key in one.workloads
        if key not in claimed and key not in done.get(one.name, ())
    ]
