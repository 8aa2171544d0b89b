"""Nothing that a pull request can write sends a credential elsewhere, reads the host's files or runs a program.

Each refusal is proved with sockets that listen where the credential could have gone: nobody ever knocks.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import certifi
import pytest

from reconciler.cluster.access import Access, Host
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.servers import Servers
from reconciler.load.parse import parse_cluster
from reconciler.model.cluster import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION, Cluster
from reconciler.model.keys import ClusterName
from tests.support.apiserver import FakeServer, fails, says, serving
from tests.unit.cluster.conftest import Listener

TOKEN = "secret-token"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "members"
    root.mkdir()
    return root


def kubeconfig(server: str, *, user: dict[str, Any] | None = None, **cluster: Any) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "main",
            "contexts": [
                {"name": "main", "context": {"cluster": "main", "user": "me"}},
                {"name": "nobody", "context": {"cluster": "main", "user": "unknown"}},
            ],
            "clusters": [{"name": "main", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "me", "user": user or {"token": TOKEN}}],
        }
    )


def declared(named: str = "m1.kubeconfig", /, endpoint: str = "", secret: str = "", context: str = "") -> Cluster:
    """As `load` reads it from a Cluster file."""
    annotations = {KUBECONFIG_ANNOTATION: named} if named else {}
    annotations |= {CONTEXT_ANNOTATION: context} if context else {}
    spec: dict[str, Any] = {"apiEndpoint": endpoint} if endpoint else {}
    if secret:
        spec["secretRef"] = dict(zip(("namespace", "name"), secret.split("/"), strict=True))
    return parse_cluster({"metadata": {"name": "m1", "annotations": annotations}, "spec": spec})


async def discover(cluster: Cluster, access: Access) -> None:
    """Opens a member and asks it for something."""
    servers = Servers(access)
    try:
        member = servers.open(cluster, "reconciler")
        try:
            await member.discover()
        finally:
            await member.close()
    finally:
        await servers.close()


async def refusal(cluster: Cluster, access: Access) -> str:
    """Why the member cannot be reached, with the remedy."""
    with pytest.raises(MemberError) as refused:
        await discover(cluster, access)
    assert TOKEN not in str(refused.value)
    assert refused.value.remedy
    return str(refused.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("insecure", [False, True])
async def test_an_endpoint_that_differs_is_refused_before_anything_is_sent(
    root: Path, good: Listener, evil: Listener, scheme: str, insecure: bool
) -> None:
    (root / "m1.kubeconfig").write_text(kubeconfig(f"https://{good.address}"))
    access = Access(root, allow_insecure=insecure)
    for endpoint in (f"{scheme}://{evil.address}", f"https://{good.address}@{evil.address}", f"https://{good.address}/../x"):
        assert "its credential is for" in await refusal(declared(endpoint=endpoint), access)
    assert (good.knocked, evil.knocked) == (False, False)


OUTSIDE = {
    "up and out": "../outside.kubeconfig",
    "down, up and out": "a/../../outside.kubeconfig",
    "an absolute path": "{folder}/outside.kubeconfig",
    "a link": "link.kubeconfig",
    "a folder that is a link": "folder/outside.kubeconfig",
    "a link to a link": "link-to-link",
    "the process's own files": "/proc/self/environ",
}


@pytest.mark.parametrize("way", OUTSIDE)
async def test_no_file_outside_the_member_root_is_read(tmp_path: Path, root: Path, good: Listener, way: str) -> None:
    (tmp_path / "outside.kubeconfig").write_text(kubeconfig(f"https://{good.address}"))
    (root / "a").mkdir()
    (root / "link.kubeconfig").symlink_to(tmp_path / "outside.kubeconfig")
    (root / "link-to-link").symlink_to(root / "link.kubeconfig")
    (root / "folder").symlink_to(tmp_path)
    said = await refusal(declared(OUTSIDE[way].format(folder=tmp_path)), Access(root))
    assert "is outside the member root" in said
    assert not good.knocked


async def test_without_a_member_root_there_are_no_such_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: Listener
) -> None:
    (tmp_path / "m1.kubeconfig").write_text(kubeconfig(f"https://{good.address}"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "m1.kubeconfig"))
    assert "--member-root" in await refusal(declared(), Access())
    assert not good.knocked


POSING: dict[str, Any] = {
    "a rendered object": {"metadata": {"name": "x"}},
    "an object of that kind": {"kind": "Config", "metadata": {"name": "x", "namespace": "shop"}},
    "another kind": {"kind": "ConfigMap"},
}


@pytest.mark.parametrize("pose", POSING)
async def test_a_rendered_manifest_does_not_pose_as_a_kubeconfig(root: Path, good: Listener, pose: str) -> None:
    """Directory members lie below the same root, and a pull request decides what is written there."""
    file = root / "m2" / "shop" / "Config" / "x.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(json.loads(kubeconfig(f"https://{good.address}")) | POSING[pose]))
    assert "is not a kubeconfig" in await refusal(declared("m2/shop/Config/x.yaml"), Access(root))
    assert not good.knocked


async def test_a_file_of_several_documents_is_no_kubeconfig(root: Path, good: Listener) -> None:
    (root / "m1.kubeconfig").write_text("a: b\n---\n" + kubeconfig(f"https://{good.address}"))
    assert "is not a kubeconfig" in await refusal(declared(), Access(root))


PROGRAMS: dict[str, Any] = {
    "exec": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "{program}", "interactiveMode": "Never"}},
    "auth-provider": {"auth-provider": {"name": "gcp", "config": {"cmd-path": "{program}", "cmd-args": "x"}}},
    "both a token and exec": {
        "token": TOKEN, "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "{program}"},
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", PROGRAMS)
async def test_no_program_runs_without_leave(tmp_path: Path, root: Path, good: Listener, kind: str) -> None:
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    user = json.loads(json.dumps(PROGRAMS[kind]).replace("{program}", str(program)))
    (root / "m1.kubeconfig").write_text(kubeconfig(f"https://{good.address}", user=user))
    said = await refusal(declared(), Access(root))
    assert "--allow-exec" in said
    assert (ran.exists(), good.knocked) == (False, False)


async def test_a_program_runs_with_leave(tmp_path: Path, root: Path) -> None:
    program = tmp_path / "program"
    api = "client.authentication.k8s.io/v1"
    credential = {"apiVersion": api, "kind": "ExecCredential", "status": {"token": TOKEN}}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(credential)}'\n")
    program.chmod(0o755)
    user = {"exec": {"apiVersion": api, "command": str(program), "interactiveMode": "Never"}}
    async with serving() as server:
        (root / "m1.kubeconfig").write_text(kubeconfig(server.url, user=user))
        await reach(declared(), Access(root, allow_exec=True, allow_insecure=True), server)
        assert server.tokens == [f"Bearer {TOKEN}"]


async def reach(cluster: Cluster, access: Access, server: FakeServer) -> None:
    """Asks the member for something."""
    server.answer("GET /version", says({"gitVersion": "v1"}))
    servers = Servers(access)
    member = servers.open(cluster, "reconciler")
    try:
        await member.api.request("GET", "/version")
    finally:
        await member.close()
        await servers.close()


@pytest.mark.parametrize(
    ("scheme", "more"), [("http", {}), ("https", {"insecure-skip-tls-verify": True}), ("HTTP", {}), ("ftp", {})]
)
async def test_who_answers_is_checked_unless_there_is_leave(
    root: Path, good: Listener, scheme: str, more: dict[str, Any]
) -> None:
    (root / "m1.kubeconfig").write_text(kubeconfig(f"{scheme}://{good.address}", **more))
    said = await refusal(declared(), Access(root))
    assert "--allow-insecure" in said
    assert not good.knocked


async def test_an_unknown_context_is_refused(root: Path, good: Listener) -> None:
    (root / "m1.kubeconfig").write_text(kubeconfig(f"https://{good.address}"))
    assert "has no context 'other'" in await refusal(declared(context="other"), Access(root))
    assert not good.knocked


async def test_a_context_without_a_user_sends_nothing_of_somebody_elses(root: Path) -> None:
    async with serving() as server:
        (root / "m1.kubeconfig").write_text(kubeconfig(server.url))
        await reach(declared(context="nobody"), Access(root, allow_insecure=True), server)
        assert server.tokens == [""]


async def test_nothing_is_taken_from_the_environment(root: Path, evil: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://{evil.address}")
    async with serving() as server:
        (root / "m1.kubeconfig").write_text(kubeconfig(server.url))
        await reach(declared(), Access(root, allow_insecure=True), server)
        assert server.tokens == [f"Bearer {TOKEN}"]
    assert not evil.knocked


async def test_a_redirection_does_not_carry_the_token_elsewhere(root: Path) -> None:
    async with serving() as server, serving() as elsewhere:
        (root / "m1.kubeconfig").write_text(kubeconfig(server.url))
        server.answer("GET /api", fails(307, Location=f"{elsewhere.url}/api"))
        servers = Servers(Access(root, allow_insecure=True))
        member = servers.open(declared(), "reconciler")
        with pytest.raises(MemberError):
            await member.api.request("GET", "/api")
        await member.close()
        assert (server.tokens, elsewhere.tokens) == ([f"Bearer {TOKEN}"], [])


# Secrets of the host cluster


def secret(**values: str) -> dict[str, Any]:
    encoded = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "m1", "namespace": "karmada-cluster"}, "data": encoded}


async def refused_secret(tmp_path: Path, document: Any, cluster: Cluster, **access: Any) -> str:
    """Why a credential of the host cluster is not used."""
    async with serving() as host:
        host.answer("GET /api/v1/namespaces/karmada-cluster/secrets/m1", says(document))
        file = tmp_path / "host.kubeconfig"
        file.write_text(kubeconfig(host.url))
        return await refusal(cluster, Access(host=Host(file), allow_insecure=True, **access))


FROM_SECRET = "karmada-cluster/m1"


@pytest.mark.parametrize("missing", ["endpoint", "token", "caBundle"])
async def test_a_secret_has_to_say_everything(tmp_path: Path, good: Listener, evil: Listener, missing: str) -> None:
    """Karmada's own names no server: the Cluster file would decide where the token goes."""
    values = {"endpoint": f"https://{good.address}", "token": TOKEN, "caBundle": "some"}
    values.pop(missing)
    said = await refused_secret(tmp_path, secret(**values), declared("", endpoint=f"https://{evil.address}", secret=FROM_SECRET))
    assert f"lacks {missing}" in said
    assert (good.knocked, evil.knocked) == (False, False)


