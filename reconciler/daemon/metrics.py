"""The metrics of one daemon, in the conventions of Prometheus. The loop reports what happened; nothing here makes a request."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Container, Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from reconciler.endpoints.exchange import Written
from reconciler.model.changes import Action
from reconciler.model.keys import ClusterName
from reconciler.passes.events import Applied, DriftCorrected, Event, Failed, Recreated, RolloutMoved
from reconciler.passes.passes import Pass

_PREFIX = "reconciler"
_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Described(NamedTuple):
    """One metric, as the reference shows it."""

    name: str
    type: str
    """counter, gauge or histogram."""
    labels: tuple[str, ...]
    help: str


class Metrics:
    def __init__(self) -> None:
        disable_created_metrics()  # They would double the number of lines.
        self.registry = CollectorRegistry()
        self._labels: dict[str, tuple[str, ...]] = {}
        self._passes = self._counter("passes", "Passes over the fleet", "result")
        self._seconds = Histogram(f"{_PREFIX}_pass_seconds", "Duration of a pass", buckets=_SECONDS, registry=self.registry)
        self._changes = self._counter("changes", "Writes to members", "cluster", "action", "result")
        self._corrections = self._counter("drift_corrected", "Objects that another client had changed or deleted", "cluster")
        self._polls = self._counter("polls", "Reads of the repository", "result")
        self._commits = self._counter("status_commits", "Commits to the status branch", "result")
        self._webhooks = self._counter("webhooks", "Requests to the receiver of webhooks", "forge", "outcome")
        self._notifications = self._counter("notifications", "Messages to forges and people", "to", "result")
        self._endpoints = self._counter("endpoint_writes", "Writes of copies of EndpointSlices", "cluster", "result")
        self._endpoint_seconds = Histogram(
            f"{_PREFIX}_endpoint_write_seconds",
            "Time from the news of a change of endpoints until a consumer has it",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._up = self._gauge("cluster_up", "1 if the member could be read in the last pass", "cluster")
        self._objects = self._gauge("objects", "Objects that the member must hold, by health", "cluster", "health")
        self._fights = self._gauge("fights", "Objects that another client changes back again and again", "cluster")
        self._steps = self._counter("rollout_steps", "What happened in rollouts", "rollout", "step")
        self._rollouts = self._gauge("rollouts", "Recorded rollouts, by phase", "phase")
        self._revision = self._gauge("revision", "The revision in force; always 1", "revision")
        self._leader = self._gauge("leader", "1 while this process leads, or there is no election; 0 while it stands by")
        self._leader.set(1)
        self._last_pass = self._gauge("last_pass_timestamp_seconds", "End of the last pass")
        self._changed_labels: set[tuple[str, str, str]] = set()
        """Those that `_changes` has."""
        self._dispatched_labels: set[tuple[str, str]] = set()
        """Those that `_endpoints` has."""

    def described(self) -> tuple[Described, ...]:
        """All of them, sorted by name."""
        families = {family.name: family for family in self.registry.collect()}
        return tuple(
            Described(f"{name}_total" if one.type == "counter" else name, one.type, self._labels.get(name, ()), one.documentation)
            for name, one in sorted(families.items())
        )

    def text(self) -> bytes:
        """In the text format of Prometheus."""
        return generate_latest(self.registry)

    def leads(self, leading: bool) -> None:
        """When this process becomes the leader, or a candidate."""
        self._leader.set(leading)

    def polled(self, revision: str, *, good: bool) -> None:
        """After a read of the repository. revision: the id of the commit in force; empty to leave the metric as it is."""
        self._polls.labels(_result(good)).inc()
        if revision:
            self._revision.clear()
            self._revision.labels(revision).set(1)

    def passed(self, done: Pass, seconds: float, *, members: bool = True) -> None:
        """After a pass. seconds: how long it took. members: whether those of its members are told here."""
        self._passes.labels(_result(not done.failed)).inc()
        self._seconds.observe(seconds)
        self._last_pass.set_to_current_time()
        for labels in [labels for labels in self._dispatched_labels if labels[0] not in done.works]:
            self._dispatched_labels.discard(labels)
            self._endpoints.remove(*labels)
        if not members:
            return
        self._forget_others(done.works)
        self.corrected(done.events)
        self._up.clear()
        for name in done.works:
            self._up.labels(name).set(name not in done.unreadable)
        self._fights.clear()
        for name, count in done.fights.items():
            self._fights.labels(name).set(count)
        self._rollouts.clear()
        for phase, count in Tally(one.phase.value for one in done.recorded.rollouts.values()).items():
            self._rollouts.labels(phase).set(count)
        healths = Tally((status.cluster, str(status.health.status)) for status in done.recorded.statuses)
        self._objects.clear()
        for (name, health), count in healths.items():
            self._objects.labels(name, health).set(count)

    def corrected(self, events: Iterable[Event], *, members: bool = True) -> None:
        """After a correction of single objects. members: as for `passed`."""
        for event in events if members else ():
            self._count(event)

    def dispatched(self, written: Written) -> None:
        """After an attempt to write the endpoints of one Service to one consumer."""
        good = written.error is None
        labels = (written.consumer, _result(good))
        self._dispatched_labels.add(labels)
        self._endpoints.labels(*labels).inc(written.written + written.removed if good else 1)
        if good:
            self._endpoint_seconds.observe(written.seconds)

    def broke(self) -> None:
        """After a pass that raised an error."""
        self._passes.labels(_result(False)).inc()

    def recorded(self, *, good: bool) -> None:
        """After an attempt to commit to the status branch."""
        self._commits.labels(_result(good)).inc()

    def webhook(self, forge: str, outcome: str) -> None:
        """After a request to the receiver of webhooks."""
        self._webhooks.labels(forge, outcome).inc()

    def notified(self, recipient: str, *, good: bool) -> None:
        """After an attempt to tell a forge or people what happened."""
        self._notifications.labels(recipient, _result(good)).inc()

    def _count(self, event: Event) -> None:
        match event:
            case Applied(cluster, _, action) | Recreated(cluster, _, action):
                self._changed(cluster, action, good=True)
            case DriftCorrected(cluster, _, action):
                self._changed(cluster, action, good=True)
                self._corrections.labels(cluster).inc()
            case RolloutMoved(rollout, _, step):
                self._steps.labels(rollout, step.value).inc()
            case Failed(cluster, _, action):
                self._changed(cluster, action, good=False)

    def _changed(self, cluster: ClusterName, action: Action, *, good: bool) -> None:
        labels = (cluster, str(action), _result(good))
        self._changed_labels.add(labels)
        self._changes.labels(*labels).inc()

    def _forget_others(self, names: Container[ClusterName]) -> None:
        """The counters of members that left."""
        for labels in [labels for labels in self._changed_labels if labels[0] not in names]:
            self._changed_labels.discard(labels)
            self._changes.remove(*labels)
            self._corrections.remove(labels[0])

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        self._labels[f"{_PREFIX}_{name}"] = labels
        return Counter(f"{_PREFIX}_{name}", help_text, labels, registry=self.registry)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        self._labels[f"{_PREFIX}_{name}"] = labels
        return Gauge(f"{_PREFIX}_{name}", help_text, labels, registry=self.registry)


def _result(good: bool) -> str:
    return "ok" if good else "failed"
