"""When the loop makes a pass and when it records: after errors, after a new revision, after changes of members."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from reconciler.daemon.log import logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.settings import Settings
from reconciler.passes import requeue
from reconciler.passes.controller import Controller
from reconciler.passes.passes import Pass
from reconciler.repo.failures import ConflictError
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

REFUSED = ReconcilerError("the remote does not accept the push")
AWAY = TemporaryError("the remote did not answer")


class FakeController:
    """Has something to record until that works. Errors are raised once each, in order."""

    def __init__(self, done: Pass) -> None:
        self.done = done
        self.settings = Settings()
        self.changed, self.stop = asyncio.Event(), asyncio.Event()
        self.revision, self.next_revision = "", "first"
        self.pending = False
        self.passes = self.records = 0
        self.broken: ReconcilerError | None = None
        self.pass_errors: list[ReconcilerError] = []
        self.record_errors: list[ReconcilerError] = []

    async def refresh(self) -> bool:
        if self.broken is not None:
            raise self.broken
        changed, self.revision = self.revision != self.next_revision, self.next_revision
        return changed

    async def reconcile(self) -> Pass:
        self.passes += 1
        if self.pass_errors:
            raise self.pass_errors.pop(0)
        self.changed.clear()
        self.pending = True
        return self.done

    async def record(self) -> str | None:
        if not self.pending:
            return None
        self.records += 1
        if self.record_errors:
            raise self.record_errors.pop(0)
        self.pending = False
        return "commit"


class Daemon:
    def __init__(self, controller: FakeController) -> None:
        self.controller = controller
        self.text = io.StringIO()
        self.loop = Loop(cast(Controller, controller), logger(as_json=True, to=self.text), Metrics(), Probes(), interval=0.05)

    def logged(self, event: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.text.getvalue().splitlines()) if line["event"] == event]


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- what is waited for is no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(controller: FakeController) -> AsyncIterator[Daemon]:
    daemon = Daemon(controller)
    task = asyncio.create_task(daemon.loop.run())
    try:
        yield daemon
    finally:
        daemon.loop.stop.set()
        await task


@pytest.fixture
async def controller(monkeypatch: pytest.MonkeyPatch) -> FakeController:
    monkeypatch.setattr(requeue, "_FIRST", 0.02)
    return FakeController(await Playground("m1", "m2", "m3").sync(SHOP))


async def test_a_settled_pass_is_recorded_at_once(controller: FakeController) -> None:
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        await asyncio.sleep(0.2)
        assert (controller.passes, controller.records) == (1, 1)
        assert len(daemon.logged("applied")) == 1
    assert daemon.logged("stopped")


async def test_a_temporary_error_of_recording_is_tried_again_soon(controller: FakeController) -> None:
    controller.record_errors = [AWAY, AWAY]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert controller.records == 3
        assert len(daemon.logged("cannot record the status")) == 2


async def test_a_permanent_error_of_recording_waits_whatever_members_do(controller: FakeController) -> None:
    controller.record_errors = [REFUSED]
    async with running(controller) as daemon:
        await eventually(lambda: controller.records == 1)
        for passes in (2, 3):
            controller.changed.set()
            await eventually(lambda passes=passes: controller.passes == passes)  # type: ignore[misc]
        await asyncio.sleep(0.1)
        assert controller.records == 1
        assert len(daemon.logged("cannot record the status")) == 1
    assert controller.records == 2, "the end is a last attempt"


async def test_a_new_revision_ends_the_pause_of_recording(controller: FakeController) -> None:
    controller.record_errors = [REFUSED]
    async with running(controller) as daemon:
        await eventually(lambda: controller.records == 1)
        controller.next_revision = "second"
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert (controller.passes, controller.records) == (2, 2)


async def test_a_repository_that_can_be_read_again_ends_the_pause_of_recording(controller: FakeController) -> None:
    controller.record_errors = [REFUSED]
    async with running(controller) as daemon:
        await eventually(lambda: controller.records == 1)
        controller.broken = AWAY
        await eventually(lambda: bool(daemon.logged("cannot read the repository")))
        assert controller.records == 1
        controller.broken = None
        await eventually(lambda: bool(daemon.logged("recorded")))


async def test_a_conflict_is_followed_by_a_pass(controller: FakeController) -> None:
    controller.record_errors = [ConflictError("the branch moved")]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert (controller.passes, controller.records) == (2, 2)


async def test_a_pass_that_fails_for_good_is_not_repeated_at_once_although_a_member_changed(controller: FakeController) -> None:
    controller.pass_errors = [REFUSED]
    controller.changed.set()
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("pass failed")))
        await asyncio.sleep(0.3)
        assert controller.passes == 1
        controller.changed.set()
        await eventually(lambda: controller.passes == 2)


async def test_a_pass_that_fails_for_now_is_repeated(controller: FakeController) -> None:
    controller.pass_errors = [AWAY, AWAY]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert controller.passes == 3


async def test_errors_in_the_repository_are_logged_once_for_each_revision(controller: FakeController) -> None:
    controller.done = await Playground("m1", "m2", "m3").sync({**SHOP, "broken.yaml": "kind: ["})
    async with running(controller) as daemon:
        await eventually(lambda: controller.passes == 1)
        controller.changed.set()
        await eventually(lambda: controller.passes == 2)
        assert [line["place"] for line in daemon.logged("error in the repository")] == ["broken.yaml:2"]
        controller.next_revision = "second"
        await eventually(lambda: len(daemon.logged("error in the repository")) == 2)
