"""Which commit did what, where, with what result: of one object, and of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.answers.arguments import refuse_unknown_clusters
from reconciler.answers.recorded_objects import StatusHead, named_histories, never_on, never_recorded, status_head
from reconciler.answers.session import Session
from reconciler.record.object_history import ObjectHistory, read_steps
from reconciler.review.history import Entry, RevisionEntry, object_entries, revision_entries


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown of the past."""

    namespace: str = ""
    """Empty for all."""
    clusters: Sequence[str] = ()
    """None for all."""
    start: datetime | None = None
    """Nothing earlier is shown; None for no such limit."""
    limit: int = 0
    """Only the newest entries; 0 for all."""


@dataclass(frozen=True, slots=True)
class ObjectHistories:
    found: tuple[tuple[ObjectHistory, list[Entry]], ...]
    """The entries of each, newest first."""
    nothing: str = ""
    """What to say where there are none."""


async def history_of_object(opened: Session, name: str, wanted: Filter, branch: str = "") -> ObjectHistories:
    """name: KIND/NAME. branch: that of the status; empty for the one that the Configuration names. Raises ArgumentError,
    ReconcilerError."""
    head = await status_head(opened, branch)
    histories = await named_histories(opened, head, name, wanted.namespace)
    if not histories:
        return ObjectHistories((), await never_recorded(opened, head, name, wanted.namespace))
    if strange := never_on(wanted.clusters, histories):
        await _refuse_unknown(opened, head, wanted.clusters)
        return ObjectHistories((), strange)
    found = [(one, await object_entries(opened.repository, one, wanted.clusters)) for one in histories]
    return ObjectHistories(tuple((one, _newest(entries, wanted)) for one, entries in found))


def _newest(entries: list[Entry], wanted: Filter) -> list[Entry]:
    recent = [one for one in reversed(entries) if wanted.start is None or one.state.commit.time >= wanted.start]
    return recent[: wanted.limit] if wanted.limit else recent


async def history_of_all(opened: Session, wanted: Filter, branch: str = "") -> tuple[list[RevisionEntry], bool]:
    """Newest first, and whether there are more. Arguments and errors as above."""
    head = await status_head(opened, branch)
    await _refuse_unknown(opened, head, wanted.clusters)
    limit, size = wanted.limit, _FIRST_READ if wanted.limit else None
    while True:
        entries, is_all = await _read(opened, head, size, wanted.namespace, wanted.clusters)
        recent = [one for one in entries if wanted.start is None or one.ended >= wanted.start]
        # The last revision that was read may go on in older commits, so one more than wanted must be there.
        if size is None or is_all or (limit and len(recent) > limit) or len(recent) < len(entries):
            return (recent[:limit], len(recent) > limit) if limit else (recent, False)
        size *= 8


async def _refuse_unknown(opened: Session, head: StatusHead, clusters: Sequence[str]) -> None:
    """Raises ArgumentError for a name that HEAD does not declare and that was never recorded."""
    if not clusters:
        return
    _, desired = await opened.load("HEAD", check=())
    declared = {str(cluster.name) for cluster in desired.clusters}
    strange = set(clusters) - declared
    if strange:
        entries, _ = await _read(opened, head, None, "", sorted(strange))
        changes = [one for entry in entries for of_object in entry.objects.values() for one in of_object]
        recorded = {str(name) for one in changes for name in (*one.clusters, *one.source)}
        refuse_unknown_clusters(strange - recorded, declared)


_FIRST_READ = 64
"""Commits of the status branch that are read first; where they are too few, eight times as many."""


async def _read(
    opened: Session, head: StatusHead, size: int | None, namespace: str, clusters: Sequence[str]
) -> tuple[list[RevisionEntry], bool]:
    """The revisions in the newest commits of the branch, and whether these are all."""
    steps = await read_steps(opened.repository, head.commit, size)
    return await revision_entries(opened.repository, steps, namespace, clusters), size is None or len(steps) < size
