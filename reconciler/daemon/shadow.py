"""`run --shadow`: what this process would write beside the tool that keeps the members, as a report, as metrics and as log lines.

The report stands at `/shadow`. It says for each member which objects differ now, how often that changed, and since when nothing
does; and whether the fleet is ready to be taken over (`go`): every member was compared, and none differed for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from reconciler.daemon.log import Log
from reconciler.model.keys import ClusterName
from reconciler.model.moments import time_text
from reconciler.model.observed import Observed
from reconciler.passes.options import Clock
from reconciler.passes.passes import Pass
from reconciler.present.observed import differences_document, observed_document

_COUNTS_FOR = timedelta(minutes=15)
"""How long a pass says something about now. A fleet in which nothing happens has one every eleven minutes at the latest."""
_NOT_COMPARED = "an agent keeps it (spec.syncMode: Pull)"


@dataclass(frozen=True, slots=True)
class ShadowMember:
    """One member that was compared."""

    observed: Observed
    settled: bool
    """Whether it did not differ for long enough."""


class Shadow:
    """Takes each pass of the loop."""

    def __init__(self, registry: CollectorRegistry, log: Log, window: timedelta, clock: Clock) -> None:
        """window: for how long no member may differ before the answer is go."""
        self._log = log
        self._window = window
        self._clock = clock
        self._done: Pass | None = None
        self._done_at = clock()
        labels = ("cluster", "action")
        name = "reconciler_shadow"
        self._differences = Gauge(
            f"{name}_differences", "Objects that would be written or could not be", labels, registry=registry
        )
        self._changes = Gauge(f"{name}_changes", "How often other objects differed than before", labels[:1], registry=registry)
        self._settled = Gauge(
            f"{name}_settled_seconds", "For how long no object differed; 0 while one does", labels[:1], registry=registry
        )
        go = Gauge(f"{name}_go", "1 if every member was compared, and none differed for a while", registry=registry)
        go.set_function(lambda: self._is_go(self._members(clock())))  # Time alone makes a difference.

    def passed(self, done: Pass) -> None:
        """After a pass: sets the metrics, and logs one line."""
        self._done, self._done_at = done, self._clock()
        now = self._done_at
        members = self._members(now)
        for gauge in (self._differences, self._changes, self._settled):
            gauge.clear()
        for name, one in members.items():
            observed = one.observed
            for action, count in {**observed.counts, "marks": observed.marks}.items():
                self._differences.labels(name, action).set(count)
            self._changes.labels(name).set(observed.changes)
            self._settled.labels(name).set_function(partial(self._settled_seconds, observed))
        total = sum(one.observed.count for one in members.values())
        self._log.info(
            "shadow pass", differences=total, compared=len(members), unread=len(self._unread()), go=self._is_go(members)
        )

    def _settled_seconds(self, observed: Observed) -> float:
        return observed.settled_for(self._seen_until(self._clock())).total_seconds()

    def _seen_until(self, now: datetime) -> datetime:
        """Where passes fail, time goes on, and nobody looks."""
        return min(now, self._done_at + _COUNTS_FOR)

    def document(self) -> dict[str, Any]:
        """The report, as JSON."""
        members = self._members(self._clock())
        found = (self._done.differences if self._done is not None else None) or {}
        return {
            "revision": self._done.compiled.desired.revision if self._done is not None else "",
            "passedAt": time_text(self._done_at) if self._done is not None else None,
            "window": f"{self._window.total_seconds():g}s",
            "go": self._is_go(members),
            "clusters": {
                name: {
                    **(observed_document(one.observed) or {}),
                    "settled": one.settled,
                    "differences": differences_document(found[name]) if name in found else None,
                }
                for name, one in members.items()
            },
            "unread": self._unread(),
        }

    def _members(self, now: datetime) -> dict[ClusterName, ShadowMember]:
        """Those that were compared, also if they do not answer now."""
        clusters = self._done.recorded.clusters if self._done is not None else {}
        until = self._seen_until(now)
        return {
            name: ShadowMember(one.observed, one.observed.is_settled(until, self._window))
            for name, one in clusters.items()
            if one.observed is not None
        }

    def _unread(self) -> dict[str, str]:
        """Members that are not compared now, and why."""
        if self._done is None:
            return {}
        pulled = dict.fromkeys(sorted(self._done.pulled), _NOT_COMPARED)
        return dict(sorted({**pulled, **self._done.unreadable}.items()))

    def _is_go(self, members: dict[ClusterName, ShadowMember]) -> bool:
        if self._done is None or self._unread() or self._clock() > self._done_at + _COUNTS_FOR:
            return False
        return self._done.works.keys() <= members.keys() and all(one.settled for one in members.values())
