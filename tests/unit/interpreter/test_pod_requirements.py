"""What one pod of a template needs."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.pod_requirements import is_counted, requirements
from reconciler.interpreter.registry import replicas_and_requirements, requirements_of
from reconciler.interpreter.rules import MalformedObjectError
from tests.unit.interpreter.manifests import deployment, job, manifest, pod


def _container(requests: dict[str, Any] | None = None, limits: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": "a", "resources": {"requests": requests, "limits": limits}}


@pytest.mark.parametrize(
    ("spec", "request_"),
    [
        ({"containers": [_container({"cpu": "100u"}), _container({"cpu": "0.5"})]}, {"cpu": "501m"}),
        (
            {"containers": [_container(limits={"cpu": 2}), _container({"memory": "1Gi"}, {"memory": "2Gi"})]},
            {"cpu": "2", "memory": "1Gi"},
        ),
        ({"containers": [_container({"cpu": None}, {"cpu": 2})]}, None),
        (
            {"containers": [_container({"cpu": 1})], "initContainers": [_container({"cpu": 2}), _container({"cpu": "1500m"})]},
            {"cpu": "2"},
        ),
        ({"initContainers": [_container(limits={"memory": "100M"})], "overhead": {"memory": 1}}, {"memory": "100000001"}),
        ({"containers": [_container({"storage": 1, "oddity": 1, "requests.cpu": 1})]}, None),
        (
            {"containers": [_container({"example.com/gpu": "1", "hugepages-2Mi": "4096Ki"})]},
            {"example.com/gpu": "1", "hugepages-2Mi": "4Mi"},
        ),
        ({"containers": [_container({"cpu": "-1", "memory": "0"}), None]}, None),
        ({}, None),
    ],
)
def test_resources(spec: dict[str, Any], request_: dict[str, str] | None) -> None:
    assert requirements({"spec": spec}) == ({"resourceRequest": request_} if request_ else None)


@pytest.mark.parametrize(
    ("spec", "claim"),
    [
        ({"nodeSelector": {}}, {}),
        ({"nodeSelector": {"disk": None}}, {"nodeSelector": {"disk": ""}}),
        ({"tolerations": [{"key": "a", "operator": "", "unknown": 1}]}, {"tolerations": [{"key": "a"}]}),
        (
            {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}},
            {"hardNodeAffinity": {"nodeSelectorTerms": None}},
        ),
        ({"tolerations": [], "affinity": {"nodeAffinity": {}}}, None),
    ],
)
def test_nodes(spec: dict[str, Any], claim: dict[str, Any] | None) -> None:
    assert requirements({"spec": spec}) == (None if claim is None else {"nodeClaim": claim})


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("cpu", True),
        ("pods", True),
        ("hugepages-1Gi", True),
        ("attachable-volumes-csi", True),
        ("node.kubernetes.io/x", True),
        ("example.com/gpu", True),
        ("requests.example.com/gpu", False),
        ("Example.com/gpu", False),
        ("example.com/", False),
        ("gpu", False),
    ],
)
def test_names_of_resources(name: str, counted: bool) -> None:
    assert is_counted(name) is counted


def test_an_unstated_count_is_zero_here() -> None:
    assert replicas_and_requirements(deployment()) == (0, None)
    assert replicas_and_requirements(job(completions=5)) == (0, None)
    assert replicas_and_requirements(job(parallelism=3, completions=2)) == (2, None)
    assert replicas_and_requirements(pod()) == (1, None)


def test_kinds_without_a_count_and_odd_objects() -> None:
    cron_job = manifest("batch/v1", "CronJob", spec={})
    assert requirements_of(cron_job) is None
    for odd in (cron_job, deployment(replicas="3"), deployment(template={"spec": {"containers": [_container({"cpu": "1x"})]}})):
        with pytest.raises(MalformedObjectError):
            replicas_and_requirements(odd)
