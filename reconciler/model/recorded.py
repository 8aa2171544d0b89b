"""What earlier passes left, read from the status branch and handed in as a value: decisions, and what members reported.

The two have different authors. Whoever decides (the leader) writes decisions; whoever applies writes reports. An agent in a
member reads the first and writes the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Taint
from reconciler.model.health import Health
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.policy import NOT_SUSPENDED, Suspension


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """How one object fares in one member."""

    cluster: ClusterName
    applied: bool
    health: Health
    message: str = ""
    """Why it is not applied; empty when it is."""
    digest: str = ""
    """Of the manifest last applied there; empty for a Secret."""
    corrected: str = ""
    """What was found changed by another's hand since that manifest was applied, and put right: fields, and who wrote them."""
    reflected: Manifest | None = field(default=None, compare=False)
    """What the copy reports of itself, empty for nothing. None: nobody looked in this pass; it is not recorded."""


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """What the members reported of one object."""

    statuses: tuple[ClusterStatus, ...] = ()
    """Sorted by cluster name."""
    aggregated: Manifest | None = None
    """One status out of those of all copies, by the rule of its kind; None where no member reports a status."""

    def status_in(self, cluster: str) -> ClusterStatus | None:
        return next((status for status in self.statuses if status.cluster == cluster), None)


NO_REPORT = ObjectReport()


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """What was decided about one object, and what is in force until the decision is carried out."""

    binding: Binding
    """The placement in force, including copies that are on their way out; what it follows others to is in `required_by`."""
    template_file: str
    policy_file: str = ""
    overrides: tuple[tuple[PolicyRef, str], ...] = ()
    """Override policies that acted on it in any cluster, each with its file, sorted."""
    rule_files: tuple[str, ...] = ()
    """Files of the interpreter rules that the repository declares for its kind, sorted."""
    leaving: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Targets that wait for their successors, and since when."""
    decided: tuple[TargetCluster, ...] | None = None
    """What was decided, while something else is still in force; the next decision starts from here. None: it is in force."""
    message: str = ""
    """Why the newest decision is not in force; empty when it is."""
    required_by: tuple[RequiredBy, ...] = ()
    """Workloads that it follows to their clusters, sorted."""
    suspension: Suspension = NOT_SUSPENDED
    preserve: bool = False
    """Whether copies that are no longer wanted are let go instead of being removed."""
    template_digest: str = ""
    """Of the template that a policy last acted on; recorded while a policy of the repository is Lazy."""
    policy_digest: str = ""
    """Of the Lazy policy that acted then."""

    @property
    def governing_files(self) -> tuple[str, ...]:
        """Files without which the object would come out differently."""
        return (*(file for _, file in self.overrides), *self.rule_files)

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        """Every cluster that is to hold it, sorted."""
        if not self.required_by:
            return self.binding.cluster_names
        followed = {target.name for requirer in self.required_by for target in requirer.targets}
        return tuple(sorted(followed.union(self.binding.cluster_names)))


@dataclass(frozen=True, slots=True)
class RecordedCluster:
    name: ClusterName
    file: str
    """The file that declared it."""
    ready: bool = True
    message: str = ""
    objects: int = 0
    """How many objects it is to hold."""
    applied: int = 0
    """How many of them it holds as they should be."""
    current: int = 0
    """How many of them are Current."""
    digest: str = ""
    """Of everything it is to hold."""
    taints: tuple[Taint, ...] = ()
    """That it was given by ClusterTaintPolicies, beside those of its file."""
    version: str = ""
    """Of its Kubernetes; empty while nobody has looked."""
    apis: frozenset[GroupVersionKind] | None = None
    """What it serves; None while nobody has looked."""
    capacity: Capacity | None = None
    """What it has room for; None while nobody has looked."""


@dataclass(frozen=True, slots=True)
class RecordedState:
    """Empty for a repository that was never reconciled."""

    revision: str = ""
    """The commit last reconciled."""
    decisions: Mapping[ResourceKey, RecordedDecision] = field(default_factory=dict)
    reports: Mapping[ResourceKey, ObjectReport] = field(default_factory=dict)
    """Of the same objects; one that no member reported anything of may be missing."""
    clusters: Mapping[ClusterName, RecordedCluster] = field(default_factory=dict)
    rebalanced: Mapping[str, tuple[ResourceKey, ...]] = field(default_factory=dict)
    """By the name of a WorkloadRebalancer: the workloads that have had their fresh start, sorted."""

    @property
    def files(self) -> frozenset[str]:
        """Every file that declared or governed something."""
        files = {cluster.file for cluster in self.clusters.values()}
        for decision in self.decisions.values():
            files.update((decision.template_file, decision.policy_file, *decision.governing_files))
        return frozenset(files - {""})

    def report_of(self, key: ResourceKey) -> ObjectReport:
        return self.reports.get(key, NO_REPORT)

    @property
    def statuses(self) -> Iterator[ClusterStatus]:
        """Of every object in every member."""
        return (status for report in self.reports.values() for status in report.statuses)
