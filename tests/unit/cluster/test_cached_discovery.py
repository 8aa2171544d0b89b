"""When a server is asked for its kinds, and when the last answer is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from reconciler.cluster import cached_discovery as module
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import GroupVersionKind
from tests.support.apiserver import FakeServer, fails, says, serving
from tests.unit.cluster.doors import api_of
from tests.unit.cluster.test_discovery import group, resource, version

POD = GroupVersionKind("", "v1", "Pod")
WIDGET = GroupVersionKind("example.com", "v1", "Widget")
WIDGETS = says({"items": [group("example.com", version("v1", resource("widgets", "Widget")))]})
STALE = says({"items": [group("example.com", version("v1", freshness="Stale"))]})
NO_GROUPS = says({"items": []})


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        started.answer("GET /version", says({"gitVersion": "v1.36.3"}))
        started.answer("GET /api", says({"items": [group("", version("v1", resource("pods", "Pod")))]}))
        started.answer("GET /apis", NO_GROUPS)
        yield started


@pytest.fixture
async def discovery(server: FakeServer) -> AsyncIterator[CachedDiscovery]:
    async with api_of(server) as api:
        made = CachedDiscovery(api)
        yield made
        await made.close()


async def test_a_server_is_asked_once(server: FakeServer, discovery: CachedDiscovery) -> None:
    assert server.requests == []
    served = await discovery.served()
    assert await discovery.served() is served
    assert await discovery.fresh() is served
    assert await discovery.covering([POD]) is served
    assert (await discovery.resource(POD)).plural == "pods"
    assert server.count("GET /apis") == 1


async def test_an_answer_of_which_the_time_is_over_is_replaced(
    server: FakeServer, discovery: CachedDiscovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await discovery.served()
    monkeypatch.setattr(module, "_FRESH_FOR", -1.0)
    newer = await discovery.fresh()
    assert newer is not served
    assert await discovery.served() is newer
    assert server.count("GET /apis") == 2


async def test_a_kind_that_is_missing_is_looked_for_again(server: FakeServer, discovery: CachedDiscovery) -> None:
    server.answer("GET /apis", NO_GROUPS, WIDGETS)
    assert WIDGET not in (await discovery.served()).resources
    assert (await discovery.resource(WIDGET)).plural == "widgets"
    assert server.count("GET /apis") == 2


@pytest.mark.parametrize(
    ("gvk", "remedy"),
    [
        (WIDGET, "Place its CustomResourceDefinition there, too."),
        (GroupVersionKind("", "v2", "Pod"), "Write it in v1."),
    ],
)
async def test_a_kind_that_is_not_served_has_a_remedy(discovery: CachedDiscovery, gvk: GroupVersionKind, remedy: str) -> None:
    with pytest.raises(MemberError, match="m1 does not serve") as caught:
        await discovery.resource(gvk)
    assert caught.value.remedy == remedy


async def test_a_kind_of_a_group_that_is_not_answered_for_is_unknown(server: FakeServer, discovery: CachedDiscovery) -> None:
    server.answer("GET /apis", STALE)
    served = await discovery.served()
    assert POD in served.resources
    assert await discovery.covering([POD, WIDGET]) is served, "another request would not help"
    with pytest.raises(MemberError, match="the extension API server of example"):
        await discovery.resource(WIDGET)


async def test_an_incomplete_answer_is_soon_replaced(
    server: FakeServer, discovery: CachedDiscovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INCOMPLETE_FOR", 0.0)
    server.answer("GET /apis", STALE, WIDGETS)
    assert WIDGET not in (await discovery.served()).resources
    assert WIDGET in (await discovery.fresh()).resources
    await discovery.fresh()
    assert server.count("GET /apis") == 2


async def test_a_group_that_is_back_is_told_although_nobody_asks(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_INCOMPLETE_FOR", 0.02)
    server.answer("GET /apis", STALE, STALE, fails(403, "forbidden"), STALE, WIDGETS)
    called: list[int] = []
    async with api_of(server) as api:
        discovery = CachedDiscovery(api, lambda: called.append(server.count("GET /apis")))
        assert (await discovery.served()).unanswered
        async with asyncio.timeout(5):
            while not called:  # noqa: ASYNC110 -- what is waited for is the thing under test
                await asyncio.sleep(0.005)
        assert WIDGET in (await discovery.served()).resources
        await asyncio.sleep(0.2)
        assert called == [5], "then it rests"
        assert server.count("GET /apis") == 5
        await discovery.close()


async def test_while_a_kind_is_awaited_an_answer_is_old_sooner(
    server: FakeServer, discovery: CachedDiscovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await discovery.served()
    assert await discovery.fresh(lacking=True) is served
    monkeypatch.setattr(module, "_LACKING_FOR", -1.0)
    assert await discovery.fresh() is served
    server.answer("GET /apis", WIDGETS)
    assert WIDGET in (await discovery.fresh(lacking=True)).resources
