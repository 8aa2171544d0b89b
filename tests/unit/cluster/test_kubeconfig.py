"""One context of a kubeconfig file."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.kubeconfig import Context, read_kubeconfig
from reconciler.cluster.member_protocol import MemberError


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FILE: dict[str, Any] = {
    "kind": "Config",
    "current-context": "one",
    "contexts": [
        {"name": "one", "context": {"cluster": "a", "user": "x"}},
        {"name": "two", "context": {"cluster": "b", "user": "y", "namespace": "shop"}},
        {"name": "half", "context": {"cluster": "a"}},
        {"name": "lost", "context": {"cluster": "nowhere", "user": "x"}},
    ],
    "clusters": [
        {"name": "a", "cluster": {"server": "https://a", "certificate-authority-data": encoded("ca of a")}},
        {"name": "b", "cluster": {"server": "https://b", "certificate-authority": "ca.crt"}},
    ],
    "users": [
        {"name": "x", "user": {"token": "t"}},
        {"name": "y", "user": {"client-certificate-data": encoded("certificate"), "client-key-data": encoded("key")}},
    ],
}


def written(folder: Path, document: Any = FILE, text: str = "") -> Path:
    place = folder / "kubeconfig"
    place.write_text(text or json.dumps(document))
    return place


@pytest.mark.parametrize(
    ("context", "server"), [("", "https://a"), ("one", "https://a"), ("two", "https://b"), ("half", "https://a")]
)
def test_the_context_that_is_named_or_the_current_one(tmp_path: Path, context: str, server: str) -> None:
    assert read_kubeconfig("m1", written(tmp_path), context).cluster["server"] == server


def test_a_context_without_a_user_presents_nothing(tmp_path: Path) -> None:
    assert read_kubeconfig("m1", written(tmp_path), "half").user == {}


@pytest.mark.parametrize(
    "text",
    ["", "- a\n", "text", "kind: [", "a: b\n---\nc: d\n", "kind: Secret\n", "kind: Config\nmetadata: {name: x}\n", "\x00\x01"],
)
def test_what_is_no_kubeconfig_is_refused_without_its_content(tmp_path: Path, text: str) -> None:
    place = written(tmp_path, text=text or "\n")
    with pytest.raises(MemberError) as refused:
        read_kubeconfig("m1", place, "")
    assert refused.value.message.startswith(f"m1: {place} ")
    assert refused.value.remedy


@pytest.mark.parametrize("place", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(MemberError, match=f"the kubeconfig {tmp_path / place} cannot be read"):
        read_kubeconfig("m1", tmp_path / place, "")


@pytest.mark.parametrize(("user", "runs"), [({"token": "t"}, False), ({"exec": {}}, True), ({"auth-provider": None}, True)])
def test_what_runs_a_program(user: dict[str, Any], runs: bool) -> None:
    assert Context({}, user).runs_program is runs


@pytest.mark.parametrize(
    ("cluster", "anyone"),
    [
        ({"server": "https://a"}, False),
        ({"server": "http://a"}, True),
        ({"server": "HTTPS://a"}, True),
        ({}, True),
        ({"server": 3}, True),
        ({"server": "https://a", "insecure-skip-tls-verify": True}, True),
        ({"server": "https://a", "insecure-skip-tls-verify": False}, False),
    ],
)
def test_what_does_not_check_who_answers(cluster: dict[str, Any], anyone: bool) -> None:
    assert Context(cluster, {}).is_insecure is anyone


def test_certificates_become_files_that_nobody_else_reads(tmp_path: Path) -> None:
    """Python reads them from files only; everything else of the file is left behind."""
    chosen = read_kubeconfig("m1", written(tmp_path), "two")
    (tmp_path / "out").mkdir()
    document = chosen.with_files(tmp_path / "out")
    ((user,), (cluster,)) = (document[section] for section in ("users", "clusters"))
    assert cluster["cluster"] == {"server": "https://b", "certificate-authority": "ca.crt"}
    assert {name: Path(path).read_text() for name, path in user["user"].items()} == {
        "client-certificate": "certificate", "client-key": "key",
    }  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}
    assert [context["name"] for context in document["contexts"]] == [document["current-context"]]
