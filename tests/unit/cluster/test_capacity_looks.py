"""A look at the capacity of a server: which requests it makes, and what it makes of refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.cluster.capacity_looks import CapacityLooks
from reconciler.cluster.member_protocol import MemberError
from reconciler.load.capacity import parse_models
from tests.support.apiserver import FakeServer, Handler, fails, says, serving, status
from tests.unit.cluster.doors import api_of
from tests.unit.interpreter.test_resource_summary import node, pod

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MODELS = parse_models([])


def page(*items: dict[str, Any], more: str = "") -> Handler:
    named = [{**item, "metadata": {"name": f"o{number}", **item.get("metadata", {})}} for number, item in enumerate(items)]
    return says({"kind": "List", "metadata": {"continue": more}, "items": named})


def expired(token: str) -> Handler:
    return says({**status(410, "Expired", "the token is too old"), "metadata": {"continue": token}}, 410)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        started.answer("GET /api/v1/nodes", page(node("n1")))
        started.answer("GET /api/v1/pods", page(pod(cpu="1")))
        yield started


@pytest.fixture
async def looks(server: FakeServer) -> AsyncIterator[CapacityLooks]:
    async with api_of(server) as api:
        yield CapacityLooks(api)


async def test_nodes_and_pods_are_listed_in_pages(server: FakeServer, looks: CapacityLooks) -> None:
    server.answer("GET /api/v1/nodes", page(node("n1"), more="a"), page(node("n2")))
    server.answer("GET /api/v1/pods", page(pod(cpu="1"), more="b"), page(pod("n2", cpu="2"), more="c"), page())
    look = await looks.recent(MODELS, NOW)
    assert look.capacity is not None
    assert not look.reason
    assert look.begun == NOW
    assert (str(look.capacity.allocatable["cpu"]), str(look.capacity.allocated["cpu"])) == ("16", "3")
    selector = "fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed"
    assert [request.replace("%2C", ",").replace("%21", "!") for request in server.requests] == [
        "GET /api/v1/nodes?limit=100",
        "GET /api/v1/nodes?limit=100&continue=a",
        f"GET /api/v1/pods?{selector}&limit=250",
        f"GET /api/v1/pods?{selector}&limit=250&continue=b",
        f"GET /api/v1/pods?{selector}&limit=250&continue=c",
    ]


async def test_a_server_is_asked_once_in_a_minute(server: FakeServer, looks: CapacityLooks) -> None:
    first = await looks.recent(MODELS, NOW)
    assert await looks.recent(MODELS, NOW + timedelta(seconds=59)) is first
    assert len(server.requests) == 2
    assert await looks.recent(MODELS, NOW + timedelta(seconds=60)) is not first
    assert len(server.requests) == 4


async def test_other_models_and_a_clock_that_went_back_need_a_new_look(server: FakeServer, looks: CapacityLooks) -> None:
    first = await looks.recent(MODELS, NOW)
    assert first.capacity is not None
    assert first.capacity.grades
    second = await looks.recent((), NOW)
    assert second.capacity is not None
    assert second.capacity.grades is None
    assert (await looks.recent((), NOW - timedelta(hours=1))).begun == NOW - timedelta(hours=1)
    assert server.count("GET /api/v1/nodes") == 3


async def test_a_list_whose_token_expired_goes_on_with_the_token_of_the_answer(server: FakeServer, looks: CapacityLooks) -> None:
    server.answer("GET /api/v1/pods", page(pod(cpu="1"), more="old"), expired("new"), page(pod(cpu="2")))
    look = await looks.recent(MODELS, NOW)
    assert look.capacity is not None
    assert str(look.capacity.allocated["cpu"]) == "3"
    assert server.requests[-1].endswith("continue=new")


async def test_a_list_that_expires_without_a_token_is_tried_by_the_next_pass(server: FakeServer, looks: CapacityLooks) -> None:
    server.answer("GET /api/v1/pods", page(pod(cpu="1"), more="old"), fails(410))
    with pytest.raises(MemberError) as caught:
        await looks.recent(MODELS, NOW)
    assert caught.value.temporary
    server.answer("GET /api/v1/pods", page(pod(cpu="1")))
    assert (await looks.recent(MODELS, NOW)).capacity is not None


async def test_a_list_that_expires_again_and_again_ends(server: FakeServer, looks: CapacityLooks) -> None:
    server.answer("GET /api/v1/pods", expired("new"))
    with pytest.raises(MemberError) as caught:
        await looks.recent(MODELS, NOW)
    assert caught.value.temporary
    assert server.count("GET /api/v1/pods") == 21


@pytest.mark.parametrize("kind", ["nodes", "pods"])
async def test_a_credential_that_may_not_list_leaves_the_capacity_unknown(
    server: FakeServer, looks: CapacityLooks, kind: str
) -> None:
    server.answer(f"GET /api/v1/{kind}", fails(403, f'{kind} is forbidden: User "u" cannot list resource "{kind}"'))
    look = await looks.recent(MODELS, NOW)
    assert look.capacity is None
    assert look.reason.startswith(
        f"the credential may not list {kind}. Add a rule to its ClusterRole in the member: the verb list for nodes and pods."
    )
    await looks.recent(MODELS, NOW + timedelta(seconds=10))
    assert server.count(f"GET /api/v1/{kind}") == 1


async def test_a_server_that_does_not_accept_the_credential_says_nothing_about_nodes(
    server: FakeServer, looks: CapacityLooks
) -> None:
    server.answer("GET /api/v1/nodes", fails(401))
    with pytest.raises(MemberError, match="the server refuses the credential"):
        await looks.recent(MODELS, NOW)


async def test_an_amount_that_is_none_leaves_the_capacity_unknown(server: FakeServer, looks: CapacityLooks) -> None:
    server.answer("GET /api/v1/pods", page(pod(cpu="many")))
    look = await looks.recent(MODELS, NOW)
    assert look.capacity is None
    assert look.reason.startswith("a request or an amount of its pods is not a quantity")
