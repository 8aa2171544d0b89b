"""`status.conditions` as kstatus reads them, and the health values of its rules (cli-utils pkg/kstatus/status/util.go).

kstatus reads conditions into a Go type, so a field of the wrong type is an error. It reads single numbers and strings
leniently: a field of the wrong type counts as absent. This module does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.interpreter.fields import ABSENT, lookup, wrong_type
from reconciler.model.health import Health, HealthStatus
from reconciler.model.manifest import Manifest, get
from reconciler.model.wording import plural


@dataclass(frozen=True, slots=True)
class Condition:
    """One item of `status.conditions`."""

    type: str = ""
    status: str = ""
    """True, False or Unknown."""
    reason: str = ""
    message: str = ""


def conditions_of(manifest: Manifest) -> tuple[Condition, ...]:
    """All conditions, in list order. Raises MalformedObjectError if one cannot be read."""
    conditions = lookup(manifest, "status", "conditions")
    if conditions is ABSENT or conditions is None:
        return ()
    if not isinstance(conditions, list):
        raise wrong_type(("status", "conditions"), conditions, "a list")
    return tuple(_condition(item, position) for position, item in enumerate(conditions))


def _condition(item: Any, position: int) -> Condition:
    path = ("status", "conditions", position)
    if item is None:
        return Condition()
    if not isinstance(item, Mapping):
        raise wrong_type(path, item, "a mapping")
    texts = [item.get(name) for name in ("type", "status", "reason", "message")]
    for name, value in zip(("type", "status", "reason", "message"), texts, strict=True):
        if value is not None and not isinstance(value, str):
            raise wrong_type((*path, name), value, "text")
    return Condition(*(value or "" for value in texts))


def number(manifest: Manifest, *path: str, default: int = 0) -> int:
    """The integer at `path`; the default if there is no integer."""
    value = get(manifest, *path)
    return value if type(value) is int else default


def current(message: str) -> Health:
    return Health(HealthStatus.CURRENT, message)


def in_progress(reason: str, message: str) -> Health:
    return Health(HealthStatus.IN_PROGRESS, message, reason)


def failed(reason: str, message: str) -> Health:
    return Health(HealthStatus.FAILED, message, reason)


def shortfall(desired: int, actual: int, reason: str, what: str) -> Health | None:
    """InProgress while `actual` is less than `desired`, then None. what: what is counted, such as `replicas are ready`."""
    return in_progress(reason, f"{actual} of {desired} {what}") if actual < desired else None


def surplus(desired: int, actual: int) -> Health | None:
    """InProgress while there are more replicas than desired, then None."""
    return in_progress("ExtraPods", f"{plural(actual - desired, 'replica')} must still be removed") if actual > desired else None


def always_current(manifest: Manifest, now: object) -> Health:
    """The rule of kinds that have no controller."""
    return current("nothing to wait for")
