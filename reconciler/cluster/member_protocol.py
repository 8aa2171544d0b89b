"""`MemberClient`: what the other rooms may ask of a member, whatever kind of member it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from reconciler.cluster.listing import Event, Listing, Selection
from reconciler.errors import ReconcilerError, TemporaryError
from reconciler.model.capacity import Capacity, ResourceModels
from reconciler.model.changes import DeletionPropagation
from reconciler.model.federated_hpa import Metric
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.live import LiveView, Record
from reconciler.model.manifest import Manifest
from reconciler.model.object_event import ObjectEvent
from reconciler.model.tenant import ServiceAccount


class MemberError(ReconcilerError):
    """A member refused a request, or holds an object that we must not write."""


class NotConfiguredError(MemberError):
    """This process has no way to reach the member: an option or a credential is missing or does not fit. Nothing was asked of the
    member, so this says nothing about it."""


class ImmutableFieldError(MemberError):
    """A member does not allow a change of a field while the object exists."""


class MemberUnreachableError(MemberError, TemporaryError):
    """A member did not answer, or not completely. Objects that are absent from the answer may exist."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The facts that a member publishes about itself."""

    version: str
    """Of Kubernetes, such as `v1.36.3`."""
    apis: frozenset[GroupVersionKind]
    """The kinds that it serves, in each version."""
    unanswered: frozenset[tuple[str, str]] = frozenset()
    """(group, version) whose extension API server does not answer. Which kinds they have is unknown."""
    namespaced: frozenset[GroupVersionKind] = frozenset()
    """Those of the kinds whose objects are in namespaces."""
    id: str = ""
    """Which server it is, whatever its name and address: the uid of the namespace kube-system, as in `spec.id` of Karmada's
    Cluster. Empty where we may not read it."""


@dataclass(frozen=True, slots=True)
class CapacityLook:
    """One look at what a member has and what of it is requested."""

    begun: datetime
    """Pods that existed then are in it."""
    capacity: Capacity | None
    """None where we may not look."""
    reason: str = ""
    """Why it is unknown: a sentence with its remedy; empty where it is known."""


Measured: TypeAlias = tuple[Manifest, ...] | str
"""What a metrics API answered about one metric: its items, or why it did not answer."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a member shows of a workload that an autoscaler scales."""

    scale: Manifest
    """The scale subresource (autoscaling/v1 Scale)."""
    pods: tuple[Manifest, ...]
    """With the labels of its selector."""
    metrics: tuple[Measured, ...]
    """In the order in which they were asked for."""


OnChange: TypeAlias = Callable[[ResourceKey | None], None]
"""Called after another client changed something in a member. The argument is the object where it alone may have drifted, else
None: a pass has to look at the member."""

Wanted = Mapping[ResourceKey, GroupVersionKind]
"""The objects that a member must hold, each with the version that its template names."""


@dataclass(frozen=True, slots=True)
class SlicesToFollow:
    """Which EndpointSlices of a member are watched: label selectors, as in a query of the Kubernetes API; empty for none."""

    provided: str = ""
    """Those of Services that other members consume."""
    copies: str = ""
    """Those that we copied there."""


class MemberSlices(Protocol):
    """EndpointSlices of one member."""

    def follow(self, wanted: SlicesToFollow, changed: Callable[[], None]) -> None:
        """Watches these from now on, and no others. changed: called after each change that is not ours, and when it is known what
        there is. Nothing is waited for."""

    @property
    def provided(self) -> Mapping[ResourceKey, Record] | None:
        """What there is now; None while it is not known, because it was not read yet or the member does not answer."""

    @property
    def copies(self) -> Mapping[ResourceKey, Record] | None:
        """As `provided`."""

    @property
    def trouble(self) -> str:
        """Why they cannot be read; empty where they can."""

    async def settled(self) -> None:
        """Returns when it is known what there is, or that it cannot be read."""

    async def write(self, copy: Manifest, live: Manifest | None) -> None:
        """Writes a copy. live: the one that is there; None where there is none. Raises as `MemberClient.apply`."""

    async def exports(self) -> Mapping[tuple[str, str], tuple[Manifest, Manifest | None]]:
        """By namespace and name, each ServiceExport with the Service of its name. Raises MemberError."""

    async def report_export(self, export: Manifest, conditions: Sequence[Any]) -> None:
        """Writes the conditions of a ServiceExport. Raises MemberError, also where it has changed since it was read."""

    async def remove(self, live: Manifest) -> None:
        """Deletes a copy; succeeds where it does not exist any more. Raises as `MemberClient.delete`."""


