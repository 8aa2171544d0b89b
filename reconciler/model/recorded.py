"""The recorded state: the decisions of earlier passes, and the reports of the members. It is read from the status branch.

Decisions and reports are apart because they may have different authors: a process that decides writes decisions, a process that
applies them (the leader itself, or the agent of a member) writes reports.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import chain, repeat, starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.broken_file import BrokenFile
from reconciler.model.capacity import Capacity, Reserved
from reconciler.model.cluster import Taint
from reconciler.model.condition import READY, Condition, condition_of
from reconciler.model.descheduling import Cap, Waiting
from reconciler.model.drift_record import REPORTED_ONLY, DriftedField, DriftRecord
from reconciler.model.eviction import EvictionTask
from reconciler.model.health import KEPT, Health, HealthStatus, worst
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.observed import Observed
from reconciler.model.policy import NOT_SUSPENDED, Suspension
from reconciler.model.quota import QuotaUse
from reconciler.model.rollout import RecordedRollout
from reconciler.model.scale import RecordedCron, RecordedScale
from reconciler.model.settings import DeclaredKind, Mode
from reconciler.model.workload import Resources


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """The status of one object in one member."""

    cluster: ClusterName
    applied: bool
    health: Health
    message: str = ""
    """Why it is not applied; where it is, why that does not last. Otherwise empty."""
    digest: str = ""
    """Of the manifest that was applied last; empty for a Secret."""
    corrected: str = ""
    """The last drift from this manifest that was corrected: the fields and who wrote them, or the deletion."""
    reflected: Manifest | None = field(default=None, compare=False)
    """The `status` of the copy, by the rule of its kind; empty where it has none. None: not observed now. Not recorded."""
    drift: DriftRecord | None = None
    """The last drift from this manifest, corrected or not; None where there was none, and for what a look finds
    (`record/reports.py` adds it)."""
    drifted: str = ""
    """The drift that a look found and that stays (`driftPolicy: Report`). Not recorded: `drift` is."""
    drifted_fields: tuple[DriftedField, ...] = ()
    """Of the drift that a look found, corrected or not. Not recorded: `drift` is."""
    waited_for_since: datetime | None = None
    """Where other objects wait until it is Current, and it is not: since when. By this their wait times out."""
    waits_since: tuple[tuple[str, datetime], ...] = ()
    """Of the objects that it waits for until they are Current, those whose own status is not kept with this one (no file declares
    them, or another process keeps their member): each, as it is printed, and since when. Sorted. By this these waits time out."""
    log: str = ""
    """Of the Job of a gate that has ended: the last lines of its log, or why they are not there."""

    @property
    def kept(self) -> bool:
        """Whether the copy is no longer wanted and stays by design; `message` says what keeps it. That is no problem."""
        return self.health.reason == KEPT

    @property
    def drift_stands(self) -> bool:
        """Whether somebody else changed or deleted the object, and that is only reported."""
        return self.drift is not None and self.drift.stands

    @property
    def problem(self) -> str:
        """Why the object is not well there. The message of a Current object (`2 replicas available`) is left out."""
        if self.drift is not None and self.drift_stands and not self.message:
            return f"{self.drift.what}{REPORTED_ONLY}"
        return self.message or ("" if self.health.status is HealthStatus.CURRENT else self.health.message)

    @property
    def is_well(self) -> bool:
        """Whether the object is applied there and Current, without a message, or kept there although it is no longer wanted."""
        return self.kept or (self.applied and self.health.status is HealthStatus.CURRENT and not self.problem)


def worst_of_copies(statuses: Collection[ClusterStatus]) -> Health:
    """The worst health; a copy that something keeps counts only where there are no others. Unknown where there is no copy."""
    wanted = [status.health for status in statuses if not status.kept] or [status.health for status in statuses]
    return worst(wanted) if wanted else Health(HealthStatus.UNKNOWN)


class _MadeWhenAsked:
    """Makes `ObjectReport.statuses` where a report was read as groups: a fleet has far more copies than groups, and most readers
    of a record look at a few objects, or ask only which members are meant."""

    __slots__ = ("_groups",)

    if not TYPE_CHECKING:  # To a type checker, `statuses` is always there.

        def __getattr__(self, name: str) -> Any:
            """Called for a slot that is empty."""
            if name != "statuses":
                raise AttributeError(name)
            statuses = tuple(sorted(chain.from_iterable(starmap(_copies, self._groups)), key=attrgetter("cluster")))
            object.__setattr__(self, "statuses", statuses)
            return statuses


def _copies(status: ClusterStatus, clusters: Sequence[ClusterName]) -> Iterator[ClusterStatus]:
    """The same status in each of these clusters."""
    return map(ClusterStatus, clusters, *map(repeat, _ALL_BUT_CLUSTER(status)))


_ALL_BUT_CLUSTER = attrgetter(*(one.name for one in fields(ClusterStatus)[1:]))
StatusGroups = tuple[tuple[ClusterStatus, Sequence[ClusterName]], ...]
"""Statuses that several clusters share, whatever cluster they name, each with these clusters."""


@dataclass(frozen=True, slots=True)
class ObjectReport(_MadeWhenAsked):
    """The reports of all members on one object."""

    statuses: tuple[ClusterStatus, ...] = ()
    """Sorted by cluster name."""
    aggregated: Manifest | None = None
    """One status for all copies, by the rule of the kind; None where no member reports a status."""

    @classmethod
    def of_groups(cls, groups: StatusGroups, aggregated: Manifest | None) -> Self:
        """Equal to the report that has all statuses of the groups, which are made when they are asked for."""
        report = cls.__new__(cls)
        object.__setattr__(report, "_groups", groups)
        object.__setattr__(report, "aggregated", aggregated)
        return report

    @property
    def clusters(self) -> set[ClusterName]:
        """The clusters that reported a status."""
        return self.clusters_where(lambda _: True)

    @property
    def groups(self) -> StatusGroups:
        """The same statuses as they are recorded: those that several clusters share once. No copy is made of any."""
        groups: StatusGroups | None = getattr(self, "_groups", None)
        return tuple((status, (status.cluster,)) for status in self.statuses) if groups is None else groups

    def clusters_where(self, condition: Callable[[ClusterStatus], bool]) -> set[ClusterName]:
        """The clusters whose status meets a condition that does not ask for the name of the cluster."""
        groups: StatusGroups | None = getattr(self, "_groups", None)
        if groups is None:
            return {status.cluster for status in self.statuses if condition(status)}
        return set(chain.from_iterable(clusters for status, clusters in groups if condition(status)))

    def status_in(self, cluster: str) -> ClusterStatus | None:
        """The status in this cluster; None where it reported none."""
        place = bisect_left(self.statuses, cluster, key=attrgetter("cluster"))
        return next((status for status in self.statuses[place : place + 1] if status.cluster == cluster), None)


NO_REPORT = ObjectReport()


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """The decision about one object, and the placement in force until the decision is fully applied."""

    binding: Binding
    """The placement in force, with copies that are leaving. Clusters to which it follows other workloads are in `required_by`."""
    template_file: str
    """The file that declares the object, or the Chart or Kustomize that it was expanded from; empty in a rebuilt state."""
    parent: ResourceKey | None = None
    """The Chart or Kustomize that it was expanded from; None for an object that is written in Git."""
    policy_file: str = ""
    """The file of `binding.policy`; empty where there is no policy."""
    overrides: tuple[tuple[PolicyRef, str], ...] = ()
    """Override policies that changed the object in any cluster, each with its file, sorted."""
    rule_files: tuple[str, ...] = ()
    """Files of the interpreter rules that the repository declares for its kind, one for each rule, sorted."""
    leaving: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Clusters whose copy waits for its successor, and since when."""
    decided: tuple[TargetCluster, ...] | None = None
    """The decided placement while another one is in force; the next decision starts from it. None: it is in force."""
    message: str = ""
    """Why the newest decision is not in force; empty when it is."""
    required_by: tuple[RequiredBy, ...] = ()
    """Workloads that the object follows to their clusters, sorted."""
    suspension: Suspension = NOT_SUSPENDED
    """As the policy states it."""
    preserve: bool = False
    """Whether copies that are no longer wanted are released instead of deleted (`preserveResourcesOnDeletion`)."""
    template_digest: str = ""
    """Of the template on which a policy acted last; recorded while any policy of the repository is Lazy."""
    policy_digest: str = ""
    """Of the Lazy policy that acted last; empty for other policies."""
    conflict_resolution: str = "Abort"
    """Abort or Overwrite: what happens to an object of the same name that is not ours."""
    held: bool = False
    """Whether every copy stays as it is: neither written nor pruned. False where there is none."""
    held_on: frozenset[ClusterName] = frozenset()
    """Clusters on which the copy stays as it is, where others get it."""
    overridden: Mapping[ClusterName, int] = field(default_factory=dict)
    """Clusters for which an override policy states another number of replicas than their share, and that number."""

    reserved: Mapping[ClusterName, Reserved] = field(default_factory=dict)
    """Where a policy divides by capacity: by member, replicas in whose place nothing else may be put."""
    evictions: tuple[EvictionTask, ...] = ()
    """Its evictions from members, in the order in which they began; one for each member at most."""
    unhealthy_since: Mapping[ClusterName, datetime] = field(default_factory=dict)
    """Where its policy moves unhealthy applications: the members on which it is unhealthy, and since when."""
    waiting: Mapping[ClusterName, Waiting] = field(default_factory=dict)
    """Where `spec.descheduler` acts: by member, the Pods that no node takes."""
    caps: Mapping[ClusterName, Cap] = field(default_factory=dict)
    """Members that keep a number of its replicas, because no node there takes more."""
    counted: Resources = field(default_factory=dict)
    """What it counts as against the FederatedResourceQuotas of its namespace, with its content then; empty without such."""
    injected: Mapping[str, str] = field(default_factory=dict)
    """Labels that its one copy carries in addition, for the state of one that was lost."""
    shares: TargetShares | None = None
    """Of an autoscaler whose limits are divided: how the workload that it scales is."""
    preserved: Mapping[ClusterName, Mapping[str, str]] = field(default_factory=dict)
    """Where its policy preserves state: by member, the labels that the last status of the copy there comes to."""

    @property
    def governing_files(self) -> tuple[str, ...]:
        """Files of override policies and interpreter rules: without them, the manifests would differ."""
        return (*(file for _, file in self.overrides), *self.rule_files)

    @property
    def cluster_names(self) -> tuple[ClusterName, ...]:
        """Every cluster that must hold the object, sorted."""
        if not self.required_by:
            return self.binding.cluster_names
        required = {target.name for workload in self.required_by for target in workload.targets}
        return tuple(sorted(required.union(self.binding.cluster_names)))

    @property
    def is_unclaimed(self) -> bool:
        """Whether no policy claims the object, and it follows no other."""
        return self.binding.policy is None and not self.required_by

    def replicas_on(self, cluster: str) -> int | None:
        """The number of replicas that is stated in the copy; None where scheduling writes none."""
        if not self.binding.workload:
            return None
        return self.overridden.get(ClusterName(cluster), self.binding.replicas_in(cluster))

    def holders(self, report: ObjectReport) -> set[ClusterName]:
        """Every cluster that must hold the object, or from which it has not gone yet."""
        return {*self.cluster_names, *report.clusters}

    def is_well(self, report: ObjectReport, clusters: Collection[str]) -> bool:
        """Whether the object is applied and Current on all these clusters, without a message.

        A cluster where its policy suspends it does not count: whoever suspends an object wants it to stay as it is. Nor does it
        count that no policy claims it and its copies are kept, which `spec.unclaimed` asks for, or that something keeps copies
        that are no longer wanted.
        """
        wanted = set(clusters)
        groups = [(status, wanted.intersection(names)) for status, names in report.groups]
        reported = [(status, names) for status, names in groups if names]
        only_kept = bool(reported) and all(status.kept for status, _ in reported)
        as_asked = not self.message or self.is_unclaimed or only_kept
        silent = wanted.difference(*(names for _, names in reported))
        unwell = silent.union(*(names for status, names in reported if not status.is_well))
        return as_asked and bool(wanted) and all(map(self.suspension.covers, unwell))


