"""The log of the daemon: one line for each event, a constant message and its context as keys; for people, or as JSON.

Values are one line each, so that a line of the log is an event for every tool. Only a traceback has several.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from reconciler.errors import ReconcilerError
from reconciler.model.wording import first_few
from reconciler.passes.defects import REMEDY, describe, reference_of
from reconciler.passes.events import (
    AgentSilent,
    Applied,
    Compared,
    Contested,
    DriftCorrected,
    Event,
    Evicted,
    Failed,
    FailoverPaused,
    IssueReported,
    MemberUnreachable,
    Postponed,
    Recreated,
    RolloutMoved,
    RolloutStep,
    Skipped,
    writes_in,
)
from reconciler.present.causes import by_cause, object_names

# structlog imports rich where it is installed, to print tracebacks in colours, which this log does not. It would take 3 MB.
_rich, sys.modules["rich"] = sys.modules.get("rich"), None  # type: ignore[assignment]
import structlog  # noqa: E402

if _rich is None:
    del sys.modules["rich"]
else:
    sys.modules["rich"] = _rich

Log = structlog.typing.FilteringBoundLogger


def logger(*, as_json: bool, to: TextIO | None = None) -> Log:
    """to: stderr by default."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _one_line_each,
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(to or sys.stderr),
    )
    log: Log = structlog.get_logger()
    return log


@dataclass(slots=True)
class ErrorLog:
    """The errors of one process. A defect comes with its traceback, once."""

    log: Log
    _defects: set[str] = field(default_factory=set)
    """The references of those that were logged."""

    def add(self, event: str, error: Exception) -> str:
        """Returns the message."""
        if isinstance(error, ReconcilerError):
            self.log.error(event, error=error.message, remedy=error.remedy)
            return error.message
        message, reference = describe(error), reference_of(error)
        if reference not in self._defects:
            self._defects.add(reference)
            self.log.error(event, error=message, remedy=REMEDY, reference=reference, exc_info=error)
        return message

    def add_news(self, event: str, error: Exception, last: str) -> str:
        """As `add`, with no line where the message is still `last`: the repository is read every few seconds."""
        return last if isinstance(error, ReconcilerError) and error.message == last else self.add(event, error)


@dataclass(slots=True)
class EventLog:
    """The events of the passes of one process, without the errors in the repository after the first pass over a revision."""

    log: Log
    _reported: str = ""
    """The revision whose errors were logged."""

    def add(self, events: Iterable[Event], revision: str, seconds: float) -> None:
        """As `log_events`."""
        first, self._reported = self._reported != revision, revision
        log_events(self.log, (one for one in events if first or not isinstance(one, IssueReported)), revision, seconds)


def _cause(event: Event) -> tuple[str, str] | None:
    """What objects of a member that are not written may have in common, such as the prune guard; None for all other events."""
    return (event.cluster, event.reason) if isinstance(event, Skipped) else None


def log_events(log: Log, events: Iterable[Event], revision: str, seconds: float) -> None:
    """One line for each event of a pass, one for each reason to skip objects of a member, and one for all changes together.

    A first sync has thousands of changes: only the first 50 that were applied, and the first 50 corrections, have lines of their
    own. revision: the id of the commit. seconds: how long the pass took.
    """
    events = tuple(events)
    written: Counter[type[Event]] = Counter()
    for event, *others in by_cause(events, _cause):
        if isinstance(event, Applied | DriftCorrected):
            written[type(event)] += 1
            if written[type(event)] > _LINES:
                continue
        match event:
            case RolloutMoved():
                _log_rollout(log, event)
            case Compared():
                _log_comparison(log, event)
            case _:
                _log_event(log, event, others)
    for kind, count in written.items():
        if count > _LINES:
            log.info(f"and more: {_MESSAGES[kind]}", changes=count - _LINES, revision=revision)
    writes = writes_in(events)
    if writes:
        log.info("applied", revision=revision, changes=len(writes), seconds=round(seconds, 3))


