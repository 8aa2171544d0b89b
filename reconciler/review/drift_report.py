"""What other clients changed in the members, as the status branch recorded it: who, what, where, how often, and its end.

The newest state says what is there now, and what was corrected while the manifests of now are applied. The commits of the branch
say what was before. Counts are recorded in steps (`model/drift_record.py`), so they are lower bounds.

A verdict on a member is about what was read from it. Where it could not be read, nothing is known, whatever the last look said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.drift_record import DriftRecord
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.model.sighting import Sighting
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
    reason: str
    """A sentence; empty where it is in sync."""
    as_of: datetime
    """When this was so: by the last sign of life of who watches the member, else when something was recorded last."""


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
        if self.record.fields:
            return tuple(sorted({name for one in self.record.fields for name in one.by}))
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
    """When something was recorded last."""
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
    """An older verdict says nothing."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Who still looks."""

    sighting: Sighting | None = None
    """Of the process that writes to members; None where it shows none."""
    reports: Mapping[ClusterName, MemberReport | str] = field(default_factory=dict)
    """Of members that agents keep."""


NO_SIGNS = Signs()


def drift_report(
    state: RecordedState,
    steps: Iterable[RecordedStep],
    recorded: datetime,
    now: datetime,
    wanted: Filter,
    signs: Signs = NO_SIGNS,
) -> DriftReport:
    """state: the newest one. recorded: when it was. steps: the commits of the branch since `wanted.since`; none without it."""
    found: dict[tuple[ClusterName, ResourceKey, str, datetime, bool], DriftEntry] = {}
    for entry in (*_of_steps(steps), *_of_state(state)):
        record = entry.record
        identity = (entry.cluster, entry.key, record.what, record.since, record.corrected)
        found[identity] = _merged(found.get(identity), entry)
    entries = [entry for entry in found.values() if _is_wanted(entry, wanted)]
    entries.sort(key=lambda one: (not one.record.stands, -one.latest.timestamp(), one.cluster, one.key, one.record.what))
    members = tuple(
        _with_age(_verdict(state, cluster, recorded), cluster, signs, now, wanted.max_age)
        for name, cluster in sorted(state.clusters.items())
        if not wanted.clusters or name in wanted.clusters
    )
    return DriftReport(state.revision, recorded, now, members, tuple(entries))


def _with_age(
    verdict: MemberVerdict, cluster: RecordedCluster, signs: Signs, now: datetime, longest: timedelta | None
) -> MemberVerdict:
    """The verdict, as of the last sign that somebody looks; Unknown where nobody does any more."""
    as_of, doubt = _last_look(cluster, signs, now)
    as_of = verdict.as_of if as_of is None else as_of
    if not doubt and longest is not None and now - as_of > longest:
        doubt = "nothing is known for longer than --max-age; `reconciler diff HEAD --live` asks the members"
    if doubt and verdict.sync is not Sync.UNKNOWN:
        return MemberVerdict(cluster.name, Sync.UNKNOWN, doubt, as_of)
    return replace(verdict, as_of=as_of)


def _last_look(cluster: RecordedCluster, signs: Signs, now: datetime) -> tuple[datetime | None, str]:
    """When somebody looked last, None where nobody shows it, and why nothing is known any more; empty where it is."""
    report = signs.reports.get(cluster.name)
    if isinstance(report, str):
        return None, report
    if report is not None:
        silent = report.silent_since(now)
        return report.at, "its agent does not report any more" if silent is not None else ""
    seen = signs.sighting
    if seen is None or cluster.is_directory:
        return None, ""
    if not seen.is_alive(now):
        return seen.at, "the process that watches the members shows no sign of life any more"
    if cluster.name not in seen.watched:
        return None, "not all of its watches work"
    return seen.at, ""


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


def _verdict(state: RecordedState, cluster: RecordedCluster, recorded: datetime) -> MemberVerdict:
    return MemberVerdict(cluster.name, *_judged(state, cluster), recorded)


def _judged(state: RecordedState, cluster: RecordedCluster) -> tuple[Sync, str]:
    """What is recorded of a member, and the reason."""
    name = cluster.name
    if not cluster.ready:
        return Sync.UNKNOWN, f"the member could not be read: {cluster.message}".rstrip(": ")
    if not cluster.read:
        return Sync.UNKNOWN, "the member was not read yet"
    found = (state.report_of(key).status_in(name) for key in state.reported_on(name))
    statuses = [status for status in found if status is not None]
    unread = [status for status in statuses if _is_unread(status)]
    if unread:
        return Sync.UNKNOWN, f"{plural(len(unread), 'object')} could not be read"
    standing = sum(status.drift_stands for status in statuses)
    if standing:
        return Sync.DRIFTED, f"{plural(standing, 'object')} drifted, and that is only reported"
    missing = sum(not status.applied and not status.kept for status in statuses)
    if missing:
        return Sync.NOT_APPLIED, f"{plural(missing, 'object')} not applied"
    return Sync.IN_SYNC, ""


def _is_unread(status: ClusterStatus) -> bool:
    return not status.applied and status.health.status is HealthStatus.UNKNOWN and bool(status.health.message)
