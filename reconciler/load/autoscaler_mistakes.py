"""What is wrong with a FederatedHPA or a CronFederatedHPA beyond its structure, by itself (Karmada: pkg/webhook/federatedhpa and
cronfederatedhpa)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from reconciler.calendar.schedules import MACROS, ScheduleError, is_time_zone, refuse_schedule
from reconciler.load.schemas.explain_violations import Violation, duplicate, invalid, missing
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.scale import CRON_FEDERATED_HPA, FEDERATED_HPA
from reconciler.model.selector import InvalidSelectorError, parse_label_selector

Path: TypeAlias = tuple[str | int, ...]
_TARGET = ("spec", "scaleTargetRef")
_SOURCES = {"Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods", "Object": "object"}
_VALUES = {"Utilization": "averageUtilization", "AverageValue": "averageValue", "Value": "value"}
"""Type of a target → its field."""


def find_autoscaler_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """Empty for other kinds, and for what the schema has reported."""
    kind = (gvk.group, gvk.kind)
    if kind == FEDERATED_HPA:
        return [*_limits(document, ("spec",), "minReplicas", "maxReplicas"), *_target(document), *_metrics(document)]
    if kind == CRON_FEDERATED_HPA:
        return [*_cron_target(document), *_rules(document)]
    return []


def _limits(document: Any, path: Path, least: str, most: str) -> Iterator[Violation]:
    minimum, maximum = (get(document, *path, name) for name in (least, most))
    if type(minimum) is int and type(maximum) is int and maximum < minimum:
        yield invalid((*path, most), f"must be at least {least}, which is {minimum}", f"Raise it, or lower {least}.")


def _target(document: Any) -> Iterator[Violation]:
    reference = mapping(document, *_TARGET)
    if text(reference, "kind") == "FederatedHPA":
        remedy = "Name the workload. A CronFederatedHPA can set the limits of a FederatedHPA."
        yield invalid((*_TARGET, "kind"), "is FederatedHPA, which has no replicas", remedy)


def _metrics(document: Any) -> Iterator[Violation]:
    for index, metric in enumerate(sequence(document, "spec", "metrics")):
        path: Path = ("spec", "metrics", index)
        source = _SOURCES.get(text(metric, "type"))
        if source is None:
            continue  # The schema reports it.
        if get(metric, source) is None:
            yield missing(path, (*path, source), f"the type is {text(metric, 'type')}", "Add it, or correct the type.")
            continue
        for other in sorted(_SOURCES.values()):
            if other != source and get(metric, other) is not None:
                yield invalid((*path, other), f"does not belong to the type {text(metric, 'type')}", "Remove it.")
        yield from _metric_target(metric, (*path, source, "target"), get(metric, source, "target"))
        selector = get(metric, source, "metric", "selector")
        if selector is not None:
            yield from _selector((*path, source, "metric", "selector"), selector)


def _metric_target(metric: Any, path: Path, target: Any) -> Iterator[Violation]:
    wanted = _VALUES.get(text(target, "type"))
    if wanted is None:
        return
    if get(target, wanted) is None:
        yield missing(path, (*path, wanted), f"the type is {text(target, 'type')}", "Add it, or correct the type.")
    for other in sorted(_VALUES.values()):
        if other != wanted and get(target, other) is not None:
            yield invalid((*path, other), f"does not belong to the type {text(target, 'type')}", "Remove it.")
    if wanted != "averageUtilization" and _is_zero_or_less(get(target, wanted)):
        yield invalid((*path, wanted), "must be greater than 0", "Write what one Pod should have.")


def _is_zero_or_less(quantity: Any) -> bool:
    """False for what is no quantity: the schema reports it."""
    try:
        return quantity is not None and Quantity.from_json(quantity).milli_value <= 0
    except QuantityError:
        return False


def _selector(path: Path, selector: Any) -> Iterator[Violation]:
    try:
        parse_label_selector(selector)
    except InvalidSelectorError as error:
        yield invalid(path, f"is no label selector: {error.message}", "Correct it.")


def _cron_target(document: Any) -> Iterator[Violation]:
    reference = mapping(document, *_TARGET)
    group = text(reference, "apiVersion").rpartition("/")[0]
    if group == FEDERATED_HPA[0] and text(reference, "kind") != "FederatedHPA":
        remedy = "Write kind: FederatedHPA, or name a workload."
        yield invalid((*_TARGET, "kind"), f"must be FederatedHPA for the group {group}", remedy)


def _rules(document: Any) -> Iterator[Violation]:
    limits = text(mapping(document, *_TARGET), "kind") == "FederatedHPA"
    names: set[str] = set()
    for index, rule in enumerate(sequence(document, "spec", "rules")):
        path: Path = ("spec", "rules", index)
        name = text(rule, "name")
        if name in names:
            yield duplicate((*path, "name"), f"{name} is also that of another rule", "Give each rule a name of its own.")
        names.add(name)
        yield from _schedule(rule, path)
        yield from _of_limits(document, rule, path) if limits else _of_workload(rule, path)


def _schedule(rule: Any, path: Path) -> Iterator[Violation]:
    schedule, zone = text(rule, "schedule"), text(rule, "timeZone")
    try:
        refuse_schedule(MACROS.get(schedule, schedule))
    except ScheduleError as error:
        remedy = "Write minute, hour, day of the month, month and day of the week, as in 0 8 * * 1-5, or @daily."
        yield invalid((*path, "schedule"), f"is no schedule: {error}", remedy)
    if zone and not is_time_zone(zone):
        remedy = "Write a name of the IANA database, such as Europe/Berlin or UTC."
        yield invalid((*path, "timeZone"), f"is {zone}, and there is no such time zone", remedy)


def _of_limits(document: Any, rule: Any, path: Path) -> Iterator[Violation]:
    if get(rule, "targetReplicas") is not None:
        remedy = "Write targetMinReplicas, targetMaxReplicas, or both."
        yield invalid((*path, "targetReplicas"), "has no effect on a FederatedHPA", remedy)
    if get(rule, "targetMinReplicas") is None and get(rule, "targetMaxReplicas") is None:
        remedy = "Write one of them, or both."
        yield missing(path, (*path, "targetMinReplicas"), "and targetMaxReplicas, too; the rule sets nothing", remedy)
    yield from _limits(document, path, "targetMinReplicas", "targetMaxReplicas")


def _of_workload(rule: Any, path: Path) -> Iterator[Violation]:
    if get(rule, "targetReplicas") is None:
        yield missing(path, (*path, "targetReplicas"), "the target is a workload", "Add the number of replicas.")
    for name in ("targetMinReplicas", "targetMaxReplicas"):
        if get(rule, name) is not None:
            yield invalid((*path, name), "is for a FederatedHPA alone", "Write targetReplicas instead.")