@dataclass(frozen=True, slots=True)
class RecordedCluster:
    """The facts of one member."""

    name: ClusterName
    file: str
    """The file that declared it."""
    ready: bool = True
    """Whether the last pass could read the member."""
    message: str = ""
    """Why it could not; empty when it could."""
    objects: int = 0
    """How many objects the member must hold, and how many more of ours it still holds."""
    applied: int = 0
    """How many of them are applied."""
    current: int = 0
    """How many of them are applied and Current."""
    digest: str = ""
    """Of all manifests that the member must hold."""
    taints: tuple[Taint, ...] = ()
    """Set by ClusterTaintPolicies, in addition to those in its file."""
    stated_taints: tuple[Taint, ...] = ()
    """The NoExecute taints of its file that have no timeAdded there, with the time when they were first seen."""
    conditions: tuple[Condition, ...] = ()
    """Sorted by type: Ready, as it is published, and those that its agent reports. Empty before the first observation."""
    pending_since: datetime | None = None
    """Since when the opposite of the published Ready has been observed; None where it has not."""
    version: str = ""
    """Of Kubernetes there; empty until the first discovery."""
    id: str = ""
    """Of its API server (`Discovery.id`); empty where it is not known."""
    apis: frozenset[GroupVersionKind] | None = None
    """The kinds that the member serves; None until the first discovery."""
    custom_kinds: frozenset[DeclaredKind] = frozenset()
    """Those that are not built into Kubernetes, with their scope; older programs did not record it."""
    capacity: Capacity | None = None
    """Its free room; None where it is unknown."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """As `Cluster.addresses`: a Cluster of another name with the same address is the same server."""
    read: bool = True
    """Whether a pass has read what it holds. Until then it may hold copies that no decision names."""
    suspended: str | None = None
    """Where nothing is written to it for now: why and until when, in words; None where it is not suspended."""
    generation: int = 0
    """How often `digest` has changed. What was decided, taken back and decided again has another number, and the same digest."""

    observed: Observed | None = None
    """In the mode Observe: how it differs from what would be written. None in the mode Apply, and before it was compared."""

    @property
    def readiness(self) -> Condition | None:
        """The condition Ready as it is published; None before the first observation."""
        return condition_of(self.conditions, READY)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory member, in which nobody observes the health of objects."""
        return self.addresses.get("spec.apiEndpoint", "").startswith("file:")


