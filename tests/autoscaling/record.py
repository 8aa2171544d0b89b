"""Writes `steps.json`: what kube-controller-manager's autoscaler does in all situations, step by step.

    python -m tests.autoscaling.record

A real kube-apiserver holds Deployments without their controller, so that scales and Pods are as the situations say, and asks a
server of ours for metrics: its APIServices name a Service that leads to localhost. All situations are played at once, each in a
namespace of its own, a step every few seconds. What is written has the Pods and metrics as they were, and the time of each step.
"""

from __future__ import annotations

import http.server
import json
import ssl
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from tests.autoscaling.situations import Pod, Situation, Usage, situations
from tests.controlplane.start import ControlPlane, Part, running
from tests.parts.build import CONTROL_PLANE, KUBERNETES_VERSION, binaries

STEPS = Path(__file__).parent / "steps.json"
PERIOD = 6.0
"""Seconds between two steps of one autoscaler."""
LABELS = {"app": "web"}
Document = dict[str, Any]


class Metrics:
    """Answers as metrics-server and an adapter for custom metrics would, and notes when each namespace was asked."""

    def __init__(self, played: dict[str, Situation], begin: datetime) -> None:
        self._played, self._begin = played, begin
        self.asked: defaultdict[str, list[float]] = defaultdict(list)
        """By namespace, the beginnings of its steps."""
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, path: str) -> Document | None:
        """None: there is no such thing."""
        steps = path.partition("?")[0].strip("/").split("/")
        if "namespaces" not in steps:
            return _discovery(steps)
        at = steps.index("namespaces")
        namespace, rest = steps[at + 1], steps[at + 2 :]
        situation = self._played[namespace]
        usage = situation.steps[min(self._step(namespace), len(situation.steps) - 1)]
        return document_of(situation, usage, steps[1], rest, self._begin)

    def _step(self, namespace: str) -> int:
        """Requests of one step follow each other at once."""
        with self._lock:
            now = time.time()
            if now - self._last.get(namespace, 0) > PERIOD / 4:
                self.asked[namespace].append(now)
            self._last[namespace] = now
            return len(self.asked[namespace]) - 1


def document_of(situation: Situation, usage: Usage, group: str, rest: list[str], begin: datetime) -> Document | None:
    at = _time(begin - timedelta(seconds=usage.age))
    if group == "metrics.k8s.io":
        items = [_pod_metrics(number, one, at) for number, one in enumerate(usage.pods) if one is not None]
        return {"apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetricsList", "metadata": {}, "items": items}
    if rest[0] == "pods":
        values = [("Pod", name_of(number), one) for number, one in enumerate(usage.hits) if one is not None]
    else:
        values = [] if usage.of_object is None else [("Service", "front", usage.of_object)]
        if not values:
            return None
    items = [
        {
            "describedObject": {"kind": kind, "name": name, "apiVersion": "v1"},
            "metric": {"name": rest[-1]},
            "timestamp": at,
            "windowSeconds": 30,
            "value": value,
        }
        for kind, name, value in values
    ]
    return {"apiVersion": "custom.metrics.k8s.io/v1beta2", "kind": "MetricValueList", "metadata": {}, "items": items}


def _pod_metrics(number: int, used: Any, at: str) -> Document:
    containers = [{"name": name, "usage": dict(usage)} for name, usage in used.items()]
    return {"metadata": {"name": name_of(number)}, "timestamp": at, "window": "30s", "containers": containers}


def _discovery(steps: list[str]) -> Document | None:
    resources = {
        "metrics.k8s.io": [{"name": "pods", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}],
        "custom.metrics.k8s.io": [
            {"name": name, "namespaced": True, "kind": "MetricValueList", "verbs": ["get"]}
            for name in ("pods/hits", "services/queue")
        ],
    }
    if len(steps) < 3 or steps[1] not in resources:
        return None
    for one in resources[steps[1]]:
        one["singularName"] = ""
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "/".join(steps[1:3]),
        "resources": resources[steps[1]],
    }


