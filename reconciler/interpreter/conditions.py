"""`status.conditions` as kstatus reads them, and the verdicts it draws (cli-utils pkg/kstatus/status/util.go).

kstatus reads conditions into a type, so a field of the wrong type is an error there, while it reads single numbers and
texts leniently, a wrong type being as good as an absent field. Both are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.interpreter.fields import ABSENT, lookup, wrong_type
from reconciler.model.health import Health, HealthStatus
from reconciler.model.manifest import Manifest, get


@dataclass(frozen=True, slots=True)
class Condition:
    type: str = ""
    status: str = ""
    """True, False or Unknown."""
    reason: str = ""
    message: str = ""


def conditions_of(manifest: Manifest) -> tuple[Condition, ...]:
    """All of them, in list order. Raises MalformedObjectError where one could not be read."""
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
    """The integer at `path`; the default where there is none, whatever there is instead."""
    value = get(manifest, *path)
    return value if type(value) is int else default


def current(message: str) -> Health:
    return Health(HealthStatus.CURRENT, message)


def in_progress(reason: str, message: str) -> Health:
    return Health(HealthStatus.IN_PROGRESS, message, reason)


def failed(reason: str, message: str) -> Health:
    return Health(HealthStatus.FAILED, message, reason)


def short_of(wanted: int, reached: int, reason: str, what: str) -> Health | None:
    """None once as many are reached as are wanted; what: what is counted, such as `replicas are ready`."""
    return in_progress(reason, f"{reached} of {wanted} {what}") if reached < wanted else None


def surplus(wanted: int, existing: int) -> Health | None:
    return in_progress("ExtraPods", f"{existing - wanted} replicas have yet to go") if existing > wanted else None


def always_current(manifest: Manifest, now: object) -> Health:
    """For kinds that no controller works on."""
    return current("nothing to wait for")
