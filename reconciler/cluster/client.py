"""The door to one member, in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from reconciler.cluster.listing import Listing, Selection
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.changes import DeletionPropagation
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest


class MemberError(ReconcilerError):
    """A member refused, or holds something that we must not touch."""


class MemberUnreachableError(MemberError, TemporaryError):
    """A member did not answer, or not in full; nothing may be concluded from what it did not say."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a member says of itself."""

    version: str
    """Of Kubernetes, such as `v1.36.3`."""
    apis: frozenset[GroupVersionKind]
    """The kinds it serves."""


Wanted = Mapping[ResourceKey, GroupVersionKind]
"""The objects that a member is to hold, each in the version that its template is written in."""


class ClusterClient(Protocol):
    """A connection to one declared Cluster."""

    name: ClusterName

    tells_health: bool
    """Whether somebody keeps `status` up to date there. Where nobody does, written counts as Current."""

    async def discover(self) -> Discovery | None:
        """What it says of itself; None from a member that serves nothing. Asked once per connection. Raises as `look`."""

    async def look(self, wanted: Wanted) -> LiveView:
        """These objects and everything that carries our label, complete or not at all.

        Raises MemberUnreachableError or MemberError.
        """

    async def show(self, selection: Selection) -> list[Listing] | None:
        """The objects that somebody asks to see, ours or not: a listing per kind, for a word may mean several. None where it
        serves no such kind. Raises as `look`.
        """

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        """Brings one object to `desired`.

        expected: what is written, as planned: the object as the member holds it afterwards, or what we state of it where others
        write to it, too. live: what it held when that was planned, None for nothing.
        Raises MemberError when the object has changed hands since, or the member refuses.
        """

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        """Removes one object if it is still the one that was planned to go; missing is fine. Raises as `apply`."""

    async def release(self, released: Manifest, live: Manifest) -> None:
        """Takes our marks off one object and changes nothing else of it: `live` is what it was when that was planned.

        Raises as `apply`.
        """

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        """What the member would hold after `apply`, as far as it can tell without doing it. Raises as `apply`."""

    def on_change(self, call: Callable[[], None]) -> None:
        """Have this called whenever something that was looked at has changed by another's hand."""

    async def close(self) -> None: ...
