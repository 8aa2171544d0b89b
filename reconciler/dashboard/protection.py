"""What every answer carries, and which requests are refused before anything is read for them.

The pages load their own style and script, and nothing else; nothing may frame them. On loopback, the name of the host is checked:
a page of a stranger could otherwise have its own name lead to 127.0.0.1 and read the answers (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""W3C Content Security Policy 3: no inline style or script, no frame, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names by which a browser reaches a server on loopback."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on reaches this machine alone. host: without port; empty means every address."""
    return host.strip("[]") in LOOPBACK or (host.startswith("127.") and host.replace(".", "").isdigit())


def hosts_of(url: str, others: Collection[str] = ()) -> frozenset[str]:
    """The names by which the pages may be asked for. url: what people type; empty on loopback."""
    own = urlsplit(url).hostname if url else None
    return frozenset({*others, own}) if own else LOOPBACK | frozenset(others)


def host_of(header: str) -> str:
    """The name in a Host header, in lower case, without port and brackets."""
    name = header.strip().lower()
    return name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]


def refuse_other_hosts(hosts: Collection[str]) -> Middleware:
    """hosts: the names by which the pages may be asked for."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if host_of(request.headers.get("Host", "")) not in hosts:
            raise web.HTTPMisdirectedRequest(text="The dashboard has no such name here.\n", headers=HEADERS)
        return await handler(request)

    return middleware


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Just before an answer is sent. What is not said to be kept is asked for again."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.popall("Server", None)
