"""The slices of one member, as far as what a server answers decides about them."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from reconciler.cluster import api_client as api_module
from reconciler.cluster import member_backoff
from reconciler.cluster import reflector as module
from reconciler.cluster.endpoint_slices import EndpointSlices
from reconciler.cluster.member_protocol import SlicesToFollow
from tests.support.apiserver import fails, says, serving, streams
from tests.unit.cluster.doors import api_of

PATH = "GET /apis/discovery.k8s.io/v1/endpointslices"
EMPTY = {"kind": "EndpointSliceList", "metadata": {"resourceVersion": "7"}, "items": []}


async def answer(request: web.Request) -> web.StreamResponse:
    return await (streams(then="stay") if "watch" in request.query else says(EMPTY))(request)


@pytest.mark.parametrize("code", [403, 404])
async def test_of_a_refused_list_nothing_is_known_until_it_is_answered(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES", (0.005, 0.02))
    monkeypatch.setattr(module, "_AFTER_REFUSAL", 0.01)
    monkeypatch.setattr(api_module, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(member_backoff, "_PAUSES", (0.01, 0.02))
    told = asyncio.Event()
    async with serving() as server, api_of(server) as api:
        server.answer(PATH, fails(code))
        slices = EndpointSlices(api)
        try:
            slices.follow(SlicesToFollow("a=b", ""), told.set)
            await slices.settled()
            assert slices.provided is None
            assert slices.trouble
            server.answer(PATH, answer)
            async with asyncio.timeout(5):
                await told.wait()
            assert slices.provided == {}
            assert slices.trouble == ""
        finally:
            await slices.close()
