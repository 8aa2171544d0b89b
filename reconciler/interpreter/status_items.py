"""One status out of those of several members: reading what they reported, and writing the result into the template.

Karmada reads a template into its type only to write a status, and returns it as it was where nothing changed
(pkg/resourceinterpreter/default/native/aggregatestatus.go). So does `with_status`; what was written went through the
type, with all that this loses and gains (`typed_form.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.interpreter.fields import ABSENT, lookup, wrong_type
from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import held, written
from reconciler.interpreter.rules import StatusItems
from reconciler.model.manifest import Manifest, mapping, text


def reports(items: StatusItems, type_name: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Each member's name and status, in the order of the list; None where it has reported nothing yet.

    Raises MalformedObjectError, on reaching it, for a status that the type cannot hold.
    """
    for item in items or ():
        status = item.get("status")
        if status is not None:
            if not isinstance(status, dict):
                raise wrong_type(("status",), status, "a mapping")
            check(status, type_name)
        yield text(item, "clusterName"), status


def reported(items: StatusItems, type_name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """As `reports`, without the members that have reported nothing yet, and each status as the type holds it."""
    return ((cluster, held(status, type_name)) for cluster, status in reports(items, type_name) if status is not None)


def count_at(status: Mapping[str, Any], field: str) -> int:
    """A counter; 0 where it is absent. Raises MalformedObjectError for anything but a whole number."""
    value = status.get(field)
    if value is None:
        return 0
    if type(value) is not int and not (isinstance(value, float) and value.is_integer()):
        raise wrong_type(("status", field), value, "a whole number")
    return int(value)


def sums(items: StatusItems, type_name: str, *counters: str) -> dict[str, int]:
    """The sum of each counter over the members that reported, as the type holds it: without those that are 0."""
    total = dict.fromkeys(counters, 0)
    for _, status in reported(items, type_name):
        for name in counters:
            total[name] += count_at(status, name)
    return {name: count for name, count in total.items() if count}


def first_of(order: Iterable[str], items: StatusItems, type_name: str, unreported: str) -> dict[str, str]:
    """The `phase` that comes first in `order` among the members'; none where all are others.

    unreported: what is assumed of a member that has reported nothing yet.
    """
    phases = {unreported if status is None else text(status, "phase") for _, status in reports(items, type_name)}
    return next(({"phase": phase} for phase in order if phase in phases), {})


def latest(times: Iterable[str | None]) -> str | None:
    """Times as Kubernetes writes them, all in UTC and of one length, are in the order of their texts."""
    return max((time for time in times if time), default=None)


def earliest(times: Iterable[str | None]) -> str | None:
    return min((time for time in times if time), default=None)


def with_status(manifest: Manifest, type_name: str, status: Mapping[str, Any]) -> Manifest:
    """The template with this status in place of its own; the template itself where Go takes the two for equal."""
    if held(mapping(manifest, "status"), f"{type_name}Status") == status:
        return manifest
    return written({**manifest, "status": status}, type_name)


def whole_status(manifest: Manifest) -> Mapping[str, Any] | None:
    """The status as it stands; None where there is none. Raises MalformedObjectError for what is no mapping."""
    status = lookup(manifest, "status")
    if status is ABSENT:
        return None
    if not isinstance(status, Mapping):
        raise wrong_type(("status",), status, "a mapping")
    return status


def typed_status(manifest: Manifest, type_name: str, *fields: str) -> Mapping[str, Any] | None:
    """These fields of the status, as its type writes them; None where there is no status. Raises likewise."""
    status = whole_status(manifest)
    if status is None:
        return None
    check(status, type_name)
    return written({name: status.get(name) for name in fields}, type_name)
