"""The kinds that one server serves, remembered between calls (client-go: `CachedDiscoveryInterface`)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource, Served, discover
from reconciler.cluster.failures import RequestFailedError
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import GroupVersionKind

_FRESH_FOR = 600.0
"""Seconds for which `fresh` trusts an answer."""
_LACKING_FOR = 45.0
"""The same where a kind is awaited, which somebody may install."""
_INCOMPLETE_FOR = 10.0
"""The same where an extension API server did not answer. After that time, the server is asked again, whether or not somebody
calls: no watch tells that the kinds are back."""


class CachedDiscovery:
    """Discovery of one server. The first call asks the server. All methods but `close` raise MemberError."""

    def __init__(self, api: Api, changed: Callable[[], None] = lambda: None) -> None:
        """changed: called when an extension API server that did not answer is back."""
        self._api = api
        self._changed = changed
        self._waiting: asyncio.Task[None] | None = None
        self._served: Served | None = None
        self._discovered_at = 0.0
        self._discovering = asyncio.Lock()

    async def served(self) -> Served:
        """The last answer."""
        if self._served is not None:
            return self._served
        async with self._discovering:
            return self._served or await self._discover()

    async def refreshed(self) -> Served:
        """A new answer."""
        async with self._discovering:
            return await self._discover()

    async def fresh(self, *, lacking: bool = False) -> Served:
        """An answer that is at most ten minutes old: the administrators of a member may install kinds, or upgrade Kubernetes.

        lacking: whether a kind is awaited, so that the answer must be less than a minute old.
        """
        served = await self.served()
        longest = min(_LACKING_FOR, _FRESH_FOR) if lacking else _FRESH_FOR
        longest = min(_INCOMPLETE_FOR, longest) if served.unanswered else longest
        return await self.refreshed() if time.monotonic() - self._discovered_at > longest else served

    async def covering(self, kinds: Iterable[GroupVersionKind]) -> Served:
        """The last answer, or a new one where the last one lacks one of these kinds and knows nothing against it."""
        served = await self.served()
        groups = served.unread_groups
        return served if all(gvk in served.resources or gvk.group in groups for gvk in kinds) else await self.refreshed()

    async def resource(self, gvk: GroupVersionKind) -> Resource:
        """The kind in exactly this version. Raises MemberError where it is not served."""
        served = await self.covering([gvk])
        if gvk in served.resources:
            return served.resources[gvk]
        if gvk.group in served.unread_groups:
            raise RequestFailedError(f"{self._api.name}: {served.unread_groups[gvk.group]}", remedy="The next pass tries again.")
        other = served.preferred.get((gvk.group, gvk.kind))
        remedy = f"Write it in {other.gvk.api_version}." if other else "Place its CustomResourceDefinition there, too."
        raise MemberError(f"{self._api.name} does not serve {gvk}", remedy=remedy)

    async def _discover(self) -> Served:
        served = self._served = await discover(self._api)
        self._discovered_at = time.monotonic()
        if served.unanswered and (self._waiting is None or self._waiting.done()):
            self._waiting = asyncio.create_task(self._await_return(), name=f"extension API servers of {self._api.name}")
        return served

    async def close(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)

    async def _await_return(self) -> None:
        """Asks again and again, until all extension API servers answer."""
        while before := (await self.served()).unanswered:
            await asyncio.sleep(_INCOMPLETE_FOR * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            with suppress(MemberError):
                served = await self.refreshed()
                if before - served.unanswered:
                    self._changed()
