"""The status branch's front page: the fleet at a glance, readable on any forge."""

from __future__ import annotations

from reconciler.model.health import HealthStatus
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState

_SHOWN = 200
"""Rows of the table of troubled objects; forges render no endless tables."""


def readme(state: RecordedState) -> str:
    """Markdown: one row per member, then the objects that are not as they should be."""
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
    troubled = [row for key, decision in sorted(state.decisions.items()) for row in _troubles(decision, state.report_of(key))]
    lines += ["", f"{len(state.decisions)} resource templates.", ""]
    if troubled:
        lines += ["| Object | Cluster | Health | |", "|---|---|---|---|", *troubled[:_SHOWN]]
        if len(troubled) > _SHOWN:
            lines += ["", f"… and {len(troubled) - _SHOWN} more."]
    else:
        lines.append("Everything is applied and Current.")
    return "\n".join(lines) + "\n"


def _troubles(decision: RecordedDecision, report: ObjectReport) -> list[str]:
    key = decision.binding.key
    rows = [f"| {key} | | | {_cell(decision.message)} |"] if decision.message else []
    for status in report.statuses:
        if not status.applied or status.health.status is not HealthStatus.CURRENT:
            said = status.message or status.health.message
            rows.append(f"| {key} | {status.cluster} | {status.health.status} | {_cell(said)} |")
    return rows


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
