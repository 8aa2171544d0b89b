"""Places to which a credential may or may not go."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest


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
