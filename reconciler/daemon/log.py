"""The log of the daemon: one line for each event, a constant message and its context as keys; for people, or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog

from reconciler.passes.events import (
    Applied,
    Contested,
    DriftCorrected,
    Event,
    Failed,
    IssueReported,
    MemberUnreachable,
    Postponed,
    Recreated,
    Skipped,
    writes_in,
)

Log = structlog.typing.FilteringBoundLogger


def logger(*, as_json: bool, to: TextIO | None = None) -> Log:
    """to: stderr by default."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
    )
    log: Log = structlog.get_logger()
    return log


def log_events(log: Log, events: Iterable[Event], revision: str, seconds: float) -> None:
    """One line for each event of a pass, but one line for all applied changes together.

    revision: the id of the commit. seconds: how long the pass took.
    """
    events = tuple(events)
    for event in events:
        match event:
            case Applied():
                pass  # A first sync has thousands; `applied` counts them.
            case DriftCorrected(cluster, key, _, reason):
                log.warning("drift corrected", cluster=cluster, resource=str(key), reason=reason)
            case Recreated(cluster, key, _, reason):
                log.warning("object recreated", cluster=cluster, resource=str(key), reason=reason)
            case Failed(cluster, key, action, error):
                log.error("change failed", cluster=cluster, resource=str(key), change=str(action), error=error)
            case Postponed(cluster, changes, reason):
                log.info("changes postponed", cluster=cluster, changes=changes, reason=reason)
            case Skipped(cluster, key, reason):
                log.warning("change skipped", cluster=cluster, resource=str(key), reason=reason)
            case Contested(cluster, key, fight):
                more = {"corrections": fight.corrections, "next_in": fight.pause, "remedy": fight.remedy}
                log.warning("two clients write the same object", cluster=cluster, resource=str(key), reason=fight.reason, **more)
            case MemberUnreachable(cluster, error):
                log.warning("member unreachable", cluster=cluster, error=error)
            case IssueReported(issue):
                log.error("error in the repository", place=str(issue.origin), error=issue.message, remedy=issue.remedy)
    writes = writes_in(events)
    if writes:
        log.info("applied", revision=revision, changes=len(writes), seconds=round(seconds, 3))
