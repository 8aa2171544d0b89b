"""Services over clusters, on real API servers whose controllers write the EndpointSlices."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import cluster_policy, document, policy, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

NETWORKING, MCS = "networking.karmada.io/v1alpha1", "multicluster.x-k8s.io/v1alpha1"
COPIES = "reconciler.dev/endpoints-of"
ANNOTATION = "endpointslice.karmada.io/provision-cluster"


def definition(kind: str) -> str:
    """As the Multi-Cluster Services API publishes it, without the rules."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {**anything, "properties": {"spec": anything, "status": anything}}},
        "subresources": {"status": {}},
    }
    names = {"kind": kind, "plural": f"{kind.lower()}s"}
    spec = {"group": "multicluster.x-k8s.io", "scope": "Namespaced", "names": names, "versions": [version]}
    return document(
        "CustomResourceDefinition", f"{kind.lower()}s.multicluster.x-k8s.io", "", api="apiextensions.k8s.io/v1", spec=spec
    )


def service(name: str = "web", **spec: Any) -> str:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return document("Service", name, spec={"selector": {"app": "web"}, "ports": ports, **spec})


def connected(*consumers: str, name: str = "web") -> str:
    spec = {
        "types": ["CrossCluster"],
        "providerClusters": [{"name": "m1"}],
        "consumerClusters": [{"name": one} for one in consumers],
    }
    return document("MultiClusterService", name, api=NETWORKING, spec=spec)


def running(replicas: int = 2) -> dict[str, str]:
    """Pods on m1."""
    return {"web.yaml": workload("web", replicas), "web-policy.yaml": policy("web", selector("Deployment", api="apps/v1"), "m1")}


CONNECTED = {"service.yaml": service(), "mcs.yaml": connected("m1", "m2")}
HEADLESS = {"headless.yaml": service("headless", clusterIP="None"), "headless-mcs.yaml": connected("m2", name="headless")}
IMPORTED = {
    "crds/export.yaml": definition("ServiceExport"),
    "crds/import.yaml": definition("ServiceImport"),
    "crds/policy.yaml": cluster_policy("crds", selector("CustomResourceDefinition", api="apiextensions.k8s.io/v1"), "m1", "m2"),
    "api.yaml": service("api"),
    "api-policy.yaml": policy("api", selector("Service", "api"), "m1"),
    "export.yaml": document("ServiceExport", "api", api=MCS),
    "export-policy.yaml": policy("export", selector("ServiceExport", api=MCS), "m1"),
    "import.yaml": document(
        "ServiceImport", "api", api=MCS, spec={"type": "ClusterSetIP", "ports": [{"name": "http", "port": 80}]}
    ),
    "import-policy.yaml": policy("import", selector("ServiceImport", api=MCS), "m1", "m2"),
}


def copies(world: ServerWorld, member: str) -> dict[str, list[str]]:
    """By the Service that they belong to: the addresses of the copies that a member holds."""
    items = world.planes[member].request(f"{world.path('endpointslices')}?labelSelector={COPIES}")["items"]
    found: dict[str, list[str]] = {}
    for item in items:
        assert item["metadata"]["annotations"] == {ANNOTATION: "m1"}
        name = item["metadata"]["labels"]["kubernetes.io/service-name"]
        found.setdefault(name, []).extend(address for one in item["endpoints"] for address in one["addresses"])
    return {name: sorted(addresses) for name, addresses in sorted(found.items())}


def own(world: ServerWorld, member: str, name: str = "web") -> list[str]:
    """The addresses of the ready Pods of a Service, as the controllers of the member say."""
    items = world.planes[member].request(f"{world.path('endpointslices')}?labelSelector=kubernetes.io/service-name={name}")[
        "items"
    ]
    found = [one for item in items if COPIES not in item["metadata"]["labels"] for one in item["endpoints"] or []]
    return sorted(address for one in found if one["conditions"]["ready"] for address in one["addresses"])


def export_path(world: ServerWorld) -> str:
    return f"/apis/{MCS}/namespaces/{world.namespace}/serviceexports/api"


