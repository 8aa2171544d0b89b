"""The objects of an agent: the credential is in its Secret alone, and Git may listen on another port than usual."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.install.owned import path_of
from reconciler.install.request import RepositoryAccess
from reconciler.model.keys import ClusterName
from reconciler.register.manifests import manifests
from reconciler.register.request import AgentRequest

URL = "https://git.example.com/team/config.git"


def objects(url: str = URL, password: bytes = b"", **request: Any) -> dict[str, Any]:
    credentials = {"username": b"edge", "password": password} if password else {}
    return {
        one["kind"]: one
        for one in manifests(AgentRequest(ClusterName("edge-1"), RepositoryAccess(url, credentials=credentials), **request))
    }


def test_a_credential_is_in_its_secret_only_so_another_one_needs_no_other_pod() -> None:
    first, second = objects(password=b"hush1"), objects(password=b"hush2")
    assert [path_of(first[kind]) for kind in first if first[kind] != second[kind]] == [
        "/api/v1/namespaces/reconciler-system/secrets/reconciler-agent-git"
    ]
    assert "hush" not in repr(AgentRequest(ClusterName("edge-1"), RepositoryAccess(URL, credentials={"password": b"hush"})))


def test_an_agent_follows_another_status_branch_where_the_leader_records_there() -> None:
    arguments = objects(status_branch="blue/status")["Deployment"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert arguments[:2] == ["agent", "edge-1"]
    assert "--status-branch=blue/status" in arguments
    assert not any("status-branch" in one for one in objects()["Deployment"]["spec"]["template"]["spec"]["containers"][0]["args"])


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        (URL, [22, 443, 6443]),
        ("git@git.example.com:team/config.git", [22, 443, 6443]),
        ("https://git.example.com:443/team/config.git", [22, 443, 6443]),
        ("https://git.example.com:3000/team/config.git", [22, 443, 6443, 3000]),
        ("ssh://git@git.example.com:2222/team/config.git", [22, 443, 6443, 2222]),
        ("http://git.example.com/team/config.git", [22, 443, 6443, 80]),
    ],
)
def test_the_network_policy_lets_out_to_the_port_of_git(url: str, ports: list[int]) -> None:
    _, rule = objects(url)["NetworkPolicy"]["spec"]["egress"]
    assert [one["port"] for one in rule["ports"]] == ports
