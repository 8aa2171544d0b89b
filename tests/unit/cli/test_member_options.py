"""The way of `register` and `unregister` to the member."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reconciler.cli.member_options import MemberAccess
from reconciler.cluster import service_account
from reconciler.cluster.member_protocol import MemberUnreachableError
from tests.support.certificates import Authority


async def test_in_a_pod_it_asks_the_api_server_of_that_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("token")
    (tmp_path / "ca.crt").write_bytes(Authority().pem)
    monkeypatch.setattr(service_account, "FOLDER", tmp_path)
    asked = asyncio.Event()
    server = await asyncio.start_server(lambda _, writer: (asked.set(), writer.close())[1], "127.0.0.1", 0)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.sockets[0].getsockname()[1]))
    member = MemberAccess(None, "", in_cluster=True, allow_insecure=False).connection("edge-1", needed=True)
    assert member is not None
    async with server:
        with pytest.raises(MemberUnreachableError):  # It speaks no TLS.
            async with member as api:
                await api.request("GET", "/version")
    assert asked.is_set()
