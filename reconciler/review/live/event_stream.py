"""The Events of all members as they happen. One kubectl for each member lists them and then watches, without a gap between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

import orjson

from reconciler.cluster.member_protocol import MemberError
from reconciler.kubectl.failures import KubectlError, said
from reconciler.kubectl.process import Kubectl
from reconciler.model.keys import ClusterName
from reconciler.passes.fleet import Fleet
from reconciler.review.live.event_causes import FleetEvent, event_of
from reconciler.review.live.kubectl_answers import credential_of

_ARGUMENTS = ("get", "events", "--watch", "--output=jsonpath={@}{'\\n'}")


async def watch_events(
    kubectl: Kubectl,
    fleet: Fleet,
    names: Collection[ClusterName],
    scope: Sequence[str],
    show: Callable[[FleetEvent], None],
    gone: Callable[[ClusterName, str], None],
) -> None:
    """Hands every Event to `show`, those that are there already first, until the call is cancelled or no member is left.

    scope: kubectl's arguments for namespaces. gone: called with a member whose watch ended, and why.
    """

    async def watch(name: ClusterName) -> None:
        try:
            async with kubectl.stream([*_ARGUMENTS, *scope], await credential_of(fleet, name)) as running:
                async for line in running.out:
                    if event := _parsed(name, line):
                        show(event)
                why = said("\n".join([line async for line in running.err]))
        except (MemberError, KubectlError) as error:
            why = error.message
        gone(name, why or "its watch ended")

    async with asyncio.TaskGroup() as tasks:
        for name in sorted(names):
            tasks.create_task(watch(name))


def _parsed(name: ClusterName, line: str) -> FleetEvent | None:
    try:
        manifest = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return event_of(name, manifest) if isinstance(manifest, dict) else None
