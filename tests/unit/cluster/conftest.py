"""API servers of one test, and places to which a credential may or may not go."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from reconciler.cluster.api_client import Api
from tests.support.apiserver import FakeServer, serving
from tests.unit.cluster.doors import api_of


class Listener:
    """A place where somebody might knock."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = "{}:{}".format(*self._socket.getsockname())

    @property
    def knocked(self) -> bool:
        try:
            connection, _ = self._socket.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def good() -> Iterator[Listener]:
    """Where the credential's server is."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def evil() -> Iterator[Listener]:
    """Where it must never go; a pull request names it."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        yield started


@pytest.fixture
async def api(server: FakeServer) -> AsyncIterator[Api]:
    async with api_of(server) as opened:
        yield opened
