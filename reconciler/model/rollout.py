"""How a change reaches the members one group after the other: the strategy that the Configuration states, and a rollout as it is
recorded.

The names of the fields are those of Open Cluster Management (`maxConcurrency`, `progressDeadline`, `maxFailures`) where they mean
the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor

from reconciler.model.binding import TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.selector import LabelSelector

ROLLOUT_ANNOTATION = "reconciler.dev/rollout"
"""On a policy: the name of a strategy in `spec.rollouts` of the Configuration, or `none`."""
NOT_STAGED = "none"
"""The value of the annotation for objects that reach all members at once."""
PAUSED_ANNOTATION = "reconciler.dev/rollout-paused"
"""On a policy: why its rollout pauses."""
APPROVED_ANNOTATION = "reconciler.dev/rollout-approved"
"""On a policy: groups that may begin, each as `REVISION/GROUP`, separated by commas."""
PROMOTED_ANNOTATION = "reconciler.dev/rollout-promoted"
"""On a policy: groups that begin without waiting for others, in the same way."""
EVERYTHING = "Configuration"
"""The name of the rollout of everything that no annotation of a policy concerns."""
EVERY_GROUP = "*"
"""In a promotion: all groups."""
PARTITION = "part-"
"""The names of groups that clusters are cut into begin with this."""
THE_REST = "rest"
"""The group of a strategy that states none."""


class OnNewCommit(StrEnum):
    """What becomes of a rollout when a newer revision changes the same objects."""

    QUEUE = "queue"
    """The newer revision waits until the rollout has ended."""
    SUPERSEDE = "supersede"
    """The newer revision begins at the first group."""
    MERGE = "merge"
    """The newer revision takes the place of the older one; members that have the older one get it at once."""


class OnFailure(StrEnum):
    """What happens when more members fail than the strategy allows."""

    PAUSE = "pause"
    REVERT = "revert"
    """A commit that takes the change back is proposed, or pushed where the process may do that."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of clusters, or a percentage of them."""

    amount: float
    percentage: bool = False

    @classmethod
    def parse(cls, value: object) -> Limit:
        """`3`, `"25%"`. Raises ValueError."""
        match = re.fullmatch(r"(-?\d{1,9}(?:\.\d{1,9})?)(%?)", str(value), re.ASCII)
        if match is None or (not match[2] and "." in match[1]):
            raise ValueError(f"{value} is neither a number nor a percentage")
        return cls(float(match[1]), bool(match[2]))

    def of(self, count: int) -> int:
        """Of so many clusters: percentages are rounded down, the result is at least 1 and at most `count` (Fleet,
        internal/cmd/controller/target)."""
        wanted = floor(count * self.amount / 100) if self.percentage else int(self.amount)
        return max(min(wanted, count), 1)

    def budget(self, count: int) -> int:
        """As a number that may be missed: 0 stays 0."""
        return 0 if self.amount <= 0 else min(floor(count * self.amount / 100) if self.percentage else int(self.amount), count)

    def __str__(self) -> str:
        return f"{self.amount:g}%" if self.percentage else f"{self.amount:g}"


A_QUARTER = Limit(25, percentage=True)


def partitions(
    count: int, threshold: int = 0, size: Limit | None = None, max_unavailable: Limit | None = None
) -> list[tuple[int, int]]:
    """So many clusters cut into equal parts and a rest: the size of each part, and how many of it may be unavailable (Fleet,
    internal/cmd/controller/target).

    threshold: below so many clusters there is one part. size: of a part; None: a quarter; the number 0: all clusters.
    """
    whole = count < threshold or (size is not None and not size.percentage and size.amount == 0)
    step = count if whole else (size or A_QUARTER).of(count)
    sizes = [min(step, count - begun) for begun in range(0, count, max(step, 1))]
    return [(one, one if max_unavailable is None else max_unavailable.of(one)) for one in sizes]


@dataclass(frozen=True, slots=True)
class RolloutGroup:
    """One step of a strategy."""

    name: str
    clusters: frozenset[str] = frozenset()
    selector: LabelSelector | None = None
    """By labels of Clusters. Without it and without `clusters`, the group takes whatever no group before it takes."""
    max_concurrency: Limit | None = None
    """None: that of the strategy."""
    soak: timedelta | None = None
    """None: that of the strategy."""
    needs_approval: bool = False
    """Whether a person has to let it begin."""
    approving_status: str = ""
    """The name of a commit status whose success lets it begin; empty where none does."""

    @property
    def takes_the_rest(self) -> bool:
        """Whether it takes every cluster that no group before it takes."""
        if self.selector is None:
            return not self.clusters
        return self.selector.valid and not self.selector.requirements

    def takes(self, cluster: Cluster) -> bool:
        if not self.clusters and self.selector is None:
            return True
        return cluster.name in self.clusters or (self.selector is not None and self.selector.matches(cluster.labels))


@dataclass(frozen=True, slots=True)
class RolloutStrategy:
    """`spec.rollout` of the Configuration, or one of `spec.rollouts`."""

    groups: tuple[RolloutGroup, ...] = (RolloutGroup(THE_REST),)
    """In order; at least one."""
    partition_size: Limit | None = None
    """Where the strategy states no groups: clusters are cut into groups of this size. None: they are one group."""
    max_concurrency: Limit = Limit(100, percentage=True)
    """How many clusters of a group are under way at once."""
    soak: timedelta = timedelta(0)
    """How long all clusters of a group must have been Current before the next group begins."""
    progress_deadline: timedelta = timedelta(minutes=10)
    """How long a cluster may take to become Current."""
    max_failures: Limit = Limit(0)
    """How many clusters may fail until the rollout stops."""
    on_new_commit: OnNewCommit = OnNewCommit.QUEUE
    on_failure: OnFailure = OnFailure.PAUSE

    def group(self, name: str) -> RolloutGroup:
        """The group of this name; one with the values of the strategy where the strategy has changed and lacks it."""
        return next((one for one in self.groups if one.name == name), RolloutGroup(name))

    def has_group(self, name: str) -> bool:
        """Whether a group of a rollout may have this name."""
        if self.partition_size is not None:
            return re.fullmatch(PARTITION + r"[1-9]\d*", name, re.ASCII) is not None
        return any(one.name == name for one in self.groups)

    def limit_of(self, name: str) -> Limit:
        return self.group(name).max_concurrency or self.max_concurrency

    def soak_of(self, name: str) -> timedelta:
        soak = self.group(name).soak
        return self.soak if soak is None else soak


