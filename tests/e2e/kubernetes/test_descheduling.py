"""Replicas that no node of a member takes move to another member: on real API servers with a real scheduler, by the real loop."""

from __future__ import annotations

import json
import re
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.start import NODES
from tests.support.daemon import agent, daemon
from tests.support.fleet import DEPLOYMENT, POLICY, document, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually
from tests.support.status_history import moment, values, versions

pytestmark = pytest.mark.members("m1", "m2", "m3")

WEIGHTS = [{"targetCluster": {"clusterNames": [name]}, "weight": weight} for name, weight in (("m1", 6), ("m2", 1), ("m3", 1))]
DIVIDED = {
    "replicaScheduling": {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"staticWeightList": WEIGHTS},
    }
}


def one_on_each_node(replicas: int, port: int = 18080) -> dict[str, str]:
    """No two Pods of it share a node: they need the same port of it. port: another one for each test, as they share the nodes."""
    manifest = json.loads(workload("web", replicas))
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    container["ports"] = [{"containerPort": 80, "hostPort": port}]
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": DIVIDED}
    return {"web.yaml": json.dumps(manifest), "web-policy.yaml": document("PropagationPolicy", "web", api=POLICY, spec=spec)}


def shares(world: ServerWorld) -> dict[str, tuple[int, int]]:
    """By member: the replicas that are asked for, and those that are ready."""
    found = {name: world.get(name, "deployments", "web") for name in world.planes}
    return {
        name: (one["spec"]["replicas"], one["status"].get("readyReplicas", 0)) for name, one in found.items() if one is not None
    }


def test_what_finds_no_node_moves_and_what_runs_stays(tmp_path: Path, world: ServerWorld) -> None:
    """m1 gets twice as many replicas as it has nodes; the other two have a node for each of the rest."""
    total = 2 * NODES + 2
    world.commit({"reconciler.yaml": configuration(world.namespace, descheduler={"unschedulableFor": "75s"})})
    world.commit(one_on_each_node(total))
    at = ("--repo", str(world.repo.path))
    path = f"bindings/{world.namespace}/Deployment.apps/web.yaml"
    with daemon(tmp_path, *at) as killed:
        eventually(lambda: shares(world).get("m1", (0, 0))[1] == NODES, seconds=90)
        assert shares(world)["m1"][0] > NODES
        eventually(lambda: re.search("no node on m1 takes .*: what none takes until", explained(world)), seconds=70)
        (waited,) = values(versions(world.repo.path, path), waiting_on_m1)[-1:]
        killed.end(signal.SIGKILL)  # In the middle of unschedulableFor.
    assert yaml.safe_load(world.status_branch()[path])["spec"].get("caps") is None
    with daemon(tmp_path, *at, name="again") as running:
        eventually(lambda: shares(world).get("m1") == (NODES, NODES), seconds=180)
        placed = shares(world)
        assert sum(asked for asked, _ in placed.values()) == total
        eventually(lambda: all(asked == ready for asked, ready in shares(world).values()), seconds=90)
        assert "because no node there takes more; the other clusters share" in explained(world)
        assert running.end() == 0
    assert sum(ready for _, ready in shares(world).values()) == total
    recorded = versions(world.repo.path, path)
    since = [found for found in values(recorded, waiting_on_m1) if len(found) == len(waited)]
    assert since[-1] == waited, "it began anew"
    caps = [cap for found in values(recorded, lambda one: one["spec"].get("caps")) for cap in found]
    assert {cap["name"] for cap in caps} == {"m1"}
    assert moment(caps[0]["since"]) - moment(min(waited)) >= timedelta(seconds=75)


def waiting_on_m1(decision: Any) -> list[Any]:
    """Since when its Pods there wait for a node."""
    return [since for one in decision["spec"].get("waiting", ()) if one["name"] == "m1" for since in one["since"]]


def test_what_finds_no_node_on_a_member_with_an_agent_moves_too(tmp_path: Path, world: ServerWorld) -> None:
    """The leader has no credential for m1: the report of its agent tells which Pods wait."""
    (world.members / "m1.kubeconfig").unlink()
    pulled = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    total = 2 * NODES + 2
    settings = configuration(world.namespace, descheduler={"unschedulableFor": "75s"})
    world.commit({"reconciler.yaml": settings, "clusters/m1.yaml": pulled})
    url = ("--repo", f"file://{world.repo.path}")
    kubeconfig = str(world.planes["m1"].kubeconfig)
    inside = (*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", kubeconfig, "--heartbeat", "5s")
    outside = (*url, "--member-root", str(world.members), "--cache", str(tmp_path / "leader"))
    with daemon(tmp_path, *outside) as leader, agent(tmp_path, "m1", *inside) as edge:
        eventually(lambda: b"apiEnablements" in world.status_branch().get("clusters/m1.yaml", b""), seconds=120)
        world.commit(one_on_each_node(total, port=18081))
        eventually(lambda: shares(world).get("m1", (0, 0))[1] == NODES, seconds=120)
        assert shares(world)["m1"][0] > NODES
        eventually(lambda: re.search("no node on m1 takes .*: what none takes until", explained(world)), seconds=90)
        eventually(lambda: shares(world).get("m1") == (NODES, NODES), seconds=240)
        assert sum(asked for asked, _ in shares(world).values()) == total
        eventually(lambda: all(asked == ready for asked, ready in shares(world).values()), seconds=90)
        assert "because no node there takes more; the other clusters share" in explained(world)
        assert (edge.end(), leader.end()) == (0, 0)
    assert sum(ready for _, ready in shares(world).values()) == total


def explained(world: ServerWorld) -> str:
    return world.run("explain", "deployment/web", "-n", world.namespace).out
