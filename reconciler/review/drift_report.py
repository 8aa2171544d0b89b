"""What other clients changed in the members, as the status branch recorded it: who, what, where, how often, and its end.

The newest state says what is there now, and what was corrected while the manifests of now are applied. The commits of the branch
say what was before. Counts are recorded in steps (`model/drift_record.py`), so they are lower bounds.

A verdict on a member is about what was read from it. Where it could not be read, nothing is known, whatever the last look said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.drift_record import DriftRecord
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.model.wording import plural
from reconciler.plan.drift import DRIFTED
from reconciler.record.object_history import RecordedStep

_WRITERS = re.compile(r"\(by ([^()]*)\)")


class Sync(StrEnum):
    """Whether a member holds what it should."""

    IN_SYNC = "InSync"
    DRIFTED = "Drifted"
    """Somebody else changed or deleted something, and that is still so."""
    NOT_APPLIED = "NotApplied"
    """Something could not be applied."""
    UNKNOWN = "Unknown"
    """The member could not be read, or the record is older than the user takes for new."""


@dataclass(frozen=True, slots=True)
class MemberVerdict:
    """One member."""

    cluster: ClusterName
    sync: Sync
    reason: str = ""
    """A sentence; empty where it is in sync."""


@dataclass(frozen=True, slots=True)
class DriftEntry:
    """One drift of one object on one member."""

    cluster: ClusterName
    key: ResourceKey
    record: DriftRecord
    remark: str = ""
    """What the status says about it beyond that, such as a fight."""

    @property
    def what(self) -> str:
        """The fields and who wrote them, or the deletion."""
        return self.record.what.removeprefix(DRIFTED).removeprefix(": ") or "the object"

    @property
    def writers(self) -> tuple[str, ...]:
        """The field managers that are named, sorted. A server does not record who deletes."""
        return tuple(sorted({name for names in _WRITERS.findall(self.record.what) for name in names.split(", ")}))

    @property
    def latest(self) -> datetime:
        """When it is known to have been there last; for one that stands, when it was noticed."""
        return max(filter(None, (self.record.since, self.record.last, self.record.until)))


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The answer of `drift`."""

    revision: str
    """The one in force."""
    recorded: datetime
    """When something was recorded last. What a verdict is about was so then, at the latest."""
    now: datetime
    members: tuple[MemberVerdict, ...]
    """Sorted by name."""
    entries: tuple[DriftEntry, ...]
    """Those that stand first, then the latest first."""

    @property
    def age(self) -> timedelta:
        """Of the record."""
        return max(self.now - self.recorded, timedelta())

    @property
    def in_sync(self) -> bool:
        return all(one.sync is Sync.IN_SYNC for one in self.members)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the user wants to see."""

    clusters: Collection[str] = ()
    """Empty for all members."""
    namespace: str = ""
    """Empty for any."""
    since: datetime | None = None
    """Only what was there since then, with what the branch recorded of earlier manifests."""
    max_age: timedelta | None = None
    """An older record says nothing."""


def drift_report(
    state: RecordedState, steps: Iterable[RecordedStep], recorded: datetime, now: datetime, wanted: Filter
) -> DriftReport:
    """state: the newest one. recorded: when it was. steps: the commits of the branch since `wanted.since`; none without it."""
    found: dict[tuple[ClusterName, ResourceKey, str, datetime, bool], DriftEntry] = {}
    for entry in (*_of_steps(steps), *_of_state(state)):
        record = entry.record
        identity = (entry.cluster, entry.key, record.what, record.since, record.corrected)
        found[identity] = _merged(found.get(identity), entry)
    entries = [entry for entry in found.values() if _is_wanted(entry, wanted)]
    entries.sort(key=lambda one: (not one.record.stands, -one.latest.timestamp(), one.cluster, one.key, one.record.what))
    stale = _stale(now - recorded, wanted.max_age)
    members = tuple(
        MemberVerdict(name, Sync.UNKNOWN, stale) if stale else _verdict(state, cluster)
        for name, cluster in sorted(state.clusters.items())
        if not wanted.clusters or name in wanted.clusters
    )
    return DriftReport(state.revision, recorded, now, members, tuple(entries))


def _stale(age: timedelta, longest: timedelta | None) -> str:
    if longest is None or age <= longest:
        return ""
    return "nothing was recorded for longer than --max-age; run `reconciler diff HEAD --live` to ask the members"


def _of_state(state: RecordedState) -> Iterator[DriftEntry]:
    for key, report in state.reports.items():
        for status in report.statuses:
            if status.drift is not None:
                yield DriftEntry(status.cluster, key, status.drift, status.message if status.applied else "")


def _of_steps(steps: Iterable[RecordedStep]) -> Iterator[DriftEntry]:
    """Of both sides, so that what ended with a commit is there. What a commit replaced does not stand any more."""
    for step in steps:
        for key, (before, after) in step.objects.items():
            now = {status.cluster: status.drift for status in after.report.statuses}
            for status in after.report.statuses:
                if status.drift is not None:
                    yield DriftEntry(status.cluster, key, status.drift)
            for status in before.report.statuses:
                if status.drift is not None:
                    yield DriftEntry(status.cluster, key, _ended(status.drift, now.get(status.cluster), step.commit.time))


def _ended(record: DriftRecord, successor: DriftRecord | None, at: datetime) -> DriftRecord:
    """A record that another one, or another manifest, replaced."""
    goes_on = successor is not None and (successor.what, successor.since) == (record.what, record.since)
    return record if goes_on or not record.stands else replace(record, until=at)


def _merged(one: DriftEntry | None, other: DriftEntry) -> DriftEntry:
    """What two states say about the same drift. Counts only grow, and what ended stays so."""
    if one is None:
        return other
    times = max(one.record.times, other.record.times)
    last = max(filter(None, (one.record.last, other.record.last)), default=None)
    until = min(filter(None, (one.record.until, other.record.until)), default=None)
    return replace(other, record=replace(other.record, times=times, last=last, until=until), remark=other.remark or one.remark)


def _is_wanted(entry: DriftEntry, wanted: Filter) -> bool:
    if wanted.clusters and entry.cluster not in wanted.clusters:
        return False
    if wanted.namespace not in ("", entry.key.namespace):
        return False
    return wanted.since is None or entry.record.stands or entry.latest >= wanted.since


def _verdict(state: RecordedState, cluster: RecordedCluster) -> MemberVerdict:
    name = cluster.name
    if not cluster.ready:
        return MemberVerdict(name, Sync.UNKNOWN, f"the member could not be read: {cluster.message}".rstrip(": "))
    if not cluster.read:
        return MemberVerdict(name, Sync.UNKNOWN, "the member was not read yet")
    statuses = [status for report in state.reports.values() if (status := report.status_in(name)) is not None]
    unread = [status for status in statuses if _is_unread(status)]
    if unread:
        return MemberVerdict(name, Sync.UNKNOWN, f"{plural(len(unread), 'object')} could not be read")
    standing = sum(status.drift is not None and status.drift.stands for status in statuses)
    if standing:
        return MemberVerdict(name, Sync.DRIFTED, f"{plural(standing, 'object')} drifted, and that is only reported")
    missing = sum(not status.applied and not status.kept for status in statuses)
    if missing:
        return MemberVerdict(name, Sync.NOT_APPLIED, f"{plural(missing, 'object')} not applied")
    return MemberVerdict(name, Sync.IN_SYNC)


def _is_unread(status: ClusterStatus) -> bool:
    return not status.applied and status.health.status is HealthStatus.UNKNOWN and bool(status.health.message)
