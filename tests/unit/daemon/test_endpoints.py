"""What the log has of the exchange of endpoints."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from reconciler.daemon import endpoints as module
from reconciler.daemon.endpoints import EndpointExchange, _Said
from reconciler.daemon.log import logger
from reconciler.endpoints.exchange import Orders
from reconciler.endpoints.silent_providers import Silence
from tests.unit.endpoints.builders import M1, M2, WEB, SlicesInMemory


def test_a_member_whose_slices_cannot_be_read_is_named_once() -> None:
    out = io.StringIO()
    said = _Said(logger(as_json=True, to=out))
    forbidden = {M1: "m1: list endpointslices: forbidden"}
    said.troubles({**forbidden, M2: "no connection"}, {M2})  # The pass has told of the second one.
    said.troubles(forbidden, ())
    said.troubles({}, ())
    said.troubles(forbidden, ())
    lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["event"], one["cluster"], one["error"]) for one in lines] == [
        ("endpoints cannot be read", "m1", "m1: list endpointslices: forbidden")
    ] * 2
    assert "list and watch on endpointslices" in lines[0]["remedy"]


async def test_a_defect_after_a_member_was_lost_is_no_hot_loop() -> None:
    now, attempts = datetime(2026, 1, 1, tzinfo=UTC), 0

    def orders(*arguments: object, memo: object) -> tuple[Orders, Silence]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:  # The moment is past when the exchange waits for it.
            return Orders(), Silence(due=now)
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "orders_of", orders)
        patched.setattr(module, "exported_services", lambda compiled: ())
        controller: Any = SimpleNamespace(reached={}, on_pass=None, observes=False)
        exchange = EndpointExchange(controller, lambda: now)
        controller.on_pass(
            SimpleNamespace(compiled=SimpleNamespace(desired=None), recorded=None, unreadable={}, wrote=False, differences=None)
        )
        running = asyncio.create_task(exchange.run(logger(as_json=True, to=io.StringIO())))
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert attempts == 2


async def test_a_member_that_hangs_holds_up_no_orders() -> None:
    """What its exports have is asked beside the exchange."""
    hanging, ordered = SlicesInMemory(), 0

    async def exports() -> Any:
        await asyncio.Event().wait()

    def orders(*arguments: object, memo: object) -> tuple[Orders, Silence]:
        nonlocal ordered
        ordered += 1
        return Orders(), Silence()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hanging, "exports", exports)
        patched.setattr(module, "orders_of", orders)
        patched.setattr(module, "exported_services", lambda compiled: {WEB})
        client = SimpleNamespace(endpoint_slices=lambda: hanging)
        controller: Any = SimpleNamespace(reached={M1: client}, on_pass=None, observes=False)
        exchange = EndpointExchange(controller, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        running = asyncio.create_task(exchange.run(logger(as_json=True, to=io.StringIO())))
        for number in range(3):
            done = SimpleNamespace(
                compiled=SimpleNamespace(desired=number), recorded=None, unreadable={}, wrote=True, differences=None
            )
            controller.on_pass(done)
            for _ in range(10):
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert ordered == 3


async def test_a_revision_that_observes_stops_writes_before_its_first_pass_has_come_to_its_end() -> None:
    asked: list[Any] = []

    def orders(*arguments: object, memo: object) -> tuple[Orders, Silence]:
        asked.append(arguments[-1])
        return Orders(), Silence()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "orders_of", orders)
        patched.setattr(module, "exported_services", lambda compiled: ())
        controller: Any = SimpleNamespace(reached={}, on_pass=None, on_adopt=None, observes=False)
        exchange = EndpointExchange(controller, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        running = asyncio.create_task(exchange.run(logger(as_json=True, to=io.StringIO())))
        compiled = SimpleNamespace(desired=None)
        controller.on_pass(SimpleNamespace(compiled=compiled, recorded=None, unreadable={}, wrote=False, differences=None))
        for observes in (False, True):
            for _ in range(10):
                await asyncio.sleep(0)
            controller.observes = observes
            controller.on_adopt()
        for _ in range(10):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert asked == [None, ()]
