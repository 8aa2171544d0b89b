"""What the daemon says: one line per thing that happened, a constant message and its context; for people, or as JSON."""

from __future__ import annotations

import sys
from typing import Any, TextIO

import structlog

Log = structlog.typing.FilteringBoundLogger


def logger(*, as_json: bool, to: TextIO | None = None) -> Log:
    """to: stderr unless told otherwise."""
    last: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            last,
        ],
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
    )
    made: Log = structlog.get_logger()
    return made
