"""Which kinds of a server have objects that carry our marks.

A killed process or a lost status branch may leave objects of kinds that no template names any more. One request per kind finds
them; it is made once per connection. Where a record tells what was applied, it may come after the first pass
(`passes/sweeps.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.cluster.api_client import Api
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.contents import metadata_list
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError, concerns_one_kind
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.ownership import INSTANCE_LABEL


@dataclass(frozen=True, slots=True)
class Swept:
    """The result of a sweep."""

    ours: tuple[Resource, ...] = ()
    """Kinds that have objects of ours."""
    unread: Mapping[Resource, MemberError] = field(default_factory=dict)
    """Kinds that may have objects of ours: they could not be read, for the reason given."""


POSTPONED = Swept()
"""Nothing is known yet."""


class Sweeps:
    """Those of one connection: the first, and another one after a while where a kind could not be read."""

    def __init__(self, api: Api, instance: str) -> None:
        """instance: as in `Settings`."""
        self._api = api
        self._instance = instance
        self._task: asyncio.Task[Swept] | None = None
        self._begun_at = 0.0
        self._without: frozenset[tuple[str, str]] = frozenset()
        """(group, version) that were not answered for when the last one began."""
        self._began = False
        self.are_owed = False
        """Whether the first one was postponed, and did not begin yet."""

    def postpone(self) -> None:
        """Until `begin`. Without effect after the first one began."""
        self.are_owed = not self._began

    def begin(self, served: Served, except_for: Iterable[tuple[str, str]]) -> asyncio.Task[Swept]:
        """The sweep, which runs while the caller does something else; begun now, or before, if it is still good.

        except_for: as for `kinds_with_our_objects`.
        """
        self.are_owed, self._began = False, True
        if self._task is None or self._is_due(self._task, served):
            work = kinds_with_our_objects(self._api, served, self._instance, frozenset(except_for))
            self._task = asyncio.create_task(work)
            self._begun_at, self._without = time.monotonic(), served.unanswered
        return self._task

    def _is_due(self, last: asyncio.Task[Swept], served: Served) -> bool:
        """Whether kinds that it could not read may be readable now."""
        if not last.done() or last.cancelled() or last.exception() is not None:
            return False
        later = time.monotonic() - self._begun_at > _AGAIN_AFTER
        return bool(self._without - served.unanswered or (later and last.result().unread))

    async def result(self, begun: asyncio.Task[Swept]) -> Swept:
        """What it found. Raises MemberError; then the next `begin` sweeps again."""
        try:
            return await begun
        except MemberError:
            self._task = None if self._task is begun else self._task
            raise

    async def close(self) -> None:
        self.are_owed = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


async def kinds_with_our_objects(api: Api, served: Served, instance: str, except_for: Collection[tuple[str, str]]) -> Swept:
    """The kinds with objects of ours, and the kinds that could not be read, each with its error.

    instance: as in `Settings`. except_for: (group, kind) that need no request. Raises MemberError where the member as a whole
    cannot be read.
    """
    candidates = [
        resource
        for kind, resource in served.preferred.items()
        if kind not in except_for and resource.verbs >= _NEEDED_VERBS and kind not in _EPHEMERAL
    ]
    answers = await at_most([_has_our_objects(api, resource, instance) for resource in candidates], _AT_ONCE)
    outcome = list(zip(candidates, answers, strict=True))
    return Swept(
        tuple(resource for resource, ours in outcome if ours is True),
        {resource: answer for resource, answer in outcome if isinstance(answer, MemberError)},
    )


async def _has_our_objects(api: Api, resource: Resource, instance: str) -> bool | MemberError:
    query = {"labelSelector": f"{INSTANCE_LABEL}={instance}"}
    try:
        records = await metadata_list(api, resource, resource.path(), {**query, "limit": "1"})
        if records and records[0].instance != instance:  # A controller copied our label; objects of ours may follow.
            records = await metadata_list(api, resource, resource.path(), query)
    except MemberError as error:
        if isinstance(error, RefusedError) and error.status == 403:
            return False  # Our role does not include the kind, so we cannot have written objects of it.
        if concerns_one_kind(error):
            return error
        raise
    return any(record.instance == instance for record in records)


_AGAIN_AFTER = 60.0
"""Seconds until another sweep if a kind could not be read."""
_AT_ONCE = 5
"""Requests at the same time: about as many as there are watches later, which take over their connections."""
_NEEDED_VERBS = frozenset({"watch", "patch", "delete"})
_EPHEMERAL = frozenset({("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")})
"""(group, kind) that are never propagated and have many objects."""
