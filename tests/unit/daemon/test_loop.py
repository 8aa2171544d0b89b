"""When the loop makes a pass and when it records: after errors, after a new revision, after changes of members."""

from __future__ import annotations

import asyncio
import io
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self, cast

import pytest

from reconciler.cluster.member_protocol import NotConfiguredError
from reconciler.daemon import loop
from reconciler.daemon.log import Log, logger
from reconciler.daemon.loop import Loop
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.daemon.rollout_reverts import RolloutReverts
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.changes import Action, Configure, Outcome
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import Settings
from reconciler.passes import pass_backoff
from reconciler.passes.controller import Controller
from reconciler.passes.correction import Correction
from reconciler.passes.events import DriftCorrected
from reconciler.passes.passes import Pass
from reconciler.repo.failures import ConflictError, RepositoryError
from reconciler.repo.replaced_branch import PartlyRefusedError
from tests.support.builders import config, rendered
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

REFUSED = ReconcilerError("the remote does not accept the push")
AWAY = TemporaryError("the remote did not answer")


class FakeController:
    """Has something to record until that works. Errors are raised once each, in order."""

    def __init__(self, done: Pass) -> None:
        self.done = done
        self.settings = Settings()
        self.changed, self.named, self.stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.revision, self.next_revision, self.branch = "", "first", "main"
        self.fetched, self.traceparent = "first", ""
        self.consent: list[str] = []
        self.went_back = None
        self.good = self.refused = ""
        self.pending = self.pushed = False
        self.fetches = self.passes = self.records = self.corrections = 0
        self.correction = Correction(done.recorded)
        self.broken: Exception | None = None
        self.pass_errors: list[Exception] = []
        self.record_errors: list[Exception] = []
        self.correction_errors: list[Exception] = []
        self.revert_errors: list[Exception] = []

    async def fetch(self) -> None:
        self.fetches += 1
        await self.remote()
        if self.broken is not None:
            raise self.broken

    async def adopt(self) -> bool:
        if self.next_revision in (self.revision, self.refused):
            return False
        self.revision = self.next_revision
        return True

    async def remote(self) -> None:
        """Where requests to the remote wait."""

    async def revert(self) -> bool:
        if self.revert_errors:
            raise self.revert_errors.pop(0)
        if not self.good or self.good == self.revision:
            return False
        self.refused, self.revision = self.revision, self.good
        return True

    async def reconcile(self) -> Pass:
        self.passes += 1
        if self.pass_errors:
            raise self.pass_errors.pop(0)
        self.changed.clear()
        self.pending, self.good = True, self.revision
        return self.done

    async def correct(self) -> Correction:
        self.corrections += 1
        self.named.clear()
        if self.correction_errors:
            raise self.correction_errors.pop(0)
        if not self.correction.complete:
            self.changed.set()
        return self.correction

    async def record(self) -> str | None:
        if not self.pending:
            return None
        self.records += 1
        await self.remote()
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
async def running(controller: FakeController, interval: float = 0.05) -> AsyncIterator[Daemon]:
    daemon = Daemon(controller)
    daemon.loop.interval = interval
    task = asyncio.create_task(daemon.loop.run())
    try:
        yield daemon
    finally:
        daemon.loop.stop.set()
        await task


@pytest.fixture
async def controller(monkeypatch: pytest.MonkeyPatch) -> FakeController:
    monkeypatch.setattr(pass_backoff, "_FIRST", 0.02)
    return FakeController(await Playground("m1", "m2", "m3").sync(SHOP))


async def test_a_process_that_lacks_the_means_for_its_first_revision_ends(controller: FakeController) -> None:
    async def refuse() -> bool:
        raise NotConfiguredError("m1: there is no credential")

    controller.adopt = refuse  # type: ignore[method-assign]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("stopped")))
        assert "no credential" in str(daemon.loop.refusal)
    assert (controller.passes, controller.records) == (0, 0)


async def test_a_settled_pass_is_recorded_at_once(controller: FakeController) -> None:
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert [(line["revision"], line["branch"]) for line in daemon.logged("new revision")] == [("first", "main")]
        await asyncio.sleep(0.2)
        assert (controller.passes, controller.records) == (1, 1)
        assert len(daemon.logged("applied")) == 1
    assert daemon.logged("stopped")


class Verdicts:
    """Has something to commit after one pass, until an attempt works."""

    def __init__(self, controller: FakeController, after: int, failures: int = 0) -> None:
        self.controller, self.after, self.failures = controller, after, failures
        self.tried: list[int] = []
        """What the number of records was at each attempt."""
        self.pending = self.is_news = False

    def passed(self, revision: str, done: Pass) -> bool:
        if self.controller.passes == self.after:
            self.pending = self.is_news = True
        return self.pending

    def due(self) -> Callable[[Log], Awaitable[None]]:
        pending = self.pending

        async def commit(log: Log) -> None:
            if pending:
                self.tried.append(self.controller.records)
                self.failures, self.pending, self.is_news = self.failures - 1, self.failures > 0, False

        return commit


