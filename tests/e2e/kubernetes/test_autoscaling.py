"""A FederatedHPA on real API servers, by the real loop: load over two clusters becomes replicas of both, by their shares.

Pods are made by kube-controller-manager and played by kwok. Their metrics come through the API server of each member, from a
server of the test: what all Pods of the workload use together is the load, spread evenly over them. metrics-server would be
another way to the same answers of the same API: it asks kubelets, which kwok plays. It wants other versions of the libraries of
Kubernetes than the API server, so its build shares little with that one, and a first run of the tests takes minutes more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.autoscaling.record import GROUPS, register, serving
from tests.support.daemon import daemon
from tests.support.fleet import DEPLOYMENT, POLICY, document, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

pytestmark = pytest.mark.members("m1", "m2")
AUTOSCALING = "autoscaling.karmada.io/v1alpha1"
LISTS: Any = {"kind": "MetricValueList", "verbs": ["get"]}
DISCOVERED: dict[str, list[tuple[str, Any]]] = {
    "/apis/metrics.k8s.io/v1beta1": [("pods", {"kind": "PodMetrics", "verbs": ["get"]})],
    "/apis/custom.metrics.k8s.io/v1beta2": [("pods/hits", LISTS), ("services/queue", LISTS)],
}
REGISTERED = (
    *(f"/apis/apiregistration.k8s.io/v1/apiservices/{version}.{group}" for group, version in GROUPS),
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


ARITHMETIC = (
    r"cpu: \d+ % of the requests, target 80 %, over (\d) Pods: \1 × \S+ → 6\n",
    r"Pods metric hits: 5 on average, target 10, over (\d) Pods: \1 × 0\.5 → [23]\n",
    r"metric queue of Service front: 10, target 100: (\d) ready Pods × 0\.1 → 1\n",
)
"""Of the number 6. A read may meet 5 Pods, where the one before saw the new load on one member alone."""


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
        place = unquote(path.partition("?")[0]).rstrip("/")
        if place in DISCOVERED:
            resources = [{"name": name, "singularName": "", "namespaced": True, **kind} for name, kind in DISCOVERED[place]]
            version = place.removeprefix("/apis/")
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}
        inside = place.partition(f"/namespaces/{self._load.world.namespace}/")[2]
        items: list[Any] = []
        if inside == "pods":
            items = [self._used(name) for name in self._load.running(self._member)]
        elif inside == "pods/*/hits":
            items = [_value("Pod", name, "5") for name in self._load.running(self._member)]
        elif inside == "services/front/queue":
            items = [_value("Service", "front", "5")]
        return {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items}

    def _used(self, name: str) -> Any:
        every = sum(len(self._load.running(member)) for member in self._load.world.planes)
        containers = [{"name": "main", "usage": {"cpu": f"{self._load.milli // max(1, every)}m"}}]
        return {"metadata": {"name": name}, "timestamp": _now(), "window": "1ms", "containers": containers}


def _value(kind: str, name: str, value: str) -> Any:
    described = {"kind": kind, "name": name, "apiVersion": "v1"}
    return {"describedObject": described, "timestamp": _now(), "windowSeconds": 1, "value": value}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def metered(world: ServerWorld, milli: int) -> Iterator[Load]:
    """Other tests share the members: what is registered is removed."""
    load = Load(world, milli)
    with ExitStack() as stack:
        for name, plane in world.planes.items():
            port = stack.enter_context(serving(MetricsOf(name, load), plane.folder))
            for path in REGISTERED:
                stack.callback(plane.request, path, "DELETE")
            register(plane, port)
        yield load


def app(replicas: int) -> dict[str, str]:
    manifest = json.loads(workload("web", replicas))
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    container |= {"name": "main", "resources": {"requests": {"cpu": "100m"}}}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": DIVIDED}
    return {"web.yaml": json.dumps(manifest), "web-policy.yaml": document("PropagationPolicy", "web", api=POLICY, spec=spec)}


def scaler(most: int = 30) -> dict[str, str]:
    metrics = [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
        {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "10"}}},
        {
            "type": "Object",
            "object": {
                "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "front"},
                "metric": {"name": "queue"},
                "target": {"type": "Value", "value": "100"},
            },
        },
    ]
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 5}}
    spec = {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": most, "metrics": metrics, "behavior": behavior}
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
        found = explained(world)
        assert all(re.search(words, found) for words in ARITHMETIC), found
        load.milli = 240
        eventually(lambda: shares(world) == {"m1": 2, "m2": 1}, seconds=60)
        numbers = [line["replicas"] for line in running.said("scaled")]
        assert [one for one in numbers if one in (3, 6)] == [6, 3]
        assert set(numbers) <= {3, 4, 5, 6}, "a read that sees the new load on one member alone comes to one between"
        assert running.end() == 0
    assert world.repo.git("rev-parse", "HEAD").strip() == head, "a file was edited"
    assert b"replicas: 3" in world.status_branch()[f"scales/{world.namespace}/Deployment.apps/web.yaml"]
    assert f"Deployment.apps {world.namespace}/web: replicas 3 by FederatedHPA" in world.run("status").err
