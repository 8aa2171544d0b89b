"""What every filter says of a cluster, and which part of an affinity it misses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.memo import Memo
from reconciler.model.policy import AffinityTerm
from reconciler.schedule.algorithm import filter_clusters
from reconciler.schedule.filter_report import report_filters
from reconciler.schedule.ordered_affinities import affinities_to_try
from reconciler.schedule.workload_affinity import WorkloadAffinity
from tests.support.builders import cluster
from tests.unit.schedule.tasks import previous, task

AFFINITY = "cluster(s) did not match the placement cluster affinity constraint"
EXISTS = {"key": "tier", "operator": "Exists"}
TAINT = {"key": "gpu", "effect": "NoSchedule"}
FILTERS = ["APIEnablement", "TaintToleration", "ClusterAffinity", "SpreadConstraint", "ClusterEviction", "WorkloadAffinity"]


def told(asked: Any, *clusters: Any, term: AffinityTerm | None = None) -> dict[str, dict[str, tuple[bool, str]]]:
    """Cluster → filter → verdict, of the filters that have something to say."""
    found = report_filters(asked, clusters, term)
    assert all([verdict.filter for verdict in each] == FILTERS for each in found.values())
    return {
        name: {verdict.filter: (verdict.passes, verdict.reason) for verdict in each if verdict.reason or not verdict.passes}
        for name, each in found.items()
    }


def test_every_filter_is_asked_not_only_the_first() -> None:
    asked = task(clusterAffinity={"exclude": ["m2"]}, spreadConstraints=[{"spreadByField": "region"}])
    poor = cluster("m2", apis=(), taints=[TAINT])
    assert told(asked, poor, cluster("m1", region="eu"), cluster("going", deleting=True)) == {
        "m1": {},
        "m2": {
            "APIEnablement": (False, "cluster(s) did not have the API resource"),
            "TaintToleration": (False, "cluster(s) had untolerated taint {gpu:NoSchedule}"),
            "ClusterAffinity": (False, f"{AFFINITY}: it is excluded by name"),
            "SpreadConstraint": (False, "cluster(s) did not have region property"),
        },
    }


def test_what_does_not_count_for_a_holder_is_said_to_pass() -> None:
    asked = replace(task(past=previous(m1=2)), workload_affinity=WorkloadAffinity(excluded=frozenset({"m1", "m2"})))
    found = told(asked, cluster("m1", taints=[TAINT]), cluster("m2"))
    assert {name: passes for name, (passes, _) in found["m1"].items()} == {"TaintToleration": True, "WorkloadAffinity": True}
    assert all(reason.endswith("which does not count: the cluster has the object already") for _, reason in found["m1"].values())
    assert found["m2"] == {"WorkloadAffinity": (False, "cluster already has workload with the same anti-affinity group")}


def test_eviction_counts_for_a_holder() -> None:
    asked = task(past=replace(previous(m1=2), evicting=frozenset({"m1"})))
    assert told(asked, cluster("m1")) == {"m1": {"ClusterEviction": (False, "cluster(s) is in the process of eviction")}}


@pytest.mark.parametrize(
    ("affinity", "clause"),
    [
        ({"clusterNames": ["m2"]}, "it is not among clusterNames"),
        ({"clusterNames": ["m1"], "exclude": ["m1"]}, "it is excluded by name"),
        ({"labelSelector": {"matchLabels": {"tier": "gold", "env": "dev"}}}, "its labels are not tier=gold"),
        (
            {"labelSelector": {"matchExpressions": [EXISTS, {"key": "env", "operator": "NotIn", "values": ["dev"]}]}},
            "its labels are not env notin (dev) and tier",
        ),
        ({"labelSelector": {"matchExpressions": [{"key": "!", "operator": "Exists"}]}}, "the label selector matches nothing"),
        (
            {"fieldSelector": {"matchExpressions": [{"key": "region", "operator": "In", "values": ["us", "ap"]}]}},
            "it is not region in (ap,us)",
        ),
    ],
)  # fmt: skip
def test_the_part_of_an_affinity_that_is_missed(affinity: dict[str, Any], clause: str) -> None:
    member = cluster("m1", labels={"env": "dev"}, region="eu", provider="p")
    assert told(task(clusterAffinity=affinity), member) == {"m1": {"ClusterAffinity": (False, f"{AFFINITY}: {clause}")}}


def test_ordered_affinities_are_named() -> None:
    more = {"affinityName": "more", "clusterNames": ["m3"]}
    asked = task(
        clusterAffinities=[
            {"affinityName": "near", "clusterNames": ["m2"]},
            {"affinityName": "far", "clusterNames": ["m2"], "overflowAffinities": [more]},
        ]
    )  # fmt: skip
    near, far = affinities_to_try(asked.placement, asked.previous)
    clusters = (cluster("m1"), cluster("m2"), cluster("m3"))
    found = [
        {name: reason["ClusterAffinity"][1] for name, reason in told(asked, *clusters, term=term).items() if reason}
        for term in (near, far)
    ]
    assert found == [
        {"m1": f"{AFFINITY}: near: it is not among clusterNames", "m3": f"{AFFINITY}: near: it is not among clusterNames"},
        {"m1": f"{AFFINITY}: far: it is not among clusterNames, and no overflow affinity of far matches it"},
    ]
    for term in (near, far):
        passed = {name for name, each in report_filters(asked, clusters, term).items() if all(verdict.passes for verdict in each)}
        assert passed == {one.name for one in filter_clusters(asked, clusters, term, Memo()).clusters}
