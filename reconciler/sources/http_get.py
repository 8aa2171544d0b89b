"""One GET with limits (aiohttp, whose errors stop here).

Nothing that a server says is believed: its answer is read up to a limit, in pieces; a redirect leads to https only, and takes the
credential along on the same host and port only; `Retry-After` is honoured as long as somebody would wait. Messages name the host
and the status, never the text of an answer or the query of a URL, which may be a signature.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from reconciler.cluster.environment_proxies import EnvironmentProxies
from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import SourceError, SourceUnreachableError
from reconciler.sources.tls import tls_context

_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=60)
_PIECE = 64 * 1024
_REDIRECTS = 5
_ATTEMPTS = 3
_PATIENCE = 60.0
"""Seconds that a server may ask to wait."""
_PAUSE = 2.0
"""Seconds between attempts, where a server does not say."""
_BUSY = (429, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Login:
    """What is sent to one origin: scheme, host and port."""

    origin: str
    credentials: Credentials | None
    authorization: str = field(default="", repr=False)
    """The value of the header; empty for none."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names are compared without case."""
    url: str
    """Where it came from, after redirects."""
    content: bytes
    """Empty unless the status is 200."""


@dataclass(frozen=True, slots=True)
class Request:
    url: str
    login: Login
    limit: int
    """Bytes of the answer."""
    what: str
    """It is the subject of messages: `the index of https://charts.example.com`."""
    accept: str = "*/*"


class HttpGet:
    """An async context manager."""

    def __init__(self, plain_http: frozenset[str], pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """plain_http: hosts that are reached by http. pause: waits so many seconds."""
        self._plain_http = plain_http
        self._pause = pause
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            headers={"User-Agent": "reconciler", "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._session is not None  # noqa: S101 - entered
        await self._session.close()

    def scheme_of(self, host: str) -> str:
        """`http` or `https`. host: with its port."""
        return "http" if host in self._plain_http else "https"

    async def get(self, request: Request) -> Answer:
        """The answer with a status below 500, except for redirects and 429. Raises SourceError, SourceUnreachableError."""
        for attempt in range(1, _ATTEMPTS + 1):
            answer = await self._follow(request)
            if answer.status not in _BUSY and answer.status < 500:
                return answer
            wait = _retry_after(answer.headers.get("Retry-After", ""))
            if attempt == _ATTEMPTS or answer.status not in _BUSY or wait > _PATIENCE:
                later = f", and asks to come back after {wait:.0f} seconds" if wait > _PATIENCE else ""
                raise SourceUnreachableError(
                    f"{request.what}: {place_of(answer.url)} answers {answer.status}{later}", remedy="Try again later."
                )
            await self._pause(wait or _PAUSE * attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _follow(self, request: Request) -> Answer:
        url = request.url
        for _ in range(_REDIRECTS + 1):
            self._check(url, request)
            answer = await self._send(url, request)
            if answer.status not in _MOVED:
                return answer
            url = urljoin(url, answer.headers.get("Location", ""))
        raise SourceError(f"{request.what}: more than {_REDIRECTS} redirects", remedy="Check the URL.")

    def _check(self, url: str, request: Request) -> None:
        """Raises SourceError for a URL that must not be asked."""
        try:
            parts = urlsplit(url)
            scheme, host, is_plain = parts.scheme, parts.netloc, is_host(parts.netloc) and parts.port != 0
        except ValueError:
            scheme, host, is_plain = "", "", False
        if not is_plain:
            where = "the URL" if url == request.url else "the server redirects to a URL that"
            raise SourceError(f"{request.what}: {where} has no plain host", remedy="Check the URL.")
        if scheme == "http" and host not in self._plain_http:
            verb = "is at" if url == request.url else "is redirected to"
            message = f"{request.what} {verb} plain http at {host}"
            raise SourceError(message, remedy=f"Use https. Where everyone on the network is trusted: --plain-http {host}.")
        if scheme not in ("http", "https"):
            raise SourceError(f"{request.what}: {scheme} URLs are not asked", remedy="Write an https URL.")

    async def _send(self, url: str, request: Request) -> Answer:
        assert self._session is not None  # noqa: S101 - entered
        login, headers = request.login, {"Accept": request.accept}
        is_at_home = origin_of(url) == login.origin
        if is_at_home and login.authorization:
            headers["Authorization"] = login.authorization
        context = tls_context(login.credentials, with_certificate=is_at_home)
        try:
            proxy = _proxy(login.credentials, url) or None
            sent = self._session.get(_as_written(url), headers=headers, allow_redirects=False, ssl=context, proxy=proxy)
            async with sent as answer:
                content = await _read(answer, request) if answer.status == 200 else b""
                return Answer(answer.status, answer.headers, url, content)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SourceUnreachableError(f"{request.what}: {place_of(url)} {_reason(error)}", remedy=_remedy(error)) from None


async def _read(answer: aiohttp.ClientResponse, request: Request) -> bytes:
    if (answer.content_length or 0) > request.limit:
        raise _too_large(request, f"{answer.content_length:,} bytes")
    pieces: list[bytes] = []
    left = request.limit
    while piece := await answer.content.read(_PIECE):
        left -= len(piece)
        if left < 0:
            raise _too_large(request, "more")
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(request: Request, size: str) -> SourceError:
    return SourceError(
        f"{request.what} is too large: {size}; the limit is {request.limit:,} bytes", remedy="Nothing of it was kept."
    )


def _as_written(url: str) -> URL:
    """The URL without another spelling of its parts, which would break the signature in a URL of a store of objects."""
    return URL(url, encoded=url.isascii() and url.isprintable() and not set(' "<>\\^`{|}') & set(url))


def is_host(host: str) -> bool:
    """Whether this can be the host and port of a URL, without a user."""
    return bool(host) and host.isascii() and host.isprintable() and not set(" @/\\") & set(host)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def place_of(url: str) -> str:
    """The host of a URL, for messages."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _proxy(credentials: Credentials | None, url: str) -> str:
    if credentials is None or not credentials.proxy:
        return ""
    if credentials.proxy.startswith("socks"):
        message = f"{credentials.folder}: proxy is a SOCKS proxy, through which sources are not reached"
        raise SourceError(message, remedy="Name an HTTP proxy, such as http://proxy.example.com:3128.")
    names = {"HTTPS_PROXY": credentials.proxy, "HTTP_PROXY": credentials.proxy, "NO_PROXY": credentials.no_proxy}
    return EnvironmentProxies.read(names).proxy_for(url)


def _retry_after(value: str) -> float:
    """Seconds; 0 where the header says nothing (RFC 9110, section 10.2.3)."""
    if value.isdecimal():
        return float(min(int(value), 10**9))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _reason(error: Exception) -> str:
    """What happened, as the end of a sentence about the host."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        cause = getattr(error, "certificate_error", error)
        return f"has a certificate that is not trusted: {getattr(cause, 'verify_message', '') or 'unknown authority'}"
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "closed the connection in the middle of the answer"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot be reached: {error.strerror or error.os_error}"
    return f"cannot be asked: {type(error).__name__}"


def _remedy(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return "Put the certificate of its authority into the folder of the host below --source-credentials, as ca.crt."
    return "Check the URL and the network, and try again."
