"""Complaints: what is wrong, where, and what to do about it. Collected for everything, never stopping at the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.origin import NOWHERE, Origin


class Severity(StrEnum):
    ERROR = "error"
    """What the file declares is not acted on, and protected from pruning and moving."""
    WARNING = "warning"
    """Acted on, but probably not what the author wants."""


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One complaint. Sorts by place, then by what it says."""

    origin: Origin
    severity: Severity
    reason: str
    """One CamelCase word, stable, for machines: `DuplicateKey`, `UnknownKind`."""
    message: str
    """What is wrong, naming the object. Never holds a value that may be secret."""
    remedy: str = ""
    """What to do about it, as a sentence."""
    subject: str = ""
    """The object concerned, as printed: `Deployment.apps default/web`."""


def error(reason: str, message: str, remedy: str = "", *, origin: Origin = NOWHERE, subject: object = "") -> Issue:
    return Issue(origin, Severity.ERROR, reason, message, remedy, str(subject))


def warning(reason: str, message: str, remedy: str = "", *, origin: Origin = NOWHERE, subject: object = "") -> Issue:
    return Issue(origin, Severity.WARNING, reason, message, remedy, str(subject))


def errors_in(issues: Iterable[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.severity is Severity.ERROR]
