"""The status of workloads that consists of counters: which counters are collected, and their sums over the members.

Counters of a member are useful only if it is known which version of the template they belong to. So each report also contains
the generation of the member's object and, from an annotation of the manifest, the generation of the template. The status of the
template is up to date when this is true in all members (karmada pkg/resourceinterpreter/default/native, `status_type.go` and
its users).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.interpreter.conditions import number
from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import marshal
from reconciler.interpreter.rules import MalformedObjectError, StatusItems
from reconciler.interpreter.status_items import count_at, status_fields, status_reports
from reconciler.model.manifest import Manifest, annotations_of, get, mapping

TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"
"""Annotation of a member's object: the generation of the template that it was rendered from."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatusCounters:
    """The rules `reflect` and `aggregate` of a kind with counters."""

    type_name: str
    counters: tuple[str, ...]
    reports_observed: bool = True
    """Whether `observedGeneration` of the member is collected too."""
    compares_with_member: bool = False
    """Whether the generation of the template is compared with that of the member's object. Karmada does this for StatefulSets."""

    def reflect(self, manifest: Manifest) -> Mapping[str, Any] | None:
        fields = (*self.counters, "observedGeneration") if self.reports_observed else self.counters
        counts = status_fields(manifest, f"{self.type_name}Status", *fields)
        if counts is None:
            return None
        generations = {
            "generation": number(manifest, "metadata", "generation"),
            "resourceTemplateGeneration": _template_generation(manifest),
        }
        return {**counts, **{name: value for name, value in generations.items() if value}} or None

    def aggregate(self, manifest: Manifest, items: StatusItems, now: datetime) -> Manifest:
        check(manifest, self.type_name)
        generation = count_at(mapping(manifest, "metadata"), "generation")
        old, new = mapping(manifest, "status"), dict.fromkeys(self.counters, 0)
        up_to_date = True
        for _, status in status_reports(items, f"{self.type_name}Status"):
            if status is None:
                up_to_date = False
                continue
            for name in self.counters:
                new[name] += count_at(status, name)
            up_to_date &= self._has_reached(status, generation)
        new["observedGeneration"] = generation if up_to_date else count_at(old, "observedGeneration")
        if all(count_at(old, name) == count for name, count in new.items()):
            return manifest
        return marshal({**manifest, "status": {**old, **new}}, self.type_name)

    def _has_reached(self, status: Mapping[str, Any], generation: int) -> bool:
        own = count_at(status, "generation")
        required = own if self.compares_with_member else generation
        return count_at(status, "observedGeneration") >= own and count_at(status, "resourceTemplateGeneration") >= required


def is_observed(manifest: Manifest) -> bool:
    """Whether the status belongs to the current generation, neither an older nor a newer one."""
    observed = count_at(mapping(manifest, "status"), "observedGeneration")
    return observed == count_at(mapping(manifest, "metadata"), "generation")


def is_rolled_out(type_name: str) -> Callable[[Manifest], bool]:
    """The rule for Karmada's health of Deployments and StatefulSets: all desired replicas are updated, and all updated are
    available.

    Karmada does not check readiness, conditions or a partition. Without `spec.replicas`, it checks the availability only.
    """

    def healthy(manifest: Manifest) -> bool:
        check(manifest, type_name)
        status = mapping(manifest, "status")
        updated, available = count_at(status, "updatedReplicas"), count_at(status, "availableReplicas")
        desired = get(manifest, "spec", "replicas")
        return is_observed(manifest) and (desired is None or updated >= desired) and available >= updated

    return healthy


def _template_generation(manifest: Manifest) -> int:
    """Raises MalformedObjectError if the annotation is absent or not an integer."""
    value = annotations_of(manifest).get(TEMPLATE_GENERATION)
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise MalformedObjectError(
            f"the annotation {TEMPLATE_GENERATION} is absent or not an integer; was this object rendered from a template?"
        )
    return int(value)
