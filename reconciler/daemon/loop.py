"""The loop of `reconciler run`: reads the repository at an interval and the members when they change, and keeps both in step.

There is one pass at a time, between passes the correction of single objects, and beside both at most one Git task, which asks the
remote or records: a remote that does not answer holds up neither passes nor the end of the process. Whatever asks for a pass sets
an event; the job of the scheduler does no more than that, because the scheduler cancels a running job when it shuts down. Events
that arrive during a pass cause one more pass together. The status is recorded in batches: at once when nothing is in progress, or
when a proposal follows from it, else after a while, so that a rollout is a few commits, not a hundred.

Nothing ends the loop but `stop`, and a first revision that is older than what is applied, or that has a member which the process
lacks the means to reach. An unexpected exception is logged once with a reference. Where a new revision causes it, the last good
revision is put in force again.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from reconciler.cluster.member_protocol import NotConfiguredError
from reconciler.daemon.branch_writer import BranchWriter
from reconciler.daemon.log import ErrorLog, EventLog, Log, log_events
from reconciler.daemon.metrics import Metrics
from reconciler.daemon.object_events import EventWriter
from reconciler.daemon.probes import Probes
from reconciler.daemon.revision_trace import RevisionTraces
from reconciler.daemon.waiting import done_before, first_of, is_due, loop_time
from reconciler.errors import ReconcilerError
from reconciler.notify.notifier import Notifier
from reconciler.passes.controller import Controller
from reconciler.passes.pass_backoff import pause_after_error, pause_after_pass
from reconciler.passes.preflight import NothingToApplyError, OutdatedError
from reconciler.repo.failures import ConflictError
from reconciler.repo.replaced_branch import PartlyRefusedError

_GATHER = 0.05
"""Seconds to wait after a member changed: most changes are followed by others."""
_AFTER_CORRECTION = 1.0
"""Seconds between a correction of single objects and the pass that looks at everything."""
_BATCH = 10.0
"""Seconds between status commits while something is in progress."""
_RESYNC = (540.0, 660.0)
"""Seconds between passes without any reason, from and to: the net beneath the watches. The value is random, so that not all
processes make them together."""
_TURN = 60.0
"""Seconds after which the loop turns although there is nothing to do: an idle process is alive (`probes.py`)."""
_LATE = 1.0
"""Seconds that the scheduler may be late. It computes with the wall clock; when that is set back, its next tick is far away."""
_LAST_RECORD = 10.0
"""Seconds that the end waits for Git. A kubelet kills the process 30 seconds after SIGTERM."""
_ATTEMPTS = 3
"""How many passes in a row over a new revision may raise an error before the last good revision is put in force again."""


@dataclass(slots=True)
class Loop:
    controller: Controller
    log: Log
    metrics: Metrics
    probes: Probes
    notifier: Notifier = field(default_factory=Notifier)
    """Tells forges and people what happened."""
    events: EventWriter | None = None
    """Writes Events into the members; None: nobody does."""
    interval: float | None = None
    """Seconds between reads of the repository; None: as its Configuration says."""
    traces: RevisionTraces = field(default_factory=RevisionTraces)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    recorded: Callable[[], None] = lambda: None
    """Called after something was pushed: decisions, or reports."""
    branch_writers: Sequence[BranchWriter] = ()
    """What is written to other branches: failovers, reverts of rollouts that failed, the manifests of members."""
    beside: Sequence[Callable[[Log], Coroutine[Any, Any, None]]] = ()
    """What else runs while the loop runs."""
    keeps_members: bool = True
    """Whether the metrics of the members are those of this loop."""
    refusal: NotConfiguredError | OutdatedError | None = None
    """Why the loop ended by itself."""
    _poll: asyncio.Event = field(default_factory=asyncio.Event)
    _scheduler: AsyncIOScheduler = field(default_factory=AsyncIOScheduler)
    _git: asyncio.Task[None] | None = None
    """The Git task that runs beside the loop."""
    _recording: bool = False
    """Whether the Git task records."""
    _git_ended: asyncio.Event = field(default_factory=asyncio.Event)
    _fetched: bool = False
    """Whether the remote answered, and its commit was not looked at yet."""
    _failed_fetches: int = 0
    """In a row."""
    _next_poll: float = 0.0
    """When to read the repository although the scheduler did not tick, by the monotonic clock."""
    _next_resync: float = 0.0
    """When to make a pass without any reason, by the monotonic clock."""
    _next_pass: float | None = None
    """When to make a pass although nothing changed, by the monotonic clock."""
    _gathered_at: float | None = None
    """When to make a pass over what changed, by the monotonic clock; None before the loop has seen a change."""
    _next_record: float | None = None
    """When to record what is pending, by the monotonic clock."""
    _failed_passes: int = 0
    """In a row."""
    _raised: int = 0
    """How many passes in a row raised an error."""
    _failed_records: int = 0
    """In a row."""
    _unrecorded: str = ""
    """Why the status cannot be recorded."""
    _recorded_at: float = 0.0
    """The last commit to the status branch, by the monotonic clock."""
    _paused_until: float = 0.0
    """The end of the pause after an attempt to record that failed, by the monotonic clock."""
    _errors: ErrorLog = field(init=False)
    _events: EventLog = field(init=False)

    def __post_init__(self) -> None:
        self._errors, self._events = ErrorLog(self.log), EventLog(self.log)

    async def run(self) -> None:
        """Runs until `stop` is set. What is running is then finished and recorded. Where it is cancelled, because another process
        may lead, it ends at once, and records nothing."""
        self._scheduler.add_job(self._tick, self._trigger(), id="poll", misfire_grace_time=None, coalesce=True)
        self._scheduler.start()
        self._poll.set()
        self._plan_resync()
        beside = [asyncio.create_task(work) for work in (self._end_passes(), *(begin(self.log) for begin in self.beside))]
        try:
            while not self.stop.is_set():
                self.probes.turn()
                await self._turn()
                await self._wait()
        except asyncio.CancelledError:
            await self._abandon_git()
            raise
        else:
            await self._end_git()
        finally:
            self._scheduler.shutdown(wait=False)
            for task in beside:
                task.cancel()
            self.traces.stopped()
            self.log.info("stopped", revision=self.controller.revision)

    def fetch_soon(self) -> None:
        """After a push: makes the loop read the repository as soon as no Git task runs; also if one runs now that may miss it."""
        self.controller.pushed = True
        self.traces.pushed()
        self._poll.set()

    async def _turn(self) -> None:
        """Begins what is due. Only passes are awaited, and the reading of a new revision."""
        if self._git is not None and self._git.done():
            self._git = None
        if self._git is None and self._fetched:
            self._fetched = False
            with suppress(Exception):  # The end of the process cancels it.
                await done_before(self.stop, self._adopt())
        if self._git is None and is_due(self._next_record):
            self._begin_git(self._record())
        elif self._git is None and (self._poll.is_set() or is_due(self._next_poll)):
            self._poll.clear()
            self._begin_git(self._fetch())
        if self.controller.named.is_set() and self.controller.revision:
            await self._correct()
        gathered = self.controller.changed.is_set() and is_due(self._gathered_at)
        if (gathered or is_due(self._next_pass) or is_due(self._next_resync)) and self.controller.revision:
            await self._pass()

    async def _tick(self) -> None:
        """A coroutine, because the scheduler runs a plain function in a thread. A late tick is made all the same."""
        self._poll.set()
        self._next_poll = loop_time() + self._seconds() + _LATE

    def _begin_git(self, work: Coroutine[Any, Any, None]) -> None:
        self._git_ended.clear()
        self._git = asyncio.create_task(work)
        self._git.add_done_callback(lambda _: self._git_ended.set())

    async def _end_git(self) -> None:
        """Records for the last time. Git does not hold up the end for long: the next process records the same facts."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RECORD):
                if self._git is not None:
                    if not self._recording:
                        self._git.cancel()
                    await asyncio.wait([self._git])
                await self._record()
                return
        if self._git is not None:
            self._git.cancel()
        self.log.warning("the status could not be recorded in time", remedy="The next process records it.")

    async def _abandon_git(self) -> None:
        if self._git is not None:
            self._git.cancel()
            await asyncio.wait([self._git])

    async def _fetch(self) -> None:
        try:
            with self.traces.fetching():
                await self.controller.fetch()
        except Exception as error:
            self._unreadable(error)
            self._failed_fetches += 1
            self._plan_poll()
            # A push may have asked for this; with webhooks the interval can be hours.
            self._next_poll = min(self._next_poll, loop_time() + pause_after_error(error, self._failed_fetches))
        else:
            self._failed_fetches = 0
            self._fetched = True

    async def _adopt(self) -> None:
        """A new revision ends all pauses, for it may correct what failed; so does a remote that is back."""
        begun = self.traces.loading()
        try:
            changed = await self.controller.adopt()
        except NothingToApplyError as error:
            self._unreadable(error, "nothing is applied any more")
            return
        except Exception as error:
            self.notifier.refused(self.controller.fetched, error)
            self.traces.refused(self.controller.fetched, self.controller.branch, begun, error)
            if isinstance(error, NotConfiguredError | OutdatedError) and not self.controller.revision:
                self.refusal = error
                self.stop.set()
            else:
                self._unreadable(error)
            return
        finally:
            self._plan_poll()
        recovered, self.probes.trouble = bool(self.probes.trouble), ""
        if recovered and not changed:
            self.log.info("the repository can be read again", revision=self.controller.revision)
        self.metrics.polled(self.controller.revision, good=True)
        if changed:
            self.log.info("new revision", revision=self.controller.revision, branch=self.controller.branch)
            if back := self.controller.went_back:
                event = "goes back" if back.commits is not None else "may go back: the applied revision is not in this clone"
                undone = {} if back.commits is None else {"undone": back.commits}
                self.log.warning(event, revision=self.controller.revision, applied=back.revision, **undone)
            if self.controller.consent:
                self.log.warning("the commit consents to pruning", clusters=self.controller.consent)
            self.notifier.begun(self.controller.revision)
            self.traces.begun(self.controller.revision, self.controller.branch, begun, self.controller.traceparent)
            self._next_pass = loop_time()
            self._failed_passes = self._raised = 0
        if self._failed_records and (changed or recovered):
            self._failed_records = 0
            self._paused_until = 0.0
            self._next_record = loop_time()
        if self._next_record is None and self.controller.owes_sign_of_life:
            self._next_record = loop_time()

    def _unreadable(self, error: Exception, event: str = "cannot read the repository") -> None:
        self.metrics.polled("", good=False)
        self.probes.trouble = self._errors.add_news(event, error, self.probes.trouble)

    async def _pass(self) -> None:
        begun, self._gathered_at = loop_time(), None
        self._plan_resync()
        try:
            with self.traces.passing():
                done = await self.controller.reconcile()
        except Exception as error:
            await self._pass_failed(error)
            return
        seconds = loop_time() - begun
        self.probes.passes += 1
        self._raised = 0
        self.metrics.passed(done, seconds, members=self.keeps_members)
        self.notifier.passed(self.controller.revision, done, newest=self.controller.fetched)
        self.traces.passed(done, pending=self.controller.pending)
        if self.events is not None:
            self.events.passed(done.outcomes, self.controller.revision)
        self._events.add(done.events, self.controller.revision, seconds)
        self._failed_passes = self._failed_passes + 1 if done.unfinished else 0
        pause = pause_after_pass(done, self._failed_passes)
        self._next_pass = None if pause is None else loop_time() + pause
        writes = [done.differences is None and one.passed(self.controller.revision, done) for one in self.branch_writers]
        if self.controller.pending or any(writes):
            waits = done.in_progress and not any(one.is_news for one in self.branch_writers)
            batch_ends = self._recorded_at + _BATCH if waits else 0.0
            self._next_record = max(loop_time(), batch_ends, self._paused_until)

    async def _correct(self) -> None:
        begun = loop_time()
        try:
            done = await self.controller.correct()
        except Exception as error:
            self._errors.add("correction failed", error)
            self.controller.changed.set()
            return
        if done.outcomes:
            self.metrics.corrected(done.events, members=self.keeps_members)
            if self.events is not None:
                self.events.passed(done.outcomes, self.controller.revision)
            log_events(self.log, done.events, self.controller.revision, loop_time() - begun)
            self._next_pass = min(self._next_pass or math.inf, loop_time() + _AFTER_CORRECTION)

    async def _pass_failed(self, error: Exception) -> None:
        self._failed_passes += 1
        self._raised += 1
        self._next_pass = loop_time() + pause_after_error(error, self._failed_passes)
        self.controller.changed.clear()  # The next pass looks at all members. Without this it would begin at once.
        self.controller.named.clear()
        self.metrics.broke()
        self._errors.add("pass failed", error)
        refused = self.controller.revision
        self.notifier.refused(refused, error)
        if (not isinstance(error, ReconcilerError) or self._raised >= _ATTEMPTS) and await self._revert():
            self.traces.left(error)
            good = self.controller.revision
            self.log.error(
                "returned to the last good revision", revision=refused, in_force=good, remedy="Correct it by another commit."
            )
            self._next_pass = loop_time()
            self._failed_passes = self._raised = 0

    async def _revert(self) -> bool:
        """Where it fails, the next pass that raises tries it again."""
        try:
            return await self.controller.revert()
        except Exception as error:
            self._errors.add("cannot return to the last good revision", error)
            return False

    async def _record(self) -> None:
        self._next_record = None
        try:
            self._recording = True
            with self.traces.recording():
                due = [one.due() for one in self.branch_writers]  # What a pass adds meanwhile is recorded first.
                commit = await self.controller.record()
                for write in due:
                    await write(self.log)
        except ConflictError as error:
            self.metrics.recorded(good=False)
            self.log.warning("another process changed the status branch", error=error.message)
            self._next_pass = loop_time()
        except PartlyRefusedError as error:  # The controller knows when to try these branches again; the others do not wait.
            self._not_recorded(error)
            if error.written:
                self.recorded()
        except Exception as error:
            self._failed_records += 1
            self._not_recorded(error)
            self._paused_until = self._next_record = loop_time() + pause_after_error(error, self._failed_records)
        else:
            self._failed_records, self._unrecorded, self._recorded_at = 0, "", loop_time()
            if commit is not None:
                self.metrics.recorded(good=True)
                self.log.info("recorded", commit=commit)
                self.recorded()
        finally:
            self._recording = False

    def _not_recorded(self, error: Exception) -> None:
        self.metrics.recorded(good=False)
        self._unrecorded = self._errors.add_news("cannot record the status", error, self._unrecorded)

    async def _wait(self) -> None:
        """Until there is something to do, a minute at most."""
        changed, named, events = self.controller.changed, self.controller.named, [self.stop]
        moments = [self._next_pass, self._next_resync]
        if self._git is None:
            moments += [self._next_record, self._next_poll]
            events.append(self._poll)
        else:  # The next Git task begins when this one has ended.
            events.append(self._git_ended)
        timeout = min((moment - loop_time() for moment in moments if moment is not None), default=_TURN)
        if not changed.is_set():
            await first_of((*events, changed, named), min(max(0.0, timeout), _TURN))
        if changed.is_set() and not self.stop.is_set():
            self._gathered_at = self._gathered_at or loop_time() + _GATHER
            await first_of((self.stop, named), self._gathered_at - loop_time())

    async def _end_passes(self) -> None:
        """Makes a running pass begin nothing more."""
        await self.stop.wait()
        self.controller.stop.set()

    def _plan_poll(self) -> None:
        """The next read of the repository, an interval from now. The interval may have changed."""
        self._scheduler.reschedule_job("poll", trigger=self._trigger())
        self._next_poll = loop_time() + self._seconds() + _LATE

    def _plan_resync(self) -> None:
        self._next_resync = loop_time() + random.uniform(*_RESYNC)  # noqa: S311 - no secret

    def _trigger(self) -> IntervalTrigger:
        return IntervalTrigger(seconds=self._seconds())

    def _seconds(self) -> float:
        return self.interval if self.interval is not None else self.controller.settings.interval.total_seconds()
