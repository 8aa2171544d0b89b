"""A FederatedHPA on real API servers, by the real loop: load over two clusters becomes replicas of both, by their shares.

Pods are made by kube-controller-manager and played by kwok. Their metrics come through the API server of each member, from a
server of the test: what all Pods of the workload use together is the load, spread evenly over them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.autoscaling.record import register, serving
from tests.support.daemon import daemon
from tests.support.fleet import DEPLOYMENT, POLICY, document, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

pytestmark = pytest.mark.members("m1", "m2")
AUTOSCALING = "autoscaling.karmada.io/v1alpha1"
METRICS = (("metrics.k8s.io", "v1beta1"),)
REGISTERED = (
    "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
    "/api/v1/namespaces/default/services/metrics",
)
WEIGHTS = [{"targetCluster": {"clusterNames": [name]}, "weight": weight} for name, weight in (("m1", 2), ("m2", 1))]
DIVIDED = {
    "replicaScheduling": {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"staticWeightList": WEIGHTS},
    }
}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}


class Load:
    """What all Pods of the workload use together."""

    def __init__(self, world: ServerWorld, milli: int) -> None:
        self.world = world
        self.milli = milli
        """Of cpu."""

    def running(self, member: str) -> list[str]:
        """The names of the Pods that run there."""
        pods = self.world.planes[member].request(self.world.path("pods"))["items"]
        return [
            pod["metadata"]["name"]
            for pod in pods
            if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
        ]


class MetricsOf:
    """The metrics API of one member."""

    def __init__(self, member: str, load: Load) -> None:
        self._member, self._load = member, load

    def answer(self, path: str) -> Any:
        place, version = path.partition("?")[0].rstrip("/"), "metrics.k8s.io/v1beta1"
        if place.endswith(version):
            pods = {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get"]}
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": [pods]}
        is_ours = place == f"/apis/{version}/namespaces/{self._load.world.namespace}/pods"
        return {"apiVersion": version, "kind": "PodMetricsList", "metadata": {}, "items": self._items() if is_ours else []}

    def _items(self) -> list[Any]:
        names = {member: self._load.running(member) for member in self._load.world.planes}
        used = {"cpu": f"{self._load.milli // max(1, sum(map(len, names.values())))}m"}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return [
            {"metadata": {"name": name}, "timestamp": now, "window": "1ms", "containers": [{"name": "main", "usage": used}]}
            for name in names[self._member]
        ]


@contextmanager
def metered(world: ServerWorld, milli: int) -> Iterator[Load]:
    """Other tests share the members: what is registered is removed."""
    load = Load(world, milli)
    with ExitStack() as stack:
        for name, plane in world.planes.items():
            port = stack.enter_context(serving(MetricsOf(name, load), plane.folder))
            for path in REGISTERED:
                stack.callback(plane.request, path, "DELETE")
            register(plane, port, METRICS)
        yield load


def app(replicas: int) -> dict[str, str]:
    manifest = json.loads(workload("web", replicas))
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    container |= {"name": "main", "resources": {"requests": {"cpu": "100m"}}}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": DIVIDED}
    return {"web.yaml": json.dumps(manifest), "web-policy.yaml": document("PropagationPolicy", "web", api=POLICY, spec=spec)}


def scaler(most: int = 30) -> dict[str, str]:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 5}}
    spec = {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": most, "metrics": [metric], "behavior": behavior}
    return {"hpa.yaml": document("FederatedHPA", "web", api=AUTOSCALING, spec=spec)}


def shares(world: ServerWorld) -> dict[str, int]:
    found = {name: world.get(name, "deployments", "web") for name in world.planes}
    return {name: one["spec"]["replicas"] for name, one in found.items() if one is not None}


def explained(world: ServerWorld) -> str:
    return str(world.run("explain", "deploy/web", "-n", world.namespace).out)


def test_doubled_load_raises_both_clusters_by_their_shares_and_half_of_it_lowers_them(tmp_path: Path, world: ServerWorld) -> None:
    faster = configuration(world.namespace, autoscaling={"interval": "1s"})
    head = world.commit({"reconciler.yaml": faster, **app(3), **scaler()})
    with metered(world, 240) as load, daemon(tmp_path, "--repo", str(world.repo.path)) as running:
        eventually(lambda: [len(load.running(name)) for name in world.planes] == [2, 1], seconds=90)
        load.milli = 480
        eventually(lambda: shares(world) == {"m1": 4, "m2": 2}, seconds=60)
        eventually(lambda: [len(load.running(name)) for name in world.planes] == [4, 2], seconds=60)
        eventually(lambda: "to 6 by FederatedHPA" in explained(world), seconds=30)
        assert "cpu: 160 % of the requests, target 80 %, over 3 Pods: 3 × 2 → 6" in explained(world)
        load.milli = 240
        eventually(lambda: shares(world) == {"m1": 2, "m2": 1}, seconds=60)
        assert [line["replicas"] for line in running.said("scaled")] == [6, 3]
        assert running.end() == 0
    assert world.repo.git("rev-parse", "HEAD").strip() == head, "a file was edited"
    assert b"replicas: 3" in world.status_branch()[f"scales/{world.namespace}/Deployment.apps/web.yaml"]
    assert f"Deployment.apps {world.namespace}/web: replicas 3 by FederatedHPA" in world.run("status").err
