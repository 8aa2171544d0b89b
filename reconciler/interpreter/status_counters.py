"""Workloads whose status is a handful of counters: what is collected of it, and the sum over the members.

A member's counters say nothing about the template unless it is known which template they belong to. So each report also
carries the generation of the member's object and, from an annotation that was written along with the manifest, that of
the template. The template's status is up to date when every member says so (karmada
pkg/resourceinterpreter/default/native, `status_type.go` and its users).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.interpreter.conditions import number
from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import written
from reconciler.interpreter.rules import MalformedObjectError, StatusItems
from reconciler.interpreter.status_items import count_at, reports, typed_status
from reconciler.model.manifest import Manifest, annotations_of, get, mapping

TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"
"""Annotation on a member's object: the template's generation that it was written from."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatusCounters:
    type_name: str
    counters: tuple[str, ...]
    reports_observed: bool = True
    """Whether the member's `observedGeneration` is collected too."""
    compares_with_member: bool = False
    """Whether the template's generation is held against that of the member's object, of all things, as for StatefulSets."""

    def reflect(self, manifest: Manifest) -> Mapping[str, Any] | None:
        fields = (*self.counters, "observedGeneration") if self.reports_observed else self.counters
        counts = typed_status(manifest, f"{self.type_name}Status", *fields)
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
        for _, status in reports(items, f"{self.type_name}Status"):
            if status is None:
                up_to_date = False
                continue
            for name in self.counters:
                new[name] += count_at(status, name)
            up_to_date &= self._has_reached(status, generation)
        new["observedGeneration"] = generation if up_to_date else count_at(old, "observedGeneration")
        if all(count_at(old, name) == count for name, count in new.items()):
            return manifest
        return written({**manifest, "status": {**old, **new}}, self.type_name)

    def _has_reached(self, status: Mapping[str, Any], generation: int) -> bool:
        own = count_at(status, "generation")
        wanted = own if self.compares_with_member else generation
        return count_at(status, "observedGeneration") >= own and count_at(status, "resourceTemplateGeneration") >= wanted


def is_observed(manifest: Manifest) -> bool:
    """Whether the status is about the present generation: neither behind nor ahead of it."""
    observed = count_at(mapping(manifest, "status"), "observedGeneration")
    return observed == count_at(mapping(manifest, "metadata"), "generation")


def rolled_out(type_name: str) -> Callable[[Manifest], bool]:
    """Karmada's verdict on Deployments and StatefulSets: all wanted are updated, and all updated are available.

    Readiness and conditions are not looked at, nor is a partition; without a wanted number, only availability is.
    """

    def judge(manifest: Manifest) -> bool:
        check(manifest, type_name)
        status = mapping(manifest, "status")
        updated, available = count_at(status, "updatedReplicas"), count_at(status, "availableReplicas")
        wanted = get(manifest, "spec", "replicas")
        return is_observed(manifest) and (wanted is None or updated >= wanted) and available >= updated

    return judge


def _template_generation(manifest: Manifest) -> int:
    """Raises MalformedObjectError for anything but an integer; so is no annotation at all."""
    value = annotations_of(manifest).get(TEMPLATE_GENERATION)
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise MalformedObjectError(
            f"the annotation {TEMPLATE_GENERATION} is no integer; was this object written from a template?"
        )
    return int(value)