@asynccontextmanager
async def batching(controller: FakeController, verdicts: Verdicts) -> AsyncIterator[Daemon]:
    """After its first record: the next one would be ten seconds later."""
    controller.done = replace(controller.done, rollout_due=True)
    async with running(controller) as daemon:
        daemon.loop.branch_writers = [cast(RolloutReverts, verdicts)]
        await eventually(lambda: bool(daemon.logged("recorded")))
        yield daemon


async def further(controller: FakeController, passes: int = 1) -> None:
    for number in range(controller.passes + 1, controller.passes + passes + 1):
        controller.changed.set()
        await eventually(lambda: controller.passes >= number)  # noqa: B023 -- it is awaited here


async def test_what_follows_from_a_verdict_is_committed_as_soon_as_the_verdict_is_recorded(controller: FakeController) -> None:
    verdicts = Verdicts(controller, 3)
    async with batching(controller, verdicts):
        await further(controller, 1)
        assert controller.records == 1
        await further(controller, 1)
        await eventually(lambda: bool(verdicts.tried))
        await further(controller, 2)
        assert controller.records == 2
    assert verdicts.tried == [2]


async def test_a_verdict_during_a_record_is_recorded_before_its_commit(controller: FakeController) -> None:
    verdicts, answers, record = Verdicts(controller, 3), asyncio.Event(), controller.record

    async def slowly() -> str | None:
        commit = await record()
        await answers.wait()
        return commit

    async with batching(controller, verdicts) as daemon:
        controller.record = slowly  # type: ignore[method-assign]
        daemon.loop._recorded_at = -math.inf
        await further(controller, 1)
        await eventually(lambda: controller.records == 2)
        await further(controller, 1)
        assert verdicts.tried == []
        answers.set()
        await eventually(lambda: bool(verdicts.tried))
    assert verdicts.tried == [3]


async def test_what_cannot_be_committed_does_not_end_the_batches(controller: FakeController) -> None:
    verdicts = Verdicts(controller, 2, failures=1000)
    async with batching(controller, verdicts):
        await further(controller, 1)
        await eventually(lambda: bool(verdicts.tried))
        await further(controller, 3)
        assert (controller.records, verdicts.tried) == (2, [2])


async def test_a_temporary_error_of_recording_is_tried_again_soon(controller: FakeController) -> None:
    controller.record_errors = [AWAY, AWAY]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert controller.records == 3
        assert len(daemon.logged("cannot record the status")) == 1, "one line for one problem"
        controller.record_errors, controller.pending = [AWAY], True
        controller.changed.set()
        await eventually(lambda: len(daemon.logged("recorded")) == 2)
        assert len(daemon.logged("cannot record the status")) == 2, "it comes again after it was over"


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


async def test_a_refusal_of_some_branches_holds_up_no_other_record(controller: FakeController) -> None:
    refused = PartlyRefusedError("the branch of m1 is protected", remedy="", written={"m2": "commit"})
    controller.record_errors = [refused, refused]
    async with running(controller) as daemon:
        await eventually(lambda: controller.records == 1)
        daemon.loop.recorded = lambda: told.append(True)
        told: list[bool] = []
        for number in (2, 3):
            controller.changed.set()
            await eventually(lambda: controller.records == number)  # noqa: B023 -- it is awaited here
        await eventually(lambda: not controller.pending)
        assert told == [True, True]
        assert len(daemon.logged("cannot record the status")) == 1


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


async def test_a_repository_that_cannot_be_read_is_logged_once_until_it_can(controller: FakeController) -> None:
    async with running(controller) as daemon:
        await eventually(lambda: controller.passes == 1)
        controller.broken = RepositoryError("no commit main")
        reads = controller.fetches
        await eventually(lambda: controller.fetches >= reads + 3)
        assert len(daemon.logged("cannot read the repository")) == 1
        controller.broken = RepositoryError("another reason")
        await eventually(lambda: len(daemon.logged("cannot read the repository")) == 2)
        controller.broken = None
        await eventually(lambda: bool(daemon.logged("the repository can be read again")))
        assert controller.passes == 1


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


def corrected() -> Correction:
    """One object of one member."""
    wanted = rendered(config())
    outcome = Outcome(Configure(wanted, wanted.manifest, wanted.manifest, "the member drifted", drift=True))
    event = DriftCorrected(ClusterName("m1"), wanted.key, Action.CONFIGURE, "the member drifted")
    return Correction(RecordedState(), True, {ClusterName("m1"): (outcome,)}, (event,))