class MemberClient(Protocol):
    """A connection to one declared Cluster."""

    name: ClusterName

    tells_health: bool
    """Whether controllers keep `status` up to date there. Where they do not, an object without status counts as Current."""

    @property
    def is_watched(self) -> bool:
        """Whether every change of what the last `look` returned is told: all watches of an API server work. A folder is only
        read."""

    async def discover(self, *, lacking: bool = False) -> Discovery | None:
        """The facts about the member, at most ten minutes old; None where it has no API server. Raises as `look`.

        lacking: whether they must be less than a minute old, because somebody may install a kind that members lack.
        """

    async def read_ahead(self, kinds: Collection[GroupVersionKind]) -> None:
        """Begins to read what `look` will return of these kinds, and does not wait for it. After `discover`, while it is decided
        what the member must hold. Raises as `look`."""

    @property
    def owes_sweep(self) -> bool:
        """Whether `look` may lack objects of ours of kinds that it does not want: the sweep that finds them (`sweep.py`) was
        postponed, and did not begin yet."""

    def postpone_sweep(self) -> None:
        """Before the first `discover`: lets it and `look` do without the sweep, which costs a request for each kind. A `look`
        that finds an object of ours that it does not want makes it all the same: removals are decided by full knowledge."""

    async def sweep(self) -> None:
        """Makes the sweep that was postponed. If `look` finds more now, that is told (`on_change`). Raises as `look`; the next
        `look` then tries again."""

    async def capacity(self, models: ResourceModels, now: datetime) -> CapacityLook | None:
        """What the member has and what of it is requested, at most a minute old; None where it has no API server. Costs a list of
        its Nodes and Pods. Raises as `look`.

        models: grades of its nodes. now: the time, from which a look counts.
        """

    async def look(self, wanted: Wanted) -> LiveView:
        """These objects, if they exist, and all objects that carry our label.

        Where single kinds or objects cannot be read, `LiveView.unread` names them. Raises MemberUnreachableError or MemberError
        where the member as a whole cannot be read.
        """

    async def look_at(self, keys: Collection[ResourceKey]) -> LiveView | None:
        """These of the objects that the last `look` wanted, as far as they exist, with what decides about them: their Namespaces,
        and objects that scale workloads. Costs a request only for what is not watched. None where only `look` can tell. Raises as
        `look`."""

    async def show(self, selection: Selection) -> list[Listing] | None:
        """The selected objects, ours or not, for commands that print them: one listing per kind, since a name such as `all` may
        mean several. None where the member does not serve such a kind. Raises as `look`.
        """

    def follow(self, selection: Selection, listing: Listing) -> AsyncIterator[tuple[Event, Listing]]:
        """What happens to the selected objects of the kind of a listing after it: each event, with the row of its object alone.
        Ends where the member tells no more; what happened since then, a new `show` tells. A folder tells nothing: it ends after a
        moment. Raises as `look`."""

    async def waiting_pods(self, namespace: str, labels: str) -> list[Manifest]:
        """The Pods with these labels that do not run yet, 500 at most; none on a member without an API server. Raises as `look`.

        labels: a selector, as in a query of the Kubernetes API.
        """

    async def measure(self, gvk: GroupVersionKind, key: ResourceKey, metrics: Sequence[Metric]) -> Measurement | None:
        """The scale of a workload, its Pods, and these metrics of them; None where the member has no API server. Raises as
        `look`, also where the workload is not there."""

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        """Writes one object.

        desired: the manifest as rendered. expected: what is written, as planned (`Create.expected`). live: the object at the time
        of the plan; None where it did not exist.
        Raises MemberError where another object is there now, or where the member refuses; MemberUnreachableError where it does
        not answer.
        """

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        """Deletes one object. Succeeds where it does not exist any more.

        live: the object at the time of the plan. propagation: has no effect on members without an API server.
        Raises as `apply`.
        """

    async def release(self, released: Manifest, live: Manifest) -> None:
        """Removes our marks from one object, and our ownership of its fields; the fields stay. Succeeds where the object does not
        exist any more.

        released: the object without our marks. live: the object at the time of the plan. Raises as `apply`.
        """

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        """The object that the member would hold after `apply`, by a dry run. Writes nothing. Raises as `apply`."""

    async def report(self, event: ObjectEvent) -> None:
        """Writes an Event about an object into the member, where that is allowed. Has no effect on members without an API server.
        Raises MemberError where the member fails."""

    async def job_log(self, job: ResourceKey, mask: Callable[[str], str]) -> str:
        """The last lines of the log of a Job, or why they cannot be read; empty where nothing runs. Raises no MemberError.

        mask: replaces what must not be shown. It is called in a thread, before the text is cut."""

    def endpoint_slices(self) -> MemberSlices | None:
        """Its EndpointSlices, the same object at each call; None on members without an API server."""

    def acting_as(self, account: ServiceAccount | None) -> MemberClient:
        """The same member, to which `apply`, `delete`, `release` and `preview` are sent as this account (impersonation); None: as
        the credential says. Without effect on members without an API server."""

    def on_change(self, call: OnChange) -> None:
        """Sets the function to call when another client changed one of the objects that `look` returned."""

    async def close(self) -> None:
        """Ends all watches and connections."""
