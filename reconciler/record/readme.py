"""The front page of the status branch: the fleet at a glance, readable on any forge."""

from __future__ import annotations

from reconciler.model.health import HealthStatus
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState

_SHOWN = 200
"""Rows of the table of objects with problems; forges do not render endless tables."""


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
        lines.append(f"| {cluster.name} | {'yes' if cluster.ready else 'no'} | {numbers} | {_cell(cluster.message)} |")
    problems = [row for key, decision in sorted(state.decisions.items()) for row in _problems(decision, state.report_of(key))]
    lines += ["", f"{len(state.decisions)} resource templates.", ""]
    if problems:
        lines += ["| Object | Cluster | Health | |", "|---|---|---|---|", *problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            lines += ["", f"… and {len(problems) - _SHOWN} more."]
    else:
        lines.append("Everything is applied and Current.")
    return "\n".join(lines) + "\n"


def _problems(decision: RecordedDecision, report: ObjectReport) -> list[str]:
    key = decision.binding.key
    rows = [f"| {key} | | | {_cell(decision.message)} |"] if decision.message else []
    for status in report.statuses:
        if not status.applied or status.health.status is not HealthStatus.CURRENT:
            message = status.message or status.health.message
            rows.append(f"| {key} | {status.cluster} | {status.health.status} | {_cell(message)} |")
    return rows


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
