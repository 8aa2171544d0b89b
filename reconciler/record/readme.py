"""The status branch's front page: the fleet at a glance, readable on any forge."""

from __future__ import annotations

from reconciler.model.health import HealthStatus
from reconciler.model.recorded import RecordedBinding, RecordedState

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
    troubled = [row for _, recorded in sorted(state.bindings.items()) for row in _troubles(recorded)]
    lines += ["", f"{len(state.bindings)} resource templates.", ""]
    if troubled:
        lines += ["| Object | Cluster | Health | |", "|---|---|---|---|", *troubled[:_SHOWN]]
        if len(troubled) > _SHOWN:
            lines += ["", f"… and {len(troubled) - _SHOWN} more."]
    else:
        lines.append("Everything is applied and Current.")
    return "\n".join(lines) + "\n"


def _troubles(recorded: RecordedBinding) -> list[str]:
    rows = [f"| {recorded.binding.key} | | | {_cell(recorded.message)} |"] if recorded.message else []
    for status in recorded.statuses:
        if not status.applied or status.health.status is not HealthStatus.CURRENT:
            said = status.message or status.health.message
            rows.append(f"| {recorded.binding.key} | {status.cluster} | {status.health.status} | {_cell(said)} |")
    return rows


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
