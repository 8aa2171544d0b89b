"""Choosing regions, and clusters in them (Karmada spreadconstraint/select_clusters_by_region.go, select_groups.go).

First which regions: the best combination that is allowed and has enough clusters. Then the best cluster of each, then more of
theirs, best first, up to the constraint by cluster. Combinations are tried one by one, as in Karmada: their number grows
exponentially with the regions, of which real fleets have few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.policy import SpreadConstraint
from reconciler.schedule.candidates import Candidate
from reconciler.schedule.task import Task

_UNIT = 1000
"""Makes what a region has room for outweigh the score of its clusters, which is 100 at most."""


@dataclass(frozen=True, slots=True)
class Region:
    name: str
    clusters: tuple[Candidate, ...]
    """In the candidates' order."""
    weight: int


Combination = tuple[Region, ...]


def select_by_region(
    candidates: tuple[Candidate, ...], task: Task, by_region: SpreadConstraint, by_cluster: SpreadConstraint
) -> tuple[Candidate, ...] | str:
    """The chosen clusters, or why there are none. That they have room for all replicas is not asked."""
    regions = regions_of(candidates, task, by_region, by_cluster)
    if len(regions) < by_region.min_groups:
        return "the number of feasible region is less than spreadConstraint.MinGroups"
    chosen = best_combination(regions, by_region, by_cluster.min_groups)
    if not chosen:
        return "the number of clusters is less than the cluster spreadConstraint.MinGroups"
    firsts = [region.clusters[0] for region in chosen]
    rest = {candidate.name for region in chosen for candidate in region.clusters[1:]}
    more = [candidate for candidate in candidates if candidate.name in rest]
    # One of each region stays even where that is more than the constraint by cluster allows.
    return (*firsts, *more[: max(0, by_cluster.max_groups - len(firsts))])


def regions_of(
    candidates: tuple[Candidate, ...], task: Task, by_region: SpreadConstraint, by_cluster: SpreadConstraint
) -> list[Region]:
    """With their weights, in the order in which the candidates name them."""
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
    """How many of its clusters have room for the full number."""
    roomy = [candidate for candidate in clusters if candidate.room >= replicas]
    return len(roomy) * _UNIT + sum(candidate.score for candidate in roomy) // len(roomy) if roomy else 0


def _weight_divided(clusters: list[Candidate], replicas: int, min_regions: int, min_clusters: int) -> int:
    """How far its best clusters cover one region's share; no region counts for more than its share."""
    # Without a least number of regions there is no share to cover: one cluster is as good as all.
    share = -(-replicas // min_regions) if min_regions else 0
    room = score = counted = 0
    for candidate in clusters:
        room, score, counted = room + candidate.room, score + candidate.score, counted + 1
        if counted >= min_clusters and room >= share:
            break
    if room < share:
        return room * _UNIT + score // len(clusters)
    return share * _UNIT + score // counted


def best_combination(regions: list[Region], constraint: SpreadConstraint, min_clusters: int) -> Combination:
    """The heaviest allowed combination, then the one with most clusters; one that it starts with is enough. Empty if none is."""
    ordered = sorted(regions, key=lambda region: (len(region.clusters), -region.weight, region.name))
    found = [_by_weight(combination) for combination in _allowed(ordered, constraint, min_clusters)]
    # Sorting is stable, so that equals stay in the order of their discovery.
    found.sort(key=lambda combination: (-sum(one.weight for one in combination), -_clusters(combination)))
    best = found[0] if found else ()
    for combination in found[1:]:
        if len(combination) < len(best) and best[: len(combination)] == combination:
            best = combination
    return best


def _allowed(ordered: list[Region], constraint: SpreadConstraint, min_clusters: int) -> Iterator[Combination]:
    """Depth first; a combination that suffices is not made larger."""

    def walk(taken: Combination, start: int) -> Iterator[Combination]:
        if len(taken) >= constraint.min_groups and len(taken) <= constraint.max_groups and _clusters(taken) >= min_clusters:
            yield taken
        elif len(taken) < constraint.max_groups:
            for place in range(start, len(ordered)):
                yield from walk((*taken, ordered[place]), place + 1)

    return walk((), 0)


def _by_weight(combination: Combination) -> Combination:
    return tuple(sorted(combination, key=lambda region: (-region.weight, region.name)))


def _clusters(combination: Combination) -> int:
    return sum(len(region.clusters) for region in combination)
