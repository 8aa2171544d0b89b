"""One object: where it is and how it is there, and what else there is to read about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.dashboard.addresses import key_of, live_address, namespace_address, object_address
from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.pages.choices import Choice, choices_of
from reconciler.dashboard.paging import Part, part_of
from reconciler.dashboard.summaries import ObjectSummary
from reconciler.model.desired import ResourceTemplate
from reconciler.model.drift_record import DriftRecord
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus
from reconciler.present.evictions import eviction_text
from reconciler.present.health import SUSPENDED, health_cell
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.style import Style


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """What all pages about one object begin with."""

    key: ResourceKey
    summary: ObjectSummary | None
    """None: nothing is recorded of it yet."""
    template: ResourceTemplate | None
    """None: HEAD does not declare it, or as part of a Chart or Kustomize only."""
    tabs: tuple[Choice, ...]

    @property
    def title(self) -> str:
        return self.key.name

    @property
    def crumbs(self) -> tuple[Crumb, ...]:
        where = Crumb(self.key.namespace or "Without a namespace", namespace_address(self.key.namespace))
        return (Crumb("Applications", "/applications"), where)


@dataclass(frozen=True, slots=True)
class AboutObject:
    """A page about one object. Its other fields are those of its kind."""

    about: ObjectPage

    @property
    def title(self) -> str:
        return self.about.title

    @property
    def crumbs(self) -> tuple[Crumb, ...]:
        return self.about.crumbs


TABS = {"": "Copies", "why": "Why here", "manifest": "Manifest", "history": "History"}
"""Part of the address → title."""


def object_page(asked: Asked, tab: str) -> ObjectPage:
    """tab: which of `TABS` is shown. Raises NotThereError."""
    key = key_of(asked.path)
    summary, template = asked.facts.by_key.get(key), asked.facts.templates.get(key)
    if summary is None and template is None:
        raise NotThereError(f"no object {key}")
    tabs = [Choice(title, 0, object_address(key, part), part == tab) for part, title in TABS.items()]
    held = summary.decision.cluster_names if summary is not None else ()
    if found := next((name for name in held if name in asked.live), ""):
        tabs.append(Choice("Live", 0, live_address(asked.path.get("member", found), key), tab == "live"))
    return ObjectPage(key, summary, template, tuple(tabs))


@dataclass(frozen=True, slots=True)
class Copy:
    """The object on one member."""

    member: ClusterName
    word: str
    role: Style
    applied: bool
    replicas: int | None
    message: str
    drift: DriftRecord | None
    note: str
    """Why it is there although it is not wanted, or what it waits for; empty for most copies."""
    log: str = ""


@dataclass(frozen=True, slots=True)
class CopiesPage(AboutObject):
    part: Part[Copy]
    healths: tuple[Choice, ...]
    drifted: tuple[Copy, ...]
    without: int
    """Members that do not have it, of those that HEAD declares."""
    evictions: tuple[str, ...]


def view_copies(asked: Asked, _: Any) -> CopiesPage:
    about = object_page(asked, "")
    found = list(_copies(about.summary)) if about.summary is not None else []
    wanted = asked.word("health")
    roles = {one.word: one.role for one in found}
    return CopiesPage(
        about=about,
        part=part_of([one for one in found if wanted in ("", one.word)], asked.query, asked.address),
        healths=choices_of([one.word for one in found], "health", {"health": wanted}, asked.address, roles),
        drifted=tuple(one for one in found if one.drift is not None)[:20],
        without=len(asked.facts.clusters.keys() - {one.member for one in found}),
        evictions=tuple(eviction_text(one) for one in about.summary.decision.evictions) if about.summary is not None else (),
    )


_ORDER = (Style.BAD, Style.CAUTION, Style.PLAIN, Style.GOOD)


def _copies(summary: ObjectSummary) -> list[Copy]:
    """The worst first, then by name."""
    statuses = {name: status for status, clusters in summary.report.groups for name in clusters}
    names = sorted(summary.decision.holders(summary.report))
    return sorted((_copy(summary, name, statuses.get(name)) for name in names), key=lambda one: _ORDER.index(one.role))


def _copy(summary: ObjectSummary, name: ClusterName, status: ClusterStatus | None) -> Copy:
    decision = summary.decision
    cell = SUSPENDED if decision.suspension.covers(name) else health_cell(status.health) if status is not None else None
    word, role = (cell.forms[0], cell.style) if cell is not None else ("Unknown", Style.CAUTION)
    if role is Style.GOOD and (status is None or not status.applied):
        word, role = "Not applied", Style.CAUTION
    note = ""
    if name in decision.leaving:
        note = "leaves when its successor is ready"
    elif name not in decision.cluster_names:
        note = "no longer wanted here"
    elif decision.held or name in decision.held_on:
        note = "stays as it is"
    return Copy(
        member=name,
        word=word,
        role=role,
        applied=bool(status and status.applied),
        replicas=decision.replicas_on(name),
        message=(status.problem or status.health.message) if status is not None else "It has not reported yet.",
        drift=status.drift if status is not None else None,
        note=note,
        log=status.log if status is not None else "",
    )


def short_names(names: Iterable[str]) -> str:
    """Many members in few words."""
    forms = member_forms([Placed(name) for name in names])
    return next((form for form in forms if len(form) <= _LONG), forms[-1]).replace(",", ", ").replace(",  ", ", ")


_LONG = 160

PAGES = (Page("/objects/{namespace}/{kind}/{name}", "object.html.jinja", view_copies, section="Applications"),)
