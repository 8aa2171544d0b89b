"""The objects that would be deleted together with a definition."""

from __future__ import annotations

import json

import pytest

from reconciler.cluster import api_client as api_module
from reconciler.cluster.api_client import Api
from reconciler.cluster.contents import Contents, contents_of
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.model.keys import GroupVersionKind
from tests.support.apiserver import FakeServer, Handler, fails, says
from tests.support.builders import namespace
from tests.support.fleet import definition

WIDGET = Resource(GroupVersionKind("example.com", "v1", "Widget"), "widgets", namespaced=True)
SERVED = Served("v1.36.3", {WIDGET.gvk: WIDGET}, {("example.com", "Widget"): WIDGET})
CRD = packed(json.loads(definition("example.com", "v1")))
LIST = "GET /apis/example.com/v1/widgets"


async def test_its_objects(server: FakeServer, api: Api) -> None:
    server.answer(LIST, says({"items": [{"metadata": {"namespace": "shop", "name": "theirs"}}]}))
    contents = await contents_of(api, SERVED, [CRD])
    assert [str(one.key) for one in contents.objects] == ["Widget.example.com shop/theirs"]
    assert not contents.unread


async def test_none_where_the_definition_has_just_gone(server: FakeServer, api: Api) -> None:
    server.answer(LIST, fails(404, "page not found"))
    assert await contents_of(api, SERVED, [CRD]) == Contents((), {})


@pytest.mark.parametrize("answer", [fails(403, "forbidden"), fails(500, "forbidden"), says({"forbidden": True})])
async def test_nothing_is_concluded_from_a_refusal(
    server: FakeServer, api: Api, answer: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "_FIRST_PAUSE", 0.001)
    server.answer(LIST, answer)
    contents = await contents_of(api, SERVED, [CRD])
    assert "forbidden" in contents.unread[CRD.key]


@pytest.mark.parametrize("container", [CRD, packed(namespace())], ids=["its definition", "any namespace"])
async def test_a_group_that_is_not_answered_for_may_have_objects(api: Api, container: PackedObject) -> None:
    contents = await contents_of(api, Served("v1.36.3", unanswered=frozenset({("example.com", "v1")})), [container])
    assert "example.com/v1 does not answer" in contents.unread[container.key]
