"""One Event for what happens again and again, and none where they are forbidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.object_events import ObjectEvents
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.object_event import ObjectEvent
from tests.support.apiserver import FakeServer, fails, says, serving
from tests.unit.cluster.doors import api_of

EVENT = ObjectEvent(
    ResourceKey("", "ConfigMap", "shop", "c"), GroupVersionKind("", "v1", "ConfigMap"), "u-1", "DriftCorrected", "Apply", "note"
)
EVENTS = "/apis/events.k8s.io/v1/namespaces/shop/events"


class Member:
    """A server that keeps Events, and a clock."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.now = 0.0
        self.kept: list[dict[str, object]] = []
        self.counted: list[int] = []
        server.answer(f"POST {EVENTS}", self._create)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        document = await request.json()
        self.kept.append(document)
        self.server.answer(f"PATCH {EVENTS}/{document['metadata']['name']}", self._count)
        return web.json_response(document, status=201)

    async def _count(self, request: web.Request) -> web.StreamResponse:
        self.counted.append((await request.json())["series"]["count"])
        return web.json_response({})


@pytest.fixture
async def member() -> AsyncIterator[tuple[Member, ObjectEvents]]:
    async with serving() as server, api_of(server) as api:
        one = Member(server)
        yield one, ObjectEvents(api, "team", lambda: one.now)


Told = tuple[Member, ObjectEvents]


async def test_what_happens_again_is_counted(member: Told) -> None:
    one, events = member
    for _ in range(3):
        await events.write(EVENT)
        one.now += 300
    await events.write(replace(EVENT, note="x" * 5000))
    assert [len(str(document["note"]).encode()) for document in one.kept] == [4, 1024]
    assert one.counted == [2, 3]


async def test_a_series_ends(member: Told) -> None:
    one, events = member
    await events.write(EVENT)
    one.now += 361
    await events.write(EVENT)
    assert (len(one.kept), one.counted) == (2, [])


async def test_an_event_that_expired_is_written_again(member: Told) -> None:
    one, events = member
    await events.write(EVENT)
    one.server.answer(f"PATCH {EVENTS}/{one.kept[0]['metadata']['name']}", fails(404))  # type: ignore[index]
    await events.write(EVENT)
    assert len(one.kept) == 2


async def test_where_they_are_forbidden_nobody_asks_again_soon(member: Told) -> None:
    one, events = member
    one.server.answer(f"POST {EVENTS}", fails(403))
    for _ in range(3):
        await events.write(EVENT)
    assert one.server.count(f"POST {EVENTS}") == 1
    one.now += 601
    one.server.answer(f"POST {EVENTS}", one._create)
    await events.write(EVENT)
    assert len(one.kept) == 1


async def test_a_namespace_that_is_gone_is_no_error_and_no_end(member: Told) -> None:
    one, events = member
    one.server.answer(f"POST {EVENTS}", fails(404), one._create)
    await events.write(EVENT)
    await events.write(EVENT)
    assert len(one.kept) == 1


async def test_a_member_that_is_away_is_an_error(member: Told) -> None:
    one, events = member
    one.server.answer(f"POST {EVENTS}", fails(503))
    one.server.answer("GET /readyz", says({}, 503))
    with pytest.raises(MemberError):
        await events.write(EVENT)


async def test_what_is_in_no_namespace_is_told_in_default(member: Told) -> None:
    one, events = member
    one.server.answer("POST /apis/events.k8s.io/v1/namespaces/default/events", one._create)
    await events.write(replace(EVENT, key=ResourceKey("", "Namespace", "", "shop")))
    assert "namespace" not in one.kept[0]["regarding"]  # type: ignore[operator]
