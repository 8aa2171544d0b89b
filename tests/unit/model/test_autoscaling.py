"""What scales which workload."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.autoscaling import is_scaler, scaled_by
from reconciler.model.keys import ResourceKey
from tests.support.builders import manifest


def scaler(kind: str, api: str, /, **target: Any) -> dict[str, Any]:
    return manifest(kind, "any", api=api, spec={"scaleTargetRef": target})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            scaler("HorizontalPodAutoscaler", "autoscaling/v2", apiVersion="apps/v1", kind="Deployment", name="web"),
            ResourceKey("apps", "Deployment", "shop", "web"),
        ),
        (
            scaler("HorizontalPodAutoscaler", "autoscaling/v1", apiVersion="apps/v1", kind="StatefulSet", name="db"),
            ResourceKey("apps", "StatefulSet", "shop", "db"),
        ),
        (
            scaler("HorizontalPodAutoscaler", "autoscaling/v2", apiVersion="v1", kind="ReplicationController", name="old"),
            ResourceKey("", "ReplicationController", "shop", "old"),
        ),
        (scaler("ScaledObject", "keda.sh/v1alpha1", name="web"), ResourceKey("apps", "Deployment", "shop", "web")),
        (
            scaler("ScaledObject", "keda.sh/v1alpha1", apiVersion="argoproj.io/v1alpha1", kind="Rollout", name="web"),
            ResourceKey("argoproj.io", "Rollout", "shop", "web"),
        ),
    ],
)
def test_a_scaler_names_its_workload(document: dict[str, Any], expected: ResourceKey) -> None:
    assert scaled_by(document) == expected


@pytest.mark.parametrize(
    ("key", "scales"),
    [
        (ResourceKey("autoscaling", "HorizontalPodAutoscaler", "shop", "web"), True),
        (ResourceKey("keda.sh", "ScaledObject", "shop", "web"), True),
        (ResourceKey("keda.sh", "ScaledJob", "shop", "web"), False),
        (ResourceKey("example.com", "HorizontalPodAutoscaler", "shop", "web"), False),
    ],
)
def test_what_is_a_scaler(key: ResourceKey, scales: bool) -> None:
    assert is_scaler(key) is scales


def test_one_that_names_nothing_scales_nothing_that_exists() -> None:
    assert scaled_by(manifest("HorizontalPodAutoscaler", "any", api="autoscaling/v2")).name == ""
