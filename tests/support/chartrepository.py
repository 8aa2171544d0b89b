"""A chart repository on loopback: the files of a folder, with a login, redirects and faults as told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.support.ociregistry import SECRET, USER, basic


@dataclass
class ChartServer:
    folder: Path
    login: bool = False
    """Whether it asks for the user and password of `ociregistry`."""
    redirects: dict[str, str] = field(default_factory=dict)
    """Path → URL."""
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """Path → what it does in place of sending the file."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """(path, header Authorization) of each."""
    host: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        sent = handler.headers.get("Authorization", "")
        self.requests.append((handler.path, sent))
        if self.login and sent != basic(USER, SECRET):
            return answer(handler, 401)
        if handler.path in self.redirects:
            return answer(handler, 302, Location=self.redirects[handler.path])
        if handler.path in self.answers:
            return self.answers[handler.path](handler)
        file = self.folder / handler.path.lstrip("/")
        return answer(handler, 200, file.read_bytes()) if file.is_file() else answer(handler, 404)


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", *, length: int | None = None, **headers: str) -> None:
    """length: what it says of the body, if that is not true."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(folder: Path, *, login: bool = False) -> Iterator[ChartServer]:
    server = ChartServer(folder, login)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.handle(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Listener(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Clients that had enough are no news."""

    listener = Listener(("127.0.0.1", 0), Handler)
    server.host = f"127.0.0.1:{listener.server_address[1]}"
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
