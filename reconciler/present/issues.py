"""Issues as text: `file:line: severity: message [Reason]`, followed by the remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from reconciler.documents.writer import dump
from reconciler.model.issues import Issue, Severity, errors_in
from reconciler.model.settings import CONFIGURATION_FILE, CONFIGURATION_TYPE
from reconciler.model.wording import plural
from reconciler.present.style import Line, Span, Style, styled
from reconciler.present.table import table


class IssueFormat(StrEnum):
    """Values of `--output` of `validate`."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    SARIF = "sarif"
    GITHUB = "github"


def issue_lines(issues: Iterable[Issue]) -> Iterator[Line]:
    """One line for each issue, in the form that editors and forges turn into links, and one for its remedy."""
    for issue in issues:
        place = f"{issue.origin}: " if issue.origin.file else ""
        severity = Span(f"{issue.severity}:", _ROLES[issue.severity])
        yield Line((Span(place), severity, Span(f" {issue.message} [{issue.reason}]")))
        if issue.remedy:
            yield styled(f"    {issue.remedy}")


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


def issue_summary(issues: Collection[Issue]) -> Iterator[str]:
    """How often each reason occurs in each folder, most frequent first. Nothing for so few issues that the list shows it."""
    if len(issues) <= _FEW:
        return
    counts = Counter((issue.severity, issue.reason, _folder(issue.origin.file)) for issue in issues)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    yield ""
    yield from map(str, table(("COUNT", "SEVERITY", "REASON", "FOLDER"), [(count, *parts) for parts, count in rows[:_ROWS]]))
    if len(rows) > _ROWS:
        yield f"… and {plural(sum(count for _, count in rows[_ROWS:]), 'issue')} in {plural(len(rows) - _ROWS, 'other row')}"


def exclusion_lines(paths: Sequence[str], configuration: str) -> Iterator[str]:
    """The part of the Configuration that leaves these paths out; all of it where there is none.

    configuration: its file; empty where there is none.
    """
    if paths:
        yield ""
        what = (
            f"write in the Configuration ({configuration})"
            if configuration
            else f"write this Configuration ({CONFIGURATION_FILE})"
        )
        yield f"These paths declare nothing here. To leave them out, {what}:"
        head = {} if configuration else {**CONFIGURATION_TYPE, "metadata": {"name": "reconciler"}}
        yield from (dump(head) + exclude_yaml(paths) if head else exclude_yaml(paths)).splitlines()


def exclude_yaml(paths: Sequence[str]) -> str:
    """`spec.exclude` as YAML."""
    return dump({"spec": {"exclude": list(paths)}}) if paths else ""


def _folder(file: str) -> str:
    """The first two folders of the path."""
    return "/".join(file.split("/")[:-1][:2]) or "."


_ROLES = {Severity.ERROR: Style.BAD, Severity.WARNING: Style.CAUTION}
_FEW = 8
"""Issues that need no summary."""
_ROWS = 20


def issue_counts(issues: Collection[Issue]) -> str:
    """`2 errors, 1 warning`."""
    errors = len(errors_in(issues))
    return f"{plural(errors, 'error')}, {plural(len(issues) - errors, 'warning')}"
