"""The loop of `reconciler run`: reads the repository at an interval and the members when they change, and keeps both in step.

There is one pass at a time. Whatever asks for a pass sets an event; the job of the scheduler does no more than that, because the
scheduler cancels a running job when it shuts down. Events that arrive during a pass cause one more pass together. The status is
recorded in batches: at once when nothing is in progress, else after a while, so that a rollout is a few commits, not a hundred.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from reconciler.daemon.log import Log, log_events
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.probes import Probes
from reconciler.errors import ReconcilerError
from reconciler.passes.controller import Controller
from reconciler.passes.events import Event, IssueReported
from reconciler.passes.passes import Pass
from reconciler.passes.requeue import pause_after_error, pause_after_pass
from reconciler.repo.failures import ConflictError

_GATHER = 0.05
"""Seconds to wait after a member changed: most changes are followed by others."""
_BATCH = 10.0
"""Seconds between status commits while something is in progress."""


@dataclass(slots=True)
class Loop:
    controller: Controller
    log: Log
    metrics: Metrics
    probes: Probes
    interval: float | None = None
    """Seconds between reads of the repository; None: as its Configuration says."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: asyncio.Event = field(default_factory=asyncio.Event)
    _next_pass: float | None = None
    """When to make a pass although nothing changed, by the monotonic clock."""
    _next_record: float | None = None
    """When to record what is pending, by the monotonic clock."""
    _failed_passes: int = 0
    """In a row."""
    _failed_records: int = 0
    """In a row."""
    _recorded_at: float = 0.0
    """The last commit to the status branch, by the monotonic clock."""
    _paused_until: float = 0.0
    """The end of the pause after an attempt to record that failed, by the monotonic clock."""
    _reported: str = ""
    """The revision whose errors were logged."""

    async def run(self) -> None:
        """Runs until `stop` is set. What is running is then finished and recorded."""
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
                    if await self._read_repository():
                        scheduler.reschedule_job("poll", trigger=IntervalTrigger(seconds=self._seconds()))
                if _is_due(self._next_pass) or self.controller.changed.is_set():
                    await self._pass()
                if _is_due(self._next_record):
                    await self._record()
                await self._wait()
        finally:
            scheduler.shutdown(wait=False)
            ending.cancel()
            await self._record()
            self.log.info("stopped", revision=self.controller.revision)

    async def _tick(self) -> None:
        """A coroutine, because the scheduler runs a plain function in a thread, and an event belongs to one thread."""
        self._poll.set()

    async def _read_repository(self) -> bool:
        """Whether there is a new revision. It ends all pauses, for it may correct what failed; so does a remote that is back."""
        try:
            changed = await self.controller.refresh()
        except ReconcilerError as error:
            self.metrics.polled("", good=False)
            self.probes.trouble = error.message
            self.log.error("cannot read the repository", error=error.message, remedy=error.remedy)
            return False
        recovered, self.probes.trouble = bool(self.probes.trouble), ""
        self.metrics.polled(self.controller.revision, good=True)
        if changed:
            self.log.info("new revision", revision=self.controller.revision)
            self._next_pass = time.monotonic()
            self._failed_passes = 0
        if self._failed_records and (changed or recovered):
            self._failed_records = 0
            self._paused_until = 0.0
            self._next_record = time.monotonic()
        return changed

    async def _pass(self) -> None:
        begun = time.monotonic()
        try:
            done = await self.controller.reconcile()
        except ReconcilerError as error:
            self._failed_passes += 1
            self._next_pass = time.monotonic() + pause_after_error(error, self._failed_passes)
            self.controller.changed.clear()  # The next pass looks at all members. Without this it would begin at once.
            self.metrics.broke()
            self.log.error("pass failed", error=error.message, remedy=error.remedy)
            return
        seconds = time.monotonic() - begun
        self.probes.passes += 1
        self.metrics.passed(done, seconds)
        log_events(self.log, self._news(done), self.controller.revision, seconds)
        self._failed_passes = self._failed_passes + 1 if done.unfinished else 0
        pause = pause_after_pass(done, self._failed_passes)
        self._next_pass = None if pause is None else time.monotonic() + pause
        if self.controller.pending:
            batch_ends = self._recorded_at + _BATCH if done.in_progress else 0.0
            self._next_record = max(time.monotonic(), batch_ends, self._paused_until)

    def _news(self, done: Pass) -> Iterable[Event]:
        """The events of a pass, without the errors in the repository after the first pass over a revision."""
        first, self._reported = self._reported != self.controller.revision, self.controller.revision
        return done.events if first else [event for event in done.events if not isinstance(event, IssueReported)]

    async def _record(self) -> None:
        self._next_record = None
        try:
            commit = await self.controller.record()
        except ConflictError as error:
            self.metrics.recorded(good=False)
            self.log.warning("the status branch was changed by somebody else", error=error.message)
            self._next_pass = time.monotonic()
        except ReconcilerError as error:
            self._failed_records += 1
            self.metrics.recorded(good=False)
            self.log.error("cannot record the status", error=error.message, remedy=error.remedy)
            self._paused_until = self._next_record = time.monotonic() + pause_after_error(error, self._failed_records)
        else:
            self._failed_records = 0
            self._recorded_at = time.monotonic()
            if commit is not None:
                self.metrics.recorded(good=True)
                self.log.info("recorded", commit=commit)

    async def _wait(self) -> None:
        """Until there is something to do."""
        changed = self.controller.changed
        if self._poll.is_set() or self.stop.is_set():
            return
        moments = [moment for moment in (self._next_pass, self._next_record) if moment is not None]
        timeout = None if not moments else max(0.0, min(moments) - time.monotonic())
        if not changed.is_set():
            await _first_of((self._poll, changed, self.stop), timeout)
        if changed.is_set() and not self.stop.is_set():
            await _first_of((self.stop,), _GATHER)

    async def _end_passes(self) -> None:
        """Makes a running pass begin nothing more."""
        await self.stop.wait()
        self.controller.stop.set()

    def _seconds(self) -> float:
        return self.interval if self.interval is not None else self.controller.settings.interval.total_seconds()


def _is_due(moment: float | None) -> bool:
    return moment is not None and time.monotonic() >= moment


async def _first_of(events: Iterable[asyncio.Event], seconds: float | None) -> None:
    """Waits until one of the events is set; without `seconds`, for as long as it takes."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
