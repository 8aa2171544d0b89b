"""The conditions of ServiceExports (KEP-1645): whether each has a Service to export, and whether the Services of one name agree.

What is exported under one name is one Service for those who import it. Where two members disagree about it, the export that was
made first counts, and all exports of the name say so: whoever looks at one of them is to see it. Ports add up: another port is no
conflict, another meaning of the same name or number is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, sequence, text

VALID, CONFLICT = "Valid", "Conflict"
NO_SERVICE, INVALID_TYPE = "NoService", "InvalidServiceType"
PORT_CONFLICT, TYPE_CONFLICT, AFFINITY_CONFLICT = "PortConflict", "TypeConflict", "SessionAffinityConflict"
NO_CONFLICTS = "NoConflicts"
"""Reasons, as in sigs.k8s.io/mcs-api."""
_NAMED = 10
"""Conflicts in one message."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One ServiceExport on one member, as it is there, and the Service of its name; None where there is none."""

    cluster: ClusterName
    export: Manifest
    service: Manifest | None

    @property
    def age(self) -> tuple[str, ClusterName]:
        """The oldest first. Times of API servers compare as text."""
        return text(self.export, "metadata", "creationTimestamp"), self.cluster


@dataclass(frozen=True, slots=True)
class ExportCondition:
    type: str
    status: str
    reason: str
    message: str


def conditions_of(exports: Sequence[Exported]) -> dict[ClusterName, tuple[ExportCondition, ...]]:
    """exports: all of one name."""
    valid = {one.cluster: _valid(one) for one in exports}
    able = [one for one in sorted(exports, key=lambda one: one.age) if valid[one.cluster].status == "True"]
    conflict = _conflict([said for other in able[1:] for said in _conflicts(able[0], other)])
    return {name: (condition, conflict) if condition.status == "True" else (condition,) for name, condition in valid.items()}


def with_conditions(export: Manifest, conditions: Sequence[ExportCondition], now: str) -> list[Any] | None:
    """All conditions that the object is to have, those of others included; None where it has them. now: as API servers write
    it."""
    before = {text(item, "type"): item for item in sequence(export, "status", "conditions")}
    after = dict(before)
    for one in conditions:
        last = before.get(one.type, {})
        stated = {"type": one.type, "status": one.status, "reason": one.reason, "message": one.message}
        if {name: get(last, name) for name in stated} != stated:
            since = text(last, "lastTransitionTime") if get(last, "status") == one.status else ""
            after[one.type] = {**stated, "lastTransitionTime": since or now}
    if VALID in after and CONFLICT not in {one.type for one in conditions}:
        after.pop(CONFLICT, None)  # What is not exported is in conflict with nothing.
    return None if after == before else list(after.values())


def _valid(one: Exported) -> ExportCondition:
    if one.service is None:
        return ExportCondition(VALID, "False", NO_SERVICE, "there is no Service of this name")
    if get(one.service, "spec", "type") == "ExternalName":
        return ExportCondition(VALID, "False", INVALID_TYPE, "a Service of the type ExternalName has no endpoints")
    return ExportCondition(VALID, "True", VALID, "")


def _conflict(conflicts: Sequence[tuple[str, str]]) -> ExportCondition:
    if not conflicts:
        return ExportCondition(CONFLICT, "False", NO_CONFLICTS, "")
    more = f"; and {len(conflicts) - _NAMED} more" if len(conflicts) > _NAMED else ""
    message = "; ".join(message for _, message in conflicts[:_NAMED])
    return ExportCondition(CONFLICT, "True", conflicts[0][0], f"{message}{more}")


def _conflicts(first: Exported, other: Exported) -> Iterator[tuple[str, str]]:
    """Each with its reason. first: the oldest export, which counts."""
    ours, theirs = first.service or {}, other.service or {}
    if (get(ours, "spec", "clusterIP") == "None") != (get(theirs, "spec", "clusterIP") == "None"):
        yield TYPE_CONFLICT, f"one of {other.cluster} and the older export of {first.cluster} is headless; the older one counts"
    for port in sequence(theirs, "spec", "ports"):
        if (said := _disagrees(port, sequence(ours, "spec", "ports"))) is not None:
            yield PORT_CONFLICT, f"port {said} of {other.cluster} differs from the older export of {first.cluster}, which counts"
    affinity = [get(one, "spec", "sessionAffinity") or "None" for one in (ours, theirs)]
    if affinity[0] != affinity[1]:
        what = f"sessionAffinity of {other.cluster} differs from the older export of {first.cluster}, which counts"
        yield AFFINITY_CONFLICT, what


def _disagrees(port: Any, others: Sequence[Any]) -> str | None:
    """The name or number of a port that another list has with another meaning."""
    for other in others:
        same_name = (get(port, "name") or "") == (get(other, "name") or "")
        same_number = _number(port) == _number(other)
        if same_name != same_number or (same_name and get(port, "appProtocol") != get(other, "appProtocol")):
            return text(port, "name") or str(get(port, "port"))
    return None


def _number(port: Mapping[str, Any]) -> tuple[Any, str]:
    return get(port, "port"), text(port, "protocol") or "TCP"
