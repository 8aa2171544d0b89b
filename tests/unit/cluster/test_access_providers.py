"""Which program gets the credential of a ClusterProfile: the operator says it, and nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.access import Access
from reconciler.cluster.access_providers import AccessProvider, chosen, read_providers
from reconciler.cluster.cluster_profiles import client_of_profile
from reconciler.cluster.credential_program import CredentialProgram, exec_request
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.not_configured import missing_means
from reconciler.model.cluster import PROFILE_ANNOTATION, Cluster
from reconciler.model.keys import ClusterName
from tests.support.inventory import profile

V1 = "client.authentication.k8s.io/v1"
M1 = Cluster(ClusterName("m1"), annotations={PROFILE_ANNOTATION: "fleet/m1"})


def providers(folder: Path, *named: dict[str, Any]) -> Path:
    file = folder / "providers.json"
    file.write_text(json.dumps({"providers": list(named)}))
    return file


def running(command: str, *args: str, name: str = "token-file", **more: Any) -> dict[str, Any]:
    return {"name": name, "execConfig": {"apiVersion": V1, "command": command, "args": list(args)}, **more}


def printing(*lines: str) -> AccessProvider:
    return AccessProvider("p", "/bin/sh", ("-c", "\n".join(lines)))


def credential(**status: Any) -> str:
    return json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": status})


def test_the_first_provider_of_the_file_that_the_profile_names_counts(tmp_path: Path) -> None:
    read = read_providers(providers(tmp_path, running("a", name="other"), running("b", "--x", name="second"), running("c")))
    found = profile("m1", accessProviders=[{"name": "token-file"}, {"name": "second", "cluster": {"server": "https://s"}}])
    choice = chosen(read, found)
    assert choice is not None
    assert (choice[0].command, choice[0].args, choice[1]) == ("b", ("--x",), {"server": "https://s"})
    assert chosen(read[:1], found) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{}", "names no access providers"),
        ('{"providers": [{"name": "x"}]}', "lacks its name or its command"),
        (
            json.dumps({"providers": [running("x", profileSourcedCLIArgsPolicy="Append")]}),
            "profileSourcedCLIArgsPolicy of token-file lets ClusterProfiles say what a program does",
        ),
    ],
)
def test_a_file_that_is_not_one_is_refused(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(MemberError, match=why):
        read_providers(tmp_path / "p.json")
    with pytest.raises(MemberError, match="cannot be read"):
        read_providers(tmp_path / "none.json")


async def test_no_program_runs_without_leave(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    file = providers(tmp_path, running("/usr/bin/touch", str(ran)))
    for access in (Access(), Access(allow_exec=True), Access(access_providers=file)):
        assert missing_means(M1, access)[0] == "a program gets the credential for its ClusterProfile"
        with pytest.raises(MemberError, match="a program gets the credential") as refused:
            await client_of_profile(M1, profile("m1"), access)
        assert "--allow-exec" in refused.value.remedy or access.allow_exec
    assert not ran.exists()


async def test_what_a_profile_says_beyond_its_server_has_no_effect(tmp_path: Path) -> None:
    """It adds arguments, names files, or goes without TLS."""
    access = Access(allow_exec=True, access_providers=providers(tmp_path, running("/bin/echo", credential(token="t"))))
    for server, why in (
        ({"server": "http://evil.example.com"}, "does not verify the server"),
        ({"server": "https://m1", "insecure-skip-tls-verify": True}, "does not verify the server"),
        ({"server": "https://m1", "certificate-authority": "/etc/passwd"}, "names files of this machine"),
    ):
        found = profile("m1", accessProviders=[{"name": "token-file", "cluster": server}])
        with pytest.raises(MemberError, match=why):
            await client_of_profile(M1, found, access)
    added = [{"name": "clusterprofiles.multicluster.x-k8s.io/exec/additional-args", "extension": ["--evil"]}]
    server = {"server": "https://m1.example.com", "extensions": added}
    found = profile("m1", accessProviders=[{"name": "token-file", "cluster": server}])
    client = await client_of_profile(M1, found, access)
    assert (client.host, await client.authorization()) == ("https://m1.example.com", "Bearer t")
    moved = Cluster(M1.name, annotations=M1.annotations, api_endpoint="https://other.example.com")
    with pytest.raises(MemberError, match="its credential is for https://m1"):
        await client_of_profile(moved, found, access)


def test_a_program_gets_the_cluster_where_the_operator_says_so() -> None:
    extensions = [{"name": "client.authentication.k8s.io/exec", "extension": {"region": "eu"}}]
    server = {
        "server": "https://s",
        "certificate-authority-data": "Q0E=",
        "certificate-authority": "/x",
        "extensions": extensions,
    }
    told = exec_request(AccessProvider("p", "c", gets_cluster=True), server)["spec"]["cluster"]
    assert told == {"server": "https://s", "certificate-authority-data": "Q0E=", "config": {"region": "eu"}}
    assert exec_request(AccessProvider("p", "c"), server)["spec"] == {"interactive": False}


@pytest.mark.parametrize(
    ("provider", "why"),
    [
        (AccessProvider("p", "/nonexistent"), "cannot be started"),
        (printing("echo refused >&2; exit 3"), "ended with 3: refused"),
        (printing("echo nothing"), "printed no ExecCredential"),
        (printing(f"echo '{credential()}'"), "neither a token nor a certificate"),
        (AccessProvider("p", "/bin/echo", (credential(token="t"),), (), "client.authentication.k8s.io/v1beta1"), "v1beta1"),
    ],
)
async def test_a_program_that_gives_no_credential_is_told(provider: AccessProvider, why: str) -> None:
    with pytest.raises(MemberError, match=why):
        await CredentialProgram("m1", provider, {}).run()


async def test_a_token_is_renewed_before_it_expires(tmp_path: Path) -> None:
    file = tmp_path / "count"
    old, new = (
        credential(token=name, expirationTimestamp=f"{year}-01-01T00:00:00Z") for name, year in (("a", 2000), ("b", 2999))
    )
    provider = printing(f"test -e {file} && echo '{new}' || echo '{old}'", f"touch {file}")
    program = CredentialProgram("m1", provider, {})
    assert (await program.run()).token == "a"
    assert [await program.authorization(), await program.authorization()] == ["Bearer b", "Bearer b"]
