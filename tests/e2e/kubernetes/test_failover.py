"""A member's API server dies: on real API servers with controllers, by the real loop, with restarts in between."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, agent, daemon
from tests.support.fleet import DEPLOYMENT, POLICY, config, document, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

FAILOVER = {
    "mode": "auto",
    "failureThreshold": "2s",
    "successThreshold": "2s",
    "coolDown": "10m",
    "maxMembers": "40%",
    "maxObjects": "100%",
}
CONDITIONS = [{"conditionType": "Ready", "operator": "NotIn", "statusValues": ["True"]}]
RECOVERED = [{"conditionType": "Ready", "operator": "In", "statusValues": ["True"]}]
ONE = [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]
TOLERATED = [{"key": "lost", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}]


def single(*members: str) -> str:
    """On one of these members, or of m1 and m2; it may stay on a lost one for three seconds."""
    placement = {
        "clusterAffinity": {"clusterNames": list(members or ("m1", "m2"))},
        "spreadConstraints": ONE,
        "clusterTolerations": TOLERATED,
    }
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": placement}
    return document("PropagationPolicy", "web", api=POLICY, spec=spec)


@pytest.fixture
def world(world: ServerWorld) -> ServerWorld:
    taints = {"addOnConditions": CONDITIONS, "removeOnConditions": RECOVERED, "taints": [{"key": "lost", "effect": "NoExecute"}]}
    forever = [{"key": "lost", "operator": "Exists"}]
    everywhere = {"resourceSelectors": [selector("ConfigMap", api="v1")], "placement": {"clusterTolerations": forever}}
    world.commit(
        {
            "reconciler.yaml": configuration(world.namespace, failover=FAILOVER),
            "lost.yaml": document("ClusterTaintPolicy", "lost", "", api=POLICY, spec=taints),
            "web.yaml": workload("web"),
            "web-policy.yaml": single(),
            "stays.yaml": config("stays", key="value"),
            "stays-policy.yaml": document("PropagationPolicy", "stays", api=POLICY, spec=everywhere),
        }
    )
    return world


def recorded(world: ServerWorld, name: str = "web") -> dict[str, Any]:
    """What `status` tells of an object."""
    rows: list[dict[str, Any]] = json.loads(world.run("status", "-o", "json").out)["objects"]
    return next(row for row in rows if row["name"] == name)


def places(world: ServerWorld) -> dict[str, str]:
    return {one["name"]: one["health"] for one in recorded(world)["clusters"]}


def evictions(world: ServerWorld) -> list[tuple[str, str]]:
    return [(one["cluster"], one["phase"]) for one in recorded(world)["evictions"]]


def condition(world: ServerWorld, name: str) -> str:
    rows: list[dict[str, Any]] = world.run("clusters", "-o", "json").json
    (ready,) = next(row for row in rows if row["name"] == name)["conditions"]
    return f"{ready['status']} {ready['reason']}"


def restarted(running: Daemon) -> None:
    """Killed without a word, as a node that loses power."""
    running.end(signal.SIGKILL)


def at(world: ServerWorld) -> tuple[str, str]:
    return "--repo", str(world.repo.path)


def test_a_lost_member_is_replaced_and_gives_back_only_what_was_taken(
    tmp_path: Path, world: ServerWorld, planes: list[ControlPlane]
) -> None:
    lost = world.planes["m1"]
    with daemon(tmp_path, *at(world)) as first:
        eventually(lambda: first.said("recorded") and places(world) == {"m1": "Current"}, seconds=90)
        lost.kill()
        eventually(lambda: condition(world, "m1") == "False ClusterNotReachable", seconds=90)
        restarted(first)  # Its toleration has begun, and is recorded.
    with daemon(tmp_path, *at(world), name="second") as second:
        eventually(lambda: ("m1", "Evicting") in evictions(world) or ("m1", "Evicted") in evictions(world), seconds=90)
        restarted(second)  # Its move has begun, and is recorded.
    with daemon(tmp_path, *at(world), name="third") as third:
        eventually(lambda: evictions(world) == [("m1", "Evicted")], seconds=120)
        assert places(world)["m2"] == "Current"
        assert world.get("m2", "deployments", "web")["status"]["readyReplicas"] == 2
        told = world.run("history", "deployment/web", "-n", world.namespace, "-o", "json").out
        assert '"evicted"' in told
        assert "the member has the taint lost:NoExecute" in told
        since = world.audited()
        lost.start()
        eventually(lambda: world.get("m1", "deployments", "web") is None, seconds=120)
        eventually(lambda: condition(world, "m1") == "True ClusterReady", seconds=90)
        eventually(lambda: places(world) == {"m2": "Current"}, seconds=90)
        deleted = [one for one in world.writes(since, "m1") if one.startswith("delete ")]
        assert [one.partition("?")[0].rpartition("/")[2] for one in deleted] == ["web"]
        assert world.holders("configmaps", "stays") == ["m1", "m2", "m3"]
        assert third.end() == 0


def test_all_members_lost_at_once_change_nothing(tmp_path: Path, world: ServerWorld) -> None:
    with daemon(tmp_path, *at(world)) as running:
        eventually(lambda: running.said("recorded") and places(world) == {"m1": "Current"}, seconds=90)
        since = world.audited()
        for plane in world.planes.values():
            plane.kill()
        try:
            (paused, *_) = eventually(lambda: running.said("failover paused"), seconds=120)
            assert "of 3 members are Ready, so nothing is moved" in paused["reason"]
        finally:
            for plane in world.planes.values():
                plane.start()
        eventually(lambda: all(condition(world, name) == "True ClusterReady" for name in world.planes), seconds=120)
        eventually(lambda: places(world) == {"m1": "Current"}, seconds=90)
        assert running.end() == 0
    assert evictions(world) == []
    assert world.writes(since) == []
    assert world.holders("deployments", "web") == ["m1"]


def taints_of(world: ServerWorld, name: str) -> str:
    """As the leader recorded it."""
    return world.status_branch()[f"clusters/{name}.yaml"].decode().partition("taints:")[2]


def test_a_member_whose_agent_is_gone_is_replaced_and_its_agent_removes_only_what_was_taken(
    tmp_path: Path, world: ServerWorld
) -> None:
    """Its API server is well all the time, so two copies run until the agent is back: nobody else may write there."""
    (world.members / "m1.kubeconfig").unlink()
    pulled = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    # Nothing is placed on a member of which nothing is known while there is another one.
    world.commit({"clusters/m1.yaml": pulled, "web-policy.yaml": single("m1")})
    url = ("--repo", f"file://{world.repo.path}")
    kubeconfig = str(world.planes["m1"].kubeconfig)
    inside = (*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", kubeconfig, "--heartbeat", "3s")
    with daemon(tmp_path, *url, "--member-root", str(world.members), "--cache", str(tmp_path / "leader")) as leader:
        with agent(tmp_path, "m1", *inside) as edge:
            eventually(lambda: leader.said("recorded") and places(world) == {"m1": "Current"}, seconds=120)
            eventually(lambda: condition(world, "m1") == "True ClusterReady", seconds=90)
            revision = world.commit({"web-policy.yaml": single()})
            eventually(lambda: revision.encode() in world.status_branch()["revision.yaml"], seconds=90)
            eventually(lambda: places(world) == {"m1": "Current"}, seconds=90)
            restarted(edge)
        eventually(lambda: condition(world, "m1") == "Unknown ClusterStatusUnknown", seconds=90)
        eventually(lambda: "lost" in taints_of(world, "m1"), seconds=90)
        eventually(lambda: evictions(world) == [("m1", "Evicted")], seconds=120)
        assert places(world)["m2"] == "Current"
        assert world.get("m2", "deployments", "web")["status"]["readyReplicas"] == 2
        assert world.holders("deployments", "web") == ["m1", "m2"]
        since = world.audited_in_full()
        with agent(tmp_path, "m1", *inside, name="again") as edge:
            eventually(lambda: world.get("m1", "deployments", "web") is None, seconds=120)
            eventually(lambda: condition(world, "m1") == "True ClusterReady", seconds=90)
            eventually(lambda: places(world) == {"m2": "Current"}, seconds=90)
            eventually(lambda: "lost" not in taints_of(world, "m1"), seconds=90)
            assert edge.end() == 0
        assert leader.end() == 0
    world.audited_in_full()
    deleted = [one for one in world.writes(since) if one.startswith("delete ")]
    assert [one.partition("?")[0].rpartition("/")[2] for one in deleted] == ["web"]
    assert world.holders("configmaps", "stays") == ["m1", "m2", "m3"]
    assert world.holders("deployments", "web") == ["m2"]
