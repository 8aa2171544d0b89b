"""Requests to one API server, on what `kubernetes.aio` knows of credentials and TLS, without its models.

The session is made here: with nothing taken from the environment, connections without a limit (watches keep theirs), buffers that
an idle watch can afford, and bodies that are serialised once.

Retries are bounded and jittered. Where even they did not help the server counts as away for a while: whoever asks meanwhile is
told so at once, so that a member that is gone costs a pass one wait and not one per object.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from kubernetes.aio.client.api_client import ApiClient
from yarl import URL

from reconciler.cluster.client import MemberUnreachableError
from reconciler.cluster.failures import TRANSPORT_ERRORS, StumbledError, lost, refused

Query = Mapping[str, str | int]

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

_ATTEMPTS = 4
_FIRST_PAUSE = 0.15
_LONGEST_PAUSE = 10.0
"""Seconds that a server may ask us to wait within one request."""
_AWAY = (0.5, 30.0)
"""Seconds for which a server counts as away: after the first failure, and at most."""
_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
_READ_BUFFER = 2**15
"""Bytes; one a connection, and `kubernetes` would take sixty times as much."""
_WATCH_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=150)
"""A watch says something once a minute, be it a bookmark."""

_RETIRED = 8
"""Clients of replaced credentials that are kept for the requests and watches that still use them."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def document(self) -> Any:
        """Raises MemberUnreachableError where somebody else answered in the server's place."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            message = f"an API server's answer is no JSON: {self.body[:80].decode('utf-8', 'replace')}"
            raise MemberUnreachableError(message, remedy="Is there a proxy between, or a login page?") from error


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: Query
    body: Any = None
    content_type: str = JSON
    accept: str = JSON


class Api:
    """One server and one credential."""

    def __init__(self, name: str, connect: Callable[[], Awaitable[ApiClient]]) -> None:
        """connect: makes a client of the newest credential; asked anew when the server does not accept the one we have."""
        self.name = name
        self._connect = connect
        self._client: ApiClient | None = None
        self._retired: list[ApiClient] = []
        self._connecting = asyncio.Lock()
        self._away_until = 0.0
        self._away_for = 0.0
        self._trouble = ""

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
    ) -> Answer:
        """The answer to a request that may be repeated, as all of ours may. what: the request in words, for messages.

        Raises RefusedError, or MemberUnreachableError when the server stays away.
        """
        request = _Request(method, path, query or {}, body, content_type, accept)
        self._refuse_while_away()
        failure: MemberUnreachableError | None = None
        for attempt in range(_ATTEMPTS):
            pause = _FIRST_PAUSE * 2**attempt
            try:
                status, headers, said = await self._ask(request)
            except TRANSPORT_ERRORS as broken:
                failure = lost(self.name, broken)
                if isinstance(broken, asyncio.TimeoutError):
                    break  # Whoever let us wait that long would do so again.
            else:
                if status < 300:
                    self._away_for = 0.0
                    return Answer(status, said)
                error = refused(self.name, what, status, said)
                if not isinstance(error, MemberUnreachableError):
                    raise error
                failure = error
                pause = max(pause, _asked_to_wait(headers))
            if attempt + 1 < _ATTEMPTS:
                await asyncio.sleep(min(pause, _LONGEST_PAUSE) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
                self._refuse_while_away()
        assert failure is not None  # noqa: S101 - every attempt failed
        if not isinstance(failure, StumbledError):
            self._count_as_away(failure)
        raise failure

    @asynccontextmanager
    async def stream(self, path: str, query: Query) -> AsyncIterator[aiohttp.StreamReader]:
        """The body of an answer that goes on. Raises RefusedError, MemberUnreachableError; what breaks later is one of
        TRANSPORT_ERRORS."""
        try:
            response = await self._send(_Request("GET", path, query), _WATCH_TIMEOUT)
            if response.status >= 300:
                raise refused(self.name, f"watch {path}", response.status, await response.read())
        except TRANSPORT_ERRORS as error:
            raise lost(self.name, error) from error
        try:
            self._away_for = self._away_until = 0.0
            yield response.content
        finally:
            if response.connection is not None and response.connection.transport is not None:
                response.connection.transport.abort()  # To close it would take a farewell that nobody waits for.
            response.close()

    async def close(self) -> None:
        clients = [*self._retired, *([self._client] if self._client else [])]
        self._client, self._retired = None, []
        for client in clients:
            await client.close()
        await asyncio.sleep(0)  # The loop lets go of what was aborted in its next round.

    async def _ask(self, request: _Request) -> tuple[int, Mapping[str, str], bytes]:
        for renewed in (False, True):
            client = await self._connected()
            response = await self._send(request, _TIMEOUT)
            said = await response.read()
            if response.status != 401 or renewed:
                break
            await self._retire(client)  # The credential may have expired and been replaced.
        return response.status, response.headers, said

    async def _send(self, request: _Request, patience: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        client = await self._connected()
        headers = {"Accept": request.accept, "Content-Type": request.content_type, "User-Agent": "reconciler"}
        for setting in (await client.configuration.auth_settings()).values():
            headers[setting["key"]] = setting["value"]
        # Encoded by us: left to the session it is taken apart and put together again with each request.
        url = URL(client.configuration.host + quote(request.path) + _encoded(tuple(request.query.items())), encoded=True)
        settings, session = client.configuration, client.rest_client.pool_manager
        assert session is not None  # noqa: S101 - it was made with the client
        body = None if request.body is None else orjson.dumps(request.body)
        response: aiohttp.ClientResponse = await session.request(
            request.method,
            url,
            data=body,
            headers=headers,
            timeout=patience,
            allow_redirects=False,  # A credential goes to the server that it is for.
            server_hostname=settings.tls_server_name or None,
            proxy=settings.proxy or None,
        )
        return response

    async def _connected(self) -> ApiClient:
        if self._client is not None:
            return self._client
        async with self._connecting:
            if self._client is None:
                client = await self._connect()
                connector = aiohttp.TCPConnector(limit=0, ssl=client.rest_client.ssl_context)
                client.rest_client.pool_manager = aiohttp.ClientSession(
                    connector=connector, trust_env=False, read_bufsize=_READ_BUFFER
                )
                self._client = client
            return self._client

    async def _retire(self, client: ApiClient) -> None:
        """The next request makes a new one. Others may be using this one still: it is closed much later."""
        if self._client is client:
            self._client = None
            self._retired.append(client)
            if len(self._retired) > _RETIRED:
                await self._retired.pop(0).close()

    def _refuse_while_away(self) -> None:
        if time.monotonic() < self._away_until:
            raise MemberUnreachableError(self._trouble, remedy="It is tried again in the next pass.")

    def _count_as_away(self, failure: MemberUnreachableError) -> None:
        first, longest = _AWAY
        self._away_for = min(max(first, self._away_for * 2), longest)
        self._away_until = time.monotonic() + self._away_for * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        self._trouble = failure.message


@lru_cache(maxsize=256)
def _encoded(query: tuple[tuple[str, str | int], ...]) -> str:
    """With its question mark; most requests ask the same few."""
    return f"?{urlencode(query)}" if query else ""


def _asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds, from Retry-After; 0 where the server does not say."""
    said = headers.get("Retry-After", "")
    return float(said) if said.isdigit() else 0.0
