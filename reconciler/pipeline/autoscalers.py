"""Autoscalers whose limits are divided (`spec.autoscaling.limits: Divide`): each is told how its workload is divided.

This comes after all workloads have been placed. What is divided, and by which rule, is in `render/scaler_limits.py`. An agent
takes the shares from the record, because it knows the placements of its own members alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.model.autoscaling import TargetShares, is_scaler, scaled_by
from reconciler.model.binding import Binding
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision
from reconciler.model.wording import first_few, plural
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.snapshot import Snapshot
from reconciler.render.scaler_limits import stated_limits, weights_of

MAXIMUM_BELOW_CLUSTERS = "MaximumBelowClusters"


def with_target_shares(
    placements: Mapping[ResourceKey, Placed],
    decided: Mapping[ResourceKey, Decided],
    unreadable: Mapping[ResourceKey, RecordedDecision],
    snapshot: Snapshot,
    memo: Memo,
) -> Mapping[ResourceKey, Placed]:
    """The placements, those of autoscalers with the shares of their workloads.

    unreadable: recorded objects whose templates cannot be read; they stay where they are, and so do their shares.
    """
    if not snapshot.desired.settings.divides_limits:
        return placements
    found = {}
    for key, placed in placements.items():
        if is_scaler(key):
            target = memo(scaled_by, decided[key].template.manifest)
            shares = _shares_of(target, decided.get(target), unreadable.get(target), memo)
            if shares is not None:
                found[key] = memo(_with_shares, placed, shares)
    return {**placements, **found} if found else placements


def limit_issues(templates: Mapping[ResourceKey, CompiledTemplate], memo: Memo) -> Iterator[Issue]:
    """Autoscalers whose maximum is not enough for 1 replica on each cluster of their workload."""
    for block in memo.blocks(templates.values()):
        yield from memo(_of_block, block)


def _shares_of(target: ResourceKey, decided: Decided | None, last: RecordedDecision | None, memo: Memo) -> TargetShares | None:
    """None for a workload that is not in the repository, or not divided."""
    if decided is not None:
        binding, leaving = decided.transition.binding, decided.transition.leaving
    elif last is not None:
        binding, leaving = last.binding, last.leaving
    else:
        return None
    if binding is None or not (binding.divided and binding.workload) or binding.replicas < 1:
        return None
    return memo(_shares, target, binding, memo.tuple(sorted(leaving)))


def _shares(target: ResourceKey, binding: Binding, leaving: tuple[ClusterName, ...]) -> TargetShares:
    return TargetShares(target, binding.targets, binding.replicas, frozenset(leaving))


def _with_shares(placed: Placed, shares: TargetShares) -> Placed:
    return replace(placed, shares=shares)


def _of_block(items: tuple[CompiledTemplate, ...]) -> list[Issue]:
    return [issue for item in items if item.placed.shares is not None for issue in _of_template(item, item.placed.shares)]


def _of_template(item: CompiledTemplate, shares: TargetShares) -> Iterator[Issue]:
    key, stated, clusters = item.template.key, stated_limits(item.template.manifest), sorted(weights_of(shares))
    if stated is not None and stated.maximum < len(clusters):
        message = (
            f"{key}: its maximum, {stated.maximum}, is below the {plural(len(clusters), 'cluster')} among which "
            f"{shares.target} is divided ({first_few(clusters, 5)}); each has a maximum of 1, so that the sum is {len(clusters)}"
        )
        remedy = f"Raise the maximum to {len(clusters)} at least, or place {shares.target} on fewer clusters."
        yield warning(MAXIMUM_BELOW_CLUSTERS, message, remedy, origin=item.template.origin, subject=key)
