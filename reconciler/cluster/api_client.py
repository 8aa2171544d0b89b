"""Requests to one API server.

The HTTP session is created here: it ignores proxies in the environment, has no limit of connections (each watch keeps one),
uses small buffers because of idle watches, and serializes each body once.

The number of retries is limited, with jitter. If the connection fails each time, the server counts as unavailable for some time,
and requests fail immediately (`member_backoff.py`). A server that answers
429 or 5xx each time, or does not answer in time, may fail at this one object only. It is then asked whether it is ready: only
where it fails at that too, it counts as unavailable. `connection_probe.py` finds servers that are silent.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from asyncio import sslproto
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from weakref import WeakSet

import aiohttp
import orjson
from yarl import URL

from reconciler.cluster.connection import Connection
from reconciler.cluster.connection_probe import AddressInfo, ConnectionProbe, kept_alive
from reconciler.cluster.failures import TRANSPORT_ERRORS, RequestFailedError, closed_is_lost, lost, refused
from reconciler.cluster.member_backoff import MemberBackoff
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError
from reconciler.cluster.slots import READS, Slots
from reconciler.documents.json_writer import write_json
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get, key_of, mapping, text
from reconciler.model.tenant import ServiceAccount

Query = Mapping[str, str | int]

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

_ATTEMPTS = 4
_FIRST_PAUSE = 0.15
"""Seconds before the first retry."""
_LONGEST_PAUSE = 10.0
"""Maximum of seconds between retries. A request whose Retry-After is longer fails at once: the pass does not wait for it, and the
next pass tries again. API servers write 30 where the conversion of a kind does not work, for example."""
_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
_READ_BUFFER, _TLS_BUFFER = 2**15, 2**14
"""Bytes for each connection; the second is that of one TLS record. aiohttp's default is twice as much, and that of asyncio's TLS
sixteen times: a fleet with thousands of watches would hold gigabytes of empty buffers."""
_KEPT = 50.0
"""Seconds for which an idle connection is kept. API servers and most load balancers close theirs later. In a large fleet, so much
time may pass between the first requests to a member and its watches, which then need no TLS handshakes of their own."""
_WATCH_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=150)
"""A watch gets an event at least once a minute, if only a bookmark."""

_CLOSES = 1.0
"""Seconds to wait until connections are closed."""

_NOT_THE_SERVER = "Check whether a proxy or a login page answers instead."

_RETIRED = 8
"""Clients with old credentials that stay open for the requests and watches that still use them."""


@dataclass(frozen=True, slots=True)
class Response:
    """The response of an API server."""

    status: int
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON. Raises RequestFailedError if it is not JSON: then it is not from an API server."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            message = f"the response of an API server is not JSON: {self.body[:80].decode('utf-8', 'replace')}"
            raise RequestFailedError(message, remedy=_NOT_THE_SERVER) from error

    @property
    def page(self) -> tuple[list[Any], Mapping[str, Any]]:
        """The objects and the metadata of a list (Kubernetes: `metav1.List`). Raises RequestFailedError if it is no list."""
        document = self.document
        items = get(document, "items", default=0)
        if items is None:  # Some extension API servers write an empty Go slice as null.
            items = []
        if not isinstance(items, list) or not all(text(item, "metadata", "name") for item in items):
            message = f"the response of an API server is not a list: {self.body[:80].decode('utf-8', 'replace')}"
            raise RequestFailedError(message, remedy=_NOT_THE_SERVER)
        return items, mapping(document, "metadata")

    def object(self, key: ResourceKey) -> dict[str, Any]:
        """The object with this key. Raises RequestFailedError if the body is something else: nothing is known of the object."""
        document = self.document
        if not isinstance(document, dict) or key_of(document) != key:
            message = f"the response of an API server is not {key}: {self.body[:80].decode('utf-8', 'replace')}"
            raise RequestFailedError(message, remedy=_NOT_THE_SERVER)
        return document


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Query = field(default_factory=dict)
    body: Any = None
    content_type: str = JSON
    accept: str = JSON
    account: ServiceAccount | None = None
    """Whom the server lets make the request, in place of the user of the credential."""


class Requests(Protocol):
    """What sends requests: a connection, or a connection on behalf of an account."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content_type: str = JSON,
        accept: str = JSON,
        what: str = "",
    ) -> Response: ...


