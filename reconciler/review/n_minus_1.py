"""N-1: whether the loss of any one cluster, zone or region leaves enough replicas of each workload, by placement. Pure, offline.

For each failure domain, the templates are scheduled again for the fleet without its members, as a sync would schedule them. Most
need not be: what is left of a workload that keeps its minimum without being moved is not taken away.

What is moved needs room. Workloads that are divided by capacity are scheduled again together, so that none takes the place of
another; replicas of others count only where they fit, on members whose capacity is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.interpreter.containers import is_definition
from reconciler.model.binding import Binding
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.recorded import RecordedState
from reconciler.model.selector import LabelSelector
from reconciler.model.survival import DomainKind, MinAvailable
from reconciler.model.wording import plural
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.decide import Decided, decide
from reconciler.pipeline.room import is_placed_in_sets, needs_of, observed_members, reserved_by
from reconciler.pipeline.snapshot import take_snapshot
from reconciler.record.next_state import assume_applied
from reconciler.review.places import Place
from reconciler.review.workload_minimums import in_force, workloads_of
from reconciler.schedule.capacity_use import members_in_use, uses_capacity
from reconciler.schedule.estimator import FreeResources, free_resources, less, max_available_replicas
from reconciler.schedule.reservations import Needs, counted, increases, with_taken


@dataclass(frozen=True, slots=True, order=True)
class FailureDomain:
    kind: DomainKind
    name: str
    clusters: tuple[ClusterName, ...]
    """The members that are lost with it, sorted."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A workload that falls below its minimum if a failure domain is lost."""

    key: ResourceKey
    domain: FailureDomain
    replicas: int
    """In the declared fleet."""
    left: int
    minimum: int
    policy: PolicyRef | None
    origin: Origin
    """Of the placement in the policy."""
    reason: str
    """Why it is not placed elsewhere; empty where it is, with fewer replicas."""


@dataclass(frozen=True, slots=True)
class NMinusOne:
    domains: tuple[FailureDomain, ...]
    workloads: int
    """How many were looked at."""
    shortfalls: tuple[Shortfall, ...]
    """Sorted by domain, then by object."""


def failure_domains(clusters: Iterable[Cluster], kinds: Collection[DomainKind]) -> tuple[FailureDomain, ...]:
    """Sorted. A Cluster without `spec.region` or `spec.zones` is in those of its labels `topology.kubernetes.io/…`. A member with
    several zones outlives the loss of one."""
    found: defaultdict[tuple[DomainKind, str], list[ClusterName]] = defaultdict(list)
    for cluster in clusters:
        zones = cluster.zones or tuple(filter(None, [cluster.labels.get(_ZONE)]))
        region = cluster.region or cluster.labels.get(_REGION, "")
        found[DomainKind.CLUSTER, cluster.name].append(cluster.name)
        if len(zones) == 1:
            found[DomainKind.ZONE, zones[0]].append(cluster.name)
        if region:
            found[DomainKind.REGION, region].append(cluster.name)
    return tuple(sorted(FailureDomain(*key, tuple(sorted(names))) for key, names in found.items() if key[0] in kinds))


_ZONE, _REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"


def n_minus_1(
    compiled: Compiled,
    kinds: Collection[DomainKind],
    minimum: MinAvailable,
    now: datetime,
    place: Place,
    selector: LabelSelector | None = None,
) -> NMinusOne:
    """compiled: the declared fleet. minimum: of workloads without the annotation. selector: only workloads with these labels.
    place: as for `lint`. Raises InvalidMinimumError."""
    workloads = dict(workloads_of(compiled, minimum, selector))
    domains = failure_domains(compiled.desired.clusters, kinds)
    policies = {policy.ref: place(policy.origin, ("spec", "placement")) for policy in compiled.desired.policies}
    without, state = _Without(compiled, Memo(), now), assume_applied(compiled)
    shortfalls = []
    for domain in domains:
        lost = frozenset(domain.clusters)
        suspects = [key for key, one in workloads.items() if one.staying(lost) < one.minimum]
        decided = without.decide(lost, {workloads[key].placed_by for key in suspects}, state) if suspects else {}
        homeless = without.room(decided, lost, state) if suspects else {}
        for key in suspects:
            one = workloads[key]
            unfit = homeless.get(one.placed_by, 0)
            scheduling = decided[one.placed_by].scheduling
            left, reason = one.left(scheduling, lost, unfit)
            if unfit:
                what = plural(unfit, "copy", "copies") if one.fixed else plural(unfit, "replica")
                reason = f"{what} would find no room on the members that are left"
            if left < one.minimum:
                origin = policies.get(one.policy, NOWHERE) if one.policy is not None else NOWHERE
                shortfalls.append(Shortfall(key, domain, one.replicas, left, one.minimum, one.policy, origin, reason))
    return NMinusOne(domains, len(workloads), tuple(shortfalls))


