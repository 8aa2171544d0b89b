"""The first page: whether anything is wrong, where, and how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Asked, Crumb, Page
from reconciler.dashboard.pages.applications import needs_attention
from reconciler.dashboard.pages.counts import ORDER, Count, counted
from reconciler.dashboard.pages.fleet import Member, members
from reconciler.dashboard.summaries import ObjectSummary
from reconciler.present.style import Style

_SHOWN = 12
"""Objects and members with a problem that are named on this page; the others are on theirs."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Objects that say the same of their problem."""

    first: ObjectSummary
    others: int


@dataclass(frozen=True, slots=True)
class Overview:
    facts: Facts
    objects: tuple[Count, ...]
    """By the worst health over their members, worst first."""
    members: tuple[Count, ...]
    causes: tuple[Cause, ...]
    unwell: int
    """Objects with a problem, whatever it is."""
    unready: tuple[Member, ...]
    unready_total: int
    rollouts: int
    """That are under way."""
    title: str = "Overview"
    crumbs: tuple[Crumb, ...] = ()


def view(asked: Asked, _: Any) -> Overview:
    facts = asked.facts
    found = members(facts, asked.now)
    unready = [one for one in found if one.role is not Style.GOOD]
    unwell = [one for one in facts.objects if needs_attention(one)]
    unwell.sort(key=lambda one: (ORDER[one.role], one.key))
    return Overview(
        facts=facts,
        objects=counted((one.word, one.role) for one in facts.objects),
        members=counted((one.word, one.role) for one in found),
        causes=tuple(_folded(unwell)[:_SHOWN]),
        unwell=len(unwell),
        unready=tuple(unready[:_SHOWN]),
        unready_total=len(unready),
        rollouts=sum(one.phase.is_active for one in facts.state.rollouts.values()),
    )


def _folded(unwell: list[ObjectSummary]) -> list[Cause]:
    """In the order of the first object of each."""
    found: dict[tuple[str, str], list[ObjectSummary]] = {}
    for one in unwell:
        found.setdefault((one.word, one.message or str(one.key)), []).append(one)
    return [Cause(objects[0], len(objects) - 1) for objects in found.values()]


PAGES = (Page("/", "overview.html.jinja", view, menu="Overview"),)
