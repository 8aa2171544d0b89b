"""A plan for one member and its outcomes: the values that `diff` prints and `sync` carries out.

There is one class per action, and each class has only the fields that its action has. Every class answers `action`, `key`,
`reason` and `drift`, so that code that only counts or prints need not tell the classes apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, islice
from typing import ClassVar, TypeAlias

from reconciler.model.drift_record import DriftedField
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.ordering import Dependency
from reconciler.model.tenant import ServiceAccount
from reconciler.model.wording import spelled
from reconciler.model.work import RenderedManifest


class Action(StrEnum):
    """The words for changes, in the order in which they are counted."""

    CREATE = "create"
    CONFIGURE = "configure"
    UNCHANGED = "unchanged"
    PRUNE = "prune"
    RELEASE = "release"
    SKIP = "skip"

    @property
    def past(self) -> str:
        """The word for an outcome: created, configured, unchanged, pruned, released, skipped."""
        return _PAST.get(self.value, self.value)

    @property
    def writes(self) -> bool:
        """Whether the action sends a write to the member."""
        return self not in (Action.UNCHANGED, Action.SKIP)


_PAST = {"create": "created", "configure": "configured", "prune": "pruned", "release": "released", "skip": "skipped"}


class DeletionPropagation(StrEnum):
    """How a member deletes the dependents of an object (Kubernetes: `metav1.DeletionPropagation`)."""

    FOREGROUND = "Foreground"
    """The object stays until its dependents, such as its Pods, are deleted."""
    BACKGROUND = "Background"
    """The object is deleted at once; the garbage collector deletes its dependents later."""


@dataclass(frozen=True, slots=True)
class Create:
    """The object does not exist, and is wanted."""

    desired: RenderedManifest
    expected: Manifest = field(repr=False)
    """What is written: the whole object, or the fields that we apply where others write to the object, too."""
    reason: str = ""
    """Why it is written although its template did not change; empty where the template is new here."""
    drift: bool = False
    """Whether the member held it and does not any more, and Git did not change."""

    action: ClassVar[Action] = Action.CREATE
    live: ClassVar[None] = None

    @property
    def key(self) -> ResourceKey:
        return self.desired.key


@dataclass(frozen=True, slots=True)
class Configure:
    """The object exists and differs from what is wanted."""

    desired: RenderedManifest
    expected: Manifest = field(repr=False)
    """What is written; as `Create.expected`."""
    live: Manifest = field(repr=False)
    """The object at the time of the plan."""
    reason: str = ""
    """Why it is written although its template did not change; empty where the template changed."""
    drift: bool = False
    """Whether the member changed the object, and Git did not."""
    taken_over: bool = False
    """Whether the object was not ours."""
    removed: tuple[str, ...] = ()
    """The fields of its former deployer that Git does not state and that go, as printed paths; known after a dry run."""
    drifted: tuple[DriftedField, ...] = ()
    """With `drift`, the first of the fields that differ; empty where the member does not record who writes."""

    action: ClassVar[Action] = Action.CONFIGURE

    @property
    def key(self) -> ResourceKey:
        return self.desired.key


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The member holds what is wanted."""

    desired: RenderedManifest
    created_from: str | None = None
    """Where the object is written only once (`apply: CreateOnly`): the digest of the manifest that it was created from, empty
    where somebody else created it. None elsewhere."""

    action: ClassVar[Action] = Action.UNCHANGED
    reason: ClassVar[str] = ""
    drift: ClassVar[bool] = False

    @property
    def key(self) -> ResourceKey:
        return self.desired.key


@dataclass(frozen=True, slots=True)
class Prune:
    """The object is ours and no longer wanted; it is deleted."""

    key: ResourceKey
    live: Manifest = field(repr=False)
    """The object at the time of the plan."""
    propagation: DeletionPropagation
    reason: str = ""
    """Why it is deleted; a sentence."""

    action: ClassVar[Action] = Action.PRUNE
    desired: ClassVar[None] = None
    drift: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Release:
    """The object is ours and no longer wanted; it stays on the member without our marks."""

    key: ResourceKey
    live: Manifest = field(repr=False)
    """The object at the time of the plan."""
    expected: Manifest = field(repr=False)
    """The same object without our marks."""
    reason: str = ""
    """Why it is released; a sentence."""

    action: ClassVar[Action] = Action.RELEASE
    desired: ClassVar[None] = None
    drift: ClassVar[bool] = False


