"""One GET: limits, redirects, retries, and where credentials go."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from reconciler.sources.failures import SourceError, SourceUnreachableError
from reconciler.sources.http_get import HttpGet, Login, Request, origin_of
from tests.support.apiserver import FakeServer, breaks, serving

SECRET = "Bearer canary"


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as one:
        yield one


@pytest.fixture
async def other() -> AsyncIterator[FakeServer]:
    async with serving() as one:
        yield one


def host(server: FakeServer) -> str:
    return urlsplit(server.url).netloc


def asked(url: str, limit: int = 1000) -> Request:
    return Request(url, Login(origin_of(url), None, SECRET), limit, "the index")


def gives(body: bytes = b"", status: int = 200, **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return handler


class Clock:
    """Waits in no time."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_what_a_server_sends(server: FakeServer) -> None:
    server.answer("GET /a", gives(b"content", X_Name="value"))
    async with HttpGet(frozenset({host(server)})) as http:
        answer = await http.get(asked(f"{server.url}/a"))
    assert (answer.status, answer.content, answer.headers["x-name"]) == (200, b"content", "value")
    assert server.tokens == [SECRET]


async def test_plain_http_is_for_hosts_that_are_named(server: FakeServer) -> None:
    async with HttpGet(frozenset()) as http:
        with pytest.raises(SourceError, match="the index is at plain http at 127") as caught:
            await http.get(asked(f"{server.url}/a"))
        assert f"--plain-http {host(server)}" in caught.value.remedy
        assert http.scheme_of(host(server)) == "https"
    assert server.requests == []


async def test_an_answer_above_the_limit(server: FakeServer) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        """A server that says nothing about the size, and does not stop."""
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(100_000))

    server.answer("GET /stated", gives(bytes(1001)))
    server.answer("GET /endless", endless)
    async with HttpGet(frozenset({host(server)})) as http:
        with pytest.raises(SourceError, match=r"the index is too large: 1,001 bytes; the limit is 1,000 bytes"):
            await http.get(asked(f"{server.url}/stated"))
        with pytest.raises(SourceError, match=r"the index is too large: more; the limit is 1,000 bytes"):
            await http.get(asked(f"{server.url}/endless"))


async def test_a_compressed_answer_is_not_decompressed(server: FakeServer) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    server.answer("GET /a", gives(bomb, Content_Encoding="gzip"))
    async with HttpGet(frozenset({host(server)})) as http:
        assert (await http.get(asked(f"{server.url}/a", 20_000))).content == bomb


async def test_a_credential_follows_to_the_same_host_only(server: FakeServer, other: FakeServer) -> None:
    server.answer("GET /a", gives(status=302, Location="/b"))
    server.answer("GET /b", gives(status=307, Location=f"{other.url}/c"))
    other.answer("GET /c", gives(status=302, Location=f"{server.url}/d"))
    server.answer("GET /d", gives(b"content"))
    async with HttpGet(frozenset({host(server), host(other)})) as http:
        answer = await http.get(asked(f"{server.url}/a"))
    assert (answer.content, answer.url) == (b"content", f"{server.url}/d")
    assert server.tokens == [SECRET, SECRET, SECRET]
    assert other.tokens == [""]


async def test_the_same_name_at_another_port_is_another_host(server: FakeServer, other: FakeServer) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    other.answer("GET /c", gives(b"content"))
    server.answer("GET /a", gives(status=302, Location=f"{other.url.replace('127.0.0.1', 'localhost')}/c"))
    hosts = {urlsplit(one.url.replace("127.0.0.1", "localhost")).netloc for one in (server, other)}
    async with HttpGet(frozenset(hosts)) as http:
        await http.get(asked(f"{url}/a"))
    assert other.tokens == [""]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://plain.test/x?signature=canary", "the index is redirected to plain http at plain.test"),
        ("file:///etc/passwd", "the index: the server redirects to a URL that has no plain host"),
        ("ftp://files.test/x", "the index: ftp URLs are not asked"),
        ("https://ada:canary@files.test/x", "the index: the server redirects to a URL that has no plain host"),
        ("https://files.test:99999/x", "the index: the server redirects to a URL that has no plain host"),
        ("/a", "the index: more than 5 redirects"),
        ("", "the index: more than 5 redirects"),
    ],
)
async def test_a_redirect_that_is_not_followed(server: FakeServer, location: str, message: str) -> None:
    server.answer("GET /a", gives(status=302, Location=location))
    async with HttpGet(frozenset({host(server)})) as http:
        with pytest.raises(SourceError) as caught:
            await http.get(asked(f"{server.url}/a"))
    assert caught.value.message == message
    assert "canary" not in str(caught.value)


async def test_a_busy_server_is_asked_again_when_it_says(server: FakeServer) -> None:
    clock = Clock()
    server.answer("GET /a", gives(status=429, Retry_After="7"), gives(status=503), gives(b"content"))
    async with HttpGet(frozenset({host(server)}), clock) as http:
        assert (await http.get(asked(f"{server.url}/a"))).content == b"content"
    assert clock.pauses == [7.0, 4.0]


async def test_a_date_to_come_back_at(server: FakeServer) -> None:
    clock = Clock()
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    server.answer("GET /a", gives(status=429, Retry_After=soon), gives(b"content"))
    async with HttpGet(frozenset({host(server)}), clock) as http:
        await http.get(asked(f"{server.url}/a"))
    assert 0 < clock.pauses[0] <= 50


async def test_a_server_that_asks_for_too_much_patience(server: FakeServer) -> None:
    clock = Clock()
    server.answer("GET /a", gives(b"canary", status=429, Retry_After="3600"))
    async with HttpGet(frozenset({host(server)}), clock) as http:
        with pytest.raises(SourceUnreachableError, match="answers 429, and asks to come back after 3600 seconds") as caught:
            await http.get(asked(f"{server.url}/a"))
    assert clock.pauses == []
    assert caught.value.temporary
    assert "canary" not in str(caught.value)


async def test_a_server_that_stays_busy(server: FakeServer) -> None:
    clock = Clock()
    server.answer("GET /a", gives(status=429, Retry_After="nonsense"))
    async with HttpGet(frozenset({host(server)}), clock) as http:
        with pytest.raises(SourceUnreachableError, match="answers 429"):
            await http.get(asked(f"{server.url}/a"))
    assert server.count("GET /a") == 3
    assert clock.pauses == [2.0, 4.0]


async def test_a_body_that_ends_early(server: FakeServer) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "500"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    server.answer("GET /a", half)
    server.answer("GET /b", breaks)
    async with HttpGet(frozenset({host(server)})) as http:
        with pytest.raises(SourceUnreachableError, match="closed the connection in the middle of the answer"):
            await http.get(asked(f"{server.url}/a"))
        with pytest.raises(SourceUnreachableError, match=r"the index: 127\.0\.0\.1:"):
            await http.get(asked(f"{server.url}/b"))


async def test_nobody_listens() -> None:
    listener = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    async with HttpGet(frozenset({f"127.0.0.1:{port}"})) as http:
        with pytest.raises(SourceUnreachableError, match=f"the index: 127.0.0.1:{port} cannot be reached: Connect"):
            await http.get(asked(f"http://127.0.0.1:{port}/a"))


async def test_cookies_are_not_kept(server: FakeServer) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Cookie", ""))
        return web.Response(headers={"Set-Cookie": "a=b"})

    server.answer("GET /a", handler)
    async with HttpGet(frozenset({host(server)})) as http:
        await http.get(asked(f"{server.url}/a"))
        await http.get(asked(f"{server.url}/a"))
    assert seen == ["", ""]
