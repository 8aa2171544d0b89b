"""The front page of the status branch: the fleet at a glance, readable on any forge.

Its size is bounded, whatever the fleet: forges cut long pages, and render endless tables slowly or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import islice

from reconciler.model.memo import Memo
from reconciler.model.quota import QuotaUse
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.rollout import RecordedRollout
from reconciler.model.wording import plural
from reconciler.record.fleet_pictures import PLACEMENT, fleet_badges
from reconciler.record.object_summary import SHOWN, ObjectSummary, Problem, object_summaries
from reconciler.record.placement_map import TITLE

_NAMED = 5
"""Files with an error that are named."""
_DIGITS = 10
"""Of the revision of a rollout."""


_LONGEST = 300
"""Characters of a cell: a message of a server may be long."""


def readme(state: RecordedState, memo: Memo | None = None) -> str:
    """Markdown: the pictures, one row per member, then the objects that are not applied or not Current.

    memo: keeps what is said of objects whose decision and report did not change.
    """
    memo = memo or Memo()
    objects = object_summaries(state, memo)
    lines = ["# Fleet status", "", *_pictures(state, memo)]
    lines += [f"Written by Reconciler; revision `{state.revision[:12]}`. History: `git log` of this branch.", ""]
    lines += [*_members(state), *_quotas(state.quotas)]
    problems = sum(one.count for one in objects)
    rollouts = [f"- {_cell(sentence)}" for sentence in active_rollouts(state)]
    lines += ["", *_first(rollouts, len(rollouts))] if rollouts else []
    lines += ["", f"{plural(len(state.decisions), 'resource template')}.", ""]
    if state.broken:
        files = ", ".join([_cell(file) for file in sorted(state.broken)][:_NAMED]) + (", …" if len(state.broken) > _NAMED else "")
        lines += [f"{unread_files(state)}: {files}. `reconciler validate` explains it.", ""]
    if problems:
        rows = map(_problem, islice((row for one in objects for row in one.problems), SHOWN))
        lines += ["| Object | Cluster | Health | |", "|---|---|---|---|", *_first(rows, problems)]
    exceptions = _exceptions(state, objects)
    if exceptions:
        lines += [] if problems or state.broken else ["No problems. Not everything is known to be Current:"]
        lines += ["", *exceptions] if lines[-1] else exceptions
    elif not problems and not state.broken:
        lines.append("Everything is applied and Current.")
    return "\n".join(lines) + "\n"


def _pictures(state: RecordedState, memo: Memo) -> list[str]:
    """The badges that say something, and where the workloads run. The text instead of a picture has words and numbers of ours
    alone, and no name."""
    badges = [f"![{one.label}: {one.value}]({one.path})" for one in fleet_badges(state, memo) if one.counts]
    return [" ".join(badges), "", *([f"![{TITLE}]({PLACEMENT})", ""] if state.decisions else [])]


def _members(state: RecordedState) -> list[str]:
    """One row per member, sorted by name. Of many, those that are not as they should be come first."""
    members = [cluster for _, cluster in sorted(state.clusters.items())]
    if len(members) > SHOWN:
        members.sort(key=lambda one: one.ready and one.current == one.applied == one.objects)
    head = ["| Cluster | Ready | Objects | Applied | Current | |", "|---|---|---|---|---|---|"]
    return [*head, *_first(map(_member, islice(members, SHOWN)), len(members))]


def _member(cluster: RecordedCluster) -> str:
    numbers = f"{cluster.objects} | {cluster.applied} | {'-' if cluster.is_directory else cluster.current}"
    return f"| {_cell(cluster.name)} | {'yes' if cluster.ready else 'no'} | {numbers} | {_cell(cluster.message)} |"


def _first(rows: Iterable[str], count: int) -> list[str]:
    """The first of so many rows, and how many are left out."""
    return [*islice(rows, SHOWN), *(["", f"… and {count - SHOWN} more."] if count > SHOWN else [])]


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
    return ["", "| Quota | Resource | Used | Of |", "|---|---|---|---|", *_first(rows, len(rows))] if rows else []


def _exceptions(state: RecordedState, objects: Collection[ObjectSummary]) -> list[str]:
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


def unread_files(state: RecordedState) -> str:
    """A clause on the files with an error at the recorded revision, after which the files are named."""
    return f"{plural(len(state.broken), 'file')} with an error, whose objects are not applied or stay as they are"


def _problem(one: Problem) -> str:
    if not one.cluster:
        return f"| {_cell(str(one.key))} | | | {_cell(one.message)} |"
    return f"| {_cell(str(one.key))} | {_cell(one.cluster)} | {one.health} | {_cell(one.message)} |"


def _cell(text: str) -> str:
    """The text in one line of a table, cut where it is long. Text that could be markup stands in a code span, where forges show
    it as it is: no Markdown, HTML, link or @mention of a file name or a message acts (GitHub Flavored Markdown, "Code spans")."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    if _PLAIN.fullmatch(line):
        return line
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


_PLAIN = re.compile(r"(?!.*(?:://|www\.))[A-Za-z0-9 .,;:/()'=+-]*", re.ASCII)
