"""Issues: what is wrong, where, and what to do about it. All issues are collected; reading does not stop at the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.origin import NOWHERE, Origin


class Severity(StrEnum):
    """How serious an issue is."""

    ERROR = "error"
    """The declarations of the file have no effect; the objects that they declared before are neither pruned nor moved."""
    WARNING = "warning"
    """The declaration has effect, but probably not the intended one."""


@dataclass(frozen=True, slots=True, order=True)
class Issue:
    """One issue. Sorts by file and line, then by its text."""

    origin: Origin
    severity: Severity
    reason: str
    """One CamelCase word, stable, for machines: `DuplicateKey`, `UnknownKind`."""
    message: str
    """What is wrong, with the name of the object. Never contains a value that may be secret."""
    remedy: str = ""
    """What the user can do, as a sentence."""
    subject: str = ""
    """The affected object in printed form: `Deployment.apps default/web`."""


def error(reason: str, message: str, remedy: str = "", *, origin: Origin = NOWHERE, subject: object = "") -> Issue:
    return Issue(origin, Severity.ERROR, reason, message, remedy, str(subject))


def warning(reason: str, message: str, remedy: str = "", *, origin: Origin = NOWHERE, subject: object = "") -> Issue:
    return Issue(origin, Severity.WARNING, reason, message, remedy, str(subject))


def errors_in(issues: Iterable[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.severity is Severity.ERROR]
