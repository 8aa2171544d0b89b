"""A member that can be cut off: a relay of bytes in front of its API server, which takes connections or refuses them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Relay:
    """Listens on a port of its own at 127.0.0.1 until `close`; TLS goes through it unseen."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.restore()

    @property
    def down(self) -> bool:
        return self._listener is None

    def cut(self) -> None:
        """From now on connections are refused, and whoever was connected is not any more."""
        if self._listener is not None:
            _hang_up(self._listener)
            self._listener = None
        for one in list(self._open):
            _hang_up(one)

    def restore(self) -> None:
        """Takes connections, on the same port as before."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    close = cut

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # The listener was closed.
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(self._target)
                except OSError:
                    client.close()
                    continue
                self._open |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(65536):
                sink.sendall(block)
        for one in (source, sink):
            _hang_up(one)
            self._open.discard(one)


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
