"""The eight tools that read: their arguments → what the command of the same name prints, with the commit that it is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from reconciler.answers.arguments import ArgumentError, duration, since
from reconciler.answers.blame import blame_named
from reconciler.answers.explain import explain_named
from reconciler.answers.get import asking_members, selections_of
from reconciler.answers.history import Filter as HistoryFilter
from reconciler.answers.history import history_of_all, history_of_object
from reconciler.answers.session import Session
from reconciler.answers.simulate import (
    free_of,
    labels_of,
    simulate_each_loss,
    simulate_incident,
    simulate_revision,
    taints_of,
)
from reconciler.answers.status import Filter as StatusFilter
from reconciler.answers.status import recorded_now, recorded_then, statuses_of
from reconciler.answers.validate import validate
from reconciler.assistants import arguments as asked
from reconciler.assistants.pages import Answer
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.load.layout import is_below
from reconciler.model.issues import Severity, errors_in, told_once
from reconciler.model.keys import ClusterName
from reconciler.model.survival import DomainKind, MinAvailable
from reconciler.present.blame import blame_remarks, blame_table
from reconciler.present.diff import difference_lines, stat_lines
from reconciler.present.document import Format, document_text
from reconciler.present.explain_text import explanation_lines
from reconciler.present.history import history_remarks, history_table, revisions_table
from reconciler.present.issues import issue_lines
from reconciler.present.n_minus_1 import n_minus_1_lines
from reconciler.present.notices import COMMIT_FIRST, behind_lines, diverged_lines, uncommitted_lines
from reconciler.present.objects import TableOptions, object_remarks, object_tables, objects_document
from reconciler.present.rollup import ObjectRow, objects_table
from reconciler.present.simulation import simulation_lines
from reconciler.present.style import Line
from reconciler.present.table import WHOLE
from reconciler.present.timeline import timeline_lines
from reconciler.review.diff import diff_revisions
from reconciler.review.revision_pair import Sides
from reconciler.review.simulate import Scenario
from reconciler.review.timeline import Incident

Lines: TypeAlias = Iterable[str | Line]
_FILES = 20
"""Objects for which `status` names the files."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is asked about."""

    opened: Session
    access: Access
    now: Callable[[], datetime]


async def answer_validate(fleet: Fleet, wanted: asked.Validate) -> Answer:
    if wanted.worktree and wanted.revision != "HEAD":
        raise ArgumentError("worktree looks at the work tree, so leave revision out")
    revision = None if wanted.worktree else wanted.revision
    found = await validate(fleet.opened, revision, fleet.now(), base=wanted.base)
    below = wanted.below.rstrip("/")
    shown = [
        issue
        for issue in found.issues
        if (not below or issue.origin.file == below or is_below(issue.origin.file, [below]))
        and not (wanted.errors_only and issue.severity is not Severity.ERROR)
    ]
    lines: list[str | Line] = [found.summary, *issue_lines(told_once(shown))]
    lines += [*behind_lines(found.behind), *uncommitted_lines(found.uncommitted, COMMIT_FIRST)]
    return Answer(tuple(lines), _about(found.commit, work_tree=wanted.worktree), "For less, use below or errors_only.")


async def answer_diff(fleet: Fleet, wanted: asked.Diff) -> Answer:
    if wanted.worktree and wanted.head != "HEAD":
        raise ArgumentError("worktree compares base with the work tree, so leave head out")
    if not wanted.base and not wanted.worktree:
        raise ArgumentError("name the revision to compare with as base, or use worktree")
    sides = Sides(wanted.base or "HEAD", None if wanted.worktree else wanted.head, wanted.judges)
    opened = fleet.opened
    diff = await diff_revisions(opened.repository, opened.compiler, sides, fleet.now(), opened.place, None)
    lines: list[str | Line] = [*issue_lines(errors_in(diff.new_issues)), *issue_lines(diff.warnings)]
    lines += [*behind_lines(diff.behind), *diverged_lines(diff.diverged, sides.base, sides.head)]
    lines += stat_lines(diff, WHOLE) if wanted.counts_only else difference_lines(diff)
    about = f"From {diff.base.sha[:12]} to {'the work tree' if diff.is_worktree else diff.head.sha[:12]}"
    return Answer(tuple(lines), about, "For less, use counts_only, or nearer revisions.")


async def answer_explain(fleet: Fleet, wanted: asked.Explain) -> Answer:
    found = await explain_named(
        fleet.opened,
        wanted.name,
        fleet.now(),
        revision=wanted.revision,
        namespace=wanted.namespace,
        clusters=wanted.clusters,
    )
    lines: list[str | Line] = [line for document in found.documents for line in explanation_lines(document)]
    lines += [*issue_lines(found.missing), *uncommitted_lines(found.uncommitted, COMMIT_FIRST)]
    lines += [found.nothing] if found.nothing else []
    return Answer(tuple(lines), _about(found.commit.sha), "For less, use namespace or fewer clusters.")


