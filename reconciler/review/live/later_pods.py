"""Pods that start after a look at them, on all members: who follows logs wants those of a rollout that has just begun, too."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from reconciler.cluster.listing import Event, Row, Selection
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import mapping, sequence, text
from reconciler.passes.fleet import Fleet
from reconciler.review.follow import Lost, follow_objects
from reconciler.review.get import list_objects
from reconciler.review.live.pods import MemberPods, rows_by_member


async def later_pods(
    fleet: Fleet,
    selector: str,
    namespace: str,
    known: Mapping[ClusterName, MemberPods],
    lost: Callable[[Lost], None] = lambda _: None,
) -> AsyncGenerator[tuple[ClusterName, str], None]:
    """(member, name) of each Pod with these labels as soon as a container of it runs, without end. A Pod that comes again under
    the same name is another one.

    known: those that are read already. lost: called where a member does not answer any more, and where it does again.
    """
    selection = Selection("pods", frozenset({"pod"}), (), namespace, selector, objects=True)
    result = await list_objects(fleet, [selection])
    seen: set[tuple[ClusterName, str]] = set()
    for name, rows in rows_by_member(result).items():
        for row in rows:
            if row.name in (known[name].names if name in known else ()):
                seen.add((name, _uid(row)))
            elif _has_started(row):
                seen.add((name, _uid(row)))
                yield name, row.name
    async with aclosing(follow_objects(fleet, [selection], result)) as changes:
        async for change in changes:
            if isinstance(change, Lost):
                lost(change)
            elif change.event is Event.DELETED:
                seen.discard((change.cluster, _uid(change.row)))
            elif (change.cluster, _uid(change.row)) not in seen and _has_started(change.row):
                seen.add((change.cluster, _uid(change.row)))
                yield change.cluster, change.row.name


def _uid(row: Row) -> str:
    return text(row.object, "metadata", "uid") or row.name


def _has_started(row: Row) -> bool:
    """Whether there may be a log: before that, kubectl would say that a container waits."""
    states = [mapping(one, "state") for one in sequence(row.object, "status", "containerStatuses")]
    return any("running" in state or "terminated" in state for state in states)
