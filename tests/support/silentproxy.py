"""A TCP proxy that can fall silent: connections stay open and nothing passes, as behind a router that lost its table."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class SilentProxy:
    """Forwards what arrives at `port` to another port on loopback."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._dead: set[socket.socket] = set()
        self._silent = False
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Nothing passes any more, neither on open connections nor on new ones, which are accepted."""
        self._silent = True
        self._dead.update(one for pair in self._pairs for one in pair)

    def speak(self) -> None:
        """New connections work again. The old ones stay as they are."""
        self._silent = False

    def close(self) -> None:
        self._listener.close()
        for one in (one for pair in self._pairs for one in pair):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._pairs.append((client, server))
                if self._silent:
                    self._dead.update((client, server))
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if source not in self._dead:
                    target.sendall(piece)
        if source not in self._dead:
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)


@contextmanager
def silent_proxy(url: str) -> Iterator[SilentProxy]:
    """url: of a server on loopback."""
    proxy = SilentProxy(int(url.rpartition(":")[2]))
    try:
        yield proxy
    finally:
        proxy.close()
