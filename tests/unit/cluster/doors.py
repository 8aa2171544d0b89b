"""An `Api` to a server of `tests/support/apiserver.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reconciler.cluster.api_client import Api
from reconciler.cluster.connection import Connection, always, tls_of
from tests.support.apiserver import FakeServer


@asynccontextmanager
async def api_of(server: FakeServer, *tokens: str) -> AsyncIterator[Api]:
    """tokens: one for each time that it connects; the last one stays."""
    left = list(tokens) or ["token"]

    async def connect() -> Connection:
        return Connection(server.url, tls_of(), always(f"Bearer {left.pop(0) if len(left) > 1 else left[0]}"))

    api = Api("m1", connect)
    try:
        yield api
    finally:
        await api.close()
