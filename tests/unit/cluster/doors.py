"""An `Api` to a server of `tests/support/apiserver.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from reconciler.cluster.api_client import Api
from tests.support.apiserver import FakeServer


@asynccontextmanager
async def api_of(server: FakeServer, *tokens: str) -> AsyncIterator[Api]:
    """tokens: one for each time that it connects; the last one stays."""
    left = list(tokens) or ["token"]

    async def connect() -> ApiClient:
        configuration = Configuration(host=server.url)
        configuration.api_key["BearerToken"] = f"Bearer {left.pop(0) if len(left) > 1 else left[0]}"
        return ApiClient(configuration)

    api = Api("m1", connect)
    try:
        yield api
    finally:
        await api.close()
