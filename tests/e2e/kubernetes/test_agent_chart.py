"""The chart of the agent in a real API server: installed, tested, upgraded and uninstalled by Helm; and the real agent with the
account, the rights, the arguments and the credential that the chart gives to its Pod, beside a leader that has no access.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.start import ControlPlane
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import branch_files, config, document, policy, secret, selector, workload
from tests.support.githttp import serve
from tests.support.helm import AGENT_CHART, VERSIONS, Helm, HelmHost
from tests.support.pod import asks_through_the_service, pod_of
from tests.support.servers import ServerWorld, eventually

AGENT = "reconciler-agent"
PASSWORD = "hush-hush"
SECRET = "edge-credential"
PULLED = document("Cluster", "m2", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})


@pytest.fixture
def namespace(world: ServerWorld) -> str:
    return f"{world.namespace}-agent"


@contextmanager
def volume(plane: ControlPlane, name: str) -> Iterator[None]:
    """A PersistentVolume for the claim of the chart in a namespace of this name: these clusters have no StorageClass."""
    spec: dict[str, Any] = {"capacity": {"storage": "2Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/cache"}}
    spec["claimRef"] = {"namespace": name, "name": f"{AGENT}-cache"}  # Claims of other tests wait for volumes, too.
    path = "/api/v1/persistentvolumes"
    plane.request(path, "POST", json.loads(document("PersistentVolume", name, "", spec=spec)))
    yield
    plane.request(f"{path}/{name}", "DELETE")


@pytest.mark.members("m2")
@pytest.mark.parametrize("version", VERSIONS)
def test_helm_installs_tests_upgrades_and_uninstalls(world: ServerWorld, tmp_path: Path, namespace: str, version: str) -> None:
    plane = world.planes["m2"]
    host = HelmHost(plane, namespace, Helm.of(version, tmp_path), AGENT_CHART)
    values: dict[str, Any] = {"clusterName": "m2", "git": {"url": "https://git.example.com/config.git"}}
    with volume(plane, namespace):
        notes = host.put("install", values)
        assert "metadata: {name: m2}" in notes
        assert "No Git credential is mounted" in notes
        everything = {"Deployment", "ServiceAccount", "Service", "Pod", "PersistentVolumeClaim", "NetworkPolicy"}
        everything |= {"ClusterRole", "ClusterRoleBinding"}
        assert set(host.kinds()) == everything
        assert "Succeeded" in host.release("test")
        narrow = {"namespaces": [namespace], "kinds": [{"apiGroups": [""], "resources": ["configmaps"]}]}
        notes = host.put("upgrade", {**values, "rbac": narrow})
        assert f"It writes in the namespaces {namespace} only" in notes
        assert set(host.kinds()) == everything | {"Role", "RoleBinding"}
        host.put("upgrade", {**values, "rbac": {"clusterRole": "view"}, "cache": {"persistence": {"enabled": False}}})
        assert set(host.kinds()) == everything - {"ClusterRole", "PersistentVolumeClaim"}
        host.release("uninstall", more=["--wait"])
        assert eventually(lambda: host.kinds() == [])


class Pulled:
    """m1 is the leader's; m2 is the agent's, and the leader has no credential for it."""

    def __init__(self, world: ServerWorld, tmp_path: Path) -> None:
        (world.members / "m2.kubeconfig").unlink()
        files = {"c.yaml": config("c", key="1"), "p.yaml": policy("c", selector("ConfigMap"), "m2")}
        world.commit({"clusters/m2.yaml": PULLED, **files})
        self.world = world
        self.served = world.repo.bare_clone(tmp_path / "served" / "config.git")

    def push(self, files: dict[str, str]) -> None:
        self.world.commit(files)
        self.world.repo.git("push", "--quiet", str(self.served), "main")

    def report(self) -> Any:
        files = branch_files(self.served, "reconciler/members/m2")
        return json.loads(files["report.json"]) if files else None

    def recorded(self, kind: str, name: str) -> str:
        """What the leader says about an object."""
        file = f"reports/{self.world.namespace}/{kind}/{name}.yaml"
        return branch_files(self.served, "reconciler/status").get(file, b"").decode()


@pytest.fixture
def pulled(world: ServerWorld, tmp_path: Path) -> Pulled:
    return Pulled(world, tmp_path)


@pytest.fixture
def leader(pulled: Pulled, tmp_path: Path) -> Iterator[Daemon]:
    places = (
        "--repo",
        f"file://{pulled.served}",
        "--member-root",
        str(pulled.world.members),
        "--cache",
        str(tmp_path / "leader"),
    )
    with daemon(tmp_path, *places, name="leader") as one:
        one.settle()
        yield one


@pytest.mark.members("m1", "m2")
def test_the_real_agent_works_with_what_the_chart_gives_it(
    pulled: Pulled, leader: Daemon, namespace: str, tmp_path: Path
) -> None:
    world = pulled.world
    host = HelmHost(world.planes["m2"], namespace, Helm.of("helm4", tmp_path), AGENT_CHART)
    host.put_secret(SECRET, username="edge", password=PASSWORD)
    with serve(tmp_path / "served", "edge", PASSWORD) as place, volume(host.plane, namespace):
        git = {"url": f"http://{place}/config.git", "credentials": {"existingSecret": SECRET}}
        values: dict[str, Any] = {"clusterName": "m2", "git": git, "interval": "1s"}
        host.put("install", values)
        with pod_of(host.plane, namespace, AGENT, tmp_path / "wide") as edge:
            eventually(lambda: "applied: true" in pulled.recorded("ConfigMap", "c"), seconds=60)
            assert world.holders("configmaps", "c") == ["m2"]
            assert [line for line in edge.log if line["level"] != "info"] == []
            asks_through_the_service(host, edge)
            families = edge.metric_families()
            rules = yaml.safe_load((AGENT_CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
            assert {name for rule in rules for name in re.findall(r"reconciler_\w+", rule["expr"])} - families.keys() == set()
            assert edge.end() == 0

        everything = [{"apiGroups": ["", "apps"], "resources": ["configmaps", "deployments"]}]
        host.put("upgrade", {**values, "rbac": {"kinds": everything, "namespaces": [world.namespace]}})
        more = {"s.yaml": secret("s", key="1"), "sp.yaml": policy("s", selector("Secret"), "m2"), "w.yaml": workload("w")}
        more["wp.yaml"] = policy("w", selector("Deployment", api="apps/v1"), "m2")
        pulled.push({"c.yaml": config("c", key="2"), **more})
        with pod_of(host.plane, namespace, AGENT, tmp_path / "narrow") as edge:
            eventually(lambda: "applied: true" in pulled.recorded("Deployment.apps", "w"), seconds=60)
            eventually(lambda: (world.get("m2", "configmaps", "c") or {})["data"] == {"key": "2"}, seconds=60)
            eventually(lambda: "forbidden" in pulled.recorded("Secret", "s"), seconds=60)
            assert world.holders("secrets", "s") == []
            assert PASSWORD not in edge.log_file.read_text()
            assert edge.end() == 0
        host.release("uninstall")
        assert world.holders("configmaps", "c") == ["m2"], "what runs stays"
