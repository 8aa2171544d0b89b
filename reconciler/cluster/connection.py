"""An API server, and the credential for it: what a request needs to know."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from reconciler.model.manifest import mapping, sequence, text


@dataclass(frozen=True, slots=True, repr=False)
class Pem:
    """What the TLS of a connection is made of, for a program that connects by itself (`kubectl/`)."""

    authority: str = ""
    """The certificates that are trusted; empty: those of the machine."""
    certificate: str = ""
    """Of the client, where it is the credential."""
    key: str = ""


@dataclass(slots=True)
class Connection:
    """One credential, with the HTTP session that uses it."""

    host: str
    """The URL of the server."""
    tls: ssl.SSLContext
    authorization: Callable[[], Awaitable[str]]
    """The value of the header, asked for each request: it may have been renewed. Empty where a client certificate is the
    credential."""
    is_verified: bool = True
    """Whether the server's certificate is checked."""
    server_name: str = ""
    """The name in its certificate; empty where it is that of the URL."""
    proxy: str = ""
    proxy_headers: Sequence[tuple[str, str]] | None = None
    pem: Pem = field(default_factory=Pem, repr=False)
    impersonation: Mapping[str, Any] = field(default_factory=dict)
    """As whom the user of the credential acts: the fields `as…` of a kubeconfig's `user`."""
    session: aiohttp.ClientSession | None = None
    """Made by the first request (`api_client.py`)."""

    @property
    def impersonation_headers(self) -> list[tuple[str, str]]:
        """https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation"""
        if not self.impersonation:  # Nearly always, and asked for each request.
            return []
        extra = mapping(self.impersonation, "as-user-extra")
        return [
            *[("Impersonate-User", name) for name in [text(self.impersonation, "as")] if name],
            *[("Impersonate-Uid", uid) for uid in [text(self.impersonation, "as-uid")] if uid],
            *[("Impersonate-Group", str(group)) for group in sequence(self.impersonation, "as-groups")],
            *[
                (f"Impersonate-Extra-{quote(key.lower(), safe='')}", str(value))
                for key in sorted(extra)
                for value in sequence(extra, key)
            ],
        ]

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()


def tls_of(*, ca_file: str | None = None, ca: str | None = None) -> ssl.SSLContext:
    """Trusts this CA, as a file or in PEM; without one, those of the machine. Raises OSError, ValueError."""
    return ssl.create_default_context(cafile=ca_file, cadata=ca)


def always(value: str) -> Callable[[], Awaitable[str]]:
    """An authorization that does not change."""

    async def authorization() -> str:
        return value

    return authorization
