"""A FederatedHPA on real API servers, by the real loop: load over two clusters becomes replicas of both, by their shares.

Pods are made by kube-controller-manager and played by kwok, and kwok's usage simulation says what they use
(`tests/controlplane/usage.yaml`): a Node of each member carries a load, which its Pods share. As metrics-server does with the
metrics of kubelets, a server of the test answers the metrics API from those of kwok, behind the API server of each member. Custom
metrics, which an adapter would answer, are constants. metrics-server itself wants other versions of the libraries of Kubernetes
than the API server, so its build shares little with that one, and a first run of the tests takes minutes more.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.autoscaling.record import GROUPS, register, serving
from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import DEPLOYMENT, POLICY, document, selector, workload
from tests.support.servers import MERGE, ServerWorld, configuration, eventually

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
SHARES = {"m1": 2, "m2": 1}
WEIGHTS = [{"targetCluster": {"clusterNames": [name]}, "weight": weight} for name, weight in SHARES.items()]
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


NODE = "node-0"
"""Of each member: it carries the load, and has all Pods of the workload."""
USAGE = re.compile(r'^container_cpu_usage_cores\{container="(.+)",namespace="(.+)",pod="(.+)"\} (\S+)$', re.MULTILINE)


def running(world: ServerWorld) -> list[list[str]]:
    """The names of the Pods that run, by member."""
    return [_running(plane, world.path("pods")) for plane in world.planes.values()]


def _running(plane: ControlPlane, path: str) -> list[str]:
    return [
        pod["metadata"]["name"]
        for pod in plane.request(path)["items"]
        if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
    ]


class MetricsOf:
    """The metrics APIs of one member."""

    def __init__(self, plane: ControlPlane, world: ServerWorld) -> None:
        self._plane, self._namespace, self._pods = plane, world.namespace, world.path("pods")

    def answer(self, path: str) -> Any:
        place = unquote(path.partition("?")[0]).rstrip("/")
        if place in DISCOVERED:
            resources = [{"name": name, "singularName": "", "namespaced": True, **kind} for name, kind in DISCOVERED[place]]
            version = place.removeprefix("/apis/")
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}
        inside = place.partition(f"/namespaces/{self._namespace}/")[2]
        items: list[Any] = []
        if inside == "pods":
            items = self._used()
        elif inside == "pods/*/hits":
            items = [_value("Pod", name, "5") for name in _running(self._plane, self._pods)]
        elif inside == "services/front/queue":
            items = [_value("Service", "front", "5")]
        return {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items}

    def _used(self) -> list[Any]:
        """PodMetrics of the workload, whose Pods have one container each."""
        address = f"https://127.0.0.1:{self._plane.kubelet_port}/metrics/nodes/{NODE}/metrics/usage"
        with urllib.request.urlopen(address, context=self._plane.tls(), timeout=30) as answer:
            samples = USAGE.findall(answer.read().decode())
        return [
            {
                "metadata": {"name": pod, "namespace": namespace},
                "timestamp": _now(),
                "window": "1ms",
                "containers": [{"name": container, "usage": {"cpu": f"{round(float(cores) * 1e9)}n"}}],
            }
            for container, namespace, pod, cores in samples
            if namespace == self._namespace
        ]


def _value(kind: str, name: str, value: str) -> Any:
    described = {"kind": kind, "name": name, "apiVersion": "v1"}
    return {"describedObject": described, "timestamp": _now(), "windowSeconds": 1, "value": value}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def metered(world: ServerWorld, milli: int) -> Iterator[None]:
    """Other tests share the members: what is registered is removed, and so is the load."""
    with ExitStack() as stack:
        stack.callback(carry, world, None)
        carry(world, milli)
        for plane in world.planes.values():
            port = stack.enter_context(serving(MetricsOf(plane, world), plane.folder))
            for path in REGISTERED:
                stack.callback(plane.request, path, "DELETE")
            register(plane, port)
        yield


def carry(world: ServerWorld, milli: int | None) -> None:
    """Makes this the load of all members together, in thousandths of a cpu; each carries its share. None: no load."""
    for name, plane in world.planes.items():
        load = None if milli is None else f"{milli * SHARES[name] // sum(SHARES.values())}m"
        plane.request(f"/api/v1/nodes/{NODE}", "PATCH", {"metadata": {"annotations": {"tests/load-cpu": load}}}, MERGE)


def app(replicas: int) -> dict[str, str]:
    manifest = json.loads(workload("web", replicas))
    pod = manifest["spec"]["template"]
    pod["metadata"]["labels"]["tests/carries-load"] = "yes"
    pod["spec"]["nodeName"] = NODE
    (container,) = pod["spec"]["containers"]
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
    with metered(world, 240), daemon(tmp_path, "--repo", str(world.repo.path)) as loop:
        eventually(lambda: [len(pods) for pods in running(world)] == [2, 1], seconds=90)
        carry(world, 480)
        eventually(lambda: shares(world) == {"m1": 4, "m2": 2}, seconds=60)
        eventually(lambda: [len(pods) for pods in running(world)] == [4, 2], seconds=60)
        eventually(lambda: "to 6 by FederatedHPA" in explained(world), seconds=30)
        found = explained(world)
        assert all(re.search(words, found) for words in ARITHMETIC), found
        carry(world, 240)
        eventually(lambda: shares(world) == {"m1": 2, "m2": 1}, seconds=60)
        numbers = [line["replicas"] for line in loop.said("scaled")]
        assert [one for one in numbers if one in (3, 6)] == [6, 3]
        assert set(numbers) <= {3, 4, 5, 6}, "a read that sees the new load on one member alone comes to one between"
        assert loop.end() == 0
    assert world.repo.git("rev-parse", "HEAD").strip() == head, "a file was edited"
    assert b"replicas: 3" in world.status_branch()[f"scales/{world.namespace}/Deployment.apps/web.yaml"]
    assert f"Deployment.apps {world.namespace}/web: replicas 3 by FederatedHPA" in world.run("status").err
