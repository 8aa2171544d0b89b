"""The front page of the status branch: the fleet at a glance, readable on any forge."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice

from reconciler.model.health import KEPT, NOT_OBSERVED, HealthStatus
from reconciler.model.memo import Memo
from reconciler.model.quota import QuotaUse
from reconciler.model.recorded import ObjectReport, RecordedDecision, RecordedState
from reconciler.model.rollout import RecordedRollout
from reconciler.model.wording import plural

_SHOWN = 200
"""Rows of the table of objects with problems; forges do not render endless tables."""
_NAMED = 5
"""Files with an error that are named."""
_DIGITS = 10
"""Of the revision of a rollout."""


@dataclass(frozen=True, slots=True)
class _Object:
    """What the page says of one object."""

    problems: int = 0
    """How many rows of the table it has."""
    rows: tuple[str, ...] = ()
    """The first of them, as many as the table shows."""
    suspended: bool = False
    kept: bool = False
    unobserved: bool = False


def _known_object(decision: RecordedDecision, report: ObjectReport, *, memo: Memo) -> _Object:
    return memo(_object, decision, report)


def readme(state: RecordedState, memo: Memo | None = None) -> str:
    """Markdown: one row per member, then the objects that are not applied or not Current.

    memo: keeps what is said of objects whose decision and report did not change.
    """
    memo = memo or Memo()
    keys = sorted(state.decisions)
    facts = [state.decisions[key] for key in keys], [state.report_of(key) for key in keys]
    objects = memo.each(_known_object, facts, memo=memo)
    lines = [
        "# Fleet status",
        "",
        f"Written by Reconciler; revision `{state.revision[:12]}`. History: `git log` of this branch.",
        "",
        "| Cluster | Ready | Objects | Applied | Current | |",
        "|---|---|---|---|---|---|",
    ]
    for _, cluster in sorted(state.clusters.items()):
        numbers = f"{cluster.objects} | {cluster.applied} | {'-' if cluster.is_directory else cluster.current}"
        lines.append(f"| {_cell(cluster.name)} | {'yes' if cluster.ready else 'no'} | {numbers} | {_cell(cluster.message)} |")
    lines += _quotas(state.quotas)
    problems = sum(one.problems for one in objects)
    rollouts = active_rollouts(state)
    lines += ["", *(f"- {_cell(sentence)}" for sentence in rollouts)] if rollouts else []
    lines += ["", f"{plural(len(state.decisions), 'resource template')}.", ""]
    if state.broken:
        files = ", ".join([_cell(file) for file in sorted(state.broken)][:_NAMED]) + (", …" if len(state.broken) > _NAMED else "")
        lines += [f"{unread_files(state)}: {files}. `reconciler validate` explains it.", ""]
    if problems:
        rows = islice((row for one in objects for row in one.rows), _SHOWN)
        lines += ["| Object | Cluster | Health | |", "|---|---|---|---|", *rows]
        lines += ["", f"… and {problems - _SHOWN} more."] if problems > _SHOWN else []
    exceptions = _exceptions(state, objects)
    if exceptions:
        lines += [] if problems or state.broken else ["No problems. Not everything is known to be Current:"]
        lines += ["", *exceptions] if lines[-1] else exceptions
    elif not problems and not state.broken:
        lines.append("Everything is applied and Current.")
    return "\n".join(lines) + "\n"


def active_rollouts(state: RecordedState) -> list[str]:
    """A sentence about each rollout that is under way or failed."""
    return [rollout_sentence(one) for one in state.rollouts.values() if one.phase.is_active]


def rollout_sentence(one: RecordedRollout) -> str:
    """`Rollout of 1234567890 (Configuration): Progressing, 3 of 20 clusters have it; group europe waits: …`."""
    total, verb = sum(1 for _ in one.clusters), "has" if len(one.progress) == 1 else "have"
    have = f"{len(one.progress)} of {plural(total, 'cluster')} {verb} it"
    message = f"; {one.message}" if one.message else ""
    queued = f"; {one.queued[:_DIGITS]} waits until it has ended" if one.queued else ""
    return f"Rollout of {one.target[:_DIGITS]} ({one.name}): {one.phase.value}, {have}{message}{queued}"


def _quotas(quotas: Iterable[QuotaUse]) -> list[str]:
    """A table of what is used of each quota; empty where there are none."""
    rows = [
        f"| {_cell(f'{quota.namespace}/{quota.name}')} | {_cell(name)} | {quota.used[name]} | {limit} |"
        for quota in quotas
        for name, limit in quota.overall.items()
    ]
    return ["", "| Quota | Resource | Used | Of |", "|---|---|---|---|", *rows] if rows else []


def _exceptions(state: RecordedState, objects: Collection[_Object]) -> list[str]:
    """What is neither a problem nor known to be Current, and how many objects it concerns; a list of Markdown."""
    unread = sum(not cluster.ready for cluster in state.clusters.values())
    kept = sum(one.kept for one in objects)
    found = [
        (unread, "member", "could not be read: what is said of it is what was known before"),
        (sum(one.suspended for one in objects), "object", "suspended: nothing writes or removes it there"),
        (kept, "object", "kept on a member that no longer needs it: `reconciler status` says what keeps it"),
        (sum(one.unobserved for one in objects), "object", "in folders: applied, and its health is not observed"),
    ]
    return [f"- {plural(count, noun)} {what}" for count, noun, what in found if count]


def _object(decision: RecordedDecision, report: ObjectReport) -> _Object:
    reasons = {one.health.reason for one in report.statuses}
    rows = _problems(decision, report)
    return _Object(
        len(rows),
        tuple(rows[:_SHOWN]),
        suspended=any(decision.suspension.covers(one.cluster) for one in report.statuses),
        kept=KEPT in reasons,
        unobserved=NOT_OBSERVED in reasons,
    )


def unread_files(state: RecordedState) -> str:
    """A clause on the files with an error at the recorded revision, after which the files are named."""
    return f"{plural(len(state.broken), 'file')} with an error, whose objects are not applied or stay as they are"


def _problems(decision: RecordedDecision, report: ObjectReport) -> list[str]:
    key = decision.binding.key
    kept = [status.kept for status in report.statuses]
    rows = [f"| {_cell(str(key))} | | | {_cell(decision.message)} |"] if decision.message and not (kept and all(kept)) else []
    for status in report.statuses:
        if status.kept or decision.suspension.covers(status.cluster):
            continue
        if not status.applied or status.message or status.health.status is not HealthStatus.CURRENT:
            message = status.message or status.health.message
            rows.append(f"| {_cell(str(key))} | {_cell(status.cluster)} | {status.health.word} | {_cell(message)} |")
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
