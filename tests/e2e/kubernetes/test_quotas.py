"""On real API servers: a FederatedResourceQuota becomes ResourceQuotas of members, and limits a namespace over all of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fleet import DEPLOYMENT, POLICY, document, policy, selector, workload
from tests.support.servers import ServerWorld

pytestmark = pytest.mark.members("m1", "m2")


def quota(overall: dict[str, Any], **parts: dict[str, Any]) -> dict[str, str]:
    assignments = [{"clusterName": name, "hard": hard} for name, hard in parts.items()]
    spec = {"overall": overall, "staticAssignments": assignments}
    return {"quota.yaml": document("FederatedResourceQuota", "total", api=POLICY, spec=spec)}


def app(name: str, replicas: int, image: str = "app:1") -> dict[str, str]:
    """Divided over both members; each replica requests one CPU."""
    manifest = json.loads(workload(name, replicas))
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    container |= {"image": image, "resources": {"requests": {"cpu": "1"}}}
    chosen = policy(name, selector("Deployment", name, DEPLOYMENT), divided=True)
    return {f"{name}.yaml": json.dumps(manifest), f"{name}-policy.yaml": chosen}


def hard(world: ServerWorld, name: str) -> dict[str, str] | None:
    found = world.get(name, "resourcequotas", "total")
    return None if found is None else found["spec"]["hard"]


def running(world: ServerWorld, name: str) -> dict[str, tuple[int, str]]:
    """By member: the replicas that are asked for, and the image."""
    found = {member: world.get(member, "deployments", name) for member in world.planes}
    return {
        member: (one["spec"]["replicas"], one["spec"]["template"]["spec"]["containers"][0]["image"])
        for member, one in found.items()
        if one is not None
    }


def test_static_assignments_arrive_as_resource_quotas_change_and_go(world: ServerWorld) -> None:
    world.commit(quota({"cpu": "4", "pods": 9}, m1={"cpu": "2", "pods": 5}, m2={"cpu": "500m"}))
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert (hard(world, "m1"), hard(world, "m2")) == ({"cpu": "2", "pods": "5"}, {"cpu": "500m"})
    world.commit(quota({"cpu": "4"}, m2={"cpu": "3"}))
    assert world.sync().code == 0
    assert (hard(world, "m1"), hard(world, "m2")) == (None, {"cpu": "3"})
    before = world.audited()
    assert world.sync().code == 0
    assert not world.writes(before)
    world.commit({}, "quota.yaml")
    assert world.sync().code == 0
    assert (hard(world, "m1"), hard(world, "m2")) == (None, None)


def test_what_would_exceed_overall_is_refused_where_it_is_written_and_what_runs_stays(world: ServerWorld) -> None:
    first = world.commit(quota({"cpu": "6"}) | app("web", 4))
    assert world.sync().code == 0
    assert running(world, "web") == {"m1": (2, "app:1"), "m2": (2, "app:1")}
    world.repo.git("checkout", "--quiet", "-b", "more")
    world.commit(app("web", 7, "app:2") | app("api", 3))
    told = "cpu 6 by 1: 4 are used, and it asks for 3 more (quota.yaml:1)"
    compared = world.run("diff", first, "more")
    assert "api.yaml:1: " in compared.out + compared.err
    assert told in compared.out + compared.err
    before = world.audited()
    ran = world.sync()
    assert ran.code == 1
    for place in ("api.yaml:1", "web.yaml:1"):
        (line,) = [line for line in ran.err.splitlines() if line.startswith(f"{place}:")]
        assert "QuotaExceeded" in line
        assert f"FederatedResourceQuota {world.namespace}/total {told}" in line
    assert not world.writes(before), "nothing of either is written or removed"
    assert running(world, "web") == {"m1": (2, "app:1"), "m2": (2, "app:1")}
    assert not running(world, "api")
    status = world.run("status")
    assert f"FederatedResourceQuota {world.namespace}/total: cpu 4 of 6 used" in status.out + status.err
    assert json.loads(world.run("status", "-o", "json").out)["quotas"][0]["overallUsed"] == {"cpu": "4"}
    explained = world.run("explain", "deployment/web", "-n", world.namespace).out
    assert f"counts against FederatedResourceQuota {world.namespace}/total: cpu 4, in all 4 of 6" in explained
    assert f"| {world.namespace}/total | cpu | 4 | 6 |".encode() in world.status_branch()["README.md"]
    world.commit(app("web", 4, "app:2") | app("api", 2))
    assert world.sync().code == 0
    assert running(world, "web") == {"m1": (2, "app:2"), "m2": (2, "app:2")}
    assert running(world, "api") == {"m1": (1, "app:1"), "m2": (1, "app:1")}
