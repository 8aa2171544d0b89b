"""The limits of an autoscaler, divided: the numbers of the documentation, and what stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.render.scaler_limits import Limits, divide_limits, explain_limits, stated_limits, with_limits

WEB = ResourceKey("apps", "Deployment", "shop", "web")


def scaler(version: str = "v2", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop"}
    return {"apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec}


def scaled_object(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "web"}, "spec": spec}


def shares(leaving: str = "", total: int = 0, **replicas: int) -> TargetShares:
    clusters = tuple(TargetCluster(ClusterName(name), count) for name, count in sorted(replicas.items()))
    return TargetShares(WEB, clusters, total or sum(replicas.values()), frozenset({ClusterName(leaving)} if leaving else ()))


def divided(manifest: dict[str, Any], of: TargetShares) -> dict[str, tuple[int, int]]:
    return {name: tuple(one) for name, one in divide_limits(manifest, of, [one.name for one in of.clusters]).items()}


@pytest.mark.parametrize(
    ("minimum", "maximum", "replicas", "expected"),
    [
        (4, 20, {"m1": 3, "m2": 1}, {"m1": (3, 15), "m2": (1, 5)}),
        (1, 10, {"m1": 3, "m2": 1}, {"m1": (1, 7), "m2": (1, 3)}),
        (2, 9, {"m1": 1, "m2": 1, "m3": 1}, {"m1": (1, 3), "m2": (1, 3), "m3": (1, 3)}),
        (0, 8, {"m1": 1, "m2": 1}, {"m1": (0, 4), "m2": (0, 4)}),
        (1, 2, {"m1": 5, "m2": 3, "m3": 1}, {"m1": (1, 1), "m2": (1, 1), "m3": (1, 1)}),
        (4, 10, {"m1": 4, "m2": 0}, {"m1": (4, 10), "m2": (1, 1)}),
        (0, 10, {"m1": 4, "m2": 0}, {"m1": (0, 10), "m2": (0, 1)}),
        (5, 100, {"m1": 99, "m2": 1}, {"m1": (4, 99), "m2": (1, 1)}),
    ],
)
def test_each_cluster_gets_its_part(minimum: int, maximum: int, replicas: dict[str, int], expected: dict[str, Any]) -> None:
    assert divided(scaler(minReplicas=minimum, maxReplicas=maximum), shares(**replicas)) == expected


def test_what_a_move_takes_from_a_cluster_stays_there_until_the_replicas_go() -> None:
    manifest = scaler(minReplicas=4, maxReplicas=8)
    assert divided(manifest, shares(m1=2, m2=2)) == {"m1": (2, 4), "m2": (2, 4)}
    moving = shares(leaving="m1", total=4, m1=2, m2=2, m3=2)
    assert divided(manifest, moving) == {"m1": (2, 4), "m2": (2, 4), "m3": (2, 4)}
    assert divided(manifest, shares(m2=2, m3=2)) == {"m2": (2, 4), "m3": (2, 4)}
    whole = shares(leaving="m1", total=4, m1=4, m2=4)
    assert divided(manifest, whole) == {"m1": (4, 8), "m2": (4, 8)}
    shrinking = shares(leaving="m1", total=4, m1=4, m2=2)  # 2 of the 4 stay on m1.
    assert divided(manifest, shrinking) == {"m1": (4, 8), "m2": (2, 4)}


@pytest.mark.parametrize("version", ["v1", "v2", "v2beta2"])
def test_every_version_has_the_same_fields(version: str) -> None:
    manifest = scaler(version, minReplicas=4, maxReplicas=8)
    assert with_limits(manifest, Limits(1, 3))["spec"] == {"minReplicas": 1, "maxReplicas": 3}
    assert manifest["spec"] == {"minReplicas": 4, "maxReplicas": 8}


def test_a_minimum_that_git_leaves_out_stays_out() -> None:
    manifest = scaler(maxReplicas=8)
    assert divided(manifest, shares(m1=1, m2=1)) == {"m1": (1, 4), "m2": (1, 4)}
    assert with_limits(manifest, Limits(1, 4))["spec"] == {"maxReplicas": 4}


def test_a_scaled_object_of_keda_has_other_fields_and_defaults() -> None:
    assert divided(scaled_object(), shares(m1=3, m2=1)) == {"m1": (0, 75), "m2": (0, 25)}
    assert with_limits(scaled_object(), Limits(0, 75))["spec"] == {"maxReplicaCount": 75}
    stated = scaled_object(minReplicaCount=4, maxReplicaCount=8)
    assert divided(stated, shares(m1=3, m2=1)) == {"m1": (3, 6), "m2": (1, 2)}


@pytest.mark.parametrize(
    "manifest",
    [
        scaler(),
        scaler(minReplicas=3, maxReplicas=2),
        scaler(minReplicas="2", maxReplicas=4),
        scaler(minReplicas=True, maxReplicas=4),
        scaler(minReplicas=-1, maxReplicas=4),
        scaler(minReplicas=0, maxReplicas=0),
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 3}},
        {"apiVersion": "example.org/v1", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 4}},
    ],
    ids=["none", "crossed", "text", "boolean", "negative", "zero", "deployment", "another-group"],
)
def test_what_is_not_valid_stays_as_it_is(manifest: dict[str, Any]) -> None:
    assert stated_limits(manifest) is None
    assert divided(manifest, shares(m1=1, m2=1)) == {}
    assert list(explain_limits(manifest, shares(m1=1, m2=1), ())) == []


def test_an_explanation_has_the_weights_and_every_part() -> None:
    of = shares(leaving="m1", total=4, m1=4, m2=3, m3=1, m4=0)
    assert list(explain_limits(scaler(minReplicas=4, maxReplicas=20), of, [one.name for one in of.clusters])) == [
        "min 4 and max 20 are divided by the replicas that were decided for Deployment.apps shop/web (m2 3, m3 1), at least 1 "
        "for each cluster",
        "m1: min 4, max 20: it keeps the part of its 4 replicas until they are elsewhere",
        "m2: min 3, max 15",
        "m3: min 1, max 5",
        "m4: min 1, max 1: no replicas were decided for it, so the autoscaler is at rest",
    ]
