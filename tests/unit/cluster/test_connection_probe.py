"""A server that is silent is noticed although no connection is closed, and so is its return."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from reconciler.cluster import connection_probe as module
from reconciler.cluster.api_client import Api
from reconciler.cluster.connection_probe import ConnectionProbe
from reconciler.cluster.failures import TRANSPORT_ERRORS
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError
from tests.support.apiserver import FakeServer, Handler, hangs, says, serving, streams
from tests.unit.cluster.doors import api_of

WATCH = "/watch"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SILENCE", 0.15)
    monkeypatch.setattr(module, "_PATIENCE", 0.3)
    monkeypatch.setattr(module, "_AGAIN", 0.05)


@asynccontextmanager
async def watched(*questions: Handler) -> AsyncIterator[tuple[FakeServer, Api, asyncio.Task[str]]]:
    """A watch on which nothing arrives. The task returns why it ended."""
    async with serving() as server, api_of(server) as api:
        server.answer(f"GET {WATCH}", streams(then="stay"))
        server.answer("GET /version", *questions)

        async def follow() -> str:
            try:
                async with api.stream(WATCH, {}) as chunks:
                    async for _ in chunks:
                        pass
            except TRANSPORT_ERRORS as error:
                return type(error).__name__
            return ""

        task = asyncio.create_task(follow())
        try:
            yield server, api, task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 -- what is waited for is the thing under test
            await asyncio.sleep(0.005)


async def test_a_server_that_answers_keeps_its_watches() -> None:
    async with watched(says({})) as (server, _, watch):
        began = time.monotonic()
        await until(lambda: server.count("GET /version") >= 3)
        assert time.monotonic() - began >= 3 * 0.15, "one question for each silence"
        assert not watch.done()


async def test_one_question_without_an_answer_says_nothing() -> None:
    async with watched(hangs, says({})) as (server, _, watch):
        await until(lambda: server.count("GET /version") >= 4)
        assert not watch.done()


async def test_a_silent_server_loses_its_connections_and_is_found_again() -> None:
    async with watched(hangs) as (server, api, watch):
        assert await asyncio.wait_for(watch, 5), "the watch ends with an error"
        began = time.monotonic()
        with pytest.raises(MemberUnreachableError, match="did not answer in time"):
            await api.request("GET", "/thing")
        assert time.monotonic() - began < 0.05
        server.answer("GET /version", says({}))
        server.answer("GET /thing", says({}))
        await until(lambda: api._probe.silence is None)
        assert (await api.request("GET", "/thing")).status == 200


async def test_a_request_that_waits_since_the_silence_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(hangs) as (server, api, watch):
        server.answer("GET /thing", hangs, says({}))
        waiting = asyncio.create_task(api.request("GET", "/thing"))
        await watch
        with pytest.raises(MemberUnreachableError):
            await asyncio.wait_for(waiting, 5)


async def test_what_arrives_during_a_question_is_an_answer() -> None:
    probe = ConnectionProbe(lambda: ask(), lambda: dropped())  # noqa: PLW0108 - defined below

    async def ask() -> None:
        probe.heard()
        raise TimeoutError

    async def dropped() -> None:
        raise AssertionError

    probe.start()
    probe.heard_at -= 1
    await asyncio.sleep(0.4)
    assert probe.silence is None
    await probe.close()


async def test_the_kernel_probes_idle_connections() -> None:
    async with watched(says({})) as (server, api, _):
        await until(lambda: server.requests)
        assert api._client is not None
        (transport,) = [one.transport for one in api._client.session.connector._acquired]  # type: ignore[union-attr]
        assert transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_a_defect_does_not_leave_the_server_for_silent() -> None:
    async def ask() -> None:
        raise TimeoutError

    async def dropped() -> None:
        raise ZeroDivisionError

    probe = ConnectionProbe(ask, dropped)
    probe.start()
    first = probe._task
    assert first is not None
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(first, 5)
    assert probe.silence is None
    probe.start()
    assert probe._task is not first, "the next watch starts it again"
    await probe.close()


async def test_without_a_credential_nothing_is_known() -> None:
    asked = []

    async def ask() -> None:
        asked.append(1)
        raise MemberError("m1: there is no credential")

    async def dropped() -> None:
        raise AssertionError

    probe = ConnectionProbe(ask, dropped)
    probe.start()
    await until(lambda: len(asked) > 1)
    assert probe.silence is None
    await probe.close()


async def test_many_servers_are_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """All together as often as a few."""
    monkeypatch.setattr(module, "_SILENCE", 0.01)
    monkeypatch.setattr(module, "_IN_ALL", 200)
    asked, loop = 0, asyncio.get_running_loop()

    async def ask() -> None:
        nonlocal asked
        asked += 1

    probes = [ConnectionProbe(ask, drop=ask) for _ in range(100)]
    for probe in probes:
        probe.start()
    begun = loop.time()
    await until(lambda: asked >= 200)
    for probe in probes:
        await probe.close()
    assert loop.time() - begun >= 0.9


async def test_many_silent_servers_are_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SILENCE", 0.01)
    monkeypatch.setattr(module, "_IN_ALL", 1000)
    monkeypatch.setattr(module, "_AGAIN", 0.001)
    monkeypatch.setattr(module, "_AGAIN_IN_ALL", 100)
    asked, loop = 0, asyncio.get_running_loop()

    async def ask() -> None:
        nonlocal asked
        asked += 1
        raise ConnectionResetError

    async def drop() -> None:
        pass

    probes = [ConnectionProbe(ask, drop) for _ in range(50)]
    for probe in probes:
        probe.start()
    await until(lambda: all(probe.silence for probe in probes))
    begun, before = loop.time(), asked
    await until(lambda: asked >= before + 200)  # Two questions each time.
    for probe in probes:
        await probe.close()
    assert loop.time() - begun >= 0.4
