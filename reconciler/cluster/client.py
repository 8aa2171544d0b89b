"""The door to one member, in our words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest


class MemberError(ReconcilerError):
    """A member refused, or holds something that we must not touch."""


class MemberUnreachableError(MemberError, TemporaryError):
    """A member did not answer, or not in full; nothing may be concluded from what it did not say."""


class ClusterClient(Protocol):
    """A connection to one declared Cluster."""

    name: ClusterName

    tells_health: bool
    """Whether somebody keeps `status` up to date there. Where nobody does, written counts as Current."""

    async def look(self, keys: Collection[ResourceKey]) -> LiveView:
        """These objects and everything that carries our label, complete or not at all.

        Raises MemberUnreachableError or MemberError.
        """

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        """Brings one object to `desired`.

        expected: what the member is to hold afterwards, as planned. live: what it held when that was planned, None for nothing.
        Raises MemberError when the object has changed hands since, or the member refuses.
        """

    async def delete(self, key: ResourceKey, live: Manifest) -> None:
        """Removes one object if it is still the one that was planned to go; missing is fine. Raises as `apply`."""

    async def release(self, released: Manifest, live: Manifest) -> None:
        """Takes our marks off one object and changes nothing else of it: `live` is what it was when that was planned.

        Raises as `apply`.
        """

    async def close(self) -> None: ...
