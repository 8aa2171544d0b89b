"""Issues: what is wrong, where, and what to do about it. All issues are collected; reading does not stop at the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.wording import first_few, plural


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


def each_once(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Sorted. Without a set between them, issues that come file by file are hardly compared, however many they are."""
    return tuple(sorted(dict.fromkeys(issues)))


def told_once(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues, those with one cause as one, at its first place; in the order of these places.

    More than three with the same reason, text and remedy, but for the name of their subject, have one cause. An issue without a
    subject is about its file, and each file is corrected by itself.
    """
    groups: dict[tuple[str, ...], list[Issue]] = {}
    alone = []
    for issue in issues:
        if not issue.subject:
            alone.append(issue)
            continue
        texts = (text.replace(issue.subject, "\0") for text in (issue.message, issue.remedy))
        groups.setdefault((issue.severity, issue.reason, *texts), []).append(issue)
    told = (each for group in groups.values() for each in ([_together(group)] if len(group) > _TOLD_ALONE else group))
    return tuple(sorted([*alone, *told]))


def _together(group: list[Issue]) -> Issue:
    first = min(group)
    subjects = sorted({issue.subject for issue in group})
    names = first_few(subjects, _TOLD_ALONE)
    if first.message.startswith(f"{first.subject}: "):
        message = f"{plural(len(subjects), 'object')} ({names}){first.message.removeprefix(first.subject)}"
    else:
        message = f"{first.message} ({len(group)} times: {names})"
    return replace(first, message=message, subject="")


_TOLD_ALONE = 3
"""Issues that are told one by one although they may have one cause."""