class _Indexed:
    """Keeps what `RecordedState.reported_on` returns: it is asked of each member that cannot be read, and these may be all."""

    __slots__ = ("_by_member",)


@dataclass(frozen=True, slots=True)
class RecordedState(_Indexed):
    """Everything that a pass starts from. Empty for a repository that was never reconciled."""

    revision: str = ""
    """The commit that was reconciled last."""
    decisions: Mapping[ResourceKey, RecordedDecision] = field(default_factory=dict)
    """By object."""
    reports: Mapping[ResourceKey, ObjectReport] = field(default_factory=dict)
    """By object. Every object has a decision, too; without any report, it is left out."""
    clusters: Mapping[ClusterName, RecordedCluster] = field(default_factory=dict)
    """By name."""
    rebalanced: Mapping[str, tuple[ResourceKey, ...]] = field(default_factory=dict)
    """By name of a WorkloadRebalancer: the workloads that it has placed afresh, sorted."""
    broken: Mapping[str, BrokenFile] = field(default_factory=dict)
    """By path: the files with an error at this revision."""
    tenants: Mapping[str, str] = field(default_factory=dict)
    """The files of the Tenants that this revision declares: path → Git's id of the content. They judge the next revision."""
    judges: Mapping[str, str] = field(default_factory=dict)
    """Those of the Tenants that judge this revision."""
    quotas: tuple[QuotaUse, ...] = ()
    """The FederatedResourceQuotas in force, sorted by namespace and name."""

    rollouts: Mapping[str, RecordedRollout] = field(default_factory=dict)
    """By name: the last rollout of each policy that has one, and that of everything else, sorted."""

    scales: Mapping[ResourceKey, RecordedScale] = field(default_factory=dict)
    """By workload, or FederatedHPA: what autoscalers made of it, sorted."""
    crons: Mapping[ResourceKey, RecordedCron] = field(default_factory=dict)
    """By CronFederatedHPA: the last firings of its rules, sorted."""

    mode: Mode = Mode.APPLY
    """That of the newest revision. In the mode Observe, `revision` and the decisions are those that were applied last."""

    @property
    def files(self) -> frozenset[str]:
        """Every file that declared or governed a recorded object or member."""
        files = {cluster.file for cluster in self.clusters.values()}
        for decision in self.decisions.values():
            files.update((decision.template_file, decision.policy_file, *decision.governing_files))
        return frozenset(files - {""})

    def report_of(self, key: ResourceKey) -> ObjectReport:
        """The report on an object; an empty one where there is none."""
        return self.reports.get(key, NO_REPORT)

    def reported_on(self, name: ClusterName) -> Collection[ResourceKey]:
        """The objects of which this member reported a status."""
        by_member: defaultdict[ClusterName, list[ResourceKey]] | None = getattr(self, "_by_member", None)
        if by_member is None:
            by_member = defaultdict(list)
            for key, report in self.reports.items():
                for cluster in report.clusters:
                    by_member[cluster].append(key)
            object.__setattr__(self, "_by_member", by_member)
        return by_member.get(name, ())

    @property
    def statuses(self) -> Iterator[ClusterStatus]:
        """Of every object in every member."""
        return (status for report in self.reports.values() for status in report.statuses)
