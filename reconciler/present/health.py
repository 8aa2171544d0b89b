"""Words for health and readiness, with their roles."""

from __future__ import annotations

from reconciler.model.health import Health, HealthStatus
from reconciler.present.style import Style
from reconciler.present.table import Cell

UNREACHABLE = Cell(("Unreachable",), Style.BAD)
"""Of a member that could not be read."""
SUSPENDED = Cell(("Suspended",))
"""Of an object that its policy suspends, and that is as it should be elsewhere; neither good nor bad."""
_ROLES = {
    HealthStatus.CURRENT: Style.GOOD,
    HealthStatus.UNKNOWN: Style.CAUTION,
    HealthStatus.IN_PROGRESS: Style.CAUTION,
    HealthStatus.TERMINATING: Style.CAUTION,
    HealthStatus.NOT_FOUND: Style.BAD,
    HealthStatus.FAILED: Style.BAD,
}


def health_cell(health: Health) -> Cell:
    """`Current`, `NotObserved` …; what nobody observes is neither good nor bad."""
    role = _ROLES[health.status] if health.word == health.status else Style.PLAIN
    return Cell((health.word,), role)


def ready_cell(ready: bool | None) -> Cell:
    """`True`, `False`; `Unknown` for a member that no sync has read yet."""
    if ready is None:
        return Cell(("Unknown",), Style.CAUTION)
    return Cell((str(ready),), Style.GOOD if ready else Style.BAD)
