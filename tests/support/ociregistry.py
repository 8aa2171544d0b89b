"""A real registry on loopback (github.com/distribution/distribution): open, with a login, or with a token server of its own.

with running(folder, auth=PASSWORD) as registry: registry.push(helm, archive)
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.controlplane.start import Part
from tests.parts.build import binary
from tests.support.certificates import Authority
from tests.support.helm import Helm

USER, SECRET = "ada", "only-on-loopback"
_HASH = "$2b$04$4uD02YyhWqVgntVVa4EcreSJ9xAWxwJ9P0pfPz3JAKk.PS/eg9/We"
"""Of the password, by bcrypt."""
PASSWORD: Mapping[str, Any] = {"htpasswd": {"realm": "registry"}}
"""The registry asks for user and password itself."""
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Registry:
    host: str
    """With its port."""
    folder: Path
    context: ssl.SSLContext | None = None
    """With TLS, what trusts it."""
    login: str = ""
    """The header Authorization of whoever pushes."""

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Mapping[str, str]]:
        """By other means than the code under test."""
        url = path if "://" in path else f"{'https' if self.context else 'http'}://{self.host}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.login:
            named["Authorization"] = self.login
        request = urllib.request.Request(url, body or None, named, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, context=self.context) as answer:  # noqa: S310 - loopback
            return answer.status, dict(answer.headers)

    def push_chart(self, helm: Helm, archive: Path) -> None:
        """As users do, below `charts`."""
        login = ("--username", USER, "--password", SECRET) if self.login else ()
        helm.done("push", str(archive), f"oci://{self.host}/charts", "--plain-http", *login)

    def push_blob(self, repository: str, content: bytes) -> dict[str, Any]:
        """What a manifest says of it, without its media type."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        _, headers = self.request("POST", f"/v2/{repository}/blobs/uploads/")
        place = headers["Location"]
        self.request(
            "PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", content, Content_Type="application/octet-stream"
        )
        return {"digest": digest, "size": len(content)}

    def push(self, repository: str, tag: str, layers: Mapping[str, bytes]) -> str:
        """An artifact of layers by media type; the digest of its manifest."""
        config = {"mediaType": "application/vnd.oci.empty.v1+json", **self.push_blob(repository, b"{}")}
        parts = [{"mediaType": kind, **self.push_blob(repository, content)} for kind, content in layers.items()]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": parts}
        _, headers = self.request(
            "PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(manifest).encode(), Content_Type=MANIFEST
        )
        return headers["Docker-Content-Digest"]

    def damage(self, digest: str, content: bytes) -> None:
        """Replaces a blob on the disk of the registry."""
        hexadecimal = digest.removeprefix("sha256:")
        (self.folder / f"docker/registry/v2/blobs/sha256/{hexadecimal[:2]}/{hexadecimal}/data").write_bytes(content)


@contextmanager
def running(folder: Path, *, auth: Mapping[str, Any] | None = None, authority: Authority | None = None) -> Iterator[Registry]:
    """auth: as in its configuration. authority: that of its certificate, for TLS. Raises BuildError, StartError."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    http: dict[str, Any] = {"addr": f"127.0.0.1:{port}", "secret": "test"}
    if authority is not None:
        for name, pem in zip(("certificate", "key"), authority.issue("registry.test"), strict=True):
            (folder / name).write_bytes(pem)
            http.setdefault("tls", {})[name] = str(folder / name)
    settings: dict[str, Any] = {"version": 0.1, "log": {"level": "info"}, "http": http}
    settings["storage"] = {"filesystem": {"rootdirectory": str(folder / "data")}}
    if auth is not None:
        (folder / "htpasswd").write_text(f"{USER}:{_HASH}\n")
        one = {"path": str(folder / "htpasswd")} if "htpasswd" in auth else {}
        settings["auth"] = {name: {**value, **one} for name, value in auth.items()}
    (folder / "registry.yaml").write_text(yaml.safe_dump(settings))
    part = Part("registry", [str(binary("registry")), "serve", str(folder / "registry.yaml")], folder / "registry.log")
    part.start()
    try:
        part.wait_until(lambda: _listens(port), "listening")
        context = ssl.create_default_context(cadata=authority.pem.decode()) if authority else None
        login = basic(USER, SECRET) if auth and "htpasswd" in auth else ""
        yield Registry(f"127.0.0.1:{port}", folder / "data", context, login)
    finally:
        part.stop()


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class TokenServer:
    """Gives tokens to whoever knows the password; `auth` is what a registry has to be told of it."""

    auth: Mapping[str, Any]
    host: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    """(query, header Authorization) of each."""
    push: str = ""
    """A token that allows everything for some repositories."""


@contextmanager
def token_server(folder: Path, *repositories: str) -> Iterator[TokenServer]:
    """repositories: those that it allows to push to, for the tests themselves."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority()
    certificate, key = authority.issue("tokens.test")
    (folder / "roots.pem").write_bytes(authority.pem)
    chain = [base64.b64encode(x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)).decode()]

    def token(access: list[dict[str, Any]]) -> str:
        now = datetime.now(UTC)
        claims = {"iss": "tokens", "aud": "registry", "sub": USER, "iat": now, "nbf": now - timedelta(minutes=1)}
        claims |= {"exp": now + timedelta(minutes=5), "jti": "1", "access": access}
        return jwt.encode(claims, load_pem_private_key(key, None), "ES256", headers={"x5c": chain})  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "")
            server.requests.append((urlsplit(self.path).query, sent))
            kind, name, actions = parse_qs(urlsplit(self.path).query)["scope"][0].split(":")
            allowed = sent == basic(USER, SECRET)
            body = json.dumps({"token": token([{"type": kind, "name": name, "actions": actions.split(",")}])}).encode()
            self.send_response(200 if allowed else 401)
            self.end_headers()
            self.wfile.write(body if allowed else b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host = f"127.0.0.1:{listener.server_address[1]}"
    auth = {"realm": f"http://{host}/token", "service": "registry", "issuer": "tokens"}
    server = TokenServer({"token": {**auth, "rootcertbundle": str(folder / "roots.pem")}}, host)
    server.push = token([{"type": "repository", "name": name, "actions": ["pull", "push"]} for name in repositories])
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
