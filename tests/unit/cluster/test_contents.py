"""The objects that would be deleted together with a definition."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from reconciler.cluster.api import Api
from reconciler.cluster.client import MemberError
from reconciler.cluster.contents import contents_of
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.packed_objects import packed
from reconciler.model.keys import GroupVersionKind
from tests.support.apiserver import FakeServer, fails, says, serving
from tests.support.fleet import definition
from tests.unit.cluster.doors import api_of

WIDGET = Resource(GroupVersionKind("example.com", "v1", "Widget"), "widgets", namespaced=True)
SERVED = Served("v1.36.3", {WIDGET.gvk: WIDGET}, {("example.com", "Widget"): WIDGET})
CRD = packed(json.loads(definition("example.com", "v1")))
LIST = "GET /apis/example.com/v1/widgets"


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        yield started


@pytest.fixture
async def api(server: FakeServer) -> AsyncIterator[Api]:
    async with api_of(server) as opened:
        yield opened


async def test_its_objects(server: FakeServer, api: Api) -> None:
    server.answer(LIST, says({"items": [{"metadata": {"namespace": "shop", "name": "theirs"}}]}))
    assert [str(one.key) for one in await contents_of(api, SERVED, [CRD])] == ["Widget.example.com shop/theirs"]


async def test_none_where_the_definition_has_just_gone(server: FakeServer, api: Api) -> None:
    server.answer(LIST, fails(404, "page not found"))
    assert await contents_of(api, SERVED, [CRD]) == []


async def test_nothing_is_concluded_from_a_refusal(server: FakeServer, api: Api) -> None:
    server.answer(LIST, fails(403, "forbidden"))
    with pytest.raises(MemberError, match="forbidden"):
        await contents_of(api, SERVED, [CRD])
