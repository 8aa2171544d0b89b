"""When objects of a new definition can be written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reconciler.cluster import established as module
from reconciler.cluster.api_client import Api
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.discovery import Resource
from reconciler.cluster.established import until_established
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import key_of
from tests.support.apiserver import FakeServer, says, serving
from tests.support.builders import crd
from tests.unit.cluster.doors import api_of
from tests.unit.cluster.test_discovery import group, resource, version

DEFINITIONS = Resource(
    GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"), "customresourcedefinitions", False
)
KEY = key_of(crd())
GET = f"GET {DEFINITIONS.path_of(KEY)}"
NO_GROUPS = says({"items": []})
WIDGETS = says({"items": [group("example.com", version("v1", resource("widgets", "Widget")))]})


def definition(**conditions: str) -> dict[str, Any]:
    document = crd()
    document["spec"]["versions"] = [{"name": "v1", "served": True}, {"name": "v0", "served": False}]
    items = [{"type": kind, "status": status, "message": f"{kind} is {status}"} for kind, status in conditions.items()]
    return {**document, "status": {"conditions": items}}


PENDING = says(definition(Established="False", NamesAccepted="True"))
ESTABLISHED = says(definition(Established="True", NamesAccepted="True"))


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeServer]:
    monkeypatch.setattr(module, "_WITHIN", 0.03)
    monkeypatch.setattr(module, "_INTERVAL", 0.01)
    async with serving() as started:
        started.answer("GET /version", says({"gitVersion": "v1.36.3"}))
        started.answer("GET /api", NO_GROUPS)
        started.answer("GET /apis", WIDGETS)
        yield started


@pytest.fixture
async def api(server: FakeServer) -> AsyncIterator[Api]:
    async with api_of(server) as opened:
        yield opened


async def wait(api: Api) -> None:
    await until_established(api, CachedDiscovery(api), DEFINITIONS, KEY)


async def test_it_waits_for_the_condition_and_then_for_the_kind(server: FakeServer, api: Api) -> None:
    server.answer(GET, says(crd()), PENDING, ESTABLISHED)
    server.answer("GET /apis", NO_GROUPS, WIDGETS)
    await wait(api)
    assert (server.count(GET), server.count("GET /apis")) == (3, 2)


@pytest.mark.parametrize(
    ("answer", "kinds", "error"),
    [
        (PENDING, WIDGETS, f"m1: {KEY} was applied and is not Established after"),
        (ESTABLISHED, NO_GROUPS, f"m1: the kinds of {KEY} are not served after"),
        (says(definition(Established="False", NamesAccepted="False")), WIDGETS, f"m1: {KEY}: NamesAccepted is False"),
    ],
)
async def test_it_does_not_wait_for_ever(server: FakeServer, api: Api, answer: Any, kinds: Any, error: str) -> None:
    server.answer(GET, answer)
    server.answer("GET /apis", kinds)
    with pytest.raises(MemberError) as caught:
        await wait(api)
    assert caught.value.message.startswith(error)
