"""Pods that start after a look at them, on all members: who follows logs wants those of a rollout that has just begun, too."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
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
    scopes: Collection[tuple[str, str]],
    known: Collection[MemberPods],
    lost: Callable[[Lost], None] = lambda _: None,
) -> AsyncGenerator[MemberPods, None]:
    """Each Pod of these scopes alone, as soon as a container of it runs, without end. A Pod that comes again under the same name
    is another one.

    scopes: namespaces, empty for all, each with a selector. known: those that are read already. lost: called where a member does
    not answer any more, and where it does again.
    """
    selections = [
        Selection("pods", frozenset({"pod"}), (), namespace, selector, objects=True) for namespace, selector in sorted(scopes)
    ]
    result = await list_objects(fleet, selections)
    are_read = {(pods.cluster, pods.namespace, pod) for pods in known for pod in pods.names}
    seen: set[tuple[ClusterName, str]] = set()
    for name, rows in rows_by_member(result).items():
        for row in rows:
            if (name, row.namespace, row.name) in are_read:
                seen.add((name, _uid(row)))
            elif (name, _uid(row)) not in seen and _has_started(row):
                seen.add((name, _uid(row)))
                yield MemberPods(name, row.namespace, (row.name,))
    async with aclosing(follow_objects(fleet, selections, result)) as changes:
        async for change in changes:
            if isinstance(change, Lost):
                lost(change)
            elif change.event is Event.DELETED:
                seen.discard((change.cluster, _uid(change.row)))
            elif (change.cluster, _uid(change.row)) not in seen and _has_started(change.row):
                seen.add((change.cluster, _uid(change.row)))
                yield MemberPods(change.cluster, change.row.namespace, (change.row.name,))


def _uid(row: Row) -> str:
    return text(row.object, "metadata", "uid") or row.name


def _has_started(row: Row) -> bool:
    """Whether there may be a log: before that, kubectl would say that a container waits."""
    states = [mapping(one, "state") for one in sequence(row.object, "status", "containerStatuses")]
    return any("running" in state or "terminated" in state for state in states)
