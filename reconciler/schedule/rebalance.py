"""WorkloadRebalancer: a fresh schedule, once for each workload that it names.

Karmada compares the creation time of the WorkloadRebalancer with the time of the last schedule. A file has no creation time: the
workloads that were rebalanced are recorded under the object's name, until the file is removed. A workload that is added to the
list later is rebalanced then. To rebalance all of them again, give the object another name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.spelling import nearest_parts
from reconciler.model.wording import one_of

Rebalanced = Mapping[str, tuple[ResourceKey, ...]]
"""The workloads that were rebalanced, sorted, by the name of the WorkloadRebalancer."""


def due_workloads(rebalancers: Iterable[Rebalancer], rebalanced: Rebalanced) -> frozenset[ResourceKey]:
    """The workloads to schedule afresh in this pass."""
    return frozenset(key for one in rebalancers for key in one.workloads if key not in rebalanced.get(one.name, ()))


def rebalanced_after(rebalancers: Iterable[Rebalancer], rebalanced: Rebalanced, scheduled: Collection[ResourceKey]) -> Rebalanced:
    """The record after a pass. scheduled: the workloads that the pass scheduled afresh."""
    return {
        one.name: tuple(sorted(key for key in set(one.workloads) if key in scheduled or key in rebalanced.get(one.name, ())))
        for one in rebalancers
    }


def unclaimed_workloads(
    rebalancers: Iterable[Rebalancer], rebalanced: Rebalanced, claimed: Collection[ResourceKey]
) -> list[Issue]:
    """A warning for each named workload that no policy claims. The reason is Karmada's: ReferencedBindingNotFound."""
    return [
        warning(
            "ReferencedBindingNotFound",
            f"{one} names {key}, which no policy of the repository claims",
            f"{_guess(key, claimed)}Correct apiVersion, kind, namespace and name, or remove it from the list.",
            origin=one.origin,
            subject=str(one),
        )
        for one in rebalancers
        for key in one.workloads
        if key not in claimed and key not in rebalanced.get(one.name, ())
    ]


def _guess(key: ResourceKey, claimed: Iterable[ResourceKey]) -> str:
    near = nearest_parts(_parts(key), map(_parts, claimed))
    return f"Did you mean {one_of([ResourceKey(*parts) for parts in near])}? " if near else ""


def _parts(key: ResourceKey) -> tuple[str, ...]:
    return key.group, key.kind, key.namespace, key.name