@contextmanager
def serving(metrics: Any, folder: Path) -> Iterator[int]:
    """The port of an HTTPS server on localhost. metrics: has `answer`. folder: of the API server, for its certificate."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            found = metrics.answer(self.path)
            body = json.dumps(found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "certificates" / "apiserver.crt", folder / "certificates" / "apiserver.key")
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


GROUPS = (("metrics.k8s.io", "v1beta1"), ("custom.metrics.k8s.io", "v1beta2"))


def register(plane: ControlPlane, port: int) -> None:
    """Lets the API server ask the server at this port for both kinds of metrics."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "metrics", "namespace": "default"}}
    plane.request(
        "/api/v1/namespaces/default/services", "POST", {**service, "spec": {"type": "ExternalName", "externalName": "localhost"}}
    )
    for group, version in GROUPS:
        spec = {
            "group": group,
            "version": version,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"namespace": "default", "name": "metrics", "port": port},
        }
        name = f"{version}.{group}"
        api = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": name}, "spec": spec}
        plane.request("/apis/apiregistration.k8s.io/v1/apiservices", "POST", api)

        def is_available(name: str = name) -> bool:
            found = plane.request(f"/apis/apiregistration.k8s.io/v1/apiservices/{name}")
            return any(one["type"] == "Available" and one["status"] == "True" for one in found["status"].get("conditions", ()))

        plane.api_server.wait_until(is_available, f"{name} is available")


def name_of(number: int) -> str:
    return f"web-{number}"


def pod_document(number: int, pod: Pod, begin: datetime) -> Document:
    def container(name: str, requests: Any, **more: Any) -> Document:
        return {"name": name, "image": "none", "resources": {"requests": dict(requests)}, **more}

    spec: Document = {"containers": [container(name, requests) for name, requests in pod.requests.items()]}
    if pod.sidecar is not None:
        spec["initContainers"] = [container("sidecar", pod.sidecar, restartPolicy="Always")]
    if pod.whole is not None:
        spec["resources"] = {"requests": dict(pod.whole)}
    status: Document = {"phase": pod.phase}
    if pod.started is not None:
        status["startTime"] = _time(begin - timedelta(seconds=pod.started))
    if pod.ready is not None:
        since = _time(begin - timedelta(seconds=pod.since))
        status["conditions"] = [{"type": "Ready", "status": pod.ready, "lastTransitionTime": since}]
    metadata: Document = {"name": name_of(number), "labels": LABELS}
    if pod.terminating:
        metadata["finalizers"] = ["reconciler.dev/stay"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def hpa_spec(situation: Situation) -> Document:
    spec: Document = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": situation.least,
        "maxReplicas": situation.most,
    }
    if situation.metrics:
        spec["metrics"] = list(situation.metrics)
    if situation.behavior is not None:
        spec["behavior"] = situation.behavior
    return spec


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _make(plane: ControlPlane, namespace: str, situation: Situation, begin: datetime) -> None:
    plane.request("/api/v1/namespaces", "POST", {"metadata": {"name": namespace}})
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": "none"}]}}
    spec = {"replicas": situation.replicas, "selector": {"matchLabels": LABELS}, "template": template}
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    made = plane.request(path, "POST", {"metadata": {"name": "web"}, "spec": spec})
    count = situation.replicas if situation.status_replicas is None else situation.status_replicas
    plane.request(f"{path}/web/status", "PUT", {**made, "status": {"replicas": count}})
    for number, pod in enumerate(situation.pods):
        document = pod_document(number, pod, begin)
        path = f"/api/v1/namespaces/{namespace}/pods"
        made = plane.request(path, "POST", {name: part for name, part in document.items() if name != "status"})
        plane.request(f"{path}/{name_of(number)}/status", "PUT", {**made, "status": document["status"]})
        if pod.terminating:
            plane.request(f"{path}/{name_of(number)}", "DELETE")


class _Watch(threading.Thread):
    """Every status of every autoscaler, with the time at which it was seen."""

    def __init__(self, plane: ControlPlane) -> None:
        super().__init__(daemon=True)
        self._plane = plane
        self.seen: defaultdict[str, list[tuple[float, Document]]] = defaultdict(list)

    def run(self) -> None:
        host = self._plane.url.removeprefix("https://")
        connection = HTTPSConnection(host, context=self._plane.tls(), timeout=600)
        path = "/apis/autoscaling/v2/horizontalpodautoscalers?watch=true"
        connection.request("GET", path, headers={"Authorization": f"Bearer {self._plane.token}"})
        answer = connection.getresponse()
        while line := answer.readline():
            found = json.loads(line)["object"]
            if found.get("status", {}).get("conditions"):
                self.seen[found["metadata"]["namespace"]].append((time.time(), found["status"]))


