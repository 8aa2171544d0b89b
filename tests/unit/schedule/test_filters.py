"""Which clusters are eligible, and why the others are not."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.parse import parse_placement
from reconciler.model.cluster import Taint
from reconciler.model.policy import Toleration
from reconciler.schedule.filters import Eligibility, eligible_clusters, tolerates, with_holders
from tests.support.builders import cluster

EVICTED = {"key": "maintenance", "value": "now", "effect": "NoExecute"}


def eligible(*clusters: Any, kind: str = "apps/v1 Deployment", **placement: Any) -> Eligibility:
    return eligible_clusters(parse_placement(placement), clusters, *kind.split())


@pytest.mark.parametrize(
    ("spec", "placement", "reason"),
    [
        ({}, {}, ""),
        ({"apis": ("apps/v1 Deployment",)}, {}, ""),
        ({"apis": ("apps/v1beta1 Deployment",)}, {}, "cluster(s) did not have the API resource"),
        ({"apis": ()}, {}, "cluster(s) did not have the API resource"),
        ({"taints": [EVICTED]}, {}, "cluster(s) had untolerated taint {maintenance=now:NoExecute}"),
        ({"taints": [{"key": "k", "effect": "NoSchedule"}]}, {}, "cluster(s) had untolerated taint {k:NoSchedule}"),
        ({"taints": [EVICTED | {"effect": "PreferNoSchedule"}]}, {}, ""),
        ({"taints": [EVICTED]}, {"clusterTolerations": [{"operator": "Exists"}]}, ""),
        ({}, {"clusterAffinity": {"clusterNames": ["m1"]}}, ""),
        (
            {},
            {"clusterAffinity": {"exclude": ["m1"]}},
            "cluster(s) did not match the placement cluster affinity constraint",
        ),
        ({}, {"spreadConstraints": [{"spreadByField": "zone"}]}, "cluster(s) did not have zones property"),
        ({"zone": "a"}, {"spreadConstraints": [{"spreadByField": "zone"}]}, ""),
        ({}, {"spreadConstraints": [{"spreadByField": "region"}]}, "cluster(s) did not have region property"),
        ({}, {"spreadConstraints": [{"spreadByField": "cluster"}]}, ""),
    ],
)
def test_the_first_filter_that_says_no_gives_the_reason(spec: dict[str, Any], placement: dict[str, Any], reason: str) -> None:
    found = eligible(cluster("m1", **spec), **placement)
    assert dict(found.rejected) == ({"m1": reason} if reason else {})
    assert [item.name for item in found.clusters] == ([] if reason else ["m1"])


def test_a_missing_api_is_said_before_a_taint_and_a_taint_before_the_affinity() -> None:
    nowhere = {"clusterAffinity": {"clusterNames": ["other"]}}
    assert "API resource" in eligible(cluster("m1", apis=(), taints=[EVICTED]), **nowhere).rejected["m1"]  # type: ignore[index]
    assert "untolerated taint" in eligible(cluster("m1", taints=[EVICTED]), **nowhere).rejected["m1"]  # type: ignore[index]


def test_a_cluster_that_is_being_deleted_counts_but_has_no_reason() -> None:
    found = eligible(cluster("m1"), cluster("m2", deleting=True))
    assert ([item.name for item in found.clusters], found.rejected, found.total) == (["m1"], {}, 2)


def test_holders_are_not_driven_away_by_taints_or_discovery() -> None:
    clusters = (cluster("m1", taints=[EVICTED]), cluster("m2"), cluster("m3", apis=()), cluster("m4", taints=[EVICTED]))
    before = eligible(*clusters)
    after = with_holders(before, {"m1", "m3"})
    assert [item.name for item in after.clusters] == ["m1", "m2", "m3"]
    assert list(after.rejected) == ["m4"]
    assert with_holders(before, {"m2"}) is before


def test_holders_that_the_affinity_no_longer_means_have_to_go() -> None:
    found = eligible(cluster("m1", taints=[EVICTED]), clusterAffinity={"clusterNames": ["m2"]})
    assert "untolerated taint" in found.rejected["m1"]  # type: ignore[index]
    after = with_holders(found, {"m1"})
    assert (after.clusters, dict(after.rejected)) == (
        (),
        {"m1": "cluster(s) did not match the placement cluster affinity constraint"},
    )


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        (Toleration(operator="Exists"), True),
        (Toleration("key", "Exists"), True),
        (Toleration("other", "Exists"), False),
        (Toleration("key", value="v"), True),
        (Toleration("key", value="w"), False),
        (Toleration("key", value="v", effect="NoSchedule"), True),
        (Toleration("key", value="v", effect="NoExecute"), False),
        (Toleration("key", "Gt", "v"), False),
        (Toleration("", "Equal", "v"), True),
    ],
)
def test_tolerations_match_as_in_kubernetes(toleration: Toleration, expected: bool) -> None:
    assert tolerates(toleration, Taint("key", "v", "NoSchedule")) is expected
