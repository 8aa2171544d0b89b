"""Selection of regions, and of clusters in them (Karmada pkg/scheduler/core/spreadconstraint: select_clusters_by_region.go,
select_groups.go).

The regions are selected first: the best combination that is allowed and has enough clusters. Then the best cluster of each region
is selected, and then their other clusters, best first, up to the constraint by cluster. All combinations are tried, as in
Karmada: their number grows exponentially with the number of regions, but real fleets have few regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.policy import SpreadConstraint
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.task import Task

_UNIT = 1000
"""Makes available replicas outweigh the score of the clusters, which is at most 100."""


@dataclass(frozen=True, slots=True)
class Region:
    """The candidates of one region."""

    name: str
    clusters: tuple[Candidate, ...]
    """In the order of the candidates."""
    weight: int
    """The larger, the better; see `_weight_duplicated` and `_weight_divided`."""


Combination = tuple[Region, ...]


def select_by_region(
    candidates: tuple[Candidate, ...], task: Task, by_region: SpreadConstraint, by_cluster: SpreadConstraint
) -> tuple[Candidate, ...] | str:
    """The selected clusters, or a message why there are none. Whether all replicas fit is not checked."""
    regions = regions_of(candidates, task, by_region, by_cluster)
    if len(regions) < by_region.min_groups:
        return "the number of feasible region is less than spreadConstraint.MinGroups"
    chosen = best_combination(regions, by_region, by_cluster.min_groups)
    if not chosen:
        return "the number of clusters is less than the cluster spreadConstraint.MinGroups"
    best = [region.clusters[0] for region in chosen]
    rest = {candidate.name for region in chosen for candidate in region.clusters[1:]}
    more = [candidate for candidate in candidates if candidate.name in rest]
    # The best cluster of each region stays, even if there are more of them than the constraint by cluster allows.
    return (*best, *more[: max(0, by_cluster.max_groups - len(best))])


def regions_of(
    candidates: tuple[Candidate, ...], task: Task, by_region: SpreadConstraint, by_cluster: SpreadConstraint
) -> list[Region]:
    """The regions with their weights, in the order in which they first appear among the candidates."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.cluster.region:
            groups.setdefault(candidate.cluster.region, []).append(candidate)
    replicas = task.workload.replicas
    if task.placement.duplicated:
        weights = {name: _weight_duplicated(clusters, replicas) for name, clusters in groups.items()}
    else:
        least = max(by_cluster.min_groups, by_region.min_groups)
        weights = {name: _weight_divided(clusters, replicas, by_region.min_groups, least) for name, clusters in groups.items()}
    return [Region(name, tuple(clusters), weights[name]) for name, clusters in groups.items()]


def _weight_duplicated(clusters: list[Candidate], replicas: int) -> int:
    """How many of its clusters can take the full number; then their average score."""
    sufficient = [candidate for candidate in clusters if candidate.available_replicas >= replicas]
    return len(sufficient) * _UNIT + sum(candidate.score for candidate in sufficient) // len(sufficient) if sufficient else 0


def _weight_divided(clusters: list[Candidate], replicas: int, min_regions: int, min_clusters: int) -> int:
    """How far the best clusters of the region cover its share of the replicas, at most the share; then their average score."""
    # Without a minimum number of regions there is no share to cover: one cluster counts as much as all.
    share = -(-replicas // min_regions) if min_regions else 0
    available = score = counted = 0
    for candidate in clusters:
        available, score, counted = available + candidate.available_replicas, score + candidate.score, counted + 1
        if counted >= min_clusters and available >= share:
            break
    if available < share:
        return available * _UNIT + score // len(clusters)
    return share * _UNIT + score // counted


def best_combination(regions: list[Region], constraint: SpreadConstraint, min_clusters: int) -> Combination:
    """The allowed combination with the largest weight, then with the most clusters. If it begins with a shorter allowed one, that
    one.

    Empty if no combination is allowed.
    """
    ordered = sorted(regions, key=lambda region: (len(region.clusters), -region.weight, region.name))
    combinations = [_by_weight(combination) for combination in _allowed(ordered, constraint, min_clusters)]
    # The sort is stable: equal combinations stay in the order of the search.
    combinations.sort(key=lambda combination: (-sum(one.weight for one in combination), -_clusters(combination)))
    best = combinations[0] if combinations else ()
    for combination in combinations[1:]:
        if len(combination) < len(best) and best[: len(combination)] == combination:
            best = combination
    return best


def _allowed(ordered: list[Region], constraint: SpreadConstraint, min_clusters: int) -> Iterator[Combination]:
    """The allowed combinations, depth first; an allowed combination is not extended."""

    def walk(chosen: Combination, start: int) -> Iterator[Combination]:
        if constraint.min_groups <= len(chosen) <= constraint.max_groups and _clusters(chosen) >= min_clusters:
            yield chosen
        elif len(chosen) < constraint.max_groups:
            for place in range(start, len(ordered)):
                yield from walk((*chosen, ordered[place]), place + 1)

    return walk((), 0)


def _by_weight(combination: Combination) -> Combination:
    return tuple(sorted(combination, key=lambda region: (-region.weight, region.name)))


def _clusters(combination: Combination) -> int:
    return sum(len(region.clusters) for region in combination)
