"""The placement of an object while a rollout is under way: what the new revision decides where it has arrived, and what was
there before elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.keys import ClusterName


def staged_placement(
    decision: Binding, before: Iterable[TargetCluster], pending: Collection[ClusterName], *, moves_at_once: bool = False
) -> Binding:
    """The decision, as far as the rollout has come.

    before: the placement before the rollout. pending: the clusters that keep it. While one of them is to gain the object or
    replicas of it, no other one loses any: the handover follows when all clusters have their turn.
    moves_at_once: whether the object leaves a member that fails. Then the decision counts as it is; the rollout goes on to decide
    about the content.
    """
    if moves_at_once or not pending:
        return decision
    wanted, had = _shares(decision.targets), _shares(before)
    waiting = {name for name in pending if name in wanted and had.get(name, -1) < wanted[name]}
    shares: dict[ClusterName, int] = {}
    for name in sorted({*wanted, *had}):
        share = had.get(name) if name in pending or (waiting and _loses(name, had, wanted)) else wanted.get(name)
        if share is not None:
            shares[name] = share
    targets = tuple(TargetCluster(name, share) for name, share in shares.items())
    return decision if targets == decision.targets else replace(decision, targets=targets)


def _loses(name: ClusterName, had: Mapping[ClusterName, int], wanted: Mapping[ClusterName, int]) -> bool:
    return name in had and wanted.get(name, -1) < had[name]


def _shares(targets: Iterable[TargetCluster]) -> dict[ClusterName, int]:
    return {target.name: target.replicas for target in targets}