async def answer_simulate(fleet: Fleet, wanted: asked.Simulate) -> Answer:
    opened, now = fleet.opened, fleet.now()
    commit = await opened.repository.resolve(wanted.revision)
    scenario = Scenario(frozenset(wanted.lose), (), taints_of(wanted.taint), labels_of(wanted.label), free_of(wanted.free))
    lines: Lines
    if wanted.lose_each:
        if scenario != Scenario() or wanted.within:
            raise ArgumentError("lose_each loses each failure domain of the declared fleet; leave out the other changes")
        kinds = [DomainKind(kind) for kind in wanted.lose_each]
        minimum = _minimum(wanted.min_available)
        lines = n_minus_1_lines(await simulate_each_loss(opened, commit.sha, kinds, minimum, wanted.labels, now), kinds)
    elif scenario == Scenario():
        raise ArgumentError("no change to simulate; use lose, lose_each, taint, label or free")
    elif wanted.within:
        if wanted.label or wanted.free:
            raise ArgumentError("within steps through lose and taint; leave out the other changes")
        incident = Incident(frozenset(wanted.lose), taints_of(wanted.taint))
        lines = timeline_lines((await simulate_incident(opened, commit.sha, incident, duration(wanted.within), now)).timeline)
    else:
        lines = simulation_lines((await simulate_revision(opened, commit.sha, scenario, now)).simulation)
    return Answer(tuple(lines), _about(commit.sha), "For less, change fewer members, or use labels with lose_each.")


def _minimum(text: str) -> MinAvailable:
    try:
        return MinAvailable.parse(text)
    except ValueError as error:
        raise ArgumentError(f"{error}; write 2 or 50%") from error


async def answer_status(fleet: Fleet, wanted: asked.Status) -> Answer:
    whole = bool(wanted.labels or wanted.clusters)
    opened, now = fleet.opened, fleet.now()
    past = await (recorded_then(opened, now, wanted.at, whole=whole) if wanted.at else recorded_now(opened, now))
    if past.nothing:
        return Answer(tuple(past.nothing), failed=True)
    filters = StatusFilter(tuple(wanted.words), wanted.namespace, tuple(wanted.clusters), wanted.labels, wanted.unhealthy)
    found = statuses_of(past, filters)
    rows, nothing = found.rows, found.nothing_matches
    lines: list[str | Line] = [*past.remarks]
    lines += objects_table(rows) if rows or not nothing else [nothing]
    lines += [*_declared_in(rows), *found.closing_lines()]
    narrower = "For less, use words, namespace, clusters, labels or unhealthy."
    return Answer(tuple(lines), _about(past.state.revision), narrower)


def _declared_in(rows: list[ObjectRow]) -> Iterable[str]:
    """Where each object stands in Git, for a few of them."""
    for row in rows if len(rows) <= _FILES else ():
        yield f"{row.key} is declared in {row.decision.template_file or 'no file that is known'}"


async def answer_history(fleet: Fleet, wanted: asked.History) -> Answer:
    start = since(wanted.since, fleet.now())
    filters = HistoryFilter(wanted.namespace, tuple(wanted.clusters), start, wanted.limit)
    narrower = "For less, use since, limit, namespace or clusters."
    if not wanted.name:
        entries, more = await history_of_all(fleet.opened, filters)
        rest = ["There are more; raise limit, or name a time with since."] if more else []
        return Answer((*revisions_table(entries), *rest), narrower=narrower)
    histories = await history_of_object(fleet.opened, wanted.name, filters)
    lines: list[str | Line] = [histories.nothing] if histories.nothing else []
    for history, of_object in histories.found:
        lines += [str(history.key), *history_table(of_object, filters.clusters), *history_remarks(history, of_object)]
    return Answer(tuple(lines), narrower=narrower)


async def answer_blame(fleet: Fleet, wanted: asked.Blame) -> Answer:
    cluster = ClusterName(wanted.cluster)
    found = await blame_named(fleet.opened, wanted.name, cluster, fleet.now(), namespace=wanted.namespace)
    if found.blame is None:
        return Answer((found.nothing,))
    return Answer((*blame_table(found.blame), *blame_remarks(found.blame)), _about(found.blame.revision.sha))


async def answer_get(fleet: Fleet, wanted: asked.Get) -> Answer:
    namespace = "" if wanted.all_namespaces else wanted.namespace
    base = Selection("", frozenset(), (), namespace, wanted.labels, wanted.whole, wanted.fields)
    selections = selections_of(wanted.words, base)
    if wanted.all_namespaces and any(selection.names for selection in selections):
        raise ArgumentError("named objects need one namespace; choose it with namespace")
    async with asking_members(fleet.opened, fleet.access, clusters=wanted.clusters) as members:
        got = await members.get(selections)
    looked_in = next((one.namespace for one in selections if one.namespace), "")
    lines: list[str | Line] = [*object_remarks(got.result, looked_in), *got.remarks]
    if wanted.whole:
        lines += document_text(objects_document(got.result), Format.YAML).splitlines()
    else:
        lines += object_tables(got.result, options=TableOptions(namespaces=wanted.all_namespaces))
    return Answer(tuple(lines), "As it is on the members now", "For less, name objects, a namespace, labels or clusters.")


def _about(commit: str, *, work_tree: bool = False) -> str:
    if work_tree:
        return f"The work tree at {commit[:12]}" if commit else "The work tree"
    return f"Commit {commit[:12]}" if commit else ""
