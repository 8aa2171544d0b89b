"""Defaults and checks of `spec.placement` (Karmada, pkg/util/helper/policy.go and pkg/util/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.load.admission.refusal import Path, key_refusals, number, refusal
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.manifest import get, mapping, sequence, text

_FIELDS = ("provider", "region", "zone")


def stored_placement(placement: Mapping[str, Any]) -> Mapping[str, Any]:
    """The placement with defaults. Absent `replicaScheduling` stays absent: it means Duplicated, while an empty one means
    Divided."""
    stored = dict(placement)
    scheduling = stored.get("replicaScheduling")
    if isinstance(scheduling, Mapping):
        stored["replicaScheduling"] = _stored_scheduling(scheduling)
    if isinstance(stored.get("spreadConstraints"), list):
        stored["spreadConstraints"] = [_stored_constraint(constraint) for constraint in stored["spreadConstraints"]]
    return stored


def _stored_scheduling(scheduling: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = dict(scheduling)
    if stored.get("replicaSchedulingType") is None:
        stored["replicaSchedulingType"] = "Divided"
    if stored["replicaSchedulingType"] == "Divided" and not stored.get("replicaDivisionPreference"):
        stored["replicaDivisionPreference"] = "Weighted"
    return stored


def _stored_constraint(constraint: Any) -> Any:
    if not isinstance(constraint, Mapping):
        return constraint
    stored = dict(constraint)
    if not stored.get("spreadByField") and not stored.get("spreadByLabel"):
        stored["spreadByField"] = "cluster"
    if not stored.get("minGroups"):
        stored["minGroups"] = 1
    return stored


def placement_refusals(placement: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    """Why Karmada would refuse a placement. placement: with defaults."""
    if get(placement, "clusterAffinity") is not None and sequence(placement, "clusterAffinities"):
        yield refusal(path, "has both clusterAffinity and clusterAffinities, which exclude each other", "Keep one of the two.")
    yield from affinity_refusals(get(placement, "clusterAffinity"), (*path, "clusterAffinity"))
    yield from _term_refusals(placement, (*path, "clusterAffinities"))
    for index, toleration in enumerate(sequence(placement, "clusterTolerations")):
        if (get(toleration, "operator") or "Equal") not in ("Equal", "Exists"):
            place = (*path, "clusterTolerations", index, "operator")
            yield refusal(place, "must be Equal or Exists", "Write one of these; taints of clusters cannot be compared by size.")
    yield from _spread_refusals(sequence(placement, "spreadConstraints"), (*path, "spreadConstraints"))
    yield from _workload_affinity_refusals(mapping(placement, "workloadAffinity"), (*path, "workloadAffinity"))


def affinity_refusals(affinity: Any, path: Path) -> Iterator[Violation]:
    """Why Karmada would refuse a cluster affinity. Label selectors are not checked: an invalid one selects nothing."""
    path = (*path, "fieldSelector", "matchExpressions")
    for index, expression in enumerate(sequence(affinity, "fieldSelector", "matchExpressions")):
        if get(expression, "key") not in _FIELDS:
            yield refusal((*path, index, "key"), "must be provider, region or zone", "Use labelSelector for other properties.")
        if get(expression, "operator") not in ("In", "NotIn"):
            yield refusal((*path, index, "operator"), "must be In or NotIn", "List the values to include, or those to exclude.")


def _term_refusals(placement: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    names: set[str] = set()
    for index, term in enumerate(sequence(placement, "clusterAffinities")):
        name = text(term, "affinityName")
        yield from key_refusals(name, (*path, index, "affinityName"))
        if name in names:
            yield refusal((*path, index, "affinityName"), "is the name of another group too", "Give each group its own name.")
        names.add(name)
        yield from affinity_refusals(term, (*path, index))
        if sequence(term, "overflowAffinities"):
            yield from _overflow_refusals(placement, term, (*path, index, "overflowAffinities"))


def _overflow_refusals(placement: Mapping[str, Any], term: Any, path: Path) -> Iterator[Violation]:
    """Overflow needs a division of replicas by capacity, and a first group that selects clusters."""
    if not _divides_by_capacity(mapping(placement, "replicaScheduling")):
        remedy = "Divide the replicas, with the preference Aggregated or with a dynamicWeight."
        yield refusal(path, "needs a division of replicas that considers the capacity of clusters", remedy)
    if not _selects(term):
        yield refusal(path, "needs a first group that selects clusters", "Select the clusters of the group itself.")
    names = {text(term, "affinityName")}
    for index, overflow in enumerate(sequence(term, "overflowAffinities")):
        name = text(overflow, "affinityName")
        yield from key_refusals(name, (*path, index, "affinityName"))
        if name in names:
            place = (*path, index, "affinityName")
            yield refusal(place, "is the name of another group too", "Give each group its own name.")
        names.add(name)
        yield from affinity_refusals(overflow, (*path, index))


def _selects(affinity: Any) -> bool:
    """Whether the affinity selects clusters. An empty selector does, an empty list does not."""
    selects = any(get(affinity, name) is not None for name in ("labelSelector", "fieldSelector"))
    return selects or any(sequence(affinity, name) for name in ("clusterNames", "exclude"))


def _divides_by_capacity(scheduling: Mapping[str, Any]) -> bool:
    if text(scheduling, "replicaSchedulingType") != "Divided":
        return False
    preference = text(scheduling, "replicaDivisionPreference")
    return preference == "Aggregated" or (
        preference == "Weighted" and bool(text(scheduling, "weightPreference", "dynamicWeight"))
    )


def _spread_refusals(constraints: Sequence[Any], path: Path) -> Iterator[Violation]:
    fields: set[str] = set()
    for index, constraint in enumerate(constraints):
        place = (*path, index)
        yield from _constraint_refusals(constraint, place)
        field = text(constraint, "spreadByField")
        if field and field in fields:
            yield refusal((*place, "spreadByField"), "is used by another constraint too", "Keep one constraint for each field.")
        fields.add(field)
    if fields - {""} and "cluster" not in fields:
        remedy = "Add a constraint with spreadByField: cluster, which limits the number of clusters."
        yield refusal(path, "must have a constraint by cluster if they have one by another field", remedy)


def _constraint_refusals(constraint: Any, path: Path) -> Iterator[Violation]:
    least, most = number(constraint, "minGroups"), number(constraint, "maxGroups")
    if text(constraint, "spreadByField") and text(constraint, "spreadByLabel"):
        yield refusal(path, "has both spreadByField and spreadByLabel, which exclude each other", "Keep one of the two.")
    for name, count in (("minGroups", least), ("maxGroups", most)):
        if count < 0:
            yield refusal((*path, name), "must be at least 0", "Write a number within the limits.")
    if 0 < most < least:
        yield refusal((*path, "maxGroups"), "is less than minGroups", "Raise it, or lower minGroups.")


def _workload_affinity_refusals(affinity: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    sides = [side for side in ("affinity", "antiAffinity") if get(affinity, side) is not None]
    for side in sides:
        yield from key_refusals(text(affinity, side, "groupByLabelKey"), (*path, side, "groupByLabelKey"))
    if len(sides) == 2 and text(affinity, "affinity", "groupByLabelKey") == text(affinity, "antiAffinity", "groupByLabelKey"):
        remedy = "Use another label for one of them: the same workloads cannot be together and apart."
        yield refusal(path, "has the same groupByLabelKey for affinity and antiAffinity", remedy)
