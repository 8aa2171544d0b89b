"""Complaints: `file:line: severity: what is wrong`, and below it what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from reconciler.model.issues import Issue, errors_in
from reconciler.model.wording import plural


def print_issues(issues: Iterable[Issue]) -> None:
    """To stderr, in the form that editors and forges turn into links."""
    for issue in issues:
        place = f"{issue.origin}: " if issue.origin.file else ""
        typer.echo(f"{place}{issue.severity}: {issue.message} [{issue.reason}]", err=True)
        if issue.remedy:
            typer.echo(f"    {issue.remedy}", err=True)


def issues_document(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    return [
        {
            "file": issue.origin.file,
            "line": issue.origin.line,
            "severity": str(issue.severity),
            "reason": issue.reason,
            "message": issue.message,
            "remedy": issue.remedy,
            "object": issue.subject,
        }
        for issue in issues
    ]


def counted(issues: Iterable[Issue]) -> str:
    """`2 errors, 1 warning`."""
    found = list(issues)
    errors = len(errors_in(found))
    return f"{plural(errors, 'error')}, {plural(len(found) - errors, 'warning')}"
