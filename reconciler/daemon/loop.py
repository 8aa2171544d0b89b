"""The loop of `reconciler run`: looks at the repository by the clock, at the members when they change, and keeps both in step.

One pass at a time. Whatever asks for one sets an event (the scheduler's job does no more than that: what it ran itself it would
cancel on the way out); events that come during a pass are one reason for the next. Status is written in batches: at once when a
revision has settled, else after a while, so that a rollout is a few commits and not a hundred.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from reconciler.daemon.log import Log
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.errors import ReconcilerError
from reconciler.model.issues import errors_in
from reconciler.passes.controller import Keeper
from reconciler.passes.passes import Pass
from reconciler.passes.requeue import failed, pause_after
from reconciler.repo.failures import ConflictError

_GATHER = 0.05
"""Seconds to wait after a member changed: changes come in swarms."""
_BATCH = 10.0
"""Seconds between status commits while something is on its way."""
_WRITE_AGAIN = 5.0
"""Seconds after a status commit that failed."""


@dataclass(slots=True)
class Loop:
    keeper: Keeper
    log: Log
    metrics: Metrics
    probes: Probes
    interval: float | None = None
    """Seconds between looks at the repository; None: as its Configuration says."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: int = 0
    _next_pass: float | None = None
    """When to make a pass although nothing changed, monotonic."""
    _next_record: float | None = None
    _recorded_at: float = 0.0
    _told: str = ""
    """The revision whose complaints were told."""

    async def run(self) -> None:
        """Until `stop` is set; what is under way is then finished and recorded."""
        scheduler = AsyncIOScheduler()
        scheduler.add_job(self._tick, IntervalTrigger(seconds=self._seconds()), id="poll", max_instances=1, coalesce=True)
        scheduler.start()
        self._poll.set()
        ending = asyncio.create_task(self._end_passes())
        try:
            while not self.stop.is_set():
                self.probes.turn()
                if self._poll.is_set():
                    self._poll.clear()
                    if await self._look():
                        scheduler.reschedule_job("poll", trigger=IntervalTrigger(seconds=self._seconds()))
                if self._due(self._next_pass) or self.keeper.changed.is_set():
                    await self._pass()
                if self._due(self._next_record):
                    await self._record()
                await self._wait()
        finally:
            scheduler.shutdown(wait=False)
            ending.cancel()
            await self._record()
            self.log.info("stopped", revision=self.keeper.revision)

    async def _tick(self) -> None:
        """A coroutine, for what is none runs in a thread, and events are not for several."""
        self._poll.set()

    async def _look(self) -> bool:
        """Whether there is another revision."""
        try:
            changed = await self.keeper.refresh()
        except ReconcilerError as error:
            self.metrics.polled("", good=False)
            self.probes.trouble = error.message
            self.log.error("the repository cannot be followed", error=error.message, remedy=error.remedy)
            return False
        self.probes.trouble = ""
        self.metrics.polled(self.keeper.revision, good=True)
        if changed:
            self.log.info("another revision", revision=self.keeper.revision)
            self._next_pass = time.monotonic()
            self._failures = 0
        return changed

    async def _pass(self) -> None:
        begun = time.monotonic()
        try:
            done = await self.keeper.reconcile()
        except ReconcilerError as error:
            self._failures += 1
            self._next_pass = time.monotonic() + min(2.0**self._failures, 60)
            self.metrics.broke()
            self.log.error("the pass was not finished", error=error.message, remedy=error.remedy)
            return
        seconds = time.monotonic() - begun
        self.probes.passes += 1
        self.metrics.passed(done, seconds)
        self._tell(done, seconds)
        self._failures = self._failures + 1 if failed(done) else 0
        pause = pause_after(done, self._failures)
        self._next_pass = None if pause is None else time.monotonic() + pause
        if self.keeper.pending:
            settled = not done.goes_on
            self._next_record = time.monotonic() if settled else max(time.monotonic(), self._recorded_at + _BATCH)

    def _tell(self, done: Pass, seconds: float) -> None:
        revision = self.keeper.revision
        for name, outcomes in done.outcomes.items():
            for outcome in outcomes:
                change = outcome.change
                if not outcome.done:
                    self.log.error(
                        "not done", cluster=name, resource=str(change.key), change=str(change.action), error=outcome.error
                    )
                elif change.drift and change.action.writes:
                    self.log.warning("drift corrected", cluster=name, resource=str(change.key), reason=change.reason)
        for name, why in done.unreadable.items():
            self.log.warning("member does not answer", cluster=name, error=why)
        if done.wrote:
            written = [one for outcomes in done.outcomes.values() for one in outcomes if one.done and one.change.action.writes]
            self.log.info("applied", revision=revision, changes=len(written), seconds=round(seconds, 3))
        if revision != self._told:
            self._told = revision
            for issue in errors_in(done.compiled.issues):
                self.log.error("in the repository", place=str(issue.origin), error=issue.message, remedy=issue.remedy)

    async def _record(self) -> None:
        self._next_record = None
        try:
            commit = await self.keeper.record()
        except ConflictError as error:
            self.metrics.recorded(good=False)
            self.log.warning("somebody else recorded meanwhile", error=error.message)
            self._next_pass = time.monotonic()
        except ReconcilerError as error:
            self.metrics.recorded(good=False)
            self.log.error("the status was not recorded", error=error.message, remedy=error.remedy)
            self._next_record = time.monotonic() + _WRITE_AGAIN
        else:
            self._recorded_at = time.monotonic()
            if commit is not None:
                self.metrics.recorded(good=True)
                self.log.info("recorded", commit=commit)

    async def _wait(self) -> None:
        """Until there is something to do."""
        changed = self.keeper.changed
        if self._poll.is_set() or self.stop.is_set():
            return
        due = [moment for moment in (self._next_pass, self._next_record) if moment is not None]
        patience = None if not due else max(0.0, min(due) - time.monotonic())
        if not changed.is_set():
            await _first_of((self._poll, changed, self.stop), patience)
        if changed.is_set() and not self.stop.is_set():
            await _first_of((self.stop,), _GATHER)

    async def _end_passes(self) -> None:
        """A pass that is under way begins nothing more."""
        await self.stop.wait()
        self.keeper.stop.set()

    def _seconds(self) -> float:
        return self.interval if self.interval is not None else self.keeper.settings.interval.total_seconds()

    def _due(self, moment: float | None) -> bool:
        return moment is not None and time.monotonic() >= moment


async def _first_of(events: Iterable[asyncio.Event], seconds: float | None) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
