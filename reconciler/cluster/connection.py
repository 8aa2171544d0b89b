"""An API server, and the credential for it: what a request needs to know."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp


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
    session: aiohttp.ClientSession | None = None
    """Made by the first request (`api_client.py`)."""

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