@dataclass(frozen=True, slots=True)
class _Without:
    """Schedules templates for the fleet without some members."""

    compiled: Compiled
    memo: Memo
    now: datetime

    def decide(self, lost: Collection[str], keys: Collection[ResourceKey], state: RecordedState) -> Mapping[ResourceKey, Decided]:
        desired, chosen = self.compiled.desired, frozenset(keys).union(self._competing(lost))
        clusters = tuple(cluster for cluster in desired.clusters if cluster.name not in lost)
        # Definitions say which kinds the members serve.
        templates = tuple(one for one in desired.templates if one.key in chosen or is_definition(one.key))
        fleet = replace(desired, clusters=clusters, templates=templates)
        self.memo.next_pass()
        return decide(take_snapshot(fleet, state, self.now, self.memo, settled=True), self.memo).by_key

    def _competing(self, lost: Collection[str]) -> Iterator[ResourceKey]:
        """What needs room when these members are lost, or has reserved some."""
        for key, item in self.compiled.templates.items():
            policy, binding = item.decided.claim.policy, in_force(item)
            if policy is None or binding is None:
                continue
            moves = uses_capacity(policy.placement, self.compiled.desired.settings.component_sets) and any(
                target.name in lost for target in binding.targets
            )
            if moves or item.decided.reserved:
                yield key

    def room(self, decided: Mapping[ResourceKey, Decided], lost: Collection[str], state: RecordedState) -> dict[ResourceKey, int]:
        """How many replicas of each workload that is not divided by capacity would go where they do not fit; of what expands to
        the same Pods on each member, how many copies."""
        desired, memo, missing = self.compiled.desired, self.memo, dict[ResourceKey, int]()
        clusters = tuple(cluster for cluster in desired.clusters if cluster.name not in lost)
        sets, interpreter = desired.settings.component_sets, self.compiled.interpreter
        members = observed_members(clusters, members_in_use(desired.policies, clusters, sets))
        taken = reserved_by(desired.templates, state.decisions, members, interpreter, sets, memo)
        for key, one in decided.items() if members else ():
            policy, placed = one.claim.policy, one.scheduling
            if policy is None or not isinstance(placed, Binding) or uses_capacity(policy.placement, sets):
                continue
            copies = memo(is_placed_in_sets, one.template, interpreter, False)
            if not (placed.workload or copies):
                continue
            before = in_force(self.compiled.templates[key])
            more = increases(counted(before.targets if before is not None else (), copies), counted(placed.targets, copies))
            needs = memo(needs_of, one.template, interpreter, False)
            for name in more.keys() & members.keys():
                free = taken[name] if name in taken else memo(free_resources, members[name].capacity)
                missing[key] = missing.get(key, 0) + _unfit(free, needs, more[name])
            taken = with_taken(taken, members, needs, more, memo)
        return {key: count for key, count in missing.items() if count}


def _unfit(free: FreeResources | None, needs: Needs, copies: int) -> int:
    """How many of these copies find no room."""
    if len(needs) == 1 and needs[0][1] == 1:
        return copies - min(copies, max_available_replicas(free, needs[0][0]))
    for placed in range(copies):
        for requests, pods in needs:
            if max_available_replicas(free, requests) < pods:
                return copies - placed
            free = less(free, requests, pods)
    return 0
