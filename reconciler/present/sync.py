"""What a sync planned or did: one line for each member, then the problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.changes import Action, Change, ChangeSet, Configure, Outcome, Skip
from reconciler.model.health import Health, HealthStatus, worst
from reconciler.model.issues import errors_in
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import first_few, plural
from reconciler.passes.result import Result
from reconciler.passes.verdict import unhealthy
from reconciler.plan.whole_object import content
from reconciler.present.causes import by_cause, object_names
from reconciler.present.document import object_document
from reconciler.present.endpoints import endpoint_lines, endpoints_document
from reconciler.present.health import SUSPENDED, UNREACHABLE, health_cell
from reconciler.present.members import unanswered_lines
from reconciler.present.observed import differences_document, differences_lines
from reconciler.present.outline import part_lines
from reconciler.present.style import Line, Style, labelled, styled
from reconciler.present.table import WHOLE, Cell, Column, Room, table
from reconciler.review.outline.field_changes import visible_parts

_ACTIONS = (Action.CREATE, Action.CONFIGURE, Action.UNCHANGED, Action.PRUNE, Action.RELEASE, Action.SKIP)


def plan_lines(result: Result, room: Room = WHOLE) -> Iterator[Line]:
    """What a sync would write, with the lines that differ, and the table of `result_table`."""
    for name, plan in result.last.plans.items():
        for change, *others in by_cause(plan.changes, lambda change: change.reason if change.action is Action.SKIP else None):
            if change.action is not Action.UNCHANGED:
                names = object_names([change.key, *(other.key for other in others)])
                yield styled(f"{change.action} {names} on {name}" + (f": {change.reason}" if change.reason else ""))
            if isinstance(change, Configure):
                yield from part_lines(visible_parts(content(change.live), content(change.expected)))
    yield from result_table(result, room)


def plan_remarks(result: Result) -> Iterator[Line | str]:
    """What comes later than the first writes, the members that could not be read, and that nothing was written."""
    later = list(_waiting_lines(result, "later"))
    yield from later
    if later:
        yield "  Steps that come later are part of the same sync, which goes on with them as soon as it can."
    yield from endpoint_lines(result.endpoints, is_plan=True)
    yield from unanswered_lines(result.last.unreadable)
    yield "dry run: nothing was written"


def result_remarks(result: Result) -> Iterator[Line | str]:
    """What failed, was recreated, corrected or skipped, or waits; the members that could not be read; where it is recorded.

    The reason of a skipped object that is among the issues is told there, and only named here.
    """
    told = {issue.message: f"{issue.reason}, see {issue.origin}" for issue in errors_in(result.issues)}
    for name in result.last.works:
        for outcome, *others in by_cause(_told(result, name), _cause):
            names = object_names([outcome.change.key, *(other.change.key for other in others)])
            if not outcome.done:
                yield labelled("failed", Style.BAD, f"{outcome.change.action} {names} on {name}: {outcome.error}")
            elif outcome.recreated:
                yield f"recreated: {names} on {name}: {outcome.recreated}"
            elif outcome.change.drift:
                yield f"corrected: {names} on {name}: {outcome.change.reason}"
            elif outcome.change.action is Action.SKIP:
                reason = told.get(f"{outcome.change.key}: {outcome.change.reason}", outcome.change.reason)
                yield labelled(*_label(outcome.change), f"{names} on {name}: {reason}")
    if result.last.differences is not None:
        yield from differences_lines(result.last.differences)
    yield from endpoint_lines(result.endpoints, is_plan=result.last.differences is not None)
    yield from _waiting_lines(result)
    yield from _unhealthy_lines(result)
    yield from unanswered_lines(result.last.unreadable)
    where = f"recorded in {result.commit[:12]}" if result.commit else "nothing new to record"
    where = where if result.record_error is None else "not recorded"
    yield f"revision {result.revision[:12]}, {where}{', pushed' if result.pushed else ''}"


def _told(result: Result, name: ClusterName) -> list[Outcome]:
    """Without what is not written because nothing is: `differences_lines` say it."""
    outcomes = result.outcomes(name)
    if result.last.differences is None:
        return outcomes
    suspended = result.last.works[name].suspended
    return [outcome for outcome in outcomes if outcome.change.key not in suspended]


def _label(change: Change) -> tuple[str, Style]:
    if isinstance(change, Skip) and change.kept:
        return "kept", Style.PLAIN
    return ("waiting" if isinstance(change, Skip) and change.waits else "skipped"), Style.CAUTION


def sync_problems(result: Result) -> Iterator[str]:
    """Whether it goes back, why the sync itself would be refused, and why its result could not be recorded."""
    if (back := result.went_back) is not None and back.commits is None:
        yield (
            f"It is not known whether this goes back: {back.revision[:12]}, which was applied last, is not in this clone. "
            "`git fetch` brings it (in a shallow clone, `git fetch --unshallow`), unless a forced push took it away."
        )
    elif back is not None and back.commits is not None:
        to = f"{result.revision[:12]}, which does not contain it" if back.diverged else result.revision[:12]
        yield f"This goes back from {back.revision[:12]} to {to}: {plural(back.commits, 'commit')} undone."
    if result.refusal is not None:
        yield f"Warning: without --dry-run this is refused: {result.refusal}"
    if result.record_error is not None:
        yield f"Error: the result could not be recorded: {result.record_error}"


def _cause(outcome: Outcome) -> tuple[Action, str] | None:
    """Why a change failed or was skipped; None where it was made."""
    if not outcome.done:
        return outcome.change.action, outcome.error
    return (Action.SKIP, outcome.change.reason) if outcome.change.action is Action.SKIP else None


def _unhealthy_lines(result: Result) -> Iterator[Line | str]:
    """The first objects that are applied and not healthy, with the reason; the others are counted. And whether the sync went on
    waiting for them."""
    found = [(key, status) for key, status in unhealthy(result.last) if status.applied]
    for key, status in found[:_SHOWN]:
        why = status.message or status.health.message
        yield labelled(str(status.health.status), Style.CAUTION, f"{key} on {status.cluster}" + (f": {why}" if why else ""))
    if len(found) > _SHOWN:
        yield f"  and {plural(len(found) - _SHOWN, 'more object')} that {'is' if len(found) == _SHOWN + 1 else 'are'} not healthy"
    if result.timed_out is not None:
        waited = f"{result.timed_out.total_seconds():g}s"
        yield f"timed out: not everything is Current after {waited} (--timeout). For all objects: reconciler status --unhealthy"
    elif found:
        yield "  For all objects: reconciler status --unhealthy"


_SHOWN = 5
"""Objects that are named; the others are counted."""


def _waiting_lines(result: Result, label: str = "waiting") -> Iterator[Line]:
    """One line for the objects that wait for the same."""
    waits = [(sentence, key) for key, sentences in _waits(result).items() for sentence in sentences]
    for (sentence, key), *others in by_cause(waits, lambda one: one[0]):
        names = first_few([key, *(other for _, other in others)], _NAMED)
        yield labelled(label, Style.CAUTION, f"{names}: {sentence}")


_NAMED = 3
"""Objects of a line that are named; the others are counted."""


def _waits(result: Result) -> dict[str, tuple[str, ...]]:
    """By printed object, what has to happen before its decision is fully in force."""
    templates = result.last.compiled.templates
    return {str(key): item.decided.transition.waits_for for key, item in templates.items() if item.decided.transition.waits_for}


def sync_document(result: Result) -> dict[str, Any]:
    return {
        "revision": result.revision,
        "commit": result.commit,
        "verdict": str(result.verdict),
        "wentBackFrom": back.revision if (back := result.went_back) is not None and back.commits is not None else "",
        "notInClone": back.revision if back is not None and back.commits is None else "",
        "refusal": result.refusal.message if result.refusal is not None else "",
        "recordError": result.record_error.message if result.record_error is not None else "",
        "timedOut": result.timed_out is not None,
        "waiting": {key: list(sentences) for key, sentences in _waits(result).items()},
        "clusters": {name: _cluster_document(result, name) for name in result.last.works},
        "endpoints": endpoints_document(result.endpoints),
    }


def _cluster_document(result: Result, name: ClusterName) -> dict[str, Any]:
    plan = result.last.plans.get(name, ChangeSet(name))
    done = [(outcome.change, outcome.error) for outcome in result.outcomes(name)] or [(change, "") for change in plan.changes]
    changes = [
        {
            "object": object_document(c.key),
            "action": str(c.action),
            "reason": c.reason,
            "drift": c.drift,
            "removed": list(c.removed) if isinstance(c, Configure) else [],
            "error": error,
        }
        for c, error in done
        if c.action is not Action.UNCHANGED
    ]
    ill = [
        {"object": object_document(key), "health": str(status.health.status), "message": status.message or status.health.message}
        for key, status in unhealthy(result.last)
        if status.cluster == name and status.applied and not result.dry_run
    ]
    found = (result.last.differences or {}).get(name)
    differences = {} if found is None else {"differences": differences_document(found)}
    error = result.last.unreadable.get(name, "")
    return {"error": error, "changes": changes, "unhealthy": ill, "counts": _counts(result, name), **differences}


def result_table(result: Result, room: Room = WHOLE) -> list[Line]:
    """One line per member: how many objects had which outcome, and the worst health."""
    healths = _healths(result.last.recorded)
    rows = [(name, *_counts(result, name).values(), _health(result, name, healths)) for name in result.last.works]
    return table(_COLUMNS, rows, room)


_COLUMNS = (
    Column("CLUSTER"),
    Column("CREATED", rank=1),
    Column("CONFIGURED", rank=2),
    Column("UNCHANGED", rank=6),
    Column("PRUNED", rank=3),
    Column("RELEASED", rank=5),
    Column("SKIPPED", rank=4),
    Column("FAILED"),
    Column("HEALTH"),
)


def _health(result: Result, name: ClusterName, healths: Mapping[ClusterName, tuple[Health, bool]]) -> Cell | str:
    """As `status` shows it: the worst of the objects there; `Suspended` where some are suspended and the others are Current.

    Empty in a dry run, and `left out` for a member that was not asked.
    """
    if name in result.last.unreadable:
        return UNREACHABLE
    if name not in result.last.plans:
        return "left out"
    if not result.last.outcomes:
        return ""
    health, suspended = healths.get(name, (worst(()), False))
    return SUSPENDED if suspended and health.status is HealthStatus.CURRENT else health_cell(health)


def _counts(result: Result, name: ClusterName) -> dict[str, int]:
    outcomes = result.outcomes(name)
    changes: list[Change] = [outcome.change for outcome in outcomes if outcome.done]
    if not outcomes and name in result.last.plans:
        changes = list(result.last.plans[name].changes)
    counts = {action.past: sum(change.action is action for change in changes) for action in _ACTIONS}
    counts[Action.UNCHANGED.past] += _kept(result, name)
    return {**counts, "failed": sum(not outcome.done for outcome in outcomes)}


def _kept(result: Result, name: ClusterName) -> int:
    """How many copies stay there as they are without being planned: no policy claims them any more, for example."""
    if name not in result.last.plans:
        return 0
    reported = (result.last.recorded.report_of(key).status_in(name) for key in result.last.works[name].held)
    return sum(status is not None and status.health.status is not HealthStatus.NOT_FOUND for status in reported)


def _healths(state: RecordedState) -> dict[ClusterName, tuple[Health, bool]]:
    """By member: the worst health of the objects there, and whether other objects there are suspended.

    A suspended object does not count in the first: whoever suspends it wants it to stay as it is. Nor does a copy that is kept.
    """
    judged: defaultdict[ClusterName, list[Health]] = defaultdict(list)
    suspended: set[ClusterName] = set()
    for key, report in state.reports.items():
        decision = state.decisions.get(key)
        for status in report.statuses:
            if decision is not None and decision.suspension.covers(status.cluster):
                suspended.add(status.cluster)
            elif not status.kept:
                judged[status.cluster].append(status.health)
    return {name: (worst(judged[name]), name in suspended) for name in {*judged, *suspended}}