@pytest.mark.members("m1", "m2")
def test_endpoints_follow_the_pods_to_those_who_consume_them(tmp_path: Path, world: ServerWorld) -> None:
    world.commit({**running(), **CONNECTED, **HEADLESS, **IMPORTED})
    at = ("--repo", str(world.repo.path))
    with daemon(tmp_path, *at) as first:
        addresses = eventually(lambda: (found := own(world, "m1"))[1:] and found, seconds=90)
        everywhere = {"derived-api": addresses, "headless": addresses, "web": addresses}
        eventually(lambda: copies(world, "m2") == everywhere)
        assert copies(world, "m1") == {}
        derived = world.get("m2", "services", "derived-api")["spec"]
        assert "selector" not in derived
        assert [(port["name"], port["port"]) for port in derived["ports"]] == [("http", 80)]
        assert world.get("m2", "services", "headless")["spec"]["clusterIP"] == "None"
        slices = world.planes["m2"].request(f"{world.path('endpointslices')}?labelSelector={COPIES}")["items"]
        assert {item["metadata"]["name"].split("-")[0] for item in slices} == {"imported", "m1"}
        assert all(one["targetRef"]["kind"] == "Pod" for item in slices for one in item["endpoints"])

        said = eventually(lambda: world.planes["m1"].request(export_path(world)).get("status"))
        assert {one["type"]: one["status"] for one in said["conditions"]} == {"Valid": "True", "Conflict": "False"}

        world.commit(running(3))
        eventually(lambda: len(own(world, "m1")) == 3, seconds=60)
        eventually(lambda: copies(world, "m2")["web"] == own(world, "m1"))

        first.settle()
        assert not any(address.encode() in text for text in world.status_branch().values() for address in addresses)
        eventually(lambda: copies(world, "m2")["headless"] == own(world, "m1"))
        first.end(signal.SIGKILL)
    since = world.audited_in_full()
    with daemon(tmp_path, *at, name="second") as second:
        eventually(lambda: any("watch" in line for line in world.requests(since, "m2") if "endpointslices" in line), seconds=60)
        assert not [line for line in world.writes(since) if "endpointslices" in line]
        second.end(signal.SIGKILL)
    world.commit({"reconciler.yaml": configuration(world.namespace)}, "mcs.yaml", "import.yaml", "import-policy.yaml")
    with daemon(tmp_path, *at, name="third") as third:
        eventually(lambda: copies(world, "m2") == {"headless": own(world, "m1")}, seconds=60)
        world.commit(running(0))
        eventually(lambda: copies(world, "m2") == {})
        assert third.said("endpoints not dispatched") == []
        assert third.end() == 0


@pytest.mark.members("m1", "m2")
def test_a_sync_exchanges_once_says_so_and_touches_nothing_of_others(world: ServerWorld) -> None:
    world.commit({**running(1), **CONNECTED})
    ran = world.sync()
    assert ran.code == 0, ran.err
    (item,) = world.planes["m1"].request(f"{world.path('endpointslices')}?labelSelector=kubernetes.io/service-name=web")["items"]
    name = f"m1-{item['metadata']['name']}"
    said = f"endpoints of {world.namespace}/web: 1 slice written (m2)"
    assert copies(world, "m2") == {"web": own(world, "m1")}
    assert said in ran.err + ran.out
    assert "endpoints of" not in (again := world.sync()).err + again.out

    world.remove("m2", "endpointslices", name)
    foreign = {
        "addressType": "IPv4",
        "endpoints": [],
        "ports": [],
        "labels": {"kubernetes.io/service-name": "web"},
    }
    world.put("m2", "endpointslices", document("EndpointSlice", name, api="discovery.k8s.io/v1", **foreign))
    dry = world.sync("--dry-run")
    assert said.replace("slice written", "slice to write") in dry.err + dry.out
    live = json.loads(world.run("diff", "HEAD", "HEAD", "--live", "-o", "json").out)
    place = {"service": {"namespace": world.namespace, "name": "web"}, "cluster": "m2", "error": ""}
    assert live["endpoints"]["slices"] == [{**place, "written": 1, "removed": 0}]
    ran = world.sync()
    assert ran.code == 3
    assert f"{name} exists there, and is not a copy of this program" in ran.err
    assert "Delete it if nobody needs it" in ran.err
    kept = world.get("m2", "endpointslices", name)
    assert not kept["endpoints"]
    assert COPIES not in json.dumps(kept["metadata"]["labels"])


class Endpoints:
    """The slice of a Service on m1, on a member without controllers: a test writes what they would."""

    def __init__(self, world: ServerWorld) -> None:
        self.world = world

    def put(self, *addresses: str) -> None:
        self.world.put("m1", "endpointslices", self._document(addresses))

    def change(self, *addresses: str) -> None:
        self.world.edit("m1", "endpointslices", "web-a", {"endpoints": json.loads(self._document(addresses))["endpoints"]})

    def _document(self, addresses: tuple[str, ...]) -> str:
        labels = {
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        }
        endpoints = [{"addresses": [one], "conditions": {"ready": True}} for one in addresses]
        content = {"addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": "http", "port": 8080}]}
        return document("EndpointSlice", "web-a", api="discovery.k8s.io/v1", labels=labels, **content)


