"""What a look at the capacity of a member costs: `python -m benchmarks.capacity [--nodes 1000] [--pods 20000] [--real]`.

A server with these Nodes and Pods, as large as those of ordinary clusters: a Node lists 40 images, a Pod has two containers with
probes and variables, a status, and managed fields. A process of its own makes three looks, as a pass does. Measured are its
requests, its memory, CPU and time. README.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from benchmarks.members import kubeconfig_of
from reconciler.cli.main import collect_garbage_rarely
from reconciler.cluster.access import Access
from reconciler.cluster.servers import Servers
from reconciler.load.capacity import parse_models
from reconciler.model.cluster import KUBECONFIG_ANNOTATION, Cluster
from reconciler.model.keys import ClusterName
from tests.controlplane.start import ControlPlane, running

_LOOKS = 3
_LISTS = ("/api/v1/nodes?", "/api/v1/pods?")
_THREADS = 8
_STARTED = "2026-01-01T00:00:00Z"


def node(number: int) -> dict[str, Any]:
    room = {"cpu": "31850m", "memory": "127891Mi", "ephemeral-storage": "95551679124", "pods": "110", "hugepages-2Mi": "0"}
    image = "registry.example.com/platform/component-{}@sha256:" + "0" * 64
    images = [{"names": [image.format(one), f"registry.example.com/component:{one}"], "sizeBytes": 10**8} for one in range(40)]
    labels = {f"topology.kubernetes.io/label-{one}": f"value-{number}" for one in range(20)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{number:05}", "labels": labels},
        "status": {"allocatable": room, "capacity": room, "images": images},
    }


def pod(number: int, nodes: int) -> dict[str, Any]:
    name = f"web-{number:06}"
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    variables = [{"name": f"SETTING_{one}", "value": f"value {one} of {name}"} for one in range(15)]
    containers = [
        {
            "name": each,
            "image": f"registry.example.com/{each}:v1.2.3",
            "env": variables,
            "readinessProbe": probe,
            "livenessProbe": probe,
            "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        }
        for each in ("main", "proxy")
    ]
    spec = {"containers": containers, "nodeName": f"node-{number % nodes:05}", "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}}, "spec": spec}


def fill(plane: ControlPlane, nodes: int, pods: int) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    plane.request("/api/v1/namespaces/default/serviceaccounts", "POST", account)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(partial(plane.request, "/api/v1/nodes", "POST"), map(node, range(nodes))))
        list(pool.map(partial(_run, plane, nodes), range(pods)))


def _run(plane: ControlPlane, nodes: int, number: int) -> None:
    """A Pod as a kubelet leaves it: made, then Running by a write to its status."""
    made = pod(number, nodes)
    path = "/api/v1/namespaces/default/pods"
    plane.request(path, "POST", made)
    name = made["metadata"]["name"]
    plane.request(f"{path}/{name}/status", "PATCH", {"status": _running(made)}, "application/merge-patch+json")


def _running(made: dict[str, Any]) -> dict[str, Any]:
    kinds = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": _STARTED} for kind in kinds]
    digest = "registry.example.com/{}@sha256:" + "0" * 64
    containers = [
        {
            "name": each["name"],
            "image": each["image"],
            "imageID": digest.format(each["name"]),
            "containerID": f"containerd://{each['name']}",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": _STARTED}},
        }
        for each in made["spec"]["containers"]
    ]
    where = {"hostIP": "10.1.0.1", "podIP": "10.2.0.1", "podIPs": [{"ip": "10.2.0.1"}], "qosClass": "Burstable"}
    return {"phase": "Running", "startTime": _STARTED, "conditions": conditions, "containerStatuses": containers, **where}


async def look(kubeconfig: Path) -> dict[str, Any]:
    """In a process of its own: the figures of some looks, one after the other."""
    collect_garbage_rarely()
    cluster = Cluster(ClusterName("m1"), annotations={KUBECONFIG_ANNOTATION: kubeconfig.name})
    member = Servers(Access(member_root=kubeconfig.parent, allow_insecure=True)).open(cluster, "benchmark")
    before, now, seconds, cpu = _peak(), datetime.now(UTC), [], []
    for number in range(_LOOKS):
        begun, used = time.monotonic(), time.process_time()
        found = await member.capacity(parse_models([]), now + timedelta(minutes=number))
        seconds.append(time.monotonic() - begun)
        cpu.append(time.process_time() - used)
        assert found.capacity is not None, found.reason
    await member.close()
    nodes = sum(grade.count for grade in found.capacity.grades or ())
    told = {"nodes": nodes, "pods": found.capacity.allocated["pods"].value}
    return {**told, "seconds": seconds, "cpu": cpu, "before": before, "peak": _peak()}


def _peak() -> float:
    """The most memory that this process had, in MiB. `ru_maxrss` would begin with that of its parent."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def measure(nodes: int, pods: int) -> dict[str, Any]:
    """Of a real API server, which is filled first: 20,000 Pods take ten minutes on a quiet machine."""
    with running(["m1"], audit=True) as (plane,), tempfile.TemporaryDirectory(prefix="capacity-") as folder:
        fill(plane, nodes, pods)
        kubeconfig = Path(folder) / "m1.kubeconfig"
        kubeconfig.write_bytes(plane.kubeconfig.read_bytes())
        before = len(plane.audited())
        figures = _looks(kubeconfig)
        time.sleep(1)  # The last lines of the audit log.
        asked = [entry["requestURI"] for entry in plane.audited()[before:]]
        bytes_of_pod = len(orjson.dumps(plane.request("/api/v1/namespaces/default/pods/web-000000")))
        return {**figures, "requests": sum(path.startswith(_LISTS) for path in asked) // _LOOKS, "bytes of a Pod": bytes_of_pod}


async def measure_fake(nodes: int, pods: int) -> dict[str, Any]:
    """Of a server that only has these lists, in this process."""
    listed = {"nodes": [node(number) for number in range(nodes)], "pods": [_stored(pod(number, nodes)) for number in range(pods)]}
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path_qs)
        items, begin = listed[request.path.rpartition("/")[2]], int(request.query.get("continue", 0))
        end = begin + int(request.query["limit"])
        metadata = {"resourceVersion": "1", **({"continue": str(end)} if end < len(items) else {})}
        return web.json_response(body=orjson.dumps({"kind": "List", "metadata": metadata, "items": items[begin:end]}))

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        with tempfile.TemporaryDirectory(prefix="capacity-") as folder:
            kubeconfig = Path(folder) / "m1.kubeconfig"
            kubeconfig.write_text(kubeconfig_of(f"http://127.0.0.1:{runner.addresses[0][1]}"))
            figures = await asyncio.to_thread(_looks, kubeconfig)
        bytes_of_pod = len(orjson.dumps(listed["pods"][0]))
        return {**figures, "requests": sum(path.startswith(_LISTS) for path in asked) // _LOOKS, "bytes of a Pod": bytes_of_pod}
    finally:
        await runner.cleanup()


def _stored(made: dict[str, Any]) -> dict[str, Any]:
    """A Pod with about as much as a server adds: its status, and who manages which field."""
    fields = {f"f:field-{one}": {".": {}, "f:name": {}, "f:value": {}} for one in range(60)}
    managed = [{"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": fields}]
    metadata = {**made["metadata"], "namespace": "default", "uid": "0" * 36, "managedFields": managed}
    return {**made, "metadata": metadata, "status": _running(made)}


def _looks(kubeconfig: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.capacity", "--look", str(kubeconfig)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--pods", type=int, default=20000)
    parser.add_argument("--real", action="store_true", help="a real API server")
    parser.add_argument("--look", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.look:
        figures = asyncio.run(look(given.look))
    elif given.real:
        figures = measure(given.nodes, given.pods)
    else:
        figures = asyncio.run(measure_fake(given.nodes, given.pods))
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
