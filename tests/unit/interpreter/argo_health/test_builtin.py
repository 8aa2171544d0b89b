"""Kubernetes' own kinds beyond the recorded cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.interpreter.argo_health.judge import builtin_health
from tests.unit.interpreter.manifests import manifest


def hpa(version: str, *conditions: dict[str, str]) -> dict[str, Any]:
    if version != "v1":
        return manifest(f"autoscaling/{version}", "HorizontalPodAutoscaler", status={"conditions": list(conditions)})
    annotation = {"autoscaling.alpha.kubernetes.io/conditions": json.dumps(conditions)}
    return manifest("autoscaling/v1", "HorizontalPodAutoscaler", metadata={"annotations": annotation})


ABLE = {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"}
BLIND = {"type": "ScalingActive", "status": "False", "reason": "FailedGetPodsMetric", "message": "no metrics"}


@pytest.mark.parametrize("version", ["v1", "v2", "v2beta1", "v2beta2"])
@pytest.mark.parametrize(
    ("conditions", "code"),
    [([], "Progressing"), ([ABLE], "Healthy"), ([ABLE, BLIND], "Degraded"), ([BLIND, ABLE], "Degraded")],
)
def test_autoscaler(version: str, conditions: list[dict[str, str]], code: str) -> None:
    result = builtin_health(hpa(version, *conditions))
    assert result is not None
    assert result.code == code


@pytest.mark.parametrize("written", ["{", '"text"', "[1]", "{}", "7"])
def test_an_annotation_that_cannot_be_read_is_unknown(written: str) -> None:
    annotations = {"autoscaling.alpha.kubernetes.io/conditions": written}
    result = builtin_health(manifest("autoscaling/v1", "HorizontalPodAutoscaler", metadata={"annotations": annotations}))
    assert result is not None
    assert result.code == "Unknown"


def container(**state: Any) -> dict[str, Any]:
    status = {"name": "app", "image": "", "imageID": "", "ready": False, "restartCount": 0}
    return status | {"state": state, "lastState": {}}


@pytest.mark.parametrize(
    ("annotations", "policy", "code"),
    [
        ({}, "Always", "Degraded"),
        ({}, "Never", "Progressing"),
        ({"argocd.argoproj.io/ignore-restart-policy": "true"}, "Never", "Degraded"),
        ({"argocd.argoproj.io/ignore-restart-policy": "false"}, "Never", "Progressing"),
        ({"argocd.argoproj.io/ignore-restart-policy": "true", "helm.sh/hook": "test"}, "Never", "Progressing"),
    ],
)
def test_trouble_counts_for_pods_that_serve(annotations: dict[str, str], policy: str, code: str) -> None:
    status = {"phase": "Pending", "containerStatuses": [container(waiting={"reason": "ImagePullBackOff", "message": "no image"})]}
    live = manifest("v1", "Pod", metadata={"annotations": annotations}, spec={"restartPolicy": policy}, status=status)
    result = builtin_health(live)
    assert result is not None
    assert result.code == code


@pytest.mark.parametrize(
    ("ended", "message"),
    [
        ({"exitCode": 1, "message": "no disk"}, "no disk"),
        ({"exitCode": 137, "reason": "OOMKilled"}, "OOMKilled"),
        ({"exitCode": 3, "reason": "Error"}, 'container "app" ended with exit code 3'),
        ({"exitCode": 0}, ""),
    ],
)
def test_last_words_of_a_failed_pod(ended: dict[str, Any], message: str) -> None:
    result = builtin_health(manifest("v1", "Pod", status={"phase": "Failed", "containerStatuses": [container(terminated=ended)]}))
    assert result is not None
    assert (result.code, result.message) == ("Degraded", message)
