"""Git over HTTP on loopback, with a password: `git http-backend` behind the standard library's server."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.support.gitrepo import ISOLATION


class _Handler(BaseHTTPRequestHandler):
    root: Path
    expected: str
    status: int | None = None

    def do_GET(self) -> None:
        if self.status is not None:
            self._answer(self.status, [], b"")
        elif self.headers.get("Authorization") != self.expected:
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


@contextmanager
def serve(root: Path, user: str, password: str, *, status: int | None = None) -> Iterator[str]:
    """`host:port` of a server of the repositories below `root`; with `status` it answers nothing but that."""
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    handler = type("Handler", (_Handler,), {"root": root, "expected": expected, "status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
