"""The one request of GitHub's API that a GitHub App makes, answered on loopback as GitHub documents it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt


@dataclass
class GitHubApi:
    public_key: bytes
    port: int = 0
    claims: list[dict[str, Any]] = field(default_factory=list)
    """Of the requests with a valid signature."""
    lifetime: timedelta = timedelta(hours=1)
    """Of the next token."""
    status: int = 201
    """Of the next answers."""
    token: str = ""
    """The last one."""

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, Any]]:
        if path != "/api/v3/app/installations/99/access_tokens":
            return 404, {"message": "Not Found"}
        try:
            claims = jwt.decode(authorization.removeprefix("Bearer "), self.public_key, algorithms=["RS256"], issuer="Iv1.7")
        except jwt.PyJWTError:
            return 401, {"message": "A JSON web token could not be decoded"}
        if self.status != 201:
            return self.status, {"message": f"Refused for {authorization}"}
        self.claims.append(claims)
        self.token = f"ghs_{len(self.claims)}"
        ends = datetime.now(UTC) + self.lifetime
        return 201, {"token": self.token, "expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}", "permissions": {"contents": "write"}}


@contextmanager
def serve_github(public_key: bytes, tls: ssl.SSLContext) -> Iterator[GitHubApi]:
    api = GitHubApi(public_key)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, content = api.answer(self.path, self.headers.get("Authorization", ""))
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests read the claims."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        api.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