def _controller(plane: ControlPlane) -> Part:
    program = binaries(CONTROL_PLANE)["kube-controller-manager"]
    command = [
        str(program),
        f"--kubeconfig={plane.kubeconfig}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=0",
        "--controllers=horizontal-pod-autoscaler-controller",
        "--concurrent-horizontal-pod-autoscaler-syncs=20",
        "--kube-api-qps=1000",
        "--kube-api-burst=1000",
        f"--horizontal-pod-autoscaler-sync-period={PERIOD:g}s",
    ]
    return Part("kube-controller-manager", command, plane.folder / "kube-controller-manager.log")


def _played(situation: Situation, asked: list[float], seen: list[tuple[float, Document]], begin: datetime) -> Document:
    """What is written of one situation."""
    if not asked or seen[0][0] < asked[0]:  # Its first step needs no metrics.
        asked = [seen[0][0], *asked]
    current, steps = situation.replicas, []
    for number, usage in enumerate(situation.steps):
        end = asked[number + 1] if number + 1 < len(asked) else asked[number] + PERIOD / 2
        status = [one for at, one in seen if at <= end][-1]
        conditions = {one["type"]: [one["status"], one["reason"]] for one in status["conditions"]}
        failed = conditions.get("ScalingActive", ["True"])[0] == "False"
        after = current if failed else status["desiredReplicas"]
        answers = {
            "resources": (document_of(situation, usage, "metrics.k8s.io", [], begin) or {}).get("items", []),
            "hits": (document_of(situation, usage, "custom", ["pods", "*", "hits"], begin) or {}).get("items", []),
            "object": (document_of(situation, usage, "custom", ["services", "front", "queue"], begin) or {}).get("items", []),
        }
        step = {"at": round(asked[number] - begin.timestamp(), 2), "current": current, "desired": after, "conditions": conditions}
        steps.append({**step, "metrics": {name: items for name, items in answers.items() if items}})
        current = after
    pods = [pod_document(number, pod, begin) for number, pod in enumerate(situation.pods)]
    leaving = [name_of(number) for number, pod in enumerate(situation.pods) if pod.terminating]
    count = situation.replicas if situation.status_replicas is None else situation.status_replicas
    shown = [{"metadata": {"name": pod["metadata"]["name"]}, "spec": pod["spec"], "status": pod["status"]} for pod in pods]
    return {
        "name": situation.name,
        "spec": hpa_spec(situation),
        "statusReplicas": count,
        "pods": shown,
        "leaving": leaving,
        "steps": steps,
    }


def main() -> int:
    every = {f"s{number}": one for number, one in enumerate(situations())}
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)
    with running(["autoscaling"]) as (plane,):
        metrics = Metrics(every, begin)
        with serving(metrics, plane.folder) as port:
            register(plane, port)
            for namespace, situation in every.items():
                _make(plane, namespace, situation, begin)
            sys.stderr.write(f"{len(every)} situations, {begin.timestamp() - time.time():.0f} s before their time\n")
            time.sleep(max(0.0, begin.timestamp() - time.time()))
            watch = _Watch(plane)
            watch.start()
            controller = _controller(plane)
            controller.start()
            try:
                for namespace, situation in every.items():
                    hpa = {"metadata": {"name": "web"}, "spec": hpa_spec(situation)}
                    plane.request(f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers", "POST", hpa)
                deadline = time.time() + 300
                time.sleep(3 * PERIOD)
                while any(0 < len(metrics.asked[name]) <= len(one.steps) for name, one in every.items()):
                    if time.time() > deadline:
                        raise TimeoutError(controller.log.read_text()[-3000:])
                    time.sleep(0.5)
            finally:
                controller.stop()
        recorded = [_played(one, metrics.asked[name], watch.seen[name], begin) for name, one in every.items()]
    lines = ",\n".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) for one in recorded)
    head = f'{{"kubernetes": "{KUBERNETES_VERSION}", "begin": "{_time(begin)}", "situations": ['
    STEPS.write_text(f"{head}\n{lines}\n]}}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
