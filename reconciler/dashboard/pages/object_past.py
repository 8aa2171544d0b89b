"""Where an object comes from: the commit behind each line of its manifest, and the states that were recorded of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciler.dashboard.addresses import key_of
from reconciler.dashboard.page import Asked, Page
from reconciler.dashboard.pages.objects import AboutObject, object_page
from reconciler.dashboard.paging import Part, part_of
from reconciler.dashboard.questions import PastOfObject, Questions
from reconciler.model.health import worst
from reconciler.model.keys import ClusterName
from reconciler.present.blame import blame_remarks
from reconciler.present.health import health_cell
from reconciler.present.history import author_name, change_text, history_remarks
from reconciler.present.style import Style
from reconciler.repo.revision import Commit
from reconciler.review.blame import Blame, BlamedLine
from reconciler.review.history import Entry

_STATES = 50
"""Of one part of the history."""


@dataclass(frozen=True, slots=True)
class ManifestLine:
    number: int
    text: str
    commit: Commit | None
    author: str
    place: str
    """File and line that say so."""
    by: str
    """The rule that set it, where it is not the template."""
    begins: bool
    """Whether the line before is of another commit or place."""


@dataclass(frozen=True, slots=True)
class ManifestPage(AboutObject):
    member: str
    members: tuple[str, ...]
    lines: tuple[ManifestLine, ...]
    remarks: tuple[str, ...]
    revision: str


async def gather_blame(questions: Questions, asked: Asked) -> Blame | str:
    member = _member(asked)
    if not member:
        return "It is on no member."
    return await questions.blame(key_of(asked.path), ClusterName(member))


def _member(asked: Asked) -> str:
    summary = asked.facts.by_key.get(key_of(asked.path))
    held = summary.decision.cluster_names if summary is not None else ()
    return asked.word("member") if asked.word("member") in held else next(iter(held), "")


def view_manifest(asked: Asked, found: Blame | str) -> ManifestPage:
    about = object_page(asked, "manifest")
    members = about.summary.decision.cluster_names if about.summary is not None else ()
    if isinstance(found, str):
        return ManifestPage(about, _member(asked), members, (), (found,), "")
    lines = tuple(_lines(found.lines))
    return ManifestPage(about, _member(asked), members, lines, tuple(blame_remarks(found)), found.revision.sha)


def _lines(lines: tuple[BlamedLine, ...]) -> Iterator[ManifestLine]:
    before: tuple[object, ...] = ()
    for number, line in enumerate(lines, start=1):
        source, rule = line.source, line.source.rule
        by = {"template": "", "override": f"{rule.policy}, rule {rule.position}" if rule else ""}.get(source.step, source.step)
        here = (line.commit.sha if line.commit else "", source.origin.file, by)
        author = author_name(line.commit) if line.commit else ""
        yield ManifestLine(number, line.text, line.commit, author, str(source.origin), by, here != before)
        before = here


@dataclass(frozen=True, slots=True)
class State:
    """One recorded state."""

    time: datetime
    record: Commit
    """Of the status branch."""
    commits: tuple[Commit, ...]
    """What caused it; empty for what happened in a member."""
    back_from: str
    missing: str
    changes: tuple[str, ...]
    applied: int
    members: int
    word: str
    role: Style


@dataclass(frozen=True, slots=True)
class HistoryPage(AboutObject):
    part: Part[State]
    remarks: tuple[str, ...]


async def gather_past(questions: Questions, asked: Asked) -> PastOfObject | None:
    return await questions.past(key_of(asked.path))


def view_history(asked: Asked, past: PastOfObject | None) -> HistoryPage:
    about = object_page(asked, "history")
    if past is None:
        return HistoryPage(about, part_of([], asked.query, asked.address), ())
    part = part_of(past.entries, asked.query, asked.address, _STATES)
    return HistoryPage(about, part.with_rows(map(_state, part.rows)), tuple(history_remarks(past.history, past.entries)))


def _state(entry: Entry) -> State:
    state, cause = entry.state, entry.cause
    decision, report = state.facts.decision, state.facts.report
    held = decision.holders(report) if decision is not None else set()
    cell = health_cell(worst(status.health for status, _ in report.groups)) if report.groups else None
    return State(
        time=state.commit.time,
        record=state.commit,
        commits=cause.commits,
        back_from=cause.back_from,
        missing=cause.missing,
        changes=tuple(change_text(one, short=True) for one in entry.changes),
        applied=sum(len(clusters) for status, clusters in report.groups if status.applied),
        members=len(held),
        word="Gone" if decision is None else cell.forms[0] if cell is not None else "Not reported",
        role=Style.PLAIN if decision is None or cell is None else cell.style,
    )


_OBJECT = "/objects/{namespace}/{kind}/{name}"
PAGES = (
    Page(f"{_OBJECT}/manifest", "manifest.html.jinja", view_manifest, gather_blame, section="Applications"),
    Page(f"{_OBJECT}/history", "history.html.jinja", view_history, gather_past, section="Applications"),
)