@dataclass(frozen=True, slots=True)
class RolloutControls:
    """What people state about a rollout, at the revision in force."""

    paused: str | None = None
    """Why nothing new begins; None where it may."""
    approved: frozenset[str] = frozenset()
    """`REVISION/GROUP`: this group may begin, as far as a person is asked."""
    promoted: frozenset[str] = frozenset()
    """`REVISION/GROUP`, or `REVISION/*`: it begins without waiting for the groups before it."""

    def approves(self, revision: str, group: str) -> bool:
        return _names(self.approved | self.promoted, revision, group)

    def promotes(self, revision: str, group: str) -> bool:
        return _names(self.promoted, revision, group)


NO_CONTROLS = RolloutControls()


def _names(entries: frozenset[str], revision: str, group: str) -> bool:
    """A revision is named by seven digits or more."""
    for entry in entries:
        prefix, _, named = entry.partition("/")
        if len(prefix) >= _SHORTEST and revision.startswith(prefix) and named in (group, EVERY_GROUP):
            return True
    return False


_SHORTEST = 7


class RolloutPhase(StrEnum):
    PROGRESSING = "Progressing"
    FAILED = "Failed"
    """More members failed than the strategy allows: nothing new begins."""
    COMPLETED = "Completed"
    REVERTED = "Reverted"
    """A newer revision took the change back."""

    @property
    def is_active(self) -> bool:
        """Whether some members may still keep an older revision."""
        return self in (RolloutPhase.PROGRESSING, RolloutPhase.FAILED)


@dataclass(frozen=True, slots=True)
class ClusterProgress:
    """How far a cluster is that has the new revision."""

    released: datetime
    """When it was allowed to have it, in whole seconds."""
    ended: datetime | None = None
    """When all objects were Current there, or when it failed; None: under way."""
    failed: str = ""
    """Why it counts as failed."""


@dataclass(frozen=True, slots=True)
class GroupOfClusters:
    name: str
    clusters: tuple[ClusterName, ...]
    """Sorted."""


@dataclass(frozen=True, slots=True)
class RecordedRollout:
    """One rollout, as it is recorded on the status branch."""

    policy: PolicyRef | None
    """Whose objects it concerns; None: all that no annotation concerns."""
    target: str
    """The commit that is rolled out, the same from the first to the last group."""
    started: datetime
    phase: RolloutPhase = RolloutPhase.PROGRESSING
    groups: tuple[GroupOfClusters, ...] = ()
    """In order, with the clusters that it concerns."""
    base: str = ""
    """The commit whose content a cluster has until it is released."""
    kept: Mapping[ClusterName, str] = field(default_factory=dict)
    """By cluster, another such commit: the rollout before did not come to its end."""
    progress: Mapping[ClusterName, ClusterProgress] = field(default_factory=dict)
    """Of the clusters that are released, sorted by name; also of those that were and are not declared any more."""
    objects: Mapping[ResourceKey, tuple[TargetCluster, ...]] = field(default_factory=dict)
    """The objects that the change concerns, with their placement before it; sorted by key."""
    message: str = ""
    """What it waits for, or why it stopped."""
    queued: str = ""
    """A newer commit that changes the same objects and waits; empty where none does."""

    windows: tuple[str, ...] = ()
    """The names of the windows that concern its objects."""
    strategy: str = ""
    """The name of the strategy that the policy names; empty for that of the Configuration."""

    @property
    def name(self) -> str:
        return rollout_name(self.policy, self.windows)

    def pending(self, declared: Iterable[ClusterName]) -> frozenset[ClusterName]:
        """The clusters that keep what they had."""
        if not self.phase.is_active:
            return frozenset()
        return frozenset(name for name in declared if name not in self.progress)

    def commit_of(self, name: ClusterName) -> str:
        """The commit whose content this cluster has until it is released."""
        return self.kept.get(name, self.base)

    @property
    def failures(self) -> dict[ClusterName, str]:
        """By cluster, why it counts as failed."""
        return {name: one.failed for name, one in self.progress.items() if one.failed}

    @property
    def revisions(self) -> frozenset[str]:
        """The commits that are necessary to go on."""
        if not self.phase.is_active:
            return frozenset({self.target} if self.queued else ())
        return frozenset({self.target, self.base, *self.kept.values()} - {""})

    @property
    def clusters(self) -> Iterator[ClusterName]:
        return (name for group in self.groups for name in group.clusters)


def rollout_name(policy: PolicyRef | None, windows: Iterable[str] = ()) -> str:
    """windows: the names of those that concern its objects: objects with other windows are in another rollout."""
    name, named = EVERYTHING if policy is None else str(policy), ", ".join(windows)
    return f"{name} ({named})" if named else name


ANY_TIME = RolloutStrategy(max_failures=Limit(100, percentage=True), on_new_commit=OnNewCommit.SUPERSEDE)
"""Of objects without a strategy that windows concern: each cluster gets the change when its windows allow it."""
