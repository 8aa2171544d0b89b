"""What is left of the capacity of members while a pass decides about one template after the other.

The figures of a member are older than the decisions of this pass, and than those of earlier passes whose Pods no look has seen
yet. What these take is deducted, by what one replica or one set of components requests, before the next template is decided.
Only members that a policy may choose by capacity are followed: of the others nobody knows what they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import mapping
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.capacity_use import members_in_use, uses_capacity
from reconciler.schedule.component_sets import component_requests
from reconciler.schedule.estimator import amounts_of
from reconciler.schedule.reservations import (
    NO_RESERVATIONS,
    NOTHING_TAKEN,
    Needs,
    Replicas,
    Reservations,
    Taken,
    counted,
    increases,
    reserved_after,
    with_taken,
)
from reconciler.schedule.schedule_template import components_of


class Room:
    """Of one pass. Each decision is noted in turn."""

    def __init__(self, snapshot: Snapshot, previous: Mapping[ResourceKey, RecordedDecision | None], memo: Memo) -> None:
        """previous: the recorded decisions about the templates of the revision."""
        desired = snapshot.desired
        self._memo, self._interpreter, self._component_sets = memo, snapshot.interpreter, desired.settings.component_sets
        in_use = frozenset[ClusterName]()
        if desired.settings.reserves:
            in_use = memo(members_in_use, desired.policies, desired.clusters, self._component_sets)
        self._members = memo(observed_members, desired.clusters, in_use)
        self._taken = NOTHING_TAKEN
        if self._members:
            self._taken = reserved_by(desired.templates, previous, self._members, self._interpreter, self._component_sets, memo)

    def copy(self) -> Room:
        """For a trial: what it notes counts for no other one."""
        return copy(self)

    @property
    def is_observed(self) -> bool:
        """Whether the capacity of any member is known and used, so that decisions are to be noted."""
        return bool(self._members)

    def is_needed_by(self, policy: PropagationPolicy | None) -> bool:
        """Whether it divides by what is left."""
        return bool(self._members) and policy is not None and self._memo(_by_capacity, policy, self._component_sets)

    def left_for(self, policy: PropagationPolicy | None) -> Taken:
        """What is left for the next template, where that matters for its policy."""
        return self._taken if self.is_needed_by(policy) else NOTHING_TAKEN

    def reserve(
        self, template: ResourceTemplate, scheduling: Binding | Unschedulable | None, previous: RecordedDecision | None
    ) -> Reservations:
        """The reservations of a template after its decision, whose new replicas are deducted from now on.

        scheduling: None where nothing is decided now.
        """
        last = previous.reserved if previous is not None else NO_RESERVATIONS
        if not self._members:
            return NO_RESERVATIONS
        if not isinstance(scheduling, Binding):
            return last
        in_sets = self._memo(is_placed_in_sets, template, self._interpreter, self._component_sets)
        more = self._memo(_more, scheduling, previous, in_sets, self._members)
        if more:
            needs = self._memo(needs_of, template, self._interpreter, self._component_sets)
            self._taken = with_taken(self._taken, self._members, needs, more, self._memo)
        return self._memo(_reserved, last, more, scheduling.targets, in_sets) if more or last else NO_RESERVATIONS


def last_decision(previous: RecordedDecision) -> Binding:
    """What the next decision starts from. Copies that are leaving are in force, but must not attract new ones."""
    return previous.binding if previous.decided is None else replace(previous.binding, targets=previous.decided)


def _by_capacity(policy: PropagationPolicy, component_sets: bool) -> bool:
    return uses_capacity(policy.placement, component_sets)


def observed_members(clusters: Iterable[Cluster], in_use: frozenset[ClusterName]) -> Mapping[ClusterName, Cluster]:
    """The members whose capacity is used and known."""
    return {one.name: one for one in clusters if one.name in in_use and one.capacity is not None}


def _more(
    scheduling: Binding, previous: RecordedDecision | None, in_sets: bool, members: Mapping[ClusterName, Cluster]
) -> Replicas:
    before = counted(last_decision(previous).targets if previous is not None else (), in_sets)
    return {name: count for name, count in increases(before, counted(scheduling.targets, in_sets)).items() if name in members}


def _reserved(last: Reservations, more: Replicas, targets: tuple[TargetCluster, ...], in_sets: bool) -> Reservations:
    return reserved_after(last, more, counted(targets, in_sets))


def reserved_by(
    templates: Iterable[ResourceTemplate],
    decisions: Mapping[ResourceKey, RecordedDecision | None],
    members: Mapping[ClusterName, Cluster],
    interpreter: Interpreter,
    component_sets: bool,
    memo: Memo,
) -> Taken:
    """What these decisions leave on the members. members: as of `observed_members`."""
    reserving = [one for one in templates if (last := decisions.get(one.key)) is not None and last.reserved]
    found = memo.tuple(last for one in reserving if (last := decisions[one.key]) is not None)
    return memo(_taken, memo.tuple(reserving), found, members, interpreter, component_sets, memo=memo)


def _taken(
    templates: tuple[ResourceTemplate, ...],
    decisions: tuple[RecordedDecision, ...],
    members: Mapping[ClusterName, Cluster],
    interpreter: Interpreter,
    component_sets: bool,
    memo: Memo,
) -> Taken:
    taken = NOTHING_TAKEN
    for template, decision in zip(templates, decisions, strict=True):
        replicas = {name: one.replicas for name, one in decision.reserved.items()}
        taken = with_taken(taken, members, memo(needs_of, template, interpreter, component_sets), replicas, memo)
    return taken


def is_placed_in_sets(template: ResourceTemplate, interpreter: Interpreter, component_sets: bool) -> bool:
    """Whether it is a workload of components, or an object that expands to the same Pods on each cluster; not where the object
    cannot be read, which is reported elsewhere."""
    if template.contents is not None:
        return template.contents.per_replica is None
    try:
        return component_sets and bool(components_of(template.manifest, interpreter))
    except MalformedObjectError:
        return False


def needs_of(template: ResourceTemplate, interpreter: Interpreter, component_sets: bool) -> Needs:
    """What one replica, or one set, requests; nothing where the object cannot be read, which is reported elsewhere."""
    if template.contents is not None:
        own = template.contents.per_replica
        pods = template.contents.pods
        return ((amounts_of(own), 1),) if own is not None else tuple((amounts_of(one.requests), one.count) for one in pods)
    try:
        components = components_of(template.manifest, interpreter) if component_sets else ()
        if components:
            return component_requests(components)
        needs = interpreter.requirements(template.manifest)
    except MalformedObjectError:
        needs = None
    return ((amounts_of({name: Quantity.from_json(value) for name, value in mapping(needs, "resourceRequest").items()}), 1),)
