"""Which clusters, how many replicas (family `schedule`, from Karmada's scheduler).

Taken are, by rule, the cases that this version decides: no ordered groups of clusters, no effective spread constraint, nothing
divided by capacity, no eviction tasks, no components, no gates. Whether to schedule at all is another question
(`unchanged`, `ignored`), and so is what a failed run leaves behind: of those that ran, the decision or its error is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler.load.parse import parse_cluster, parse_placement
from reconciler.model.cluster import Cluster
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.memo import Memo
from reconciler.schedule.decide import assign, not_decided_here
from reconciler.schedule.diagnosis import no_cluster_fits
from reconciler.schedule.filters import eligible_clusters, with_holders
from tests.conformance.replay import cases


def is_decided_here(case: dict[str, Any]) -> bool:
    given = case["input"]
    binding, options = given["binding"], mapping(given, "options")
    placement = mapping(binding, "placement")
    if options.get("featureGates") or "workloadAffinity" in placement or binding.get("workloadAffinityGroups"):
        return False
    if binding.get("components") or binding.get("gracefulEvictionTasks"):
        return False
    # A file without a preference never gets here: it is Weighted then, as Karmada's webhook has it.
    scheduling = mapping(placement, "replicaScheduling")
    written_out = scheduling.get("replicaSchedulingType") == "Duplicated" or scheduling.get("replicaDivisionPreference")
    if "replicaScheduling" in placement and not written_out:
        return False
    ran = all("expect_error" in outcome or outcome["expect"]["decision"] == "scheduled" for outcome in outcomes(case))
    return ran and not not_decided_here(parse_placement(placement))


def outcomes(case: dict[str, Any]) -> list[dict[str, Any]]:
    return case.get("expect_any_of") or [case]


@cases("schedule", select=is_decided_here)
def test_schedule(case: dict[str, Any]) -> None:
    assert decide(case["input"]) in [
        outcome["expect_error"] if "expect_error" in outcome else decision_of(outcome["expect"]) for outcome in outcomes(case)
    ], case["why"]


def decide(given: dict[str, Any]) -> dict[str, int] | str:
    """Replicas by cluster, or the message of the `Scheduled` condition."""
    binding, memo = given["binding"], Memo()
    placement = parse_placement(mapping(binding, "placement"))
    resource, replicas = binding["resource"], binding.get("replicas", 0)
    clusters = tuple(sorted(map(cluster_of, given["clusters"]), key=lambda cluster: cluster.name))
    eligibility = eligible_clusters(placement, clusters, resource["apiVersion"], resource["kind"])
    eligibility = with_holders(eligibility, [target["name"] for target in sequence(binding, "clusters")])
    if not eligibility.clusters:
        return no_cluster_fits(eligibility)
    empty = bool(get(given, "options", "enableEmptyWorkloadPropagation"))
    workload = replicas > 0 or binding.get("replicaRequirements") is not None
    uid = text(resource, "uid")
    targets = assign(placement, eligibility, replicas, uid, memo, workload=workload, empty_workloads=empty)
    return {target.name: target.replicas for target in targets}


def decision_of(expected: dict[str, Any]) -> dict[str, int]:
    return {target["name"]: target.get("replicas", 0) for target in expected["clusters"]}


def cluster_of(document: dict[str, Any]) -> Cluster:
    """A Cluster as the scheduler finds it stored.

    What members reported is an observed fact, and not part of a Cluster's file. The deprecated `zone` of a file becomes one of
    `zones` when Karmada's API server stores it (family `admission`); a stored one is not looked at any more.
    """
    zones = tuple(sequence(document, "spec", "zones"))
    return replace(parse_cluster(document), apis=frozenset(served(document)), zones=zones)


def served(document: dict[str, Any]) -> Iterator[GroupVersionKind]:
    for group in sequence(document, "status", "apiEnablements"):
        for resource in sequence(group, "resources"):
            yield GroupVersionKind.parse(text(group, "groupVersion"), text(resource, "kind"))
