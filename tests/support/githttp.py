"""Git over HTTP or HTTPS on loopback, with a login: `git http-backend` behind the standard library's server."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

from tests.support.gitrepo import ISOLATION


class _Handler(BaseHTTPRequestHandler):
    root: Path
    expected: tuple[str, ...]
    """Headers Authorization of which a request must have one."""
    status: int | None = None
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.requests.append(f"{self.command} {self.path}")
        if self.status is not None:
            self._answer(self.status, [], b"")
        elif self.headers.get("Authorization", "") not in self.expected:
            self._answer(401, [("WWW-Authenticate", 'Basic realm="test"')], b"")
        else:
            self._run_backend()

    do_POST = do_GET  # noqa: N815

    def _run_backend(self) -> None:
        path, _, query = self.path.partition("?")
        environment = os.environ | ISOLATION | {
            "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "test",
            "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in head.decode().splitlines())]
        status = int(next((value for name, value in headers if name == "Status"), "200").split()[0])
        self._answer(status, headers, content)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Tests read errors, not access logs."""


def basic(user: str, password: str) -> str:
    """The header of a login."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@contextmanager
def serve(root: Path, user: str, password: str, *, status: int | None = None) -> Iterator[str]:
    """`host:port` of a server of the repositories below `root`; with `status` it answers nothing but that."""
    with serve_with(root, basic(user, password), status=status) as (address, _):
        yield address


@contextmanager
def serve_with(
    root: Path, expected: str, *, status: int | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, type[_Handler]]]:
    """As `serve`, for any header Authorization; none where it is empty. The class that it yields can be told to expect
    others from now on."""
    handler = type("Handler", (_Handler,), {"root": root, "expected": (expected,), "status": status, "requests": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", handler
        finally:
            server.shutdown()
            thread.join()