async def test_single_objects_are_corrected_and_a_pass_follows(
    controller: FakeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_AFTER_CORRECTION", 0.3)
    controller.correction = corrected()
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        for number in (1, 2):
            controller.named.set()
            await eventually(lambda number=number: controller.corrections == number)  # type: ignore[misc]
            assert controller.passes == 1
        assert len(daemon.logged("drift corrected")) == 2
        assert b'reconciler_drift_corrected_total{cluster="m1"} 2.0' in daemon.loop.metrics.text()
        await eventually(lambda: controller.passes == 2)
        await asyncio.sleep(0.4)
        assert controller.passes == 2, "one pass for both"


async def test_what_a_correction_leaves_is_gathered_for_a_pass(
    controller: FakeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where objects are named all the time."""
    monkeypatch.setattr(loop, "_GATHER", 0.3)
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        begun = controller.corrections
        while controller.passes == 1:
            controller.named.set()
            await asyncio.sleep(0.02)
        assert controller.corrections - begun > 2, "each is looked at, at once"
        assert not daemon.logged("drift corrected")


async def test_a_correction_that_raises_is_followed_by_a_pass(controller: FakeController) -> None:
    controller.correction_errors = [ZeroDivisionError()]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        controller.named.set()
        await eventually(lambda: controller.passes == 2)
        assert len(daemon.logged("correction failed")) == 1


async def test_errors_in_the_repository_are_logged_once_for_each_revision(controller: FakeController) -> None:
    controller.done = await Playground("m1", "m2", "m3").sync({**SHOP, "broken.yaml": "kind: ["})
    async with running(controller) as daemon:
        await eventually(lambda: controller.passes == 1)
        controller.changed.set()
        await eventually(lambda: controller.passes == 2)
        assert [line["place"] for line in daemon.logged("error in the repository")] == ["broken.yaml:2"]
        controller.next_revision = "second"
        await eventually(lambda: len(daemon.logged("error in the repository")) == 2)


async def test_an_unexpected_exception_is_logged_once_and_the_last_good_revision_goes_on(controller: FakeController) -> None:
    async with running(controller) as daemon:
        await eventually(lambda: controller.passes == 1)
        controller.pass_errors = [ZeroDivisionError("with a secret"), ZeroDivisionError("with a secret")]
        controller.next_revision = "second"
        await eventually(lambda: bool(daemon.logged("returned to the last good revision")))
        await asyncio.sleep(0.2)
        assert controller.revision == "first"
        assert controller.passes == 3, "the last good revision meets the same error; it is tried again later"
        (line,) = daemon.logged("pass failed")
        assert line["reference"] in line["error"]
        assert "test_loop.py:" in line["error"]
        controller.next_revision = "third"
        await eventually(lambda: controller.passes == 4)


@pytest.mark.parametrize("errors", [[], [AWAY, ZeroDivisionError()]])
async def test_a_revision_over_which_no_pass_succeeds_is_left(controller: FakeController, errors: list[Exception]) -> None:
    """errors: of the attempts to leave it, which end nothing."""
    async with running(controller) as daemon:
        await eventually(lambda: controller.passes == 1)
        controller.pass_errors, controller.revert_errors = [AWAY] * (3 + len(errors)), list(errors)
        controller.next_revision = "second"
        await eventually(lambda: controller.passes == 5 + len(errors))
        assert len(daemon.logged("cannot return to the last good revision")) == len(errors)
        assert [line["in_force"] for line in daemon.logged("returned to the last good revision")] == ["first"]


@pytest.mark.parametrize("where", ["fetch", "record"])
async def test_an_unexpected_exception_of_git_ends_nothing(controller: FakeController, where: str) -> None:
    if where == "fetch":
        controller.broken = OSError(28, "No space left on device")
    else:
        controller.record_errors = [OSError(28, "No space left on device")]
    event = {"fetch": "cannot read the repository", "record": "cannot record the status"}[where]
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged(event)))
        controller.broken = None
        controller.next_revision = "second"
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert len(daemon.logged(event)) == 1


async def test_a_remote_that_says_nothing_holds_up_neither_drift_nor_the_end(
    controller: FakeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_LAST_RECORD", 0.1)
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        controller.remote = silence  # type: ignore[method-assign]
        await asyncio.sleep(0.2)
        for passes in (2, 3):
            controller.changed.set()
            await eventually(lambda passes=passes: controller.passes == passes)  # type: ignore[misc]
        async with asyncio.timeout(2):
            daemon.loop.stop.set()
            await eventually(lambda: bool(daemon.logged("stopped")))
    assert daemon.logged("the status could not be recorded in time")


async def test_a_loop_that_is_cancelled_awaits_no_member_and_no_remote(controller: FakeController) -> None:
    """Another process may lead: what is under way must not be written any more."""
    daemon = Daemon(controller)
    task = asyncio.create_task(daemon.loop.run())
    await eventually(lambda: bool(daemon.logged("recorded")))
    controller.pending = True
    controller.remote = controller.reconcile = silence  # type: ignore[method-assign, assignment]
    controller.changed.set()
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(2):
            await task
    assert daemon.logged("stopped")
    assert not daemon.logged("the status could not be recorded in time")


async def silence() -> None:
    await asyncio.Event().wait()


async def test_a_clock_that_steps_back_does_not_stop_the_reads(
    controller: FakeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_LATE", 0.05)
    async with running(controller) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        monkeypatch.setattr("apscheduler.schedulers.base.datetime", Earlier)
        monkeypatch.setattr("apscheduler.triggers.interval.datetime", Earlier)
        await asyncio.sleep(0.3)
        for revision in ("second", "third"):
            controller.next_revision = revision
            await eventually(lambda revision=revision: controller.revision == revision)  # type: ignore[misc]


async def test_a_tick_that_comes_late_writes_nothing_beside_the_log(
    controller: FakeController, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(controller, interval=600.0) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        fetches = controller.fetches
        daemon.loop._scheduler.modify_job("poll", next_run_time=datetime.now(UTC) - timedelta(minutes=1))
        await eventually(lambda: controller.fetches > fetches)
    assert caplog.text == ""


class Earlier(datetime):
    """The wall clock, two hours back."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - timedelta(hours=2)


async def test_an_idle_loop_is_alive_and_makes_a_pass_now_and_then(
    controller: FakeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_TURN", 0.02)
    monkeypatch.setattr(loop, "_RESYNC", (0.3, 0.3))
    async with running(controller, interval=3600) as daemon:
        await eventually(lambda: controller.passes == 1)
        turned = daemon.loop.probes.turned
        await eventually(lambda: daemon.loop.probes.turned > turned)
        await eventually(lambda: controller.passes == 3)


async def test_a_webhook_makes_it_fetch_at_once_and_once_more_for_those_during_a_fetch(controller: FakeController) -> None:
    answered = asyncio.Event()
    answered.set()
    controller.remote = answered.wait  # type: ignore[assignment]
    async with running(controller, interval=3600) as daemon:
        await eventually(lambda: bool(daemon.logged("recorded")))
        assert controller.fetches == 1
        answered.clear()
        controller.next_revision = "second"
        assert not controller.pushed
        daemon.loop.fetch_soon()
        assert controller.pushed
        await eventually(lambda: controller.fetches == 2)
        for _ in range(5):
            daemon.loop.fetch_soon()
        answered.set()
        await eventually(lambda: controller.revision == "second" and controller.fetches == 3)
        await eventually(lambda: controller.records == 2)
        assert controller.fetches == 3


async def test_a_failed_fetch_is_repeated_before_the_interval_ends(controller: FakeController) -> None:
    """A webhook may have asked for it, and the interval may be hours."""
    controller.broken = AWAY
    async with running(controller, interval=3600) as daemon:
        await eventually(lambda: controller.fetches >= 3)
        controller.broken = None
        await eventually(lambda: bool(daemon.logged("recorded")))
        fetches = controller.fetches
        await asyncio.sleep(0.2)
        assert controller.fetches == fetches


class Told:
    """A notifier that writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def begun(self, commit: str) -> None:
        self.said.append(f"begun {commit}")

    def refused(self, commit: str, error: Exception) -> None:
        self.said.append(f"refused {commit}: {error}")

    def passed(self, commit: str, done: Pass, *, newest: str) -> None:
        self.said.append(f"passed {commit}")


async def test_what_happens_to_a_revision_is_told(controller: FakeController) -> None:
    told = Told()
    async with running(controller) as daemon:
        daemon.loop.notifier = cast(Any, told)
        await eventually(lambda: "passed first" in told.said)
        controller.fetched, adopt = "second", controller.adopt
        controller.adopt = failing(ReconcilerError("reconciler.yaml: broken"))  # type: ignore[method-assign]
        await eventually(lambda: "refused second: reconciler.yaml: broken" in told.said)
        controller.adopt = adopt  # type: ignore[method-assign]
        controller.fetched = controller.next_revision = "third"
        controller.pass_errors = [ValueError("a defect")]
        await eventually(lambda: told.said[-1] == "passed first")
    assert told.said[:2] == ["begun first", "passed first"]
    assert told.said[-3:] == ["begun third", "refused third: a defect", "passed first"]


def failing(error: Exception) -> Callable[[], Awaitable[bool]]:
    async def adopt() -> bool:
        raise error

    return adopt
