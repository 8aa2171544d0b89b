"""One status from those of several members: reads their reports, and writes the result into the template.

Karmada reads a template into its Go type only to write a status, and returns it unchanged if the status is equal
(pkg/resourceinterpreter/default/native/aggregatestatus.go). `with_status` does the same; a changed template is the object as Go
writes it (`go_types_form.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.interpreter.fields import ABSENT, lookup, wrong_type
from reconciler.interpreter.go_types import check
from reconciler.interpreter.go_types_form import marshal, normalize
from reconciler.interpreter.rules import StatusItems
from reconciler.model.manifest import Manifest, mapping, text


def status_reports(items: StatusItems, type_name: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """(member, status) in the order of the list; None if the member has not reported a status yet.

    Raises MalformedObjectError when it reaches a status that the type cannot hold.
    """
    for item in items or ():
        status = item.get("status")
        if status is not None:
            if not isinstance(status, dict):
                raise wrong_type(("status",), status, "a mapping")
            check(status, type_name)
        yield text(item, "clusterName"), status


def normalized_reports(items: StatusItems, type_name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(member, normalized status) of the members that have reported a status, in the order of the list."""
    return ((cluster, normalize(status, type_name)) for cluster, status in status_reports(items, type_name) if status is not None)


def count_at(status: Mapping[str, Any], field: str) -> int:
    """A counter; 0 if it is absent. Raises MalformedObjectError if it is not a whole number."""
    value = status.get(field)
    if value is None:
        return 0
    if type(value) is not int and not (isinstance(value, float) and value.is_integer()):
        raise wrong_type(("status", field), value, "a whole number")
    return int(value)


def sums(items: StatusItems, type_name: str, *counters: str) -> dict[str, int]:
    """The sum of each counter over the members that have reported, without counters that are 0."""
    total = dict.fromkeys(counters, 0)
    for _, status in normalized_reports(items, type_name):
        for name in counters:
            total[name] += count_at(status, name)
    return {name: count for name, count in total.items() if count}


def first_of(order: Iterable[str], items: StatusItems, type_name: str, unreported: str) -> dict[str, str]:
    """The `phase` of the members that comes first in `order`; empty if they have other phases only.

    unreported: the assumed phase of a member that has not reported a status yet.
    """
    phases = {unreported if status is None else text(status, "phase") for _, status in status_reports(items, type_name)}
    return next(({"phase": phase} for phase in order if phase in phases), {})


def latest(times: Iterable[str | None]) -> str | None:
    """The latest time. Times of Kubernetes are all in UTC and of the same length, so they can be compared as text."""
    return max((time for time in times if time), default=None)


def earliest(times: Iterable[str | None]) -> str | None:
    return min((time for time in times if time), default=None)


def with_status(manifest: Manifest, type_name: str, status: Mapping[str, Any]) -> Manifest:
    """The template with this status; the same template if its status is equal in Go."""
    if normalize(mapping(manifest, "status"), f"{type_name}Status") == status:
        return manifest
    return marshal({**manifest, "status": status}, type_name)


def whole_status(manifest: Manifest) -> Mapping[str, Any] | None:
    """The whole status; None if there is none. Raises MalformedObjectError if it is not a mapping."""
    status = lookup(manifest, "status")
    if status is ABSENT:
        return None
    if not isinstance(status, Mapping):
        raise wrong_type(("status",), status, "a mapping")
    return status


def status_fields(manifest: Manifest, type_name: str, *fields: str) -> Mapping[str, Any] | None:
    """These fields of the status, as Go writes them; None if there is no status. Raises MalformedObjectError."""
    status = whole_status(manifest)
    if status is None:
        return None
    check(status, type_name)
    return marshal({name: status.get(name) for name in fields}, type_name)
