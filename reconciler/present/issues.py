"""Issues as text: `file:line: severity: message [Reason]`, followed by the remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from reconciler.model.issues import Issue, errors_in
from reconciler.model.wording import plural


def issue_lines(issues: Iterable[Issue]) -> Iterator[str]:
    """One line for each issue, in the form that editors and forges turn into links, and one for its remedy."""
    for issue in issues:
        place = f"{issue.origin}: " if issue.origin.file else ""
        yield f"{place}{issue.severity}: {issue.message} [{issue.reason}]"
        if issue.remedy:
            yield f"    {issue.remedy}"


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


def issue_counts(issues: Collection[Issue]) -> str:
    """`2 errors, 1 warning`."""
    errors = len(errors_in(issues))
    return f"{plural(errors, 'error')}, {plural(len(issues) - errors, 'warning')}"
