"""Writes Events about objects of one member (`events.k8s.io/v1`), for whoever looks there: `kubectl describe`, `kubectl events`.

An Event that happens again within some minutes is a series: its count is raised, as client-go does. The Event of an object that
is in no namespace is in `default`, as API servers demand. Where Events are forbidden, nobody is bothered with that: they are an
extra, and the log and the status branch say the same.
"""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.cluster.api_client import MERGE, Api
from reconciler.cluster.failures import RefusedError
from reconciler.model.object_event import ObjectEvent

CONTROLLER = "reconciler.dev/reconciler"
_SERIES = 360.0
"""Seconds without a repetition after which a series has ended (client-go: tools/events, `finishTime`)."""
_REMEMBERED = 1000
"""Events that may be repeated."""
_FORBIDDEN = 600.0
"""Seconds until a member that forbids Events is asked again."""
_NOTE = 1024
"""The longest note that API servers accept, in bytes."""


@dataclass(slots=True)
class _Series:
    path: str
    count: int
    last: float
    """When it happened last, by the monotonic clock."""


class ObjectEvents:
    """The Events of one connection."""

    def __init__(self, api: Api, instance: str, clock: Callable[[], float] = time.monotonic) -> None:
        """instance: which reconciler tells it (`Settings.instance`). clock: a monotonic clock, in seconds."""
        self._api = api
        self._instance = instance
        self._clock = clock
        self._series: OrderedDict[ObjectEvent, _Series] = OrderedDict()
        self._silent_until = 0.0

    async def write(self, event: ObjectEvent) -> None:
        """Writes the Event, or counts it in its series. Raises MemberError where the member fails; a refusal is not an error."""
        now = self._clock()
        if now < self._silent_until:
            return
        try:
            await self._write(event, now)
        except RefusedError as error:
            if error.status in (401, 403) and "being terminated" not in error.message:
                self._silent_until = now + _FORBIDDEN

    async def _write(self, event: ObjectEvent, now: float) -> None:
        series = self._series.get(event)
        if series is not None and now - series.last < _SERIES and await self._count(series, now):
            self._series.move_to_end(event)
            return
        namespace, name = event.key.namespace or "default", f"reconciler.{uuid.uuid4().hex}"
        path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
        what = f"create an Event of {event.key}"
        await self._api.request("POST", path, body=self._document(event, namespace, name), what=what)
        self._series[event] = _Series(f"{path}/{name}", 1, now)
        self._series.move_to_end(event)
        if len(self._series) > _REMEMBERED:
            self._series.popitem(last=False)

    async def _count(self, series: _Series, now: float) -> bool:
        """Whether the Event still exists, and was counted."""
        body = {"series": {"count": series.count + 1, "lastObservedTime": _moment()}}
        try:
            await self._api.request("PATCH", series.path, body=body, content_type=MERGE, what="count an Event")
        except RefusedError as error:
            if error.status != 404:  # Servers delete Events after an hour.
                raise
            return False
        series.count, series.last = series.count + 1, now
        return True

    def _document(self, event: ObjectEvent, namespace: str, name: str) -> dict[str, Any]:
        regarding = {"apiVersion": event.gvk.api_version, "kind": event.gvk.kind, "name": event.key.name, "uid": event.uid}
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "eventTime": _moment(),
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance,
            "action": event.action,
            "reason": event.reason,
            "type": "Warning" if event.warning else "Normal",
            "note": _shortened(event.note),
            "regarding": {**regarding, "namespace": event.key.namespace} if event.key.namespace else regarding,
        }


def _moment() -> str:
    """Now, as `metav1.MicroTime`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _shortened(note: str) -> str:
    line = " ".join(note.split())
    encoded = line.encode()
    return line if len(encoded) <= _NOTE else f"{encoded[: _NOTE - 3].decode('utf-8', 'ignore')}…"
