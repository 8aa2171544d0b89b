"""Looking kinds up, and the questions that every kind answers or leaves to the default."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from reconciler.interpreter import registry
from reconciler.interpreter.rules import MalformedObjectError
from tests.unit.interpreter.manifests import deployment, job, manifest, pod


def test_a_kind_is_known_in_its_groups_only() -> None:
    assert registry.rules_for("apps", "Deployment") is registry.rules_for("extensions", "Deployment")
    assert registry.rules_for("apps", "Deployment") is not None
    assert registry.rules_for("example.io", "Deployment") is None


def test_a_shared_name_alone_means_kubernetes_own_kind() -> None:
    third_party = registry.rules_for("apps.kruise.io", "StatefulSet")
    assert third_party is not None
    assert third_party is not registry.rules_for("apps", "StatefulSet")
    assert registry.containers_path("StatefulSet") == ("spec", "template", "spec", "containers")
    assert registry.containers_path("CloneSet") is None


@pytest.mark.parametrize(
    ("template", "count"),
    [
        (deployment(replicas=4), 4),
        (deployment(replicas=0), 0),
        (deployment(replicas=3.0), 3),
        (deployment(replicas=None), 1),
        (deployment(), 1),
        (manifest("apps/v1", "Deployment"), 1),
        (manifest("apps/v1", "ReplicaSet", spec={"replicas": 2}), 2),
        (manifest("apps/v1", "StatefulSet", spec={"replicas": 2}), 2),
        (job(), 1),
        (job(parallelism=4), 4),
        (job(completions=5), 1),
        (job(parallelism=3, completions=10), 3),
        (job(parallelism=6, completions=5), 5),
        (job(parallelism=5, completions=0), 0),
        (pod(), 1),
        (manifest("apps.kruise.io/v1alpha1", "CloneSet", spec={"replicas": 7}), 7),
        (manifest("argoproj.io/v1alpha1", "Workflow", spec={}), 1),
        (manifest("apps/v1", "DaemonSet", spec={}), None),
        (manifest("batch/v1", "CronJob", spec={}), None),
        (manifest("apps/v1beta1", "Deployment", spec={"replicas": 2}), None),
        (manifest("extensions/v1beta1", "Deployment", spec={"replicas": 2}), None),
        (manifest("example.io/v1", "Deployment", spec={"replicas": 2}), None),
    ],
)
def test_replicas(template: dict[str, Any], count: int | None) -> None:
    assert registry.replicas_of(template) == count


@pytest.mark.parametrize("replicas", ["3", 2.5, True, [], float("inf"), float("nan")])
def test_a_count_is_a_whole_number(replicas: object) -> None:
    with pytest.raises(MalformedObjectError, match=r"spec\.replicas"):
        registry.replicas_of(deployment(replicas=replicas))


@pytest.mark.parametrize(
    ("template", "field"),
    [
        (deployment(replicas=1, paused=True), "replicas"),
        (manifest("apps/v1", "StatefulSet", spec={"replicas": 1}), "replicas"),
        (job(parallelism=1, completions=9), "parallelism"),
        (manifest("apps.kruise.io/v1alpha1", "UnitedDeployment", spec={}), "replicas"),
        (manifest("apps.kruise.io/v1alpha1", "BroadcastJob", spec={}), "parallelism"),
    ],
)
def test_revise_writes_one_field(template: dict[str, Any], field: str) -> None:
    before = deepcopy(template)
    revised = registry.revise(template, 5)
    assert revised["spec"] == {**template["spec"], field: 5}
    assert template == before


@pytest.mark.parametrize(
    "template",
    [
        deployment(),
        deployment(replicas=5),
        manifest("apps/v1", "Deployment"),
        manifest("apps/v1beta1", "Deployment", spec={"replicas": 2}),
        manifest("apps/v1", "DaemonSet", spec={"replicas": 2}),
        pod(replicas=2),
    ],
)
def test_revise_leaves_alone(template: dict[str, Any]) -> None:
    assert registry.revise(template, 5) is template


@pytest.mark.parametrize("template", [deployment(replicas=None), deployment(replicas="2"), deployment(replicas=2.0)])
def test_revise_refuses(template: dict[str, Any]) -> None:
    with pytest.raises(MalformedObjectError):
        registry.revise(template, 5)


def test_revise_of_a_shipped_script_needs_a_spec() -> None:
    with pytest.raises(MalformedObjectError):
        registry.revise(manifest("apps.kruise.io/v1alpha1", "CloneSet"), 5)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", ("spec", "containers")),
        ("Deployment", ("spec", "template", "spec", "containers")),
        ("ReplicaSet", ("spec", "template", "spec", "containers")),
        ("DaemonSet", ("spec", "template", "spec", "containers")),
        ("StatefulSet", ("spec", "template", "spec", "containers")),
        ("Job", ("spec", "template", "spec", "containers")),
        ("CronJob", None),
        ("CloneSet", None),
        ("ConfigMap", None),
    ],
)
def test_containers_path(kind: str, path: tuple[str, ...] | None) -> None:
    assert registry.containers_path(kind) == path


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (manifest("apps/v1", "StatefulSet"), True),
        (manifest("apps.kruise.io/v1beta1", "StatefulSet"), True),
        (manifest("batch/v1", "CronJob"), True),
        (job(), True),
        (manifest("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"]}), True),
        (manifest("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadOnlyMany", "ReadWriteOncePod"]}), True),
        (manifest("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteMany"]}), False),
        (deployment(), False),
        (manifest("example.io/v1", "Job"), False),
    ],
)
def test_breaks_first(template: dict[str, Any], expected: bool) -> None:
    assert registry.breaks_first(template) is expected


def _mounting(*names: str) -> dict[str, Any]:
    claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]
    return {"spec": {"volumes": [*claims, {"name": "tmp", "emptyDir": {}}]}}


@pytest.mark.parametrize(
    ("template", "names"),
    [
        (deployment(template=_mounting("b", "a", "b")), ("a", "b")),
        (manifest("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": _mounting("a")}}}), ("a",)),
        (pod(**_mounting("a")["spec"]), ("a",)),
        (deployment(template={"spec": {"volumes": "none"}}), ()),
        (manifest("v1", "ConfigMap"), ()),
    ],
)
def test_claim_names(template: dict[str, Any], names: tuple[str, ...]) -> None:
    assert registry.claim_names(template) == names
