"""On real API servers with Pods that kwok plays: what `sync` waits for, and what it says of what does not come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fleet import cluster_policy, definition, document, placed, policy, selector, workload
from tests.support.servers import ServerWorld

pytestmark = pytest.mark.members("m1")


def health(world: ServerWorld) -> dict[str, str]:
    """By object and member."""
    rows = world.run("status", "-o", "json").json["objects"]
    return {
        f"{row['kind']}/{row['name']} {place['name']}": place["health"]
        for row in rows
        if row["kind"] != "Namespace"
        for place in row["clusters"]
    }


def never_ready(name: str) -> str:
    item: Any = json.loads(workload(name, 1))
    item["spec"]["template"]["metadata"]["labels"]["tests/never-ready"] = "true"
    return json.dumps(item)


@pytest.mark.members("m1", "m2", "m3")
def test_everything_becomes_current(world: ServerWorld) -> None:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}
    job = document("Job", "once", api="batch/v1", spec={"template": {"spec": pod}})
    service = document("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    world.commit(
        {
            **placed("web", "m1"),
            **placed("db", "m2", kind="StatefulSet"),
            "job.yaml": job,
            "job-policy.yaml": policy("job", selector("Job", api="batch/v1"), "m3"),
            "service.yaml": service,
            "service-policy.yaml": policy("service", selector("Service"), "m1"),
        }
    )
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert health(world) == {
        "Deployment/web m1": "Current",
        "Service/web m1": "Current",
        "StatefulSet/db m2": "Current",
        "Job/once m3": "Current",
    }
    assert world.get("m3", "jobs", "once")["status"]["succeeded"] == 1


@pytest.mark.members("m1", "m2")
def test_pods_that_never_become_ready_are_waited_for_and_told(world: ServerWorld) -> None:
    world.commit({**placed("web", "m1", "m2"), **placed("slow", "m1"), "apps/slow/workload.yaml": never_ready("slow")})
    ran = world.sync("--timeout", "3s")
    assert ran.code == 1
    assert health(world) == {"Deployment/web m1": "Current", "Deployment/web m2": "Current", "Deployment/slow m1": "InProgress"}
    (row,) = [row for row in world.run("status", "-o", "json").json["objects"] if row["name"] == "slow"]
    assert row["clusters"][0]["applied"] is True
    before = world.audited()
    world.sync("--no-wait")
    assert world.writes(before) == []


def test_a_rollout_that_hangs_leaves_what_runs(world: ServerWorld) -> None:
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    world.commit({"apps/web/workload.yaml": never_ready("web")})
    assert world.sync("--timeout", "2s").code == 1
    assert world.get("m1", "deployments", "web")["status"]["readyReplicas"] >= 1
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0


def test_a_custom_kind_by_its_conditions(world: ServerWorld) -> None:
    group = f"{world.namespace}.example.com"
    crd = selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1")
    world.commit(
        {
            "crd.yaml": definition(group, "v1"),
            "crd-policy.yaml": cluster_policy(world.namespace, crd, "m1"),
            "widget.yaml": document("Widget", "w", api=f"{group}/v1", spec={"size": 1}),
            "p.yaml": policy("w", selector("Widget", api=f"{group}/v1"), "m1"),
        }
    )
    assert world.sync().code == 0
    widgets = f"/apis/{group}/v1/namespaces/{world.namespace}/widgets"
    failing = {"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "Broken", "message": "out of order"}]}}
    world.edit("m1", widgets, "w", failing, by="widget-controller")
    world.sync("--no-wait")
    assert health(world)["Widget/w m1"] == "InProgress"
    world.edit("m1", widgets, "w", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, by="widget-controller")
    before = world.audited()
    assert world.sync().code == 0
    assert world.writes(before) == []
    assert health(world)["Widget/w m1"] == "Current"
