"""The nouns of an outline. Each one says what happens in the same way to one object or more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.origin import Origin
from reconciler.review.outline.parts import PartChange


@dataclass(frozen=True, slots=True)
class Place:
    """A member with a copy."""

    cluster: ClusterName
    replicas: int | None = None
    """The number in the copy; None for kinds without replicas."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Copies go, and none comes."""

    objects: tuple[ResourceKey, ...]
    """Sorted, as everywhere here."""
    clusters: tuple[ClusterName, ...]
    left: tuple[ClusterName, ...]
    """The members that keep a copy. Empty: the object disappears."""
    origins: tuple[Origin, ...]
    """Where the revision says so, sorted."""
    reason: str = ""
    """As in `ObjectDiff`."""
    released: bool = False
    """Whether the copies stay in the members, without our marks."""


@dataclass(frozen=True, slots=True)
class Move:
    """Copies go, and others come."""

    objects: tuple[ResourceKey, ...]
    sources: tuple[ClusterName, ...]
    targets: tuple[Place, ...]
    origins: tuple[Origin, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recreation:
    """Copies that stay change in a field that an API server does not let change."""

    objects: tuple[ResourceKey, ...]
    clusters: tuple[ClusterName, ...]
    fields: tuple[str, ...]
    """As in `spec.selector`."""
    remedy: str
    """What to do, where the change is refused; empty where the annotation of the template lets the objects be deleted and
    created again (`model/recreation.py`)."""
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Scaling:
    """Copies that stay get another number of replicas."""

    objects: tuple[ResourceKey, ...]
    before: tuple[Place, ...]
    """All copies before, sorted by member; those that differ only, where the others are not known."""
    after: tuple[Place, ...]
    origins: tuple[Origin, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Another policy places the objects."""

    objects: tuple[ResourceKey, ...]
    before: PolicyRef | None
    """None: no policy placed them."""
    after: PolicyRef | None
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class OverrideChange:
    """An override policy begins to change copies, or ends to."""

    objects: tuple[ResourceKey, ...]
    policy: PolicyRef
    begins: bool
    clusters: tuple[ClusterName, ...]
    """The members with a copy for which this holds."""
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """One object, and the members on which it changes."""

    key: ResourceKey
    clusters: tuple[ClusterName, ...]


@dataclass(frozen=True, slots=True)
class FieldsChange:
    """Other fields of copies that stay."""

    where: tuple[Where, ...]
    """Sorted by object."""
    parts: tuple[PartChange, ...]
    """With `<name>` in place of the name of each object, if they differ in nothing else."""
    origins: tuple[Origin, ...]
    reason: str = ""

    @property
    def objects(self) -> tuple[ResourceKey, ...]:
        return tuple(where.key for where in self.where)


@dataclass(frozen=True, slots=True)
class Creation:
    """Copies come, and none goes."""

    objects: tuple[ResourceKey, ...]
    targets: tuple[Place, ...]
    origins: tuple[Origin, ...]
    reason: str = ""


Entry: TypeAlias = Removal | Move | Recreation | Scaling | PolicyChange | OverrideChange | FieldsChange | Creation


def clusters_of(entry: Entry) -> tuple[ClusterName, ...]:
    """All members that an entry concerns, sorted; none for a new policy, which alone changes nothing."""
    match entry:
        case Removal() | Recreation() | OverrideChange():
            return entry.clusters
        case Move():
            return tuple(sorted({*entry.sources, *(place.cluster for place in entry.targets)}))
        case Scaling():
            before, after = ({place.cluster: place.replicas for place in side} for side in (entry.before, entry.after))
            return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
        case FieldsChange():
            return tuple(sorted({name for where in entry.where for name in where.clusters}))
        case Creation():
            return tuple(place.cluster for place in entry.targets)
        case PolicyChange():
            return ()
        case _:
            assert_never(entry)
