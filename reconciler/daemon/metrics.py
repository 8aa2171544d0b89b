"""The figures of one daemon, in Prometheus' words. Told what happened, pass by pass; nothing here asks anybody."""

from __future__ import annotations

from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from reconciler.passes.passes import Pass
from reconciler.passes.requeue import failed

_PREFIX = "reconciler"
_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    def __init__(self) -> None:
        disable_created_metrics()  # Twice as many lines, and nobody asks when a counter began.
        self._registry = CollectorRegistry()
        self._passes = self._counter("passes", "Passes over the fleet", "result")
        self._seconds = Histogram(f"{_PREFIX}_pass_seconds", "How long a pass took", buckets=_SECONDS, registry=self._registry)
        self._changes = self._counter("changes", "Writes to members", "cluster", "action", "result")
        self._corrections = self._counter("drift_corrected", "Objects that another's hand had changed, put right", "cluster")
        self._polls = self._counter("polls", "Looks at the repository", "result")
        self._commits = self._counter("status_commits", "Commits to the status branch", "result")
        self._up = self._gauge("cluster_up", "Whether the member could be looked at in the last pass", "cluster")
        self._objects = self._gauge("objects", "Objects that the member is to hold, by health", "cluster", "health")
        self._revision = self._gauge("revision", "The revision that is kept; always 1", "revision")
        self._last_pass = self._gauge("last_pass_timestamp_seconds", "When the last pass ended")

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self._registry)

    def polled(self, revision: str, *, good: bool) -> None:
        self._polls.labels(_result(good)).inc()
        if revision:
            self._revision.clear()
            self._revision.labels(revision).set(1)

    def passed(self, done: Pass, seconds: float) -> None:
        self._passes.labels(_result(not failed(done))).inc()
        self._seconds.observe(seconds)
        self._last_pass.set_to_current_time()
        for name, outcomes in done.outcomes.items():
            for outcome in outcomes:
                if outcome.change.action.writes:
                    self._changes.labels(name, str(outcome.change.action), _result(outcome.done)).inc()
                    if outcome.change.drift and outcome.done:
                        self._corrections.labels(name).inc()
        self._up.clear()
        for name in done.works:
            self._up.labels(name).set(name not in done.unreadable)
        healths = Tally((status.cluster, str(status.health.status)) for status in done.recorded.statuses)
        self._objects.clear()
        for (name, health), count in healths.items():
            self._objects.labels(name, health).set(count)

    def broke(self) -> None:
        """A pass ended by an error of its own."""
        self._passes.labels(_result(False)).inc()

    def recorded(self, *, good: bool) -> None:
        self._commits.labels(_result(good)).inc()

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", help_text, labels, registry=self._registry)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", help_text, labels, registry=self._registry)


def _result(good: bool) -> str:
    return "ok" if good else "failed"
