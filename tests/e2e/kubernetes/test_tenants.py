"""On real API servers: a tenant's objects are written as its ServiceAccount, and RBAC decides what that may do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import agent, daemon
from tests.support.fleet import config, document, policy, secret, selector
from tests.support.servers import ServerWorld, eventually

pytestmark = pytest.mark.members("m1")

RBAC = "/apis/rbac.authorization.k8s.io/v1"
TENANT = document(
    "Tenant",
    "team-a",
    "",
    api="reconciler.dev/v1alpha1",
    spec={
        "folders": ["teams/a"],
        "kinds": [{"apiGroups": [""], "kinds": ["ConfigMap", "Secret"]}],
        "namespaces": ["shop-*"],
        "clusters": {},
        "serviceAccount": {"namespace": "shop", "name": "deployer"},
    },
)
POLICIES = {
    "teams/a/policy.yaml": policy("configs", selector("ConfigMap", "settings"), "m1"),
    "teams/a/secrets.yaml": policy("secrets", selector("Secret"), "m1"),
}


def user(world: ServerWorld) -> str:
    return f"system:serviceaccount:{world.namespace}:deployer"


def granted(world: ServerWorld, resources: str = "configmaps") -> dict[str, Any]:
    return {"rules": [{"apiGroups": [""], "resources": [resources], "verbs": ["get", "create", "patch", "delete"]}]}


@pytest.fixture
def tenant(world: ServerWorld) -> ServerWorld:
    """Its account may write ConfigMaps in its namespace, and nothing else."""
    world.put_namespace("m1")
    world.put("m1", f"/api/v1/namespaces/{world.namespace}/serviceaccounts", document("ServiceAccount", "deployer"))
    role = {**json.loads(document("Role", "deployer", api="rbac.authorization.k8s.io/v1")), **granted(world)}
    world.put("m1", f"{RBAC}/namespaces/{world.namespace}/roles", json.dumps(role))
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"}
    subject = {"kind": "ServiceAccount", "name": "deployer", "namespace": world.namespace}
    binding = document("RoleBinding", "deployer", api="rbac.authorization.k8s.io/v1", roleRef=reference, subjects=[subject])
    world.put("m1", f"{RBAC}/namespaces/{world.namespace}/rolebindings", binding)
    world.commit({"platform/tenants.yaml": TENANT, **POLICIES}, "namespace.yaml")
    return world


def as_whom(world: ServerWorld, since: dict[str, int]) -> dict[str, str]:
    """By resource: the user as whom the program wrote it; empty for itself."""
    return {
        entry["objectRef"]["resource"]: entry.get("impersonatedUser", {}).get("username", "")
        for entry in world.planes["m1"].audited()[since["m1"] :]
        if entry.get("userAgent") == "reconciler" and entry["verb"] in ("patch", "delete", "create")
    }


def test_what_the_account_may_do_is_done_as_the_account(tenant: ServerWorld) -> None:
    since = tenant.audited_in_full()
    tenant.commit(
        {
            "teams/a/c.yaml": config("settings", value="1"),
            "platform/c.yaml": config("other"),
            "platform/p.yaml": policy("other", selector("ConfigMap", "other"), "m1"),
        }
    )
    ran = tenant.sync()
    assert ran.code == 0, ran.err
    tenant.audited_in_full()
    entries = tenant.planes["m1"].audited()[since["m1"] :]
    by_name = {
        entry["objectRef"]["name"]: entry.get("impersonatedUser", {}).get("username", "")
        for entry in entries
        if entry.get("userAgent") == "reconciler" and entry["verb"] == "patch" and entry["objectRef"]["resource"] == "configmaps"
    }
    assert by_name == {"settings": user(tenant), "other": ""}
    assert tenant.holders("configmaps", "settings") == ["m1"]

    tenant.edit("m1", "configmaps", "settings", {"data": {"value": "drifted"}})
    assert tenant.sync().code == 0
    assert tenant.get("m1", "configmaps", "settings")["data"] == {"value": "1"}
    tenant.commit({}, "teams/a/c.yaml")
    since = tenant.audited_in_full()
    assert tenant.sync().code == 0
    tenant.audited_in_full()
    assert tenant.holders("configmaps", "settings") == []
    assert as_whom(tenant, since)["configmaps"] == user(tenant)


def test_what_it_may_not_do_is_refused_by_the_server(tenant: ServerWorld) -> None:
    tenant.commit({"teams/a/c.yaml": config("settings", value="1"), "teams/a/s.yaml": secret("key", value="x")})
    ran = tenant.sync("--no-wait")
    assert ran.code == 3
    assert f'User "{user(tenant)}" cannot patch resource "secrets"' in ran.err
    assert (
        f"written as the ServiceAccount {tenant.namespace}/deployer (spec.serviceAccount). Grant this permission to it" in ran.err
    )
    assert (tenant.holders("configmaps", "settings"), tenant.holders("secrets", "key")) == (["m1"], [])
    dry = tenant.sync("--dry-run")
    assert f'User "{user(tenant)}" cannot patch resource "secrets"' in dry.out + dry.err


def test_the_server_knows_the_groups_of_the_account(tenant: ServerWorld) -> None:
    """Rights of `system:serviceaccounts:NAMESPACE` count, although no request states the group."""
    top = f"{RBAC}/namespaces/{tenant.namespace}"
    role = {**json.loads(document("Role", "group", api="rbac.authorization.k8s.io/v1")), **granted(tenant, "secrets")}
    tenant.put("m1", f"{top}/roles", json.dumps(role))
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "group"}
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"system:serviceaccounts:{tenant.namespace}"}
    binding = document("RoleBinding", "group", api="rbac.authorization.k8s.io/v1", roleRef=reference, subjects=[group])
    tenant.put("m1", f"{top}/rolebindings", binding)
    tenant.commit({"teams/a/s.yaml": secret("key", value="x")})
    eventually(lambda: tenant.sync("--no-wait").code == 0, seconds=60)
    assert tenant.holders("secrets", "key") == ["m1"]


def test_join_gives_the_right_to_impersonate_where_it_is_asked_for(tenant: ServerWorld) -> None:
    plane = tenant.planes["m1"]
    roles = [f"{RBAC}/namespaces/{tenant.namespace}/{kind}" for kind in ("roles", "rolebindings")]
    role = f"reconciler:{tenant.namespace}:impersonate"
    join = ("join", "m1", "--kubeconfig", str(plane.kubeconfig), "--namespace", tenant.namespace)
    (tenant.members / "m1.kubeconfig").unlink()
    assert tenant.run(*join).code == 0
    tenant.commit({"teams/a/c.yaml": config("settings", value="1")})
    try:
        ran = tenant.sync("--no-wait")
        assert ran.code == 3
        assert " cannot impersonate" in ran.err
        account = f"{tenant.namespace}/deployer"
        assert f"the verb impersonate on the ServiceAccount {account} in the member" in ran.err
        assert f"`reconciler join`, `install` and `register` do so with --impersonate {account}." in ran.err
        assert tenant.holders("configmaps", "settings") == []
        assert tenant.run(*join, "--impersonate", account).code == 0
        eventually(lambda: tenant.sync("--no-wait").code == 0, seconds=60)
        assert tenant.holders("configmaps", "settings") == ["m1"]
        assert tenant.run(*join).code == 0
        assert tenant.get("m1", roles[0], role)["rules"][0]["resourceNames"] == ["deployer"], "a later join leaves it"
    finally:
        left = tenant.run("unjoin", *join[1:], "--force")
    assert left.code == 0
    assert [tenant.get("m1", path, role) for path in roles] == [None, None]


def test_an_agent_writes_as_the_account(tenant: ServerWorld, tmp_path: Path) -> None:
    plane = tenant.planes["m1"]
    (tenant.members / "m1.kubeconfig").unlink()
    pulled = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})
    tenant.commit({"clusters/m1.yaml": pulled})
    url = ["--repo", f"file://{tenant.repo.path}"]
    inside = [*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", str(plane.kubeconfig)]
    since = tenant.audited_in_full()
    with (
        daemon(tmp_path, *url, "--member-root", str(tenant.members), "--cache", str(tmp_path / "leader")),
        agent(tmp_path, "m1", *inside),
    ):
        eventually(lambda: b"m1" in tenant.status_branch().get("revision.yaml", b"") or tenant.status_branch(), seconds=60)
        tenant.commit({"teams/a/c.yaml": config("settings", value="1"), "teams/a/x.yaml": config("x", "other")})
        eventually(lambda: tenant.holders("configmaps", "settings") == ["m1"], seconds=60)
    tenant.audited_in_full()
    assert as_whom(tenant, since)["configmaps"] == user(tenant)
