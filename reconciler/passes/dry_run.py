"""What looks like drift and may be spelling: an API server writes some values otherwise than we state them.

We compare without asking, by rules that hold for nearly all values (`model/managed_fields.py`). Where they say that a member
deviates although the manifest is the one that was applied, the server is asked, by a dry run, whether applying would change
anything. Its answer holds until the object changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from reconciler.cluster.client import ClusterClient, MemberError, MemberUnreachableError
from reconciler.model.changes import Action, Change, ChangeSet, Configure, Create, Skip, Unchanged
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.plan.equality import same


class Doubts:
    """For the members of one process."""

    def __init__(self) -> None:
        self._settled: dict[tuple[ClusterName, ResourceKey], Record] = {}

    async def resolve(
        self,
        plans: Mapping[ClusterName, ChangeSet],
        views: Mapping[ClusterName, LiveView | str],
        clients: Mapping[ClusterName, ClusterClient],
    ) -> dict[ClusterName, ChangeSet]:
        """The plans with nothing in them that would change nothing."""
        resolved = await asyncio.gather(*[self._resolve(plan, views[name], clients[name]) for name, plan in plans.items()])
        return dict(zip(plans, resolved, strict=True))

    async def _resolve(self, plan: ChangeSet, view: LiveView | str, client: ClusterClient) -> ChangeSet:
        if not isinstance(view, LiveView) or not view.shared or not any(change.drift for change in plan.changes):
            return plan
        gate = asyncio.Semaphore(_AT_ONCE)

        async def settle(change: Change) -> Change:
            if not isinstance(change, Configure) or not change.drift:
                return change
            async with gate:
                return await self._settle(change, view, client)

        return plan.revised(await asyncio.gather(*map(settle, plan.changes)))

    async def _settle(self, change: Configure, view: LiveView, client: ClusterClient) -> Change:
        record, place = view.records[change.key], (view.cluster, change.key)
        if self._settled.get(place) is not record:
            try:
                after = await client.preview(change.expected, change.live)
            except MemberError:
                return change  # Applying it will say so, where somebody sees it.
            if not same(after, change.live):
                return change
            self._settled[place] = record
        return Unchanged(change.desired)


async def previewed(
    plans: Mapping[ClusterName, ChangeSet],
    views: Mapping[ClusterName, LiveView | str],
    clients: Mapping[ClusterName, ClusterClient],
) -> tuple[dict[ClusterName, ChangeSet], dict[ClusterName, str]]:
    """For a dry run: each write with what the member says that it would come to, or with its refusal; and why, of the members
    that stopped answering meanwhile. Nothing is known of these, so their plans are left out."""

    async def preview(name: ClusterName) -> ChangeSet | str:
        view = views[name]
        if not isinstance(view, LiveView) or not view.shared:
            return plans[name]
        try:
            return await _previewed(plans[name], clients[name])
        except MemberUnreachableError as error:
            return error.message

    told = dict(zip(plans, await asyncio.gather(*map(preview, plans)), strict=True))
    return (
        {name: plan for name, plan in told.items() if isinstance(plan, ChangeSet)},
        {name: why for name, why in told.items() if isinstance(why, str)},
    )


async def _previewed(plan: ChangeSet, client: ClusterClient) -> ChangeSet:
    gate = asyncio.Semaphore(_AT_ONCE)
    # A member cannot try what needs an object that the same sync creates.
    absent = {change.key for change in plan.of(Action.CREATE)}

    async def preview(change: Change) -> Change:
        if not isinstance(change, Create | Configure) or not absent.isdisjoint(plan.dependencies.get(change.key, ())):
            return change
        async with gate:
            try:
                return replace(change, expected=await client.preview(change.expected, change.live))
            except MemberUnreachableError:
                raise
            except MemberError as error:
                said = error.message.removeprefix(f"{client.name}: ").removeprefix(f"apply {change.key}: ")
                return Skip(change.key, f"the member would refuse it: {said}", change.desired, change.live)

    told = await asyncio.gather(*map(preview, plan.changes), return_exceptions=True)
    changes = []
    for change in told:
        if isinstance(change, BaseException):
            raise change  # The first one; the others have come to their end, too.
        changes.append(change)
    return plan.revised(changes)


_AT_ONCE = 8