async def test_a_secret_for_another_server_is_refused(tmp_path: Path, good: Listener, evil: Listener) -> None:
    document = secret(endpoint=f"https://{good.address}", token=TOKEN, caBundle=certifi.contents())
    said = await refused_secret(tmp_path, document, declared("", endpoint=f"https://{evil.address}", secret=FROM_SECRET))
    assert "its credential is for" in said
    assert (good.knocked, evil.knocked) == (False, False)


async def test_a_ca_that_is_none(tmp_path: Path, good: Listener) -> None:
    document = secret(endpoint=f"https://{good.address}", token=TOKEN, caBundle="nonsense")
    assert "cannot be read" in await refused_secret(tmp_path, document, declared("", secret=FROM_SECRET))
    assert not good.knocked


async def test_a_secret_that_is_not_what_it_should_be(tmp_path: Path) -> None:
    document = secret(endpoint="https://x", caBundle="y") | {}
    document["data"]["token"] = "%%%"
    said = await refused_secret(tmp_path, document, declared("", secret=FROM_SECRET))
    assert "token of its Secret is not base64-encoded text" in said


async def test_a_secret_that_cannot_be_read(tmp_path: Path) -> None:
    async with serving() as host:
        host.answer("GET /api/v1/namespaces/karmada-cluster/secrets/m1", fails(403, 'User "x" cannot get resource "secrets"'))
        file = tmp_path / "host.kubeconfig"
        file.write_text(kubeconfig(host.url))
        said = await refusal(declared("", secret=FROM_SECRET), Access(host=Host(file), allow_insecure=True))
        assert "the Secret karmada-cluster/m1 with its credential cannot be read" in said


async def test_without_a_host_cluster_no_secret_is_looked_for() -> None:
    assert "there is no host cluster for the credentials" in await refusal(declared("", secret=FROM_SECRET), Access())


async def test_a_cluster_without_a_credential_gets_none(tmp_path: Path, evil: Listener) -> None:
    """Not the host's own either, unless it is the one that whoever started the process named."""
    file = tmp_path / "host.kubeconfig"
    file.write_text(kubeconfig(f"https://{evil.address}"))
    access = Access(host=Host(file), host_member=ClusterName("another"))
    assert "names no credential" in await refusal(declared(""), access)
    assert not evil.knocked


async def test_the_hosts_own_credential_goes_to_the_host_only(tmp_path: Path, evil: Listener) -> None:
    """Whatever the Cluster file of the host says."""
    async with serving() as host:
        file = tmp_path / "host.kubeconfig"
        file.write_text(kubeconfig(host.url))
        access = Access(host=Host(file), host_member=ClusterName("m1"), allow_insecure=True)
        await reach(declared("", endpoint=f"https://{evil.address}"), access, host)
        assert host.tokens == [f"Bearer {TOKEN}"]
    assert not evil.knocked
