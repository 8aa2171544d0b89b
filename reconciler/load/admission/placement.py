"""Defaults and checks of `spec.placement` (Karmada, pkg/util/helper/policy.go and pkg/util/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.load.admission.refusal import Path, key_refusals, number, refusal
from reconciler.load.violations import Complaint
from reconciler.model.manifest import get, mapping, sequence, text

_FIELDS = ("provider", "region", "zone")


def stored_placement(placement: Mapping[str, Any]) -> Mapping[str, Any]:
    """With defaults. A block that is absent stays absent: no `replicaScheduling` means Duplicated, an empty one Divided."""
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


def placement_refusals(placement: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    """Of a placement with its defaults."""
    if get(placement, "clusterAffinity") is not None and sequence(placement, "clusterAffinities"):
        yield refusal(path, "has both clusterAffinity and clusterAffinities, which exclude each other", "Keep one of the two.")
    yield from affinity_refusals(get(placement, "clusterAffinity"), (*path, "clusterAffinity"))
    yield from _term_refusals(placement, (*path, "clusterAffinities"))
    for index, toleration in enumerate(sequence(placement, "clusterTolerations")):
        if (get(toleration, "operator") or "Equal") not in ("Equal", "Exists"):
            place = (*path, "clusterTolerations", index, "operator")
            yield refusal(place, "must be Equal or Exists", "Clusters' taints have no order to compare by.")
    yield from _spread_refusals(sequence(placement, "spreadConstraints"), (*path, "spreadConstraints"))
    yield from _workload_affinity_refusals(mapping(placement, "workloadAffinity"), (*path, "workloadAffinity"))


def affinity_refusals(affinity: Any, path: Path) -> Iterator[Complaint]:
    """Of anything that chooses clusters. Label selectors are not looked at: a bad one chooses nothing."""
    path = (*path, "fieldSelector", "matchExpressions")
    for index, expression in enumerate(sequence(affinity, "fieldSelector", "matchExpressions")):
        if get(expression, "key") not in _FIELDS:
            yield refusal((*path, index, "key"), "must be provider, region or zone", "For anything else use labelSelector.")
        if get(expression, "operator") not in ("In", "NotIn"):
            yield refusal(
                (*path, index, "operator"), "must be In or NotIn", "Name the values that are meant, or those that are not."
            )


def _term_refusals(placement: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    names: set[str] = set()
    for index, term in enumerate(sequence(placement, "clusterAffinities")):
        name = text(term, "affinityName")
        yield from key_refusals(name, (*path, index, "affinityName"))
        if name in names:
            yield refusal(
                (*path, index, "affinityName"), "names a group that is there already", "Give each group a name of its own."
            )
        names.add(name)
        yield from affinity_refusals(term, (*path, index))
        if sequence(term, "overflowAffinities"):
            yield from _overflow_refusals(placement, term, (*path, index, "overflowAffinities"))


def _overflow_refusals(placement: Mapping[str, Any], term: Any, path: Path) -> Iterator[Complaint]:
    """Overflow asks for room to be counted, and for a first group to flow over from."""
    if not _counts_room(mapping(placement, "replicaScheduling")):
        remedy = "Divide the replicas, with preference Aggregated or with a dynamicWeight."
        yield refusal(path, "needs a way of dividing that looks at the clusters' room", remedy)
    if not _chooses(term):
        yield refusal(path, "needs a group to flow over from", "Say which clusters the group itself has.")
    names = {text(term, "affinityName")}
    for index, overflow in enumerate(sequence(term, "overflowAffinities")):
        name = text(overflow, "affinityName")
        yield from key_refusals(name, (*path, index, "affinityName"))
        if name in names:
            place = (*path, index, "affinityName")
            yield refusal(
                place, "names a group that is there already", "Take a name that neither the first group nor another has."
            )
        names.add(name)
        yield from affinity_refusals(overflow, (*path, index))


def _chooses(affinity: Any) -> bool:
    """Whether it says anything; an empty selector does, and an empty list does not."""
    selects = any(get(affinity, name) is not None for name in ("labelSelector", "fieldSelector"))
    return selects or any(sequence(affinity, name) for name in ("clusterNames", "exclude"))


def _counts_room(scheduling: Mapping[str, Any]) -> bool:
    if text(scheduling, "replicaSchedulingType") != "Divided":
        return False
    preference = text(scheduling, "replicaDivisionPreference")
    return preference == "Aggregated" or (
        preference == "Weighted" and bool(text(scheduling, "weightPreference", "dynamicWeight"))
    )


def _spread_refusals(constraints: Sequence[Any], path: Path) -> Iterator[Complaint]:
    fields: set[str] = set()
    for index, constraint in enumerate(constraints):
        place = (*path, index)
        yield from _constraint_refusals(constraint, place)
        field = text(constraint, "spreadByField")
        if field and field in fields:
            yield refusal((*place, "spreadByField"), "is used by another constraint already", "Keep one for each field.")
        fields.add(field)
    if fields - {""} and "cluster" not in fields:
        remedy = "Add one with spreadByField: cluster, which says how many clusters there are to be."
        yield refusal(path, "must have a constraint by cluster when they have one by any other field", remedy)


def _constraint_refusals(constraint: Any, path: Path) -> Iterator[Complaint]:
    least, most = number(constraint, "minGroups"), number(constraint, "maxGroups")
    if text(constraint, "spreadByField") and text(constraint, "spreadByLabel"):
        yield refusal(path, "has both spreadByField and spreadByLabel, which exclude each other", "Keep one of the two.")
    for name, count in (("minGroups", least), ("maxGroups", most)):
        if count < 0:
            yield refusal((*path, name), "must be at least 0", "Write a number within the limits.")
    if 0 < most < least:
        yield refusal((*path, "maxGroups"), "is less than minGroups", "Raise it, or lower minGroups.")


def _workload_affinity_refusals(affinity: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    stated = [side for side in ("affinity", "antiAffinity") if get(affinity, side) is not None]
    for side in stated:
        yield from key_refusals(text(affinity, side, "groupByLabelKey"), (*path, side, "groupByLabelKey"))
    if len(stated) == 2 and text(affinity, "affinity", "groupByLabelKey") == text(affinity, "antiAffinity", "groupByLabelKey"):
        remedy = "Take another label for one of them: what is kept together cannot be kept apart."
        yield refusal(path, "has the same groupByLabelKey for affinity and antiAffinity", remedy)