_LINES = 50
"""For the changes of one pass, and for its corrections."""
_MESSAGES: dict[type[Event], str] = {Applied: "change applied", DriftCorrected: "drift corrected"}


def _log_event(log: Log, event: Event, others: Iterable[Event]) -> None:
    """others: events that share its line."""
    match event:
        case Applied(cluster, key, action):
            log.info(_MESSAGES[Applied], cluster=cluster, resource=str(key), change=str(action))
        case DriftCorrected(cluster, key, action, reason):
            log.warning(
                _MESSAGES[DriftCorrected], cluster=cluster, resource=str(key), change=str(action), **_with_remedy(reason=reason)
            )
        case Recreated(cluster, key, _, reason):
            log.warning("object recreated", cluster=cluster, resource=str(key), **_with_remedy(reason=reason))
        case Failed(cluster, key, action, error):
            log.error("change failed", cluster=cluster, resource=str(key), change=str(action), **_with_remedy(error=error))
        case Postponed(cluster, changes, reason):
            log.info("changes postponed", cluster=cluster, changes=changes, reason=reason)
        case Skipped(cluster, key, reason):
            names = object_names([key, *(other.key for other in others if isinstance(other, Skipped))])
            log.warning("change skipped", cluster=cluster, resource=names, **_with_remedy(reason=reason))
        case Contested(cluster, key, fight):
            more = {"corrections": fight.corrections, "next_in": fight.pause, "remedy": fight.remedy}
            log.warning("two clients write the same object", cluster=cluster, resource=str(key), reason=fight.reason, **more)
        case AgentSilent(cluster, error):
            log.warning("agent silent", cluster=cluster, **_with_remedy(error=error))
        case MemberUnreachable(cluster, error, asked):
            message = "member unreachable" if asked else "member not configured"
            log.warning(message, cluster=cluster, **_with_remedy(error=error))
        case Evicted(cluster, objects, reason, returning):
            message = "objects return to a member" if returning else "objects leave a member"
            log.warning(message, cluster=cluster, objects=len(objects), resource=object_names(objects), reason=reason)
        case FailoverPaused(reason):
            log.warning("failover paused", reason=reason)
        case IssueReported(issue):
            log.error("error in the repository", place=str(issue.origin), error=issue.message, remedy=issue.remedy)


def _log_rollout(log: Log, event: RolloutMoved) -> None:
    message = f"rollout {event.step.value.replace('-', ' ')}"
    more = {"group": event.group, "clusters": first_few(event.clusters, _NAMED), "reason": event.reason}
    tell = log.warning if event.step in _ALARMING else log.info
    tell(message, rollout=event.rollout, revision=event.revision, **{name: text for name, text in more.items() if text})


def _log_comparison(log: Log, event: Compared) -> None:
    observed, found = event.observed, event.differences
    changed = (*found.creates, *found.configures, *found.prunes, *(key for key, _ in found.blocked))
    more = {"objects": object_names(changed)} if changed else {}
    if found.blocked:
        more["reason"] = found.blocked[0][1]
    log.info("compared", cluster=event.cluster, **observed.counts, marks=observed.marks, **more)


_ALARMING = (RolloutStep.CLUSTER_FAILED, RolloutStep.STOPPED, RolloutStep.TAKEN_BACK)
_NAMED = 5
"""Clusters that a line names before it counts the others."""


def _with_remedy(**said: str) -> dict[str, str]:
    """A text under its key; if it ends with a remedy, as errors are printed (`ReconcilerError`), that is a key of its own."""
    ((name, text),) = said.items()
    what, _, remedy = text.partition("\n  ")
    return {name: what, "remedy": remedy} if remedy else {name: what}


def _one_line_each(logger: Any, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog."""
    return {key: " ".join(value.split()) if isinstance(value, str) and "\n" in value else value for key, value in line.items()}
