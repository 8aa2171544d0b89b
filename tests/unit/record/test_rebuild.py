"""Rebuilding a lost status branch: each copy keeps its number of replicas, where its kind has one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.interpreter.registry import KIND_RULES, replicas_path
from reconciler.model.health import CURRENT, NOT_FOUND
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import key_of, with_value
from reconciler.model.member_report import MemberReport
from reconciler.model.ownership import marked
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.record.rebuild import with_found_copies
from tests.support.in_memory_fleet import NOW, compile_files
from tests.support.shop import SHOP

WORKLOADS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "Job": "batch/v1",
    "BroadcastJob": "apps.kruise.io/v1alpha1",
    "CloneSet": "apps.kruise.io/v1alpha1",
    "UnitedDeployment": "apps.kruise.io/v1alpha1",
    "Workflow": "argoproj.io/v1alpha1",
}


def workload(kind: str, count: int) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "app:1"}]}}
    manifest = {
        "apiVersion": WORKLOADS[kind],
        "kind": kind,
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": template},
    }
    return with_value(manifest, replicas_path(manifest), count)  # type: ignore[no-any-return]


def test_every_kind_with_replicas_is_here() -> None:
    with_replicas = {rules.kind for rules in KIND_RULES if rules.replicas is not None}
    assert with_replicas - {"Pod", "Chart"} == set(WORKLOADS)  # No member holds a Chart.


def test_copies_that_an_agent_reports_count_as_well() -> None:
    """Where the record is lost, or the member was never read under its name: a move then waits for their successors."""
    key, m1, m2 = key_of(workload("Deployment", 1)), ClusterName("m1"), ClusterName("m2")
    gone = key_of(workload("StatefulSet", 1))
    statuses = {
        key: ClusterStatus(m2, True, CURRENT, digest="sha256:1"),
        gone: ClusterStatus(m2, False, NOT_FOUND),
    }
    said = MemberReport(RecordedCluster(m2, ""), statuses, "", "", NOW, timedelta(minutes=5), replicas={key: 3})
    compiled = compile_files(SHOP)
    live = marked(workload("Deployment", 4), key, "sha256:0", compiled.desired.settings.instance)
    state = with_found_copies(compiled, {m1: LiveView(m1, {key: live})}, {m2: said})
    binding = state.decisions[key].binding
    assert [(target.name, target.replicas) for target in binding.targets] == [("m1", 4), ("m2", 3)]
    assert (binding.replicas, binding.workload, gone in state.decisions) == (7, True, False)
    assert state.clusters[m2].read


@pytest.mark.parametrize("kind", WORKLOADS)
def test_each_copy_keeps_its_number(kind: str) -> None:
    compiled = compile_files(SHOP)
    views: dict[ClusterName, LiveView | str] = {}
    key = key_of(workload(kind, 1))
    for name, count in (("m1", 4), ("m2", 0)):
        live = marked(workload(kind, count), key, "sha256:0", compiled.desired.settings.instance)
        views[ClusterName(name)] = LiveView(ClusterName(name), {key: live})
    binding = with_found_copies(compiled, views).decisions[key].binding
    assert [(target.name, target.replicas) for target in binding.targets] == [("m1", 4), ("m2", 0)]
    assert (binding.replicas, binding.workload) == (4, True)
