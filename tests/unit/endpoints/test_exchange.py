"""The exchange over members in memory: what a change causes, and what it does not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reconciler.endpoints.exchange import Exchange, Orders, Written
from reconciler.endpoints.routes import Route, Routes, UnreadFile
from reconciler.model.manifest import Manifest
from tests.unit.endpoints.builders import M1, M2, M3, SlicesInMemory, connected, imported, slice_of


class Fleet:
    def __init__(self, *routes: Route) -> None:
        self.told: list[Written] = []
        self.written = asyncio.Event()
        self.exchange = Exchange(self._take)
        self.members = {M1: SlicesInMemory(), M2: SlicesInMemory(), M3: SlicesInMemory()}
        self.orders = Orders(by_target(*routes), "shop")

    def _take(self, written: Written) -> None:
        self.told.append(written)
        if written.error is None:
            self.written.set()

    async def settle(self, *routes: Route, **orders: object) -> None:
        if routes or orders:
            self.orders = Orders(**{"routes": by_target(*routes), "instance": "shop", **orders})  # type: ignore[arg-type]
        self.exchange.order(self.orders, self.members)
        await self.exchange.settled()

    @property
    def requests(self) -> list[str]:
        return [f"{name} {line}" for name, one in self.members.items() for line in one.log]


def by_target(*routes: Route) -> Routes:
    return {target: tuple(sorted(one for one in routes if one.target == target)) for target in sorted({r.target for r in routes})}


ROUTE = connected("m1", "m2", to=("m2", "m3"))


async def test_endpoints_reach_all_consumers_but_their_own_member() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1", "10.1.0.2"))
    fleet.members[M2].put(slice_of("web-b", "10.2.0.1"))
    await fleet.settle()
    assert fleet.members[M1].holds == {}
    assert fleet.members[M2].holds == {"m1-web-a": ["10.1.0.1", "10.1.0.2"]}
    assert fleet.members[M3].holds == {"m1-web-a": ["10.1.0.1", "10.1.0.2"], "m2-web-b": ["10.2.0.1"]}


async def test_a_change_is_written_to_whom_it_concerns_and_nothing_else_is() -> None:
    fleet = Fleet(ROUTE, connected("m1", to=("m2",), name="api"))
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    fleet.members[M1].put(slice_of("api-a", "10.1.0.9", service="api"))
    await fleet.settle()
    before = len(fleet.requests)
    fleet.members[M1].put(slice_of("api-a", "10.1.0.10", service="api"))
    await fleet.exchange.settled()
    assert len(fleet.requests) == before + 1
    assert fleet.members[M2].holds["m1-api-a"] == ["10.1.0.10"]


async def test_the_last_endpoint_takes_the_copies_with_it() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    fleet.members[M1].put(slice_of("web-a"))
    await fleet.exchange.settled()
    assert fleet.members[M2].holds == fleet.members[M3].holds == {}


async def test_a_deleted_slice_takes_the_copies_with_it() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    fleet.members[M1].drop("web-a")
    await fleet.exchange.settled()
    assert fleet.members[M3].holds == {}


@pytest.mark.parametrize(
    ("routes", "left"),
    [
        ([connected("m2", to=("m2", "m3"))], [[], []]),
        ([connected("m1", "m2", to=("m2",))], [["m1-web-a"], []]),
        ([], [[], []]),
        ([imported("m1", to=("m3",))], [[], ["imported-m1-web-a"]]),
    ],
)
async def test_a_revision_withdraws_what_it_does_not_connect_any_more(routes: list[Route], left: list[list[str]]) -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    await fleet.settle(routes=by_target(*routes))
    assert [list(fleet.members[name].holds) for name in (M2, M3)] == left


async def test_another_process_finds_everything_as_it_should_be_and_writes_nothing() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    await fleet.exchange.close()
    before = list(fleet.requests)
    fleet.exchange = Exchange(fleet.told.append)
    await fleet.settle()
    assert fleet.requests == before


async def test_another_process_withdraws_what_was_left() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    await fleet.exchange.close()
    fleet.exchange = Exchange(fleet.told.append)
    await fleet.settle(routes={})
    assert fleet.members[M2].holds == fleet.members[M3].holds == {}
    assert fleet.members[M2].wanted.provided == ""


async def test_nothing_is_watched_where_nothing_is_connected() -> None:
    fleet = Fleet()
    await fleet.settle()
    await asyncio.sleep(0)
    assert {one.wanted.copies or one.wanted.provided for one in fleet.members.values()} == {""}


async def test_a_silent_provider_keeps_its_endpoints_until_it_is_lost() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    fleet.members[M1].answers = False
    await fleet.exchange.close()
    fleet.exchange = Exchange(fleet.told.append)  # Also one that has never seen its endpoints.
    fleet.members[M2].put(slice_of("web-b", "10.2.0.1"))
    await fleet.settle()
    assert list(fleet.members[M3].holds) == ["m1-web-a", "m2-web-b"]
    await fleet.settle(ROUTE, lost=frozenset({M1}))
    assert list(fleet.members[M3].holds) == ["m2-web-b"]
    fleet.members[M1].comes_back()
    await fleet.settle(ROUTE)
    assert list(fleet.members[M3].holds) == ["m1-web-a", "m2-web-b"]


async def test_a_consumer_that_does_not_answer_holds_up_no_other_and_is_tried_again() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M2].refuses = {"m1-web-a"}
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    assert list(fleet.members[M3].holds) == ["m1-web-a"]
    (failed,) = [one for one in fleet.told if one.error]
    assert failed.consumer == M2
    fleet.members[M2].refuses = set()
    await asyncio.sleep(1.1)  # The first pause.
    await fleet.exchange.settled()
    assert list(fleet.members[M2].holds) == ["m1-web-a"]


async def test_nothing_is_written_to_a_suspended_consumer() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle(ROUTE, halted=frozenset({M2}))
    assert fleet.members[M2].log == []
    await fleet.settle(ROUTE)
    assert list(fleet.members[M2].holds) == ["m1-web-a"]


async def test_a_copy_that_somebody_changed_is_written_again() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    (copy,) = [one.manifest for one in fleet.members[M3].objects.values()]
    fleet.members[M3].put({**copy, "endpoints": []})
    await fleet.exchange.settled()
    assert fleet.members[M3].holds == {"m1-web-a": ["10.1.0.1"]}


async def test_a_service_that_cannot_be_read_keeps_its_copies_as_they_are() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    before = fleet.members[M3].holds
    await fleet.settle(unread=frozenset({("shop", "web")}), routes={})
    assert fleet.members[M3].holds == before != {}
    await fleet.settle(routes={})
    assert fleet.members[M3].holds == {}


async def test_what_a_file_with_an_error_may_connect_keeps_its_copies_without_a_record() -> None:
    fleet = Fleet(ROUTE, connected("m1", to=("m3",), name="api"))
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    fleet.members[M1].put(slice_of("api-a", "10.1.0.9", service="api"))
    await fleet.settle()
    assert sorted(fleet.members[M3].holds) == ["m1-api-a", "m1-web-a"]
    await fleet.exchange.close()
    fleet.exchange = Exchange(fleet.told.append)
    await fleet.settle(routes={}, files=(UnreadFile("kind: MultiClusterService, name: web", None),))
    assert sorted(fleet.members[M3].holds) == ["m1-web-a"]
    await fleet.settle(routes={})
    assert fleet.members[M3].holds == {}


async def test_of_an_ailing_member_what_it_answers_for_stays() -> None:
    fleet = Fleet(ROUTE)
    fleet.members[M1].put(slice_of("web-a", "10.1.0.1"))
    await fleet.settle()
    await fleet.settle(ROUTE, ailing=frozenset({M1}))
    fleet.members[M1].put(slice_of("web-a", "10.1.0.2"))
    await fleet.exchange.settled()
    assert fleet.members[M3].holds == {"m1-web-a": ["10.1.0.2"]}
    fleet.members[M1].answers = False
    await fleet.settle(ROUTE, ailing=frozenset({M1}))
    assert fleet.members[M3].holds == {}


async def test_a_suspension_stops_a_batch_under_way_and_its_end_goes_on_with_it() -> None:
    fleet = Fleet(ROUTE)
    consumer, halted = fleet.members[M3], fleet.orders
    for name in "abc":
        fleet.members[M1].put(slice_of(f"web-{name}", "10.1.0.1"))
    write = consumer.write

    async def suspended_meanwhile(copy: Manifest, live: Manifest | None) -> None:
        await write(copy, live)
        fleet.exchange.order(replace(halted, halted=frozenset({M3})), fleet.members)

    consumer.write = suspended_meanwhile  # type: ignore[method-assign]
    await fleet.settle()
    assert list(consumer.holds) == ["m1-web-a"]
    consumer.write = write  # type: ignore[method-assign]
    await fleet.settle()
    assert list(consumer.holds) == ["m1-web-a", "m1-web-b", "m1-web-c"]


async def test_a_slice_that_was_made_again_with_addresses_of_another_family() -> None:
    """No API server lets the family of a slice be changed."""
    fleet = Fleet(connected("m1", to=("m2",)))
    fleet.members[M1].put(slice_of("web", "10.1.0.1"))
    await fleet.settle()
    fleet.members[M1].put({**slice_of("web", "fd00::1"), "addressType": "IPv6"})
    await fleet.exchange.settled()
    assert fleet.members[M2].log == ["write m1-web", "remove m1-web", "write m1-web"]
    assert fleet.members[M2].holds == {"m1-web": ["fd00::1"]}


async def test_what_failed_counts_for_the_time_that_a_change_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.endpoints.exchange._PAUSES", (0.02, 0.02))
    fleet = Fleet(connected("m1", to=("m2",)))
    fleet.members[M2].refuses.add("m1-web")
    fleet.members[M1].put(slice_of("web", "10.1.0.1"))
    await fleet.settle()
    fleet.members[M2].refuses.clear()
    await asyncio.wait_for(fleet.written.wait(), 30)
    failed, written = fleet.told
    assert failed.error is not None
    assert written.seconds >= 0.02
