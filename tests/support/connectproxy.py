"""An HTTP proxy on loopback that passes on what `CONNECT` asks for, to one port whatever the name."""

from __future__ import annotations

import base64
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    login: str
    target: int
    asked: list[str]
    demanded: Mapping[str, list[str]]

    def do_CONNECT(self) -> None:
        expected = "Basic " + base64.b64encode(self.login.encode()).decode() if self.login else None
        others = all(self.headers.get_all(name) == values for name, values in self.demanded.items())
        if self.headers.get("Proxy-Authorization") != expected or not others:
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.asked.append(self.path)
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            self._pump(server)

    def _pump(self, server: socket.socket) -> None:
        ends = {self.connection: server, server: self.connection}
        with suppress(OSError):
            while True:
                for source in select.select(list(ends), [], [])[0]:
                    piece = source.recv(65536)
                    if not piece:
                        return
                    ends[source].sendall(piece)

    def log_message(self, *_: object) -> None:
        """Tests read `asked`, not access logs."""


@contextmanager
def connect_proxy(
    target: int, login: str = "", demanded: Mapping[str, list[str]] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """(port, addresses that were asked for). target: the port that all get. login: `user:password` that it demands.

    demanded: headers with their values, without which it refuses, too.
    """
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"login": login, "target": target, "asked": asked, "demanded": demanded or {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()
