"""The chart in a real API server: installed, tested, upgraded and uninstalled by Helm; and the real program with the account, the
rights, the arguments and the environment that the chart gives to its Pod.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.daemon import Daemon
from tests.support.fleet import config, document, policy, selector
from tests.support.githttp import serve
from tests.support.gitrepo import run_git
from tests.support.helm import CHART, VERSIONS, Helm, HelmHost
from tests.support.pod import asks_through_the_service, pod_of
from tests.support.servers import ServerWorld, eventually
from tests.support.signingkeys import new_key

PASSWORD = "hush-hush"
GIT = "config-repository"
HOOK = "0123456789abcdef"


@pytest.fixture
def namespace(world: ServerWorld) -> str:
    return f"{world.namespace}-host"


@pytest.mark.parametrize("version", VERSIONS)
def test_helm_installs_tests_upgrades_and_uninstalls(world: ServerWorld, tmp_path: Path, namespace: str, version: str) -> None:
    host = HelmHost(world.planes["m1"], namespace, Helm.of(version, tmp_path))
    values: dict[str, Any] = {"git": {"url": "https://git.example.com/config.git"}, "members": {"secretNames": ["m2"]}}
    notes = host.put("install", values)
    assert f"--secret-namespace {namespace}" in notes
    assert "Only the Secrets m2 may be read" in notes
    everything = ["Deployment", "ServiceAccount", "Service", "Pod", "NetworkPolicy", "Role", "RoleBinding"]
    assert host.kinds() == everything
    assert "Succeeded" in host.release("test")
    host.put("upgrade", {**values, "hostMember": {"name": "m1"}, "podLabels": {"again": "yes"}})
    assert host.kinds() == [*everything, "ClusterRole", "ClusterRoleBinding"]
    webhook = {"existingSecret": "hooks", "ingress": {"enabled": True, "host": "hooks.example.com"}}
    notes = host.put("upgrade", {**values, "replicaCount": 2, "webhook": webhook})
    assert ("One of 2 Pods leads" in notes, "http://hooks.example.com/webhook" in notes) == (True, True)
    assert set(host.kinds()) - set(everything) == {"PodDisruptionBudget", "Ingress"}
    host.put("upgrade", values)
    assert host.kinds() == everything
    host.release("uninstall", more=["--wait"])
    assert eventually(lambda: host.kinds() == [])


@pytest.fixture
def joined(world: ServerWorld, namespace: str, tmp_path: Path) -> Iterator[HelmHost]:
    """Two members with an account each, whose credentials are Secrets of the host; the host is the third."""
    host = HelmHost(world.planes["m1"], namespace, Helm.of("helm4", tmp_path))
    as_host = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push"})
    files = {"clusters/m1.yaml": as_host, "c.yaml": config("c", key="1"), "p.yaml": policy("c", selector("ConfigMap"))}
    world.commit(files, "clusters/m2.yaml", "clusters/m3.yaml")
    places = ("--namespace", namespace, "--host-kubeconfig", str(host.plane.kubeconfig), "--secret-namespace", namespace)
    for name in ("m2", "m3"):
        ran = world.run("join", name, "--kubeconfig", str(world.planes[name].kubeconfig), *places)
        assert ran.code == 0, ran.err
    yield host
    for name in ("m2", "m3"):
        world.run("unjoin", name, "--kubeconfig", str(world.planes[name].kubeconfig), *places)
    host.release("uninstall", more=["--ignore-not-found"])


def test_the_real_program_works_with_what_the_chart_gives_it(world: ServerWorld, joined: HelmHost, tmp_path: Path) -> None:
    world.repo.bare_clone(tmp_path / "served" / "config.git")
    with serve(tmp_path / "served", "reconciler", PASSWORD) as place:
        joined.put_secret(GIT, username="reconciler", password=PASSWORD)
        values: dict[str, Any] = {
            "git": {"url": f"http://{place}/config.git", "credentials": {"existingSecret": GIT}, "revision": "main"},
            "members": {"secretNames": ["m2", "m3"]},
            "hostMember": {"name": "m1"},
            "interval": "1s",
        }
        joined.put("install", values)
        with pod_of(joined.plane, joined.namespace, "reconciler", tmp_path / "pod") as running:
            running.settle()
            assert world.holders("configmaps", "c") == ["m1", "m2", "m3"]
            assert [line for line in running.log if line["level"] != "info"] == []
            asks_through_the_service(joined, running)
            alerts_and_dashboard_use_metrics_that_exist(running)
            assert running.end() == 0

        joined.put("upgrade", {**values, "members": {"secretNames": ["m2"]}, "hostMember": {"name": "m1", "clusterRole": "view"}})
        for name in ("m1", "m2"):
            world.remove(name, "configmaps", "c")
        with pod_of(joined.plane, joined.namespace, "reconciler", tmp_path / "less") as running:
            running.settle()
            assert world.holders("configmaps", "c") == ["m2", "m3"]
            log = running.log_file.read_text()
            troubles = {line["cluster"]: line for line in running.log if line["level"] != "info"}
            said = {name: line["event"] for name, line in troubles.items()}
            assert said == {"m1": "change failed", "m2": "drift corrected", "m3": "member unreachable"}
            assert 'secrets "m3" is forbidden' in troubles["m3"]["error"]
            assert "members.secretNames" in troubles["m3"]["remedy"]
            assert PASSWORD not in log


def test_of_two_pods_one_leads_and_hears_of_a_webhook_that_the_other_received(
    world: ServerWorld, joined: HelmHost, tmp_path: Path
) -> None:
    """And only what a trusted key signed is followed."""
    signatures = sign_from_now_on(world, joined, tmp_path / "key")
    served = world.repo.bare_clone(tmp_path / "served" / "config.git")
    with serve(tmp_path / "served", "reconciler", PASSWORD) as place, ExitStack() as stack:
        joined.put_secret(GIT, username="reconciler", password=PASSWORD)
        joined.put_secret("hooks", secret=HOOK)
        git = {"url": f"http://{place}/config.git", "credentials": {"existingSecret": GIT}, "author": "Ada <ada@example.org>"}
        values = {
            "git": {**git, **signatures},
            "replicaCount": 2,
            "hostMember": {"name": "m1"},
            "webhook": {"existingSecret": "hooks"},
        }
        joined.put("install", {**values, "interval": "1h"})
        pair = [stack.enter_context(pod_of(joined.plane, joined.namespace, "reconciler", tmp_path / name)) for name in ("a", "b")]
        eventually(lambda: any(one.said("leading") for one in pair) and any(one.said("standing by") for one in pair), seconds=60)
        leader, standby = sorted(pair, key=lambda one: bool(one.said("standing by")))
        leases = f"/apis/coordination.k8s.io/v1/namespaces/{joined.namespace}/leases"
        holder = joined.plane.request(f"{leases}/reconciler")["spec"]["holderIdentity"]
        assert holder == leader.said("leading")[0]["identity"]
        assert standby.ask("/readyz") == (200, "ok\n")
        leader.settle()
        assert run_git(served, "log", "-1", "--format=%an <%ae>", "reconciler/status").strip() == git["author"]
        assert "-----BEGIN SSH SIGNATURE-----" in run_git(served, "cat-file", "commit", "reconciler/status")

        world.commit({"c.yaml": config("c", key="2")})
        world.repo.git("push", "--quiet", str(served), "main")
        status, text = standby.tell_push("config", HOOK)
        assert (status, "the process that leads" in text) == (202, True)
        eventually(lambda: all(held(world, name) == {"key": "2"} for name in world.planes), seconds=60)
        assert [one.said("webhook refused") for one in pair] == [[], []]

        assert leader.end() == 0
        eventually(lambda: standby.said("new revision"), seconds=60)
        assert standby.end() == 0


def test_two_pods_share_the_members(world: ServerWorld, joined: HelmHost, tmp_path: Path) -> None:
    """By the rights that the chart gives; no poll helps: each hears of what the other pushed by its Lease."""
    world.repo.bare_clone(tmp_path / "served" / "config.git")
    with serve(tmp_path / "served", "reconciler", PASSWORD) as place, ExitStack() as stack:
        joined.put_secret(GIT, username="reconciler", password=PASSWORD)
        git = {"url": f"http://{place}/config.git", "credentials": {"existingSecret": GIT}, "revision": "main"}
        values = {"git": git, "hostMember": {"name": "m1"}, "interval": "1h", "replicaCount": 2, "sharding": {"enabled": True}}
        joined.put("install", values)
        pair = [stack.enter_context(pod_of(joined.plane, joined.namespace, "reconciler", tmp_path / name)) for name in ("a", "b")]
        eventually(lambda: world.holders("configmaps", "c") == ["m1", "m2", "m3"], seconds=90)
        eventually(lambda: all(one.ask("/readyz") == (200, "ok\n") for one in pair), seconds=60)
        leases = f"/apis/coordination.k8s.io/v1/namespaces/{joined.namespace}/leases"
        eventually(lambda: len(joined.plane.request(leases)["items"]) == 3, seconds=60)
        assert [line for one in pair for line in one.log if "forbidden" in str(line)] == []
        assert [one.end() for one in pair] == [0, 0]
        assert [item["metadata"]["name"] for item in joined.plane.request(leases)["items"]] == ["reconciler"]


def sign_from_now_on(world: ServerWorld, host: HelmHost, file: Path) -> dict[str, Any]:
    """The newest commit and those to come have signatures. Returns the values that trust them. file: for the key."""
    key = new_key("ssh")
    file.write_bytes(key.private)
    file.chmod(0o600)
    for name, value in {"gpg.format": "ssh", "user.signingKey": str(file), "commit.gpgSign": "true"}.items():
        world.repo.git("config", name, value)
    world.repo.commit("Sign")
    host.put_secret("signing", key=key.private.decode())
    trusted = json.loads(document("ConfigMap", "trusted", host.namespace, data={"ada.pub": key.public.decode()}))
    host.plane.request(f"/api/v1/namespaces/{host.namespace}/configmaps", "POST", trusted)
    return {"verifyKeys": {"configMap": "trusted"}, "signingKey": {"existingSecret": "signing"}}


def held(world: ServerWorld, member: str) -> Any:
    return (world.get(member, "configmaps", "c") or {}).get("data")


def alerts_and_dashboard_use_metrics_that_exist(running: Daemon) -> None:
    families = running.metric_families()
    exist = {name for name, kind in families.items() if kind != "histogram"}
    exist |= {f"{name}{end}" for name, kind in families.items() if kind == "histogram" for end in ("_bucket", "_sum", "_count")}
    rules = yaml.safe_load((CHART / "files/alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((CHART / "files/dashboard.json").read_text())["panels"]
    expressions = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]
    used = {name for expression in expressions for name in re.findall(r"reconciler_\w+", expression)}
    assert used - exist == set()
    assert len(used) >= len(families) - 1, "a metric that nobody looks at"
