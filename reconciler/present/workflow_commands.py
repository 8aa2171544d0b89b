"""Issues as workflow commands of GitHub Actions, which also Gitea and Forgejo read: annotations at the lines of a pull request.

GitHub shows the first ten errors and warnings of a step, so errors come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.issues import Issue, Severity
from reconciler.model.wording import printable


def workflow_commands(issues: Iterable[Issue]) -> Iterator[str]:
    """`::error file=apps/web.yaml,line=3,title=UnknownKind::message`, one line for each issue."""
    for issue in sorted(issues, key=lambda issue: (issue.severity is not Severity.ERROR, issue)):
        properties = {"file": issue.origin.file, "line": str(issue.origin.line or ""), "title": issue.reason}
        listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
        text = f"{issue.message}\n{issue.remedy}" if issue.remedy else issue.message
        yield f"::{issue.severity} {listed}::{_data(text)}"


def _data(text: str) -> str:
    """As `escapeData` of github.com/actions/toolkit. A message cannot begin a second command: it has no line break."""
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    """As `escapeProperty` there."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
