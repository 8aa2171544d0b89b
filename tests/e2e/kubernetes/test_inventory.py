"""Clusters that a host cluster knows become members: their files, their credentials, and what happens when they vanish."""

from __future__ import annotations

import base64
import json
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, document, policy, selector
from tests.support.inventory import CLUSTERS, DEFINITIONS, PROFILES, cluster, profile
from tests.support.program import Ran
from tests.support.servers import ServerWorld, configuration, eventually

DEFINED = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
RULES = [
    {"name": "capi", "source": "ClusterAPI", "namespace": "capi", "copyLabels": ["env"]},
    {"name": "fleet", "source": "ClusterProfile", "namespace": "fleet"},
]


class Hub:
    """The host cluster: m1. The Cluster of Cluster API is m2, the ClusterProfile is m1 itself."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane

    def define(self) -> None:
        for one in DEFINITIONS:
            self.plane.request(DEFINED, "POST", one)
        for path in (CLUSTERS, PROFILES):
            eventually(lambda path=path: self.serves(path), seconds=60)

    def serves(self, path: str) -> bool:
        try:
            return "items" in self.plane.request(path)
        except urllib.error.HTTPError as error:
            error.close()
            return False

    def undefine(self, which: int) -> None:
        with suppress(urllib.error.HTTPError):
            self.plane.request(f"{DEFINED}/{DEFINITIONS[which]['metadata']['name']}", "DELETE")
        path = (PROFILES, CLUSTERS)[which]
        eventually(lambda: not self.serves(path), seconds=60)


@pytest.fixture(scope="module")
def hub(bare_planes: list[ControlPlane]) -> Iterator[Hub]:
    one = Hub(bare_planes[0])
    for name in ("capi", "fleet"):
        one.plane.request("/api/v1/namespaces", "POST", json.loads(document("Namespace", name, "")))
    one.define()
    yield one
    one.undefine(0)
    one.undefine(1)


@pytest.fixture
def world(tmp_path: Path, hub: Hub, bare_planes: list[ControlPlane]) -> Iterator[ServerWorld]:
    one = ServerWorld(tmp_path, bare_planes[:2])
    named = {"c.yaml": config("c", key="1"), "p.yaml": policy("c", selector("ConfigMap"))}
    one.commit({"reconciler.yaml": rules(one), **named}, "clusters/m1.yaml", "clusters/m2.yaml")
    host, _, port = bare_planes[1].url.removeprefix("https://").rpartition(":")
    hub.plane.request(CLUSTERS, "POST", cluster("m2", host, int(port), labels={"env": "test"}))
    hub.plane.request(CLUSTERS, "POST", cluster("later", initialization={}))
    provider = {"name": "token-file", "cluster": {"server": hub.plane.url, **authority(hub.plane)}}
    hub.plane.request(PROFILES, "POST", profile("hub", accessProviders=[provider]))
    store(hub.plane, kubeconfig(bare_planes[1]))
    yield one
    for path in (f"{CLUSTERS}/m2", f"{CLUSTERS}/later", f"{PROFILES}/hub", "/api/v1/namespaces/capi/secrets/m2-kubeconfig"):
        with suppress(urllib.error.HTTPError):
            hub.plane.request(path, "DELETE")


def rules(world: ServerWorld, **spec: Any) -> str:
    return configuration(world.namespace, inventory={"interval": "1s", "rules": RULES, **spec})


def authority(plane: ControlPlane) -> dict[str, str]:
    return {"certificate-authority-data": base64.b64encode(plane.ca).decode()}


def kubeconfig(plane: ControlPlane, **user: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "m", "cluster": {"server": plane.url, **authority(plane)}}],
        "users": [{"name": "admin", "user": user or {"token": plane.token}}],
        "contexts": [{"name": "admin@m", "context": {"cluster": "m", "user": "admin"}}],
        "current-context": "admin@m",
    }


def store(hub: ControlPlane, value: dict[str, Any]) -> None:
    """The Secret that a control plane provider of Cluster API writes."""
    metadata = {"name": "m2-kubeconfig", "namespace": "capi"}
    data = {"value": base64.b64encode(json.dumps(value).encode()).decode()}
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "cluster.x-k8s.io/secret", "metadata": metadata, "data": data}
    path = "/api/v1/namespaces/capi/secrets"
    with suppress(urllib.error.HTTPError):
        hub.request(f"{path}/m2-kubeconfig", "DELETE")
    hub.request(path, "POST", secret)


def programs(world: ServerWorld) -> tuple[str, ...]:
    """The operator's file of access providers, with a program that prints a token, if it is told the server."""
    program = world.folder / "print-token"
    said = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    answer = json.dumps({**said, "status": {"token": world.planes["m1"].token}})
    program.write_text(f"#!/bin/sh\ncase $KUBERNETES_EXEC_INFO in *{world.planes['m1'].url}*) echo '{answer}';; esac\n")
    program.chmod(0o755)
    file = world.folder / "providers.json"
    run = {"apiVersion": said["apiVersion"], "command": str(program), "provideClusterInfo": True}
    file.write_text(json.dumps({"providers": [{"name": "token-file", "execConfig": run}]}))
    return "--access-providers", str(file), "--allow-exec"


