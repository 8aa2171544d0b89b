"""From a Karmada control plane to this program: imported, and taken over on real API servers without a restart.

m3 is Karmada's API server; m1 and m2 hold what Karmada's controllers wrote there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.fleet import config, document, secret, workload
from tests.support.karmada import KarmadaServer, binding, claimed, in_member, plain, write
from tests.support.servers import ServerWorld, configuration, eventually
from tests.support.shadow import assert_no_differences

SHARES = {"m1": 3, "m2": 1}
"""By free capacity once: nothing of today's tells how."""
DIVIDED = {
    "clusterAffinity": {"clusterNames": ["m1", "m2"]},
    "replicaScheduling": {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"dynamicWeight": "AvailableReplicas"},
    },
}
EVERYWHERE = {"clusterAffinity": {"clusterNames": ["m1", "m2"]}}
CONTAINER = {"name": "web", "image": "docker.io/library/nginx:1.28", "envFrom": [{"configMapRef": {"name": "required"}}]}
POD = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [CONTAINER]}}
WEB_SPEC = {"replicas": 4, "selector": {"matchLabels": {"app": "web"}}, "template": POD}
WEB = document("Deployment", "web", api="apps/v1", spec=WEB_SPEC)
SERVICE = document("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
RBAC = "rbac.authorization.k8s.io/v1"
ROLES = f"/apis/{RBAC}/clusterroles"
OBJECTS = 7
"""That are imported and taken over; a Secret is not."""


def policy(name: str, placement: Any, *selectors: tuple[str, str, str], **spec: Any) -> dict[str, Any]:
    """As Karmada's API server stores it: with the defaults of its webhook."""
    chosen = [{"apiVersion": api, "kind": kind, "name": one, "namespace": "shop"} for api, kind, one in selectors]
    defaults = {"priority": 0, "preemption": "Never", "conflictResolution": "Abort", "schedulerName": "default-scheduler"}
    body = document(
        "PropagationPolicy",
        name,
        api="policy.karmada.io/v1alpha1",
        labels={"propagationpolicy.karmada.io/permanent-id": f"id-of-{name}"},
        spec={"resourceSelectors": chosen, "placement": placement, **defaults, **spec},
    )
    return dict(plain(body, "shop"))


def member_cluster(name: str, **spec: Any) -> dict[str, Any]:
    health = {"key": "cluster.karmada.io/not-ready", "effect": "NoSchedule"}
    reached = {"apiEndpoint": "https://10.0.0.1:6443", "secretRef": {"namespace": "karmada-cluster", "name": name}}
    stated = {"syncMode": "Push", **reached, "taints": [health], **spec}
    body = document("Cluster", name, "", api="cluster.karmada.io/v1alpha1", labels={"environment": "prod"}, spec=stated)
    return dict(plain(body, "shop"))


class Fleet:
    """A control plane, two members, and what the first sends to the others."""

    def __init__(self, world: ServerWorld, planes: list[ControlPlane]) -> None:
        self.world, self.planes = world, {plane.name: plane for plane in planes}
        self.karmada = KarmadaServer(self.planes["m3"])
        self.kubeconfig = str(self.planes["m3"].kubeconfig)

    def fill(self) -> None:
        namespace = self.world.namespace
        rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
        reader = {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": f"reader-{namespace}"}, "rules": [rule]}
        shop, role, required, web, *placed, _ = self.karmada.put(
            plain(document("Namespace", "shop", ""), namespace),
            claimed(reader, f"all-{namespace}"),
            plain(config("required", a="1"), namespace),
            claimed(plain(WEB, namespace), "web"),
            claimed(plain(workload("db", 1, "StatefulSet"), namespace), "all"),
            claimed(plain(config("settings", a="1", b="2"), namespace), "all"),
            claimed(plain(SERVICE, namespace), "all"),
            claimed(plain(secret("token", key="value"), namespace), "all"),
            plain(config("not-selected", a="1"), namespace),
        )
        self._decide(role, required, web, placed)
        self.karmada.put(member_cluster("m1"), member_cluster("m2", region="north"))
        self.karmada.put(plain(document("ResourceRegistry", "cache", "", api="search.karmada.io/v1alpha1", spec={}), namespace))
        for name, replicas in SHARES.items():
            copies = [in_member(one, name) for one in (shop, role, required, *placed)]
            write(self.planes[name], [*copies, in_member(web, name, replicas)])
        for name, replicas in SHARES.items():
            eventually(lambda name=name, replicas=replicas: self._ready(name) == replicas)  # type: ignore[misc]

    def _decide(self, role: Any, required: Any, web: Any, placed: list[Any]) -> None:
        """Policies and bindings. The Deployment requires a ConfigMap that has no policy."""
        namespace = self.world.namespace
        selected = [("v1", "ConfigMap", "settings"), ("v1", "Service", "web"), ("v1", "Secret", "token")]
        selected.append(("apps/v1", "StatefulSet", "db"))
        targets = [{"name": name, "replicas": replicas} for name, replicas in SHARES.items()]
        requires = [{"namespace": namespace, "name": "web-deployment", "clusters": targets}]
        spec = {"resourceSelectors": [{"apiVersion": RBAC, "kind": "ClusterRole", "name": role["metadata"]["name"]}]}
        kind = {"apiVersion": "policy.karmada.io/v1alpha1", "kind": "ClusterPropagationPolicy"}
        own = [
            {**kind, "metadata": {"name": f"all-{namespace}"}, "spec": {**spec, "placement": EVERYWHERE}},
            policy("web", DIVIDED, ("apps/v1", "Deployment", "web"), propagateDeps=True),
            policy("all", EVERYWHERE, *selected),
            binding(web, "web", SHARES),
            binding(required, "", {}, requiredBy=requires),
            binding(role, f"all-{namespace}", {"m1": 0, "m2": 0}),
            *(binding(one, "all", dict.fromkeys(SHARES, one.get("spec", {}).get("replicas", 0))) for one in placed),
        ]
        self.karmada.put(*(self._here(one) for one in own))

    def _here(self, manifest: dict[str, Any]) -> dict[str, Any]:
        return dict(json.loads(json.dumps(manifest).replace('"shop"', f'"{self.world.namespace}"')))

    def _ready(self, name: str) -> int:
        live = self.world.get(name, "deployments", "web")
        return int(live.get("status", {}).get("readyReplicas", 0))

    def held(self, name: str) -> dict[str, Any]:
        """What must not change: uid and generation of each object, and the Pods."""
        found: dict[str, Any] = {}
        names = {"configmaps": "settings", "services": "web", "secrets": "token", "statefulsets": "db", "deployments": "web"}
        for plural, which in [*names.items(), ("configmaps", "required"), (ROLES, f"reader-{self.world.namespace}")]:
            meta = self.world.get(name, plural, which)["metadata"]
            found[f"{plural}/{which}"] = (meta["uid"], meta.get("generation"))
        pods = self.planes[name].request(self.world.path("pods"))["items"]
        return {**found, "pods": sorted((pod["metadata"]["name"], pod["metadata"]["uid"]) for pod in pods)}


@pytest.fixture
def fleet(tmp_path: Path, planes: list[ControlPlane]) -> Iterator[Fleet]:
    world = ServerWorld(tmp_path, [plane for plane in planes if plane.name in SHARES])
    world.commit({"reconciler.yaml": configuration(world.namespace)}, "namespace.yaml")
    started = Fleet(world, planes)
    started.karmada.start()
    try:
        yield started
    finally:
        started.karmada.stop()
        for name in SHARES:
            if world.get(name, ROLES, reader := f"reader-{world.namespace}") is not None:
                world.remove(name, ROLES, reader)


def test_a_fleet_of_karmada_is_imported_and_taken_over_without_a_restart(fleet: Fleet) -> None:
    world = fleet.world
    fleet.fill()
    before = {name: fleet.held(name) for name in SHARES}
    asked = ("import", "karmada", "--kubeconfig", fleet.kubeconfig, "--namespace", world.namespace)
    assert_imported(world.run(*asked, "-o", "json").json, world.namespace)
    again = world.run(*asked, "-o", "json")
    assert (again.code, again.json["files"]["written"], again.json["decisions"]) == (0, [], 0)

    assert_no_differences(world, OBJECTS)
    planned = world.synced("--dry-run")["clusters"]
    for name in SHARES:
        assert {change["action"] for change in planned[name]["changes"]} == {"configure"}
        gone = {path for change in planned[name]["changes"] for path in change["removed"]}
        assert all("karmada.io" in path for path in gone), gone

    place = world.audited()
    assert world.sync().code == 0
    for name in SHARES:
        writes = [one for one in world.writes(place, name) if "dryRun" not in one]
        assert len(writes) == len({*writes}) == OBJECTS, "each object once"
        assert_same(fleet, name, before[name])
    place = world.audited()
    assert world.sync().code == 0
    assert world.writes(place) == []
    assert world.run("diff", "HEAD", "HEAD", "--live").out == "No differences.\n"

    file = f"{world.namespace}/configmap-settings.yaml"
    world.commit({file: (world.repo.path / file).read_text().replace('  b: "2"\n', "")})
    assert world.sync().code == 0
    assert world.get("m1", "configmaps", "settings")["data"] == {"a": "1"}, "what Karmada wrote goes when it leaves Git"
    assert_given_back(fleet)


def assert_imported(imported: Any, namespace: str) -> None:
    assert (imported["moves"], imported["decisions"]) == ([], OBJECTS)
    policies = {"propagationpolicy-all", "propagationpolicy-web"}
    templates = {"namespace", "configmap-settings", "configmap-required", "deployment-web", "service-web", "statefulset-db"}
    named = {f"clusterpropagationpolicy-all-{namespace}", f"clusterrole-reader-{namespace}"}
    written = {f"{namespace}/{name}.yaml" for name in policies | templates} | {f"cluster/{name}.yaml" for name in named}
    assert {*imported["files"]["written"]} == written
    assert sorted(imported["files"]["declaredElsewhere"]) == ["clusters/m1.yaml", "clusters/m2.yaml"]
    told = {one["object"]: one["what"] for one in imported["remarks"]}
    assert told[f"Secret {namespace}/token"] == "is a Secret, and would be in Git in plain text"
    assert "karmada-search" in told["ResourceRegistry.search.karmada.io cache"]
    assert "not-selected" in told["ConfigMap"]


def assert_same(fleet: Fleet, name: str, before: dict[str, Any]) -> None:
    """The objects are those that Karmada wrote, without its marks and owners; no Pod is another one."""
    world, after, expected = fleet.world, fleet.held(name), dict(before)
    uid, generation = expected["deployments/web"]
    # A Deployment counts changes of its annotations, too (kubernetes pkg/registry/apps/deployment, PrepareForUpdate).
    assert after == {**expected, "deployments/web": (uid, generation + 1)}
    live = world.get(name, "deployments", "web")
    assert live["spec"]["replicas"] == SHARES[name]
    assert not any("karmada" in key for part in ("labels", "annotations") for key in live["metadata"][part])
    assert not any("karmada" in entry["manager"] for entry in live["metadata"]["managedFields"])
    assert "karmada.io/managed" in world.get(name, "secrets", "token")["metadata"]["labels"], "it was not imported"


def assert_given_back(fleet: Fleet) -> None:
    world = fleet.world
    before = {name: fleet.held(name) for name in SHARES}
    assert world.run("release", "--all").code == 0
    for name in SHARES:
        live = world.get(name, "deployments", "web")
        assert not any("reconciler" in key for part in ("labels", "annotations") for key in live["metadata"].get(part, {}))
        after = fleet.held(name)
        del after["deployments/web"], before[name]["deployments/web"]
        assert after == before[name]
