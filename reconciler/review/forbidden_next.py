"""Warnings about what a revision's own Tenants forbid: they judge the next revision, while others judge this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.issues import Issue, Severity
from reconciler.tenancy.rights import REASONS


def forbidden_next(issues: Iterable[Issue], by_own: Iterable[Issue]) -> list[Issue]:
    """Sorted. issues: of the revision, as it is judged. by_own: as its own Tenants would judge it."""
    known = set(issues)
    return [
        replace(issue, severity=Severity.WARNING, message=f"{issue.message}, from the next revision on")
        for issue in sorted(by_own)
        if issue.reason in REASONS and issue not in known
    ]
