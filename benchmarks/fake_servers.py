"""A thousand API servers in one process, as far as this program asks them: discovery, lists, watches, server-side apply.

For scale alone: what real servers do is proved on real ones. A member is the first part of the path (`https://127.0.0.1:1/m0001`).
It speaks HTTP/1.1 over TLS, one connection for each watch, as real servers do. Objects are kept as bytes, and members share what
is equal, so that this process needs little of the machine on which the other one is measured. `/control/…` is for the benchmark.

`python -m benchmarks.fake_servers CONFIGURATION` prints its port and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import ssl
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from reconciler.endpoints.copies import INSTANCE, MANAGED_BY, SERVICE_LABEL, wanted_copies
from reconciler.endpoints.routes import CONNECTED, Route
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import get, gvk_of, mapping, with_value, without
from reconciler.model.ownership import INSTANCE_LABEL

_BOOKMARKS = 60.0
"""Seconds between two bookmarks of one watch."""
_KINDS = {
    "v1": "ConfigMap Endpoints Event LimitRange Namespace- Node- PersistentVolume- PersistentVolumeClaim Pod PodTemplate "
    "ReplicationController ResourceQuota Secret Service ServiceAccount",
    "apps/v1": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "batch/v1": "CronJob Job",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "networking.k8s.io/v1": "Ingress IngressClass- IPAddress- NetworkPolicy ServiceCIDR-",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "ClusterRole- ClusterRoleBinding- Role RoleBinding",
    "storage.k8s.io/v1": "CSIDriver- CSINode- CSIStorageCapacity StorageClass- VolumeAttachment-",
    "admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration- ValidatingAdmissionPolicy- "
    "ValidatingAdmissionPolicyBinding- ValidatingWebhookConfiguration-",
    "apiextensions.k8s.io/v1": "CustomResourceDefinition-",
    "apiregistration.k8s.io/v1": "APIService-",
    "scheduling.k8s.io/v1": "PriorityClass-",
    "coordination.k8s.io/v1": "Lease",
    "discovery.k8s.io/v1": "EndpointSlice",
    "flowcontrol.apiserver.k8s.io/v1": "FlowSchema- PriorityLevelConfiguration-",
    "node.k8s.io/v1": "RuntimeClass-",
    "certificates.k8s.io/v1": "CertificateSigningRequest-",
    "events.k8s.io/v1": "Event",
}
"""What a new cluster serves; with a dash what is in no namespace."""
SLICES = "discovery.k8s.io/v1/endpointslices"
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def _plural(kind: str) -> str:
    low = kind.lower()
    if low.endswith(("s", "x", "ch")) and low != "endpoints":
        return f"{low}es"
    return low if low == "endpoints" else f"{low[:-1]}ies" if low.endswith(("cy", "ty")) else f"{low}s"


def _discovery(core: bool) -> bytes:
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for api_version, kinds in _KINDS.items():
        group, _, version = api_version.rpartition("/")
        resources = [
            {
                "resource": _plural(kind.rstrip("-")),
                "responseKind": {"group": "", "version": "", "kind": kind.rstrip("-")},
                "scope": "Cluster" if kind.endswith("-") else "Namespaced",
                "singularResource": kind.rstrip("-").lower(),
                "verbs": _VERBS,
            }
            for kind in kinds.split()
        ]
        if (not group) is core:
            groups[group].append({"version": version, "freshness": "Current", "resources": resources})
    items = [{"metadata": {"name": group}, "versions": versions} for group, versions in groups.items()]
    return orjson.dumps({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items})


_STATIC = {
    "api": _discovery(core=True),
    "apis": _discovery(core=False),
    "version": b'{"gitVersion":"v1.33.1"}',
    "readyz": b'"ok"',
}


@dataclass(slots=True)
class Stored:
    """One object: what all members share of it, and its own identity."""

    uid: str
    version: int
    shared: bytes
    """JSON without uid and resourceVersion, in which `metadata` comes first."""
    ours: bool

    def is_selected(self, selector: str) -> bool:
        """As far as this program selects: what is ours, copies of endpoints, or endpoints that are no copies."""
        if INSTANCE in selector or SERVICE_LABEL in selector:
            return (INSTANCE.encode() in self.shared) is (INSTANCE in selector)
        return self.ours or not selector

    def document(self) -> bytes:
        return b'{"metadata":{"uid":"%s","resourceVersion":"%d",%s' % (self.uid.encode(), self.version, self.shared)


@dataclass(slots=True)
class Member:
    name: str
    objects: dict[str, dict[str, Stored]] = field(default_factory=lambda: defaultdict(dict))
    """Resource, such as `apps/v1/deployments`, → `namespace/name` → object."""
    watches: dict[str, set[Connection]] = field(default_factory=lambda: defaultdict(set))


class Fleet:
    def __init__(self, names: list[str]) -> None:
        self.members = {name: Member(name) for name in names}
        self.requests: Counter[str] = Counter()
        self.connections: set[Connection] = set()
        self._versions = itertools.count(1000)
        self._made: dict[bytes, tuple[bytes, bool]] = {}

    @property
    def now(self) -> int:
        return next(self._versions)

    def apply(self, member: Member, resource: str, key: str, body: Mapping[str, Any]) -> Stored:
        """Server-side apply by our manager, as far as it is its only user."""
        shared, ours = self._shared(body)
        before = member.objects[resource].get(key)
        stored = Stored(before.uid if before else str(uuid.uuid4()), self.now, shared, ours)
        member.objects[resource][key] = stored
        kind = b"MODIFIED" if before else b"ADDED"
        self._tell(member, resource, stored, b'{"type":"%s","object":%s}\n' % (kind, stored.document()))
        return stored

    def _shared(self, body: Mapping[str, Any]) -> tuple[bytes, bool]:
        for name in ("uid", "resourceVersion"):
            body = without(body, ("metadata", name))
        written = orjson.dumps(body)
        if written not in self._made:
            document = _stored(body)
            text = orjson.dumps({"metadata": document["metadata"], **document})
            self._made[written] = text.removeprefix(b'{"metadata":{'), INSTANCE_LABEL in mapping(body, "metadata", "labels")
        return self._made[written]

    def _tell(self, member: Member, resource: str, stored: Stored, line: bytes) -> None:
        for connection in member.watches.get(resource, ()):
            if resource != SLICES or stored.is_selected(connection.selector):
                connection.chunk(line)

    async def bookmark(self) -> None:
        """Each watch gets one in a minute, spread evenly."""
        while True:
            watching = [one for one in self.connections if one.watched is not None]
            for place, one in enumerate(watching):
                if place % 20 == 0:
                    await asyncio.sleep(_BOOKMARKS * 20 / max(20, len(watching)))
                if one.watched is not None:
                    one.chunk(b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"%d"}}}\n' % self.now)
            await asyncio.sleep(1)

    def cut(self) -> int:
        """Ends all connections without a word, as a proxy that restarts does."""
        watching = [one for one in self.connections if one.transport is not None and not one.control]
        for one in watching:
            one.transport.abort()  # type: ignore[union-attr]
        return len(watching)


def _stored(body: Mapping[str, Any]) -> Any:
    """The object as a server stores it: with managed fields, and the status of a workload that is ready."""
    entry = {
        "manager": "reconciler",
        "operation": "Apply",
        "apiVersion": body["apiVersion"],
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": _fields({name: value for name, value in body.items() if name not in ("apiVersion", "kind")}),
    }
    for name in ("name", "namespace"):
        entry["fieldsV1"]["f:metadata"].pop(f"f:{name}", None)
    document = with_value(body, ("metadata", "managedFields"), [entry])
    document = with_value(document, ("metadata", "creationTimestamp"), "2026-01-01T00:00:00Z")
    document = with_value(document, ("metadata", "generation"), 1)
    if gvk_of(body).kind == "Deployment":
        count = get(body, "spec", "replicas", default=1)
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count) if count else {}
        conditions = [
            {"type": "Available", "status": "True"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        ]
        document = with_value(document, ("status",), {"observedGeneration": 1, **counts, "conditions": conditions})
    return document


def _fields(value: Any) -> dict[str, Any]:
    """FieldsV1 of what was applied; a list of named items is one with keys, any other is atomic."""
    if isinstance(value, Mapping):
        return {f"f:{name}": _fields(item) for name, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, Mapping) and "name" in item for item in value):
        return {f"k:{json.dumps({'name': item['name']}, separators=(',', ':'))}": {".": {}, **_fields(item)} for item in value}
    return {}


_POD_COLUMNS = (
    ("Name", 0), ("Ready", 0), ("Status", 0), ("Restarts", 0), ("Age", 0),
    ("IP", 1), ("Node", 1), ("Nominated Node", 1), ("Readiness Gates", 1),
)  # fmt: skip
_DESCRIPTION = "The aggregate readiness state of this pod for accepting traffic, as long as the text of a real column."


def _pod_table(version: int, pods: Iterable[Stored]) -> bytes:
    """The Pods as a table of meta.k8s.io, as large as that of a real server: with the metadata of each."""
    columns = [
        {"name": name, "type": "string", "format": "", "description": _DESCRIPTION, "priority": priority}
        for name, priority in _POD_COLUMNS
    ]
    head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": str(version)}}
    rows = []
    for pod in pods:
        metadata = orjson.loads(pod.document())["metadata"]
        cells = [metadata["name"], "1/1", "Running", "0", "5d", "10.0.0.1", "node-1", "<none>", "<none>"]
        partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
        rows.append({"cells": cells, "object": partial})
    return orjson.dumps({**head, "columnDefinitions": columns, "rows": rows})


_HEAD = re.compile(rb"(\w+) (\S+) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATH = re.compile(
    r"(?:api/(?P<core>v1)|apis/(?P<group>[^/]+/[^/]+))(?:/namespaces/(?P<ns>[^/]+)(?=/))?/(?P<plural>[^/]+)(?:/(?P<name>.+))?"
)


class Connection(asyncio.Protocol):
    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.transport: asyncio.Transport | None = None
        self.watched: tuple[Member, str] | None = None
        self.selector = ""
        """Of the watch."""
        self.control = False
        self._buffer = b""
        self._ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.fleet.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_watching()
        self.fleet.connections.discard(self)
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return
        self._buffer = rest[size:]
        match = _HEAD.match(head + b"\r\n")
        assert match is not None, head
        target, _, query = match[2].decode().partition("?")
        self._answer(match[1].decode(), unquote(target), query, head, rest[:size])

    def _answer(self, method: str, target: str, query: str, head: bytes, body: bytes) -> None:
        fleet = self.fleet
        _, name, path = target.split("/", 2)
        if name == "control":
            self._control(path)
            return
        member = fleet.members[name]
        if path in _STATIC:
            fleet.requests[f"{method} {path}"] += 1
            self._send(200, _STATIC[path])
            return
        found = _PATH.fullmatch(path)
        assert found is not None, path
        resource = f"{found['core'] or found['group']}/{found['plural']}"
        key = f"{found['ns'] or ''}/{found['name']}"
        if method == "PATCH":
            fleet.requests["apply"] += 1
            self._send(200, fleet.apply(member, resource, key, orjson.loads(body)).document())
        elif found["name"]:
            fleet.requests["get"] += 1
            self._get(member, resource, key)
        elif "watch=1" in query:
            fleet.requests["watch"] += 1
            self._watch(member, resource, parse_qs(query))
        elif method == "GET":
            if b"as=Table" in head and resource == "v1/pods":
                fleet.requests["list table"] += 1
                self._send(200, _pod_table(fleet.now, member.objects[resource].values()))
                return
            only_metadata = b"as=PartialObjectMetadataList" in head
            fleet.requests["list metadata" if only_metadata else "list"] += 1
            self._list(member, resource, found["ns"], parse_qs(query), only_metadata=only_metadata)
        else:
            fleet.requests[method] += 1
            self._send(201, body)

    def _get(self, member: Member, resource: str, key: str) -> None:
        if key == "/kube-system":
            uid = str(uuid.uuid5(uuid.NAMESPACE_DNS, member.name))
            self._send(200, b'{"metadata":{"name":"kube-system","uid":"%s"}}' % uid.encode())
        elif key in member.objects[resource]:
            self._send(200, member.objects[resource][key].document())
        else:
            self._send(404, b'{"kind":"Status","reason":"NotFound","message":"not found","code":404}')

    def _list(
        self, member: Member, resource: str, namespace: str | None, query: Mapping[str, list[str]], *, only_metadata: bool
    ) -> None:
        selector = query.get("labelSelector", [""])[0]
        found: Iterator[Stored] = (
            one
            for key, one in member.objects[resource].items()
            if one.is_selected(selector) and (namespace is None or key.startswith(f"{namespace}/"))
        )
        if query.get("limit") == ["1"]:
            found = itertools.islice(found, 1)
        begin, token = int(query.get("continue", ["0"])[0]), b""
        if resource == SLICES and "limit" in query:  # In pages, as real servers do.
            end = begin + int(query["limit"][0])
            every = list(found)
            found, token = iter(every[begin:end]), b'"continue":"%d",' % end if end < len(every) else b""
        documents = [one.document() for one in found]
        if only_metadata:
            documents = [orjson.dumps({"metadata": orjson.loads(one)["metadata"]}) for one in documents]
        items = b",".join(documents)
        self._send(200, b'{"kind":"List","metadata":{%s"resourceVersion":"%d"},"items":[%s]}' % (token, self.fleet.now, items))

    def _watch(self, member: Member, resource: str, query: Mapping[str, list[str]]) -> None:
        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.watched = member, resource
        self.selector = query.get("labelSelector", [""])[0]
        member.watches[resource].add(self)
        seconds = float(query["timeoutSeconds"][0])
        self._ends = asyncio.get_running_loop().call_later(seconds, self._end_watch)

    def chunk(self, line: bytes) -> None:
        if self.transport is not None:
            self.transport.write(b"%x\r\n%s\r\n" % (len(line), line))

    def _end_watch(self) -> None:
        self._stop_watching()
        if self.transport is not None:
            self.transport.write(b"0\r\n\r\n")

    def _stop_watching(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
        if self.watched is not None:
            member, resource = self.watched
            member.watches[resource].discard(self)
            self.watched = None

    def _control(self, path: str) -> None:
        self.control = True
        if path.startswith("change/"):
            change_endpoint(self.fleet, int(path.removeprefix("change/")))
        if path == "cut":
            self._send(200, str(self.fleet.cut()).encode())
            return
        watches = sum(one.watched is not None for one in self.fleet.connections)
        counts = {"requests": self.fleet.requests, "watches": watches, "connections": len(self.fleet.connections)}
        self._send(200, orjson.dumps(counts))

    def _send(self, status: int, body: bytes) -> None:
        if self.transport is not None:
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


def fill(fleet: Fleet, folder: Path) -> None:
    """Members hold what the files of a repository say, as if it had been applied: their works, and the namespaces for these."""
    from benchmarks.measure import NOW, in_memory
    from reconciler.model.recorded import RecordedState
    from reconciler.pipeline.compiler import Compiler
    from reconciler.pipeline.works import make_works
    from reconciler.plan.apply_configuration import apply_configuration

    texts = {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.yaml")}
    compiler = Compiler()
    compiled = compiler.compile(compiler.load(*in_memory(texts)), RecordedState(), NOW)
    bodies: dict[int, Any] = {}
    for name, work in make_works(compiled).items():
        member = fleet.members[name]
        for rendered in work.manifests:
            body = bodies.get(id(rendered))
            if body is None:
                body = bodies[id(rendered)] = apply_configuration(rendered.manifest, None, autoscaled=False)
            key = rendered.key
            resource = f"{body['apiVersion']}/{_plural(key.kind)}"
            fleet.apply(member, resource, f"{key.namespace}/{key.name}", body)
            if key.namespace and f"/{key.namespace}" not in member.objects["v1/namespaces"]:
                namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.namespace}}
                fleet.apply(member, "v1/namespaces", f"/{key.namespace}", namespace)


def add_pods(fleet: Fleet, count: int) -> None:
    """Each member runs as many Pods, in ten namespaces."""
    for number in range(count):
        name, namespace = f"web-{number % 10}-7c5ddbdf54-{number:05d}", f"team-{number % 10}"
        containers = [{"name": "web", "image": "docker.io/library/nginx:1.28"}]
        labels = {"app": f"web-{number % 10}", "pod-template-hash": "7c5ddbdf54"}
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}
        for member in fleet.members.values():
            fleet.apply(member, "v1/pods", f"{namespace}/{name}", pod)


def add_services(fleet: Fleet, count: int, endpoints: int) -> None:
    """Each member has slices of so many connected Services, with so many endpoints, and the copies of all others."""
    names = tuple(map(ClusterName, fleet.members))
    for number in range(count):
        service = "team-0", f"svc-{number:04d}"
        made = {(name, service): [endpoint_slice(place, number, endpoints)] for place, name in enumerate(names)}
        route = Route(service, service, "", CONNECTED, "", names, names)
        for name in names:
            for copy in (*made[name, service], *wanted_copies(name, [route], made, "bench").values()):
                fleet.apply(fleet.members[name], SLICES, f"team-0/{copy['metadata']['name']}", copy)


def endpoint_slice(place: int, number: int, endpoints: int, change: int = 0) -> dict[str, Any]:
    """Of one Service on one member. change: another number is another address."""
    addresses = [f"10.{place}.{number % 250}.{one}" for one in range(1, endpoints)] + [
        f"10.{place}.{number % 250}.{200 + change % 55}"
    ]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"svc-{number:04d}-{place}",
            "namespace": "team-0",
            "labels": {SERVICE_LABEL: f"svc-{number:04d}", MANAGED_BY: "endpointslice-controller.k8s.io"},
        },
        "addressType": "IPv4",
        "endpoints": [
            {
                "addresses": [one],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": f"node-{index}",
                "targetRef": {"kind": "Pod", "name": f"svc-{number:04d}-7c5ddbdf54-{index:05d}", "namespace": "team-0"},
            }
            for index, one in enumerate(addresses)
        ],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def change_endpoint(fleet: Fleet, change: int) -> None:
    """Of one Service on the first member."""
    member = next(iter(fleet.members.values()))
    services = sum(INSTANCE.encode() not in one.shared for one in member.objects[SLICES].values())
    body = endpoint_slice(0, change * 37 % services, 10, change + 1)
    fleet.apply(member, SLICES, f"team-0/{body['metadata']['name']}", body)


async def serve(
    names: list[str], folder: Path | None, tls: ssl.SSLContext | None, pods: int = 0, services: tuple[int, int] = (0, 0)
) -> None:
    fleet = Fleet(names)
    add_pods(fleet, pods)
    add_services(fleet, *services)
    if folder is not None:
        fill(fleet, folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(fleet), "127.0.0.1", 0, ssl=tls, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    marking = asyncio.create_task(fleet.bookmark())
    await asyncio.to_thread(sys.stdin.read)
    marking.cancel()


def main() -> None:
    """CONFIGURATION: names, the folder of the files that the members hold, a certificate with its key, the number of Pods."""
    configuration = json.loads(Path(sys.argv[1]).read_text())
    tls = None
    if configuration.get("certificate"):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(configuration["certificate"])
    folder = configuration.get("holds")
    asyncio.run(
        serve(
            configuration["names"],
            Path(folder) if folder else None,
            tls,
            configuration.get("pods", 0),
            tuple(configuration.get("services", (0, 0))),
        )
    )


if __name__ == "__main__":
    main()
