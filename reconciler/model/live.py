"""The objects of a member, as far as a pass needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ParamSpec, Protocol, TypeVar

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.ownership import is_ours

P = ParamSpec("P")
T = TypeVar("T")


class Content(Protocol):
    """What an object says, apart from its identity on one member: records have the same content object if they differ only in
    uid, resource version, and the times of their creation, of writes (`metadata.managedFields`) and of conditions."""

    def once(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """`function(*arguments, **aside)`, remembered for as long as records with this content exist, and for the last few
        different arguments, which are compared by identity.

        aside: arguments that the result does not depend on, such as any record with this content.
        """


class Record(Protocol):
    """One live object, kept small between passes. A record never changes: decisions that were made from it hold until the object
    has another record."""

    @property
    def content(self) -> Content: ...

    @property
    def manifest(self) -> Manifest: ...

    @property
    def instance(self) -> str:
        """The reconciler whose object this is (`ownership.owner_of`); empty for none."""

    @property
    def has_owners(self) -> bool:
        """Whether the server knows an owner of any of its fields (`metadata.managedFields`)."""


class Unpacked(Mapping[ResourceKey, Manifest]):
    """Records as manifests; each access unpacks one."""

    def __init__(self, records: Mapping[ResourceKey, Record]) -> None:
        self._records = records

    def __getitem__(self, key: ResourceKey) -> Manifest:
        return self._records[key].manifest

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[ResourceKey]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read in a member that answers otherwise. Nothing is concluded from its absence."""

    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(group, kind) → why its objects could not be read. An empty kind means all kinds of the group."""
    objects: Mapping[ResourceKey, str] = field(default_factory=dict)
    """Single objects of other kinds, and the reason."""
    contents: Mapping[ResourceKey, str] = field(default_factory=dict)
    """Namespaces and definitions → why it is unknown what they hold."""

    def __bool__(self) -> bool:
        return bool(self.kinds or self.objects or self.contents)

    def kind(self, group: str, kind: str) -> str:
        """Why the objects of this kind could not be read; empty where they were."""
        return self.kinds.get((group, kind), "") or self.kinds.get((group, ""), "")

    def reason(self, key: ResourceKey) -> str:
        """Why this object could not be read; empty where it was, or where it does not exist."""
        return self.kind(key.group, key.kind) or self.objects.get(key, "")


NOTHING_UNREAD = Unread()


@dataclass(frozen=True, slots=True)
class LiveView:
    """The wanted objects that exist, all objects with our label, objects that scale workloads, and the contents of Namespaces and
    definitions of ours that are no longer wanted."""

    cluster: ClusterName
    objects: Mapping[ResourceKey, Manifest] = field(default_factory=dict)
    records: Mapping[ResourceKey, Record] = field(default_factory=dict)
    """The same objects as records, where the client keeps them between passes; empty for a directory member."""
    shared: bool = False
    """Whether other clients write to our objects, too, as on every API server. Then we compare and write only the fields that we
    apply, and the server records the owner of each field. Elsewhere an object is compared and written as a whole."""
    unread: Unread = NOTHING_UNREAD
    """What is missing above because it could not be read. It may exist."""

    @classmethod
    def of_records(cls, cluster: ClusterName, records: Mapping[ResourceKey, Record], unread: Unread = NOTHING_UNREAD) -> LiveView:
        """The view of a member that has an API server."""
        return cls(cluster, Unpacked(records), records, shared=True, unread=unread)

    def is_ours(self, key: ResourceKey, instance: str) -> bool:
        """Whether the reconciler of that name wrote this object. The object must be in the view."""
        record = self.records.get(key)
        return record.instance == instance if record is not None else is_ours(self.objects[key], instance)
