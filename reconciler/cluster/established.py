"""Waits until objects of a kind can be written after its CustomResourceDefinition was applied."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.discovery import Resource
from reconciler.cluster.member_protocol import MemberError
from reconciler.interpreter.containers import served_kinds
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import sequence, text

_WITHIN = 30.0
"""Seconds to wait for each of the two conditions."""
_INTERVAL = 0.1
"""Seconds between requests."""


async def until_established(api: Api, discovery: CachedDiscovery, resource: Resource, key: ResourceKey) -> None:
    """Returns when the definition `key` is Established and the server serves all its versions.

    resource: of CustomResourceDefinitions. Raises MemberError where the server refuses the names, or after 30 seconds for each.
    """
    document: dict[str, Any] = {}

    async def is_established() -> bool:
        nonlocal document
        document = (await api.request("GET", resource.path_of(key), what=f"get {key}")).document
        conditions = {text(item, "type"): item for item in sequence(document, "status", "conditions")}
        established = text(conditions.get("Established"), "status") == "True"
        if not established and text(conditions.get("NamesAccepted"), "status") == "False":
            raise MemberError(f"{api.name}: {key}: {text(conditions['NamesAccepted'], 'message')}")
        return established

    async def is_served() -> bool:
        return served_kinds(document) <= (await discovery.refreshed()).resources.keys()

    await _until(is_established, f"{api.name}: {key} was applied and is not Established after {_WITHIN:.0f} s")
    await _until(is_served, f"{api.name}: the kinds of {key} are not served after {_WITHIN:.0f} s")


async def _until(holds: Callable[[], Awaitable[bool]], failure: str) -> None:
    for _ in range(int(_WITHIN / _INTERVAL)):
        if await holds():
            return
        await asyncio.sleep(_INTERVAL)
    raise MemberError(failure)
