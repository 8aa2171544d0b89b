"""Giving an object back while others write to it. All else is tried on real servers."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.release import release
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import with_value
from reconciler.model.ownership import unmarked
from tests.support.apiserver import FakeServer, status
from tests.support.builders import manifest
from tests.support.managed_fields import entry, fields, live
from tests.unit.cluster.doors import api_of

HELM = entry(fields("data/b"), "helm", "Update")
OURS = entry(fields("data/a"))
MARKED = manifest("ConfigMap", namespace="shop", name="c", data={"a": "1"}, labels={"reconciler.dev/instance": "r", "app": "web"})
RESOURCE = Resource(GroupVersionKind.parse("v1", "ConfigMap"), "configmaps", namespaced=True)
PATH = "/api/v1/namespaces/shop/configmaps/c"


async def released(fake: FakeServer, before: Any, states: list[Any], *refusals: int) -> list[Any]:
    """The metadata of each request. states: what the server holds at each look after a refusal; None for nothing."""
    bodies: list[Any] = []
    codes = iter(refusals)

    async def patch(request: web.Request) -> web.StreamResponse:
        bodies.append((await request.json())["metadata"])
        code = next(codes, 200)
        return web.json_response(before if code == 200 else status(code, "Refused", "no"), status=code)

    async def get(request: web.Request) -> web.StreamResponse:
        state = states.pop(0)
        return web.json_response(state or status(404, "NotFound", "no"), status=200 if state else 404)

    fake.answer(f"PATCH {PATH}", patch)
    fake.answer(f"GET {PATH}", get)
    async with api_of(fake) as api:
        await release(api, RESOURCE, unmarked(before), before)
    return bodies


async def test_one_request_takes_marks_and_ownership_and_nothing_else(server: FakeServer) -> None:
    before = live(MARKED, OURS, HELM)
    (body,) = await released(server, before, [])
    assert body["managedFields"] == [HELM]
    assert (body["labels"], body["annotations"]) == ({"reconciler.dev/instance": None}, {})
    assert body["resourceVersion"] == before["metadata"]["resourceVersion"]


async def test_a_sole_owner_leaves_an_entry_that_owns_nothing_that_a_manifest_states(server: FakeServer) -> None:
    """Without an entry, an API server attributes everything to `before-first-apply`."""
    (body,) = await released(server, live(MARKED, OURS), [])
    (left,) = body["managedFields"]
    assert (left["manager"], left["operation"], left["apiVersion"]) == ("reconciler-released", "Update", "v1")
    assert left["fieldsV1"] == {"f:metadata": {"f:uid": {}}}


async def test_owners_are_taken_from_the_newest_state(server: FakeServer) -> None:
    before = live(MARKED, OURS)
    later = with_value(live(MARKED, OURS, HELM), ("metadata", "resourceVersion"), "8")
    bodies = await released(server, before, [later], 409)
    assert [(one["resourceVersion"], one["managedFields"]) for one in bodies][1:] == [("8", [HELM])]


@pytest.mark.parametrize("refusals", [(404,), (409,)])
async def test_an_object_that_is_gone_is_released(server: FakeServer, refusals: tuple[int, ...]) -> None:
    assert len(await released(server, live(MARKED, OURS), [None], *refusals)) == 1


async def test_another_object_of_the_name_is_not_touched(server: FakeServer) -> None:
    before = live(MARKED, OURS)
    with pytest.raises(RefusedError):
        await released(server, before, [with_value(before, ("metadata", "uid"), "other")], 409)