def in_host(world: ServerWorld) -> tuple[str, ...]:
    return "--host-kubeconfig", str(world.planes["m1"].kubeconfig)


def outcomes(ran: Ran) -> dict[str, str]:
    return {one["cluster"]: one["outcome"] for one in ran.json["members"]}


def test_they_become_members_with_their_credentials_and_are_cordoned_when_they_vanish(world: ServerWorld, hub: Hub) -> None:
    listed = world.run("inventory", "list", "-o", "json", *in_host(world))
    assert (listed.code, outcomes(listed)) == (1, {"hub": "Added", "later": "Waiting", "m2": "Added"}), listed.err
    done = world.run("inventory", "update", *in_host(world))
    assert done.code == 0, done.err
    assert "Add hub, m2" in world.repo.git("log", "-1", "--format=%B")
    assert world.run("inventory", "update", *in_host(world)).out == "The members are in step with the inventory.\n"

    without = world.sync(*in_host(world))
    assert without.code == 3
    assert "hub: a program gets the credential for its ClusterProfile" in without.err
    assert "Start with --access-providers FILE and --allow-exec" in without.err
    synced = world.sync(*in_host(world), *programs(world))
    assert synced.code == 0, synced.err
    assert world.holders("configmaps", "c") == ["m1", "m2"]

    hub.plane.request(f"{CLUSTERS}/m2", "DELETE")
    assert world.run("inventory", "update", *in_host(world)).code == 0
    assert "Cordon m2" in world.repo.git("log", "-1", "--format=%B")
    assert world.sync(*in_host(world), *programs(world)).code == 0
    assert world.holders("configmaps", "c") == ["m1", "m2"], "nothing is pruned"


def test_a_credential_for_another_server_or_with_a_program_of_its_own_is_refused(world: ServerWorld, hub: Hub) -> None:
    assert world.run("inventory", "update", *in_host(world)).code == 0
    store(hub.plane, kubeconfig(hub.plane))
    options = (*in_host(world), *programs(world))
    since = world.audited()
    assert f"m2: its credential is for {hub.plane.url}, but its Cluster file names" in world.sync(*options).err
    assert world.requests(since, "m2") == []
    store(hub.plane, kubeconfig(world.planes["m2"], exec={"apiVersion": "client.authentication.k8s.io/v1", "command": "id"}))
    assert "m2: the kubeconfig in the Secret capi/m2-kubeconfig runs a program" in world.sync(*options).err
    store(hub.plane, kubeconfig(world.planes["m2"], tokenFile="/etc/passwd"))
    assert "m2: the kubeconfig in the Secret capi/m2-kubeconfig names files (tokenFile)" in world.sync(*options).err


def test_run_proposes_commits_waits_for_a_second_look_and_keeps_all_when_the_kind_is_lost(
    world: ServerWorld, hub: Hub, tmp_path: Path
) -> None:
    world.commit({"reconciler.yaml": rules(world, mode="propose")})
    bare = str(tmp_path / "bare.git")
    world.repo.git("clone", "--quiet", "--bare", str(world.repo.path), bare)
    world.repo.git("--git-dir", bare, "remote", "remove", "origin")

    def shown(file: str, revision: str = "main") -> str:
        return world.repo.git("--git-dir", bare, "show", f"{revision}:{file}")

    with daemon(tmp_path, "main", "--repo", bare, *in_host(world), *programs(world), "--no-object-events") as one:
        proposed = eventually(lambda: one.said("update proposed"), seconds=60)
        assert proposed[0]["branch"] == "reconciler/inventory"
        assert "m2-kubeconfig" in shown("clusters/m2.yaml", "reconciler/inventory")
        world.commit({"reconciler.yaml": rules(world, mode="commit")})
        world.repo.git("push", "--quiet", bare, "HEAD:main")
        eventually(lambda: one.said("updated"), seconds=60)
        eventually(lambda: world.holders("configmaps", "c") == ["m1", "m2"], seconds=60)
        hub.plane.request(f"{CLUSTERS}/m2", "DELETE")
        eventually(lambda: "unschedulable" in shown("clusters/m2.yaml"), seconds=60)
        hub.undefine(0)
        told = eventually(lambda: [line for line in one.said("not updated") if "does not serve" in line["reason"]], seconds=60)
        assert "no member of the rule changes" in told[0]["reason"]
        assert "unschedulable" not in shown("clusters/hub.yaml")
        assert len(one.said("updated")) == 2, "one commit for all that were new, one for the cordon"
    assert world.holders("configmaps", "c") == ["m1", "m2"]
