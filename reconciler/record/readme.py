"""The front page of the status branch: the fleet at a glance, readable on any forge."""

from __future__ import annotations

import re

from reconciler.model.health import NOT_OBSERVED, HealthStatus
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState
from reconciler.model.wording import plural

_SHOWN = 200
"""Rows of the table of objects with problems; forges do not render endless tables."""
_NAMED = 5
"""Files with an error that are named."""


def readme(state: RecordedState) -> str:
    """Markdown: one row per member, then the objects that are not applied or not Current."""
    lines = [
        "# Fleet status",
        "",
        f"Written by Reconciler; revision `{state.revision[:12]}`. History: `git log` of this branch.",
        "",
        "| Cluster | Ready | Objects | Applied | Current | |",
        "|---|---|---|---|---|---|",
    ]
    for _, cluster in sorted(state.clusters.items()):
        numbers = f"{cluster.objects} | {cluster.applied} | {cluster.current}"
        lines.append(f"| {_cell(cluster.name)} | {'yes' if cluster.ready else 'no'} | {numbers} | {_cell(cluster.message)} |")
    problems = [row for key, decision in sorted(state.decisions.items()) for row in _problems(decision, state.report_of(key))]
    lines += ["", f"{plural(len(state.decisions), 'resource template')}.", ""]
    if state.broken:
        files = ", ".join([_cell(file) for file in sorted(state.broken)][:_NAMED]) + (", …" if len(state.broken) > _NAMED else "")
        lines += [f"{unread_files(state)}: {files}. `reconciler validate` explains it.", ""]
    if problems:
        lines += ["| Object | Cluster | Health | |", "|---|---|---|---|", *problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            lines += ["", f"… and {len(problems) - _SHOWN} more."]
    elif not state.broken:
        lines.append(_all_well(state))
    return "\n".join(lines) + "\n"


def _all_well(state: RecordedState) -> str:
    unobserved = sum(any(one.health.reason == NOT_OBSERVED for one in report.statuses) for report in state.reports.values())
    if not unobserved:
        return "Everything is applied and Current."
    return f"Everything is applied. {plural(unobserved, 'object')} in folders: health is not observed."


def unread_files(state: RecordedState) -> str:
    """A clause on the files with an error at the recorded revision, after which the files are named."""
    return f"{plural(len(state.broken), 'file')} with an error, whose objects are not applied or stay as they are"


def _problems(decision: RecordedDecision, report: ObjectReport) -> list[str]:
    key = decision.binding.key
    rows = [f"| {_cell(str(key))} | | | {_cell(decision.message)} |"] if decision.message else []
    for status in report.statuses:
        if not status.applied or status.message or status.health.status is not HealthStatus.CURRENT:
            message = status.message or status.health.message
            rows.append(f"| {_cell(str(key))} | {_cell(status.cluster)} | {status.health.status} | {_cell(message)} |")
    return rows


def _cell(text: str) -> str:
    """The text in one line of a table. Text that could be markup stands in a code span, where forges show it as it is: no
    Markdown, HTML, link or @mention of a file name or a message acts (GitHub Flavored Markdown, "Code spans")."""
    line = " ".join(text.split())
    if _PLAIN.fullmatch(line):
        return line
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


_PLAIN = re.compile(r"(?!.*(?:://|www\.))[A-Za-z0-9 .,;:/()'=+-]*", re.ASCII)
