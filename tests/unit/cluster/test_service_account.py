"""The credential of a Pod, as the kubelet mounts it and renews it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reconciler.cluster import service_account
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.service_account import connection_of_pod
from tests.support.certificates import Authority
from tests.support.virtual_time import in_virtual_time

ADDRESS = "10.0.0.1:443"


@pytest.fixture
def volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "token").write_text("first\n")
    (tmp_path / "ca.crt").write_bytes(Authority().pem)
    monkeypatch.setattr(service_account, "FOLDER", tmp_path)
    return tmp_path


@in_virtual_time
async def test_a_token_that_was_renewed_is_used_within_a_minute(volume: Path) -> None:
    connection = await connection_of_pod(ADDRESS)
    assert (connection.host, connection.is_verified) == (f"https://{ADDRESS}", True)
    assert len(connection.tls.get_ca_certs()) == 1, "no other authority than that of the cluster"
    (volume / "token").write_text("second")
    assert await connection.authorization() == "Bearer first"
    await asyncio.sleep(60)
    assert await connection.authorization() == "Bearer second"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("token", None, "No such file"),
        ("token", "", "is empty"),
        ("ca.crt", None, "No such file"),
        ("ca.crt", "no certificate", "no certificate"),
    ],
)
async def test_what_is_missing_is_named(volume: Path, name: str, content: str | None, said: str) -> None:
    (volume / name).unlink()
    if content is not None:
        (volume / name).write_text(content)
    with pytest.raises(MemberError) as refused:
        await connection_of_pod(ADDRESS)
    assert str(volume / name) in refused.value.message
    assert said.casefold() in refused.value.message.casefold()
    assert "--host-kubeconfig" in refused.value.remedy


async def test_outside_of_a_pod(volume: Path) -> None:
    with pytest.raises(MemberError, match="no API server in the environment"):
        await connection_of_pod("")
