"""`install` and `uninstall` on a real API server, whose Pods become Ready: what they create, change, refuse, delete and leave."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import config, document, policy, selector
from tests.support.githttp import serve
from tests.support.helm import Helm, HelmHost
from tests.support.pod import pod_of, token_of
from tests.support.program import Ran, run_here
from tests.support.servers import ServerWorld, eventually

PASSWORD = "hush-hush"
URL = "https://git.example.com/config.git"
REPO = ("--repo", URL)


class Installation:
    """The commands, on a namespace of its own in m1."""

    def __init__(self, world: ServerWorld) -> None:
        self.plane = world.planes["m1"]
        self.namespace = f"{world.namespace}-host"
        self.where = ("--namespace", self.namespace, "--kubeconfig", str(self.plane.kubeconfig))

    def run(self, verb: str, *words: str) -> Ran:
        ran = run_here(verb, *self.where, *words)
        assert PASSWORD not in ran.out + ran.err
        return ran

    def done(self, verb: str, *words: str) -> dict[str, set[str]]:
        """Action → kinds, of a run that must succeed."""
        ran = self.run(verb, *words)
        assert ran.code == 0, ran.err
        made: dict[str, set[str]] = {}
        for action, kind in re.findall(r"^  (\w+) +(\w+) ", ran.out, re.MULTILINE):
            made.setdefault(action, set()).add(kind)
        return made

    def objects(self, plural: str, api: str = "api/v1") -> list[Any]:
        items: list[Any] = self.plane.request(f"/{api}/namespaces/{self.namespace}/{plural}")["items"]
        return items

    def names(self, plural: str, api: str = "api/v1") -> list[str]:
        return [one["metadata"]["name"] for one in self.objects(plural, api)]

    def put_secret(self, name: str, **labels: str) -> None:
        secret = json.loads(document("Secret", name, self.namespace, labels=labels))
        self.plane.request(f"/api/v1/namespaces/{self.namespace}/secrets", "POST", secret)


@pytest.fixture
def installation(world: ServerWorld) -> Installation:
    return Installation(world)


EVERYTHING = {"ServiceAccount", "Role", "RoleBinding", "Service", "NetworkPolicy", "Deployment"}
HOST_MEMBER = {"ClusterRole", "ClusterRoleBinding"}


def test_from_the_first_install_to_the_end(world: ServerWorld, installation: Installation) -> None:
    world.put_namespace("m1")
    options = REPO
    assert installation.done("install", *options, "--dry-run") == {"created": EVERYTHING | {"Namespace"}}
    assert installation.done("install", *options) == {"created": EVERYTHING | {"Namespace"}}
    assert installation.done("install", *options) == {"unchanged": EVERYTHING | {"Namespace"}}
    more = installation.done("install", *options, "--host-member", "m1", "--revision", "production")
    assert (more["created"], more["configured"]) == (HOST_MEMBER, {"Deployment"})
    pages = installation.done("install", *options, "--host-member", "m1", "--dashboard-secret", "pages")
    assert (pages["created"], pages["configured"]) == ({"Service"}, {"Deployment", "NetworkPolicy"})
    assert installation.names("services") == ["reconciler", "reconciler-pages"]
    less = installation.done("install", *options)
    assert installation.names("services") == ["reconciler"]
    assert (less["deleted"], less["configured"]) == (HOST_MEMBER | {"Service"}, {"Deployment", "NetworkPolicy"})

    account = ("--host-member", "m1", "--impersonate", f"{world.namespace}/deployer")
    refused = installation.run("install", *options, "--host-member", "m1", "--impersonate", "nowhere/deployer")
    assert (refused.code, "there is no namespace nowhere" in refused.err) == (3, True)
    assert installation.run("install", *options, *account[2:]).code == 2, "only a host that is a member is written to"
    assert installation.done("install", *options, *account)["created"] == HOST_MEMBER | {"Role", "RoleBinding"}
    assert set(installation.done("install", *options, *account)) == {"unchanged"}
    assert installation.done("install", *options)["deleted"] == HOST_MEMBER | {"Role", "RoleBinding"}
    assert installation.done("install", *options, *account)["created"] == HOST_MEMBER | {"Role", "RoleBinding"}
    assert installation.done("uninstall", "--dry-run") == {"deleted": EVERYTHING | HOST_MEMBER}
    assert installation.done("install", *options)["deleted"] == HOST_MEMBER | {"Role", "RoleBinding"}

    installation.put_secret("m2", **{"reconciler.dev/joined-as": "m2", "app.kubernetes.io/managed-by": "reconciler"})
    installation.put_secret("reconciler-token-1", **{"reconciler.dev/joined-as": "m1"})
    installation.put_secret("theirs")
    assert installation.done("uninstall", "--dry-run") == {"deleted": EVERYTHING}
    assert installation.done("uninstall") == {"deleted": EVERYTHING}
    assert installation.names("secrets") == ["m2", "reconciler-token-1", "theirs"]
    assert "has created nothing" in installation.run("uninstall").out
    assert installation.done("uninstall", "--member-secrets") == {"deleted": {"Secret"}}
    assert installation.names("secrets") == ["reconciler-token-1", "theirs"]


def test_the_program_runs_with_the_stored_credentials_and_others_need_no_other_pod(
    world: ServerWorld, installation: Installation, tmp_path: Path
) -> None:
    as_host = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push"})
    files = {"clusters/m1.yaml": as_host, "c.yaml": config("c", key="1"), "p.yaml": policy("c", selector("ConfigMap"))}
    world.commit(files, "clusters/m2.yaml", "clusters/m3.yaml")
    world.repo.bare_clone(tmp_path / "served" / "config.git")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "username").write_text("reconciler\n")
    (credentials / "password").write_text(f"{PASSWORD}\n")
    with serve(tmp_path / "served", "reconciler", PASSWORD) as place:
        repo = ("--repo", f"http://{place}/config.git", "--host-member", "m1")
        options = (*repo, "--git-credentials", str(credentials))
        assert installation.done("install", *options) == {"created": EVERYTHING | HOST_MEMBER | {"Namespace", "Secret"}}
        with pod_of(installation.plane, installation.namespace, "reconciler", tmp_path / "pod") as running:
            running.settle()
            assert world.holders("configmaps", "c") == ["m1"]
            assert running.end() == 0

    (credentials / "password").write_text(f"{PASSWORD}-2\n")
    again = installation.done("install", *options)
    assert (again["configured"], again.keys()) == ({"Secret"}, {"configured", "unchanged"})
    (stored,) = installation.names("secrets")
    assert set(installation.done("install", *repo, "--git-secret", stored)) == {"unchanged"}, "it is an existing one now"
    assert set(installation.done("install", *options)) == {"unchanged"}
    without = installation.done("install", *repo)
    assert (without["configured"], without["deleted"]) == ({"Deployment"}, {"Secret"})
    assert installation.done("install", *options)["created"] == {"Secret"}
    assert installation.done("uninstall")["deleted"] == EVERYTHING | HOST_MEMBER | {"Secret"}
    assert installation.names("secrets") == []


def test_what_helm_installed_is_refused_and_stays(world: ServerWorld, installation: Installation, tmp_path: Path) -> None:
    host = HelmHost(installation.plane, installation.namespace, Helm.of("helm3", tmp_path))
    host.put("install", {"git": {"url": URL}})
    versions = [one["metadata"]["resourceVersion"] for one in installation.objects("serviceaccounts")]
    ran = installation.run("install", *REPO)
    assert (ran.code, "helm uninstall" in ran.err) == (3, True)
    assert "has created nothing" in installation.run("uninstall").out
    assert [one["metadata"]["resourceVersion"] for one in installation.objects("serviceaccounts")] == versions
    host.release("uninstall")
    assert eventually(lambda: host.kinds() == [])


def test_who_has_one_namespace_only_can_install_and_uninstall(installation: Installation, tmp_path: Path) -> None:
    """Such a user may not look at what has no namespace, which `install` without a host member does not need."""
    plane, namespace = installation.plane, installation.namespace
    inside = f"/namespaces/{namespace}"
    plane.request("/api/v1/namespaces", "POST", json.loads(document("Namespace", namespace, "")))
    plane.request(f"/api/v1{inside}/serviceaccounts", "POST", json.loads(document("ServiceAccount", "operator", namespace)))
    subject = {"kind": "ServiceAccount", "name": "operator", "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"}
    rbac = "rbac.authorization.k8s.io/v1"
    binding = json.loads(document("RoleBinding", "operator", namespace, api=rbac, roleRef=role, subjects=[subject]))
    plane.request(f"/apis/{rbac}{inside}/rolebindings", "POST", binding)
    kubeconfig = json.loads(plane.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token_of(plane, namespace, "operator")}
    file = tmp_path / "operator.kubeconfig"
    file.write_text(json.dumps(kubeconfig))
    installation.where = ("--namespace", namespace, "--kubeconfig", str(file))

    assert installation.done("install", *REPO)["created"] == EVERYTHING
    refused = installation.run("install", *REPO, "--host-member", "m1")
    assert (refused.code, "forbidden" in refused.err) == (3, True)
    removed = installation.run("uninstall")
    assert removed.code == 0, removed.err
    assert "left        ClusterRoles: this user may not list them" in removed.out
    assert installation.names("deployments", "apis/apps/v1") == []