class Api:
    """The connection to one server with one credential."""

    def __init__(self, name: str, connect: Callable[[], Awaitable[Connection]], slots: Slots | None = None) -> None:
        """connect: creates a client with the newest credential. Called again if the server does not accept the current one.
        slots: of what all connections read; None where there is no other one."""
        self.name = name
        self._slots = slots or Slots(*READS)
        self._connect = connect
        self._client: Connection | None = None
        self._retired: list[Connection] = []
        self._connecting = asyncio.Lock()
        self._backoff = MemberBackoff()
        self._probe = ConnectionProbe(self._ask_anything, self._drop_connections)
        self._open: set[asyncio.Timeout] = set()
        """One scope for each request and watch that is under way."""
        self._sockets: WeakSet[socket.socket] = WeakSet()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        content_type: str = JSON,
        accept: str = JSON,
        what: str = "",
        account: ServiceAccount | None = None,
    ) -> Response:
        """Sends a request, with retries: all our requests are idempotent. what: the request in words, for messages. account: as
        whom (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/); None: as the credential says.

        Raises RefusedError; RequestFailedError if the server fails at this request; MemberUnreachableError if it is unavailable.
        """
        request = _Request(method, path, query or {}, body, content_type, accept, account)
        self._refuse_while_unavailable()
        failure: MemberError | None = None
        begun, timed_out = time.monotonic(), False
        for attempt in range(_ATTEMPTS):
            pause = _FIRST_PAUSE * 2**attempt
            try:
                status, headers, body = await self._authenticated(request)
            except TRANSPORT_ERRORS as transport_error:
                failure = lost(self.name, transport_error)
                if isinstance(transport_error, asyncio.TimeoutError):
                    timed_out = True
                    # A retry would probably time out, too; but many connections at once to a busy server need several attempts.
                    if not isinstance(transport_error, aiohttp.ConnectionTimeoutError) or self._probe.heard_at < begun:
                        break
            else:
                if status < 300:
                    self._backoff.answered()
                    return Response(status, body)
                error = refused(self.name, what, status, body)
                if not error.temporary:
                    raise error
                failure = error
                pause = max(pause, _retry_after(headers))
                if pause > _LONGEST_PAUSE:
                    break
            if attempt + 1 < _ATTEMPTS:
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
                self._refuse_while_unavailable()
        assert failure is not None  # noqa: S101 - every attempt failed
        if timed_out and (self._probe.heard_at > begun or await self._is_ready()):
            raise RequestFailedError(f"{self.name}: {what}: no answer in time", remedy="The next pass tries again.")
        raise await self._judged(failure)

    async def _judged(self, failure: MemberError) -> MemberError:
        """The failure of the last attempt; where the server fails at everything, it counts as unavailable from now on."""
        if isinstance(failure, RequestFailedError):
            if await self._is_ready():
                return failure
            failure = MemberUnreachableError(failure.message, remedy=failure.remedy)
        self._backoff.begin(failure)
        return failure

    @asynccontextmanager
    async def stream(self, path: str, query: Query, accept: str = JSON) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yields the body of a response that does not end, as it arrives. Raises RefusedError, MemberUnreachableError; later
        errors are TRANSPORT_ERRORS."""
        async with self._until_dropped():
            try:
                response = await self._send(_Request("GET", path, query, accept=accept), _WATCH_TIMEOUT)
                if response.status >= 300:
                    raise refused(self.name, f"watch {path}", response.status, await response.read())
            except TRANSPORT_ERRORS as error:
                raise lost(self.name, error) from error
            try:
                self._backoff = MemberBackoff()
                self._probe.start()
                yield self._chunks(response)
            finally:
                if response.connection is not None and response.connection.transport is not None:
                    response.connection.transport.abort()  # Closing it properly would take a TLS shutdown, which is not needed.
                response.close()

    async def _chunks(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        while True:
            with closed_is_lost():
                chunk = await response.content.readany()
            if not chunk:
                return
            self._probe.heard()
            yield chunk

    async def close(self) -> None:
        await self._probe.close()
        clients = [*self._retired, *([self._client] if self._client else [])]
        self._client, self._retired = None, []
        for client in clients:
            await client.close()
        await asyncio.sleep(0)  # The event loop removes aborted transports in its next iteration.
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSES):
                while any(made.fileno() >= 0 for made in self._sockets):  # noqa: ASYNC110 -- asyncio has no event for it
                    await asyncio.sleep(0.005)  # A watch that was cancelled before its response began is in its TLS shutdown.

    async def _ask_anything(self) -> None:
        """Returns where the server answers, whatever it says. Raises TRANSPORT_ERRORS, MemberError."""
        response = await self._send(_Request("GET", "/version"), _TIMEOUT)
        await response.read()

    async def _drop_connections(self) -> None:
        """Ends all requests and watches with one of TRANSPORT_ERRORS."""
        clients = [*self._retired, *([self._client] if self._client else [])]
        self._client, self._retired = None, []
        self._backoff.end()
        scopes, self._open = self._open, set()
        for scope in scopes:
            scope.reschedule(asyncio.get_running_loop().time())
        for client in clients:
            session = client.session
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSES):
                    if session is not None and session.connector is not None:
                        await session.connector.close(abort_ssl=True)  # A TLS shutdown would wait for an answer.
                    await client.close()

    @asynccontextmanager
    async def _until_dropped(self) -> AsyncIterator[None]:
        """Raises ClientConnectionError in the block when the connections are dropped: closing a connection does not wake its
        reader."""
        try:
            async with asyncio.timeout(None) as scope:
                self._open.add(scope)
                try:
                    yield
                finally:
                    self._open.discard(scope)
        except TimeoutError as error:
            if scope.expired():
                raise aiohttp.ClientConnectionError("the connection was silent") from error
            raise

    async def _is_ready(self) -> bool:
        """Whether the server answers a request that concerns no object. A refusal is an answer, too."""
        try:
            status, _, _ = await self._authenticated(_Request("GET", "/readyz"))
        except TRANSPORT_ERRORS:
            return False
        return status < 500 and status != 429

    async def _authenticated(self, request: _Request) -> tuple[int, Mapping[str, str], bytes]:
        """(status, headers, body). Tries again once with the newest credential if the server does not accept the current one."""
        for renewed in (False, True):
            client = await self.connected()
            # Writes have a limit for each member (`spec.concurrency`), and those to one that hangs must not hold up the others.
            give_back = await self._slots.take() if request.method == "GET" else _nothing
            try:
                async with self._until_dropped():
                    response = await self._send(request, _TIMEOUT)
                    with closed_is_lost():
                        body = await response.read()
            finally:
                give_back()
            self._probe.heard()
            if response.status != 401 or renewed:
                break
            await self._retire(client)  # The credential may have expired and been replaced.
        return response.status, response.headers, body

    async def _send(self, request: _Request, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:  # noqa: ASYNC109 - of aiohttp
        client = await self.connected()
        headers = {"Accept": request.accept, "Content-Type": request.content_type, "User-Agent": "reconciler"}
        if authorization := await client.authorization():
            headers["Authorization"] = authorization
        impersonated = client.impersonation_headers if request.account is None else _impersonation(request.account)
        # Encoded here, because the session would parse and build the URL again for each request.
        url = URL(client.host + quote(request.path) + _encoded(tuple(request.query.items())), encoded=True)
        session = client.session
        assert session is not None  # noqa: S101 - it was created with the client
        body = None if request.body is None else write_json(request.body)
        if session.closed:
            raise aiohttp.ClientConnectionError("the connections were dropped")
        response: aiohttp.ClientResponse = await session.request(
            request.method,
            url,
            data=body,
            headers=[*headers.items(), *impersonated] if impersonated else headers,
            timeout=timeout,
            allow_redirects=False,  # A credential must not be sent to another server.
            server_hostname=client.server_name or None,
            proxy=client.proxy or None,
            proxy_headers=client.proxy_headers,
        )
        return response

    async def connected(self) -> Connection:
        """The client that requests use; made by the first one. Raises MemberError."""
        if self._client is not None:
            return self._client
        async with self._connecting:
            if self._client is None:
                client = await self._connect()
                sslproto.SSLProtocol.max_size = _TLS_BUFFER  # asyncio has no parameter for it
                connector = aiohttp.TCPConnector(limit=0, ssl=client.tls, keepalive_timeout=_KEPT, socket_factory=self._socket)
                client.session = aiohttp.ClientSession(connector=connector, trust_env=False, read_bufsize=_READ_BUFFER)
                self._client = client
            return self._client

    def _socket(self, address: AddressInfo) -> socket.socket:
        made = kept_alive(address)
        self._sockets.add(made)
        return made

    async def _retire(self, client: Connection) -> None:
        """The next request creates a new client. The old one is closed later, because other requests may still use it."""
        if self._client is client:
            self._client = None
            self._retired.append(client)
            if len(self._retired) > _RETIRED:
                await self._retired.pop(0).close()

    def _refuse_while_unavailable(self) -> None:
        if self._probe.silence is not None:
            raise lost(self.name, self._probe.silence)
        self._backoff.refuse()


def _nothing() -> None:
    """In place of giving back a slot."""


@lru_cache(maxsize=256)
def _encoded(query: tuple[tuple[str, str | int], ...]) -> str:
    """The query with its question mark. Cached, because most requests have one of a few queries."""
    return f"?{urlencode(query)}" if query else ""


def _impersonation(account: ServiceAccount) -> list[tuple[str, str]]:
    """Without groups: a server adds those of a ServiceAccount, and only where none is stated."""
    return [("Impersonate-User", account.user)]


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds in the header Retry-After; 0 if there is none."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0