ASKED = {
    "crds/export.yaml": IMPORTED["crds/export.yaml"],
    "crds/import.yaml": IMPORTED["crds/import.yaml"],
    "crds/policy.yaml": cluster_policy("crds", selector("CustomResourceDefinition", api="apiextensions.k8s.io/v1"), "m1", "m2"),
    "web.yaml": service(),
    "web-policy.yaml": policy("web", selector("Service", "web"), "m1", "m2"),
    "export.yaml": document("ServiceExport", "web", api=MCS, annotations={"reconciler.dev/import-on": "m2"}),
    "export-policy.yaml": policy("export", selector("ServiceExport", api=MCS), "m1", "m2"),
}
OTHER_PORT = {
    "other-port.yaml": document(
        "OverridePolicy",
        "other-port",
        api="policy.karmada.io/v1alpha1",
        spec={
            "resourceSelectors": [selector("Service", "web")],
            "overrideRules": [
                {
                    "targetCluster": {"clusterNames": ["m2"]},
                    "overriders": {"plaintext": [{"path": "/spec/ports/0/port", "operator": "replace", "value": 81}]},
                }
            ],
        },
    )
}


@pytest.mark.members("m1", "m2")
def test_an_export_says_where_it_is_imported_and_with_whom_it_is_in_conflict(bare_world: ServerWorld) -> None:
    world, conditions = bare_world, dict[str, Any]()
    world.commit({**ASKED, **OTHER_PORT})
    ran = world.sync()
    assert ran.code == 1, ran.err
    for member in world.planes:
        export = world.planes[member].request(f"/apis/{MCS}/namespaces/{world.namespace}/serviceexports/web")
        conditions[member] = {one["type"]: one for one in export["status"]["conditions"]}
    (said,) = {one["Conflict"]["message"] for one in conditions.values()}
    assert {one["Conflict"]["reason"] for one in conditions.values()} == {"PortConflict"}
    assert {one["Valid"]["status"] for one in conditions.values()} == {"True"}
    assert f"conflict: export {world.namespace}/web: {said}" in ran.err + ran.out
    recorded = world.run("status", "serviceexport/web", "-n", world.namespace)
    assert (recorded.code, "Failed" in recorded.out, said in recorded.out + recorded.err) == (1, True, True)

    imported = f"/apis/{MCS}/namespaces/{world.namespace}/serviceimports"
    assert world.holders(imported, "web") == ["m2"]
    assert [port["port"] for port in world.get("m2", "services", "derived-web")["spec"]["ports"]] == [80]
    Endpoints(world).put("10.1.0.1")
    world.commit({}, "other-port.yaml")
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert copies(world, "m2") == {"derived-web": ["10.1.0.1"]}
    export = world.planes["m2"].request(f"/apis/{MCS}/namespaces/{world.namespace}/serviceexports/web")
    assert {one["type"]: one["status"] for one in export["status"]["conditions"]} == {"Valid": "True", "Conflict": "False"}


@pytest.mark.members("m1", "m2")
def test_a_member_that_does_not_answer_keeps_its_endpoints_for_the_stated_time(tmp_path: Path, bare_world: ServerWorld) -> None:
    world, provider = bare_world, bare_world.planes["m1"]
    settings = {
        "failover": {"failureThreshold": "1s", "successThreshold": "0s"},
        "multiClusterServices": {"endpointsKeptFor": "25s"},
    }
    world.commit({**CONNECTED, "reconciler.yaml": configuration(world.namespace, **settings)})
    endpoints, at = Endpoints(world), ("--repo", str(world.repo.path))
    with daemon(tmp_path, *at) as first:
        first.settle()
        endpoints.put("10.1.0.1")
        eventually(lambda: copies(world, "m2") == {"web": ["10.1.0.1"]})
        endpoints.change("10.1.0.2")
        eventually(lambda: copies(world, "m2") == {"web": ["10.1.0.2"]})
        dispatched = 'reconciler_endpoint_writes_total{cluster="m2",result="ok"}'
        eventually(lambda: first.metric(dispatched) == first.metric("reconciler_endpoint_write_seconds_count") == 2)
        provider.kill()
        try:
            eventually(lambda: "ClusterNotReachable" in world.status_branch()["clusters/m1.yaml"].decode(), seconds=90)
            assert copies(world, "m2") == {"web": ["10.1.0.2"]}
            first.end(signal.SIGKILL)  # Another process decides the same, by what is recorded.
            with daemon(tmp_path, *at, name="second") as second:
                said = eventually(lambda: second.said("endpoints withdrawn: the member does not answer"), seconds=60)
                assert [line["cluster"] for line in said] == ["m1"]
                eventually(lambda: copies(world, "m2") == {})
                provider.start()
                eventually(lambda: copies(world, "m2") == {"web": ["10.1.0.2"]}, seconds=90)
                assert second.said("endpoints dispatched again: the member answers")
        finally:
            if provider.api_server.process is None or provider.api_server.process.poll() is not None:
                provider.start()  # Other tests need it.