class Standing(StrEnum):
    """Why an object holds up those that depend on it. The values are read as `waits for X (VALUE)`."""

    NOT_WRITTEN = "not written yet"
    IN_PROGRESS = "not Current yet"
    TIMED_OUT = "not Current in time"
    FAILED = "Failed"
    SKIPPED = "cannot be written now"
    ABSENT = "does not exist there"
    UNKNOWN = "cannot be read"
    STAYS = "still there"
    """For removals: what depends on the object goes first."""

    @property
    def may_end(self) -> bool:
        """Whether it ends if nothing goes wrong, and nobody does anything."""
        return self in (Standing.NOT_WRITTEN, Standing.IN_PROGRESS, Standing.STAYS)


@dataclass(frozen=True, slots=True)
class Wait:
    """An object for which a change waits."""

    on: Dependency
    standing: Standing
    since: datetime | None = None
    """Since when it is written and not Current, as far as that is recorded."""
    timeout: timedelta | None = None
    """How long others wait for it."""

    def __str__(self) -> str:
        if self.standing is Standing.TIMED_OUT and self.timeout is not None:
            return f"{self.on} (not Current within {spelled(self.timeout)})"
        return f"{self.on} ({self.standing})"


@dataclass(frozen=True, slots=True)
class Skip:
    """Something prevents the change; `reason` says what."""

    key: ResourceKey
    reason: str
    """A sentence. It does not name the object: the printer does."""
    desired: RenderedManifest | None = None
    """None where the object could not be rendered or is no longer wanted."""
    live: Manifest | None = field(default=None, repr=False)
    """None where the object does not exist."""
    kept: bool = False
    """Whether the copy is no longer wanted and stays until somebody removes what keeps it: it is protected, contains other
    objects, or is in use. Nothing is wrong then."""
    drift: bool = False
    """Whether the member changed or deleted the object, and its write policy says to report that only (`driftPolicy: Report`)."""
    waits: tuple[Wait, ...] = ()
    """The objects that it waits for, by the order that Git states; see `plan/waits.py`."""
    pending: bool = False
    """Whether it waits, and nothing is known that keeps its turn from coming."""
    ran: bool = False
    """Whether it is a Job of a gate that has run, and is not there any more: it does not run again, and nothing is wrong."""
    drifted: tuple[DriftedField, ...] = ()
    """As `Configure.drifted`."""

    action: ClassVar[Action] = Action.SKIP


Write: TypeAlias = Create | Configure | Prune | Release
"""The changes that send a write to the member."""
Change: TypeAlias = Write | Unchanged | Skip
"""What is to happen to one object of one member."""
Stage: TypeAlias = tuple[Change, ...]
"""Changes that may be carried out at the same time."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All changes for one member; at most one per object."""

    cluster: ClusterName
    stages: tuple[Stage, ...] = ()
    """Carried out one after the other: a stage begins when the stage before it has ended."""
    dependencies: Mapping[ResourceKey, tuple[ResourceKey, ...]] = field(default_factory=dict)
    """Object of a change → objects of the changes that it waits for, in the order of the stages; all of them stand in earlier
    stages. Where one of them fails, the change is not carried out and counts as failed, too. Objects that wait for nothing
    are absent."""
    accounts: Mapping[ResourceKey, ServiceAccount] = field(default_factory=dict)
    """Objects whose writes are impersonated, each with the account."""
    remarkable: tuple[Change, ...] = field(init=False, repr=False, compare=False)
    """The changes of all stages but `Unchanged`, in order. Most plans have thousands of those, and few others."""

    def __post_init__(self) -> None:
        found = tuple(change for stage in self.stages for change in stage if not isinstance(change, Unchanged))
        object.__setattr__(self, "remarkable", found)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of all stages, in order."""
        return tuple(chain.from_iterable(self.stages))

    @property
    def writes(self) -> tuple[Write, ...]:
        """The changes that send a write to the member, in order."""
        return tuple(change for change in self.remarkable if isinstance(change, Write))

    def of(self, *actions: Action) -> tuple[Change, ...]:
        """The changes with one of these actions, in order."""
        changes = self.changes if Action.UNCHANGED in actions else self.remarkable
        return tuple(change for change in changes if change.action in actions)

    def revised(self, changes: Iterable[Change]) -> ChangeSet:
        """The same plan with other changes for the same objects.

        changes: one for each of `self.changes`, in the same order.
        """
        rest = iter(changes)
        return replace(self, stages=tuple(tuple(islice(rest, len(stage))) for stage in self.stages))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one change."""

    change: Change
    error: str = ""
    """Why it failed or was not begun; empty when done."""
    postponed: bool = False
    """Whether it was not begun for a reason of this program (the process ends, a pause): nothing new is known of the object."""
    temporary: bool = False
    """Whether the same write may succeed soon without any change, because the member did not answer."""
    recreated: str = ""
    """Why the object was deleted and created again, in the words of its member; empty where it was not."""

    @property
    def done(self) -> bool:
        return not self.error
