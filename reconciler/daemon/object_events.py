"""Writes what a pass did to objects as Events into the members, beside the passes and never in their way.

Each member has a queue and one request at a time, with a limit over time: first as many as a burst, then one per second. What
does not fit is left out; the log and the status branch have all of it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.cluster.member_protocol import MemberClient, MemberError
from reconciler.model.keys import ClusterName
from reconciler.model.object_event import ObjectEvent
from reconciler.passes.apply_all import Outcomes
from reconciler.passes.object_events import object_events

_BURST = 50
"""Events of one member that need not wait."""
_PAUSE = 1.0
"""Seconds per event after that."""
_WAITING = 200
"""The most events that wait for one member."""

Clients = Callable[[], Mapping[ClusterName, MemberClient]]
"""The connections of the revision in force."""


@dataclass(slots=True)
class _Queue:
    events: deque[ObjectEvent] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    burst: float = _BURST
    """How many events may go now."""
    counted_at: float = 0.0
    """When that was, by the monotonic clock."""

    def pause(self, now: float) -> float:
        """Takes one from the burst. Returns the seconds to wait before it."""
        self.burst = min(_BURST, self.burst + (now - self.counted_at) / _PAUSE) - 1
        self.counted_at = now
        return max(0.0, -self.burst * _PAUSE)


class EventWriter:
    """An async context manager: its end gives up what still waits."""

    def __init__(self, clients: Clients, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: a monotonic clock, in seconds."""
        self._clients = clients
        self._clock = clock
        self._queues: defaultdict[ClusterName, _Queue] = defaultdict(_Queue)

    async def __aenter__(self) -> EventWriter:
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def passed(self, outcomes: Outcomes, revision: str) -> None:
        """Takes the outcomes of a pass over this revision; returns at once."""
        for name, events in object_events(outcomes, revision).items():
            queue = self._queues[name]
            queue.events.extend(events[: max(0, _WAITING - len(queue.events))])
            if queue.task is None or queue.task.done():
                queue.task = asyncio.create_task(self._write(name, queue))

    async def _write(self, name: ClusterName, queue: _Queue) -> None:
        while queue.events:
            await asyncio.sleep(queue.pause(self._clock()))
            client = self._clients().get(name)
            try:
                if client is None:
                    raise MemberError(f"{name}: there is no connection")
                await client.report(queue.events.popleft())
            except MemberError:  # It does not answer, or is gone: every pass says so.
                queue.events.clear()
