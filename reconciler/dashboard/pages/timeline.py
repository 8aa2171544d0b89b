"""The timeline: failovers, drift, and when another revision came into force, as the status branch recorded them; and what people
stated about rollouts, as the commits of the repository tell.

An event stands for all objects of which the same is told by the same commit of the status branch: of a member that fails, one
event tells that three hundred objects leave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from reconciler.dashboard.addresses import with_query
from reconciler.dashboard.page import Asked, Crumb, Page
from reconciler.dashboard.pages.choices import Choice
from reconciler.dashboard.questions import Questions
from reconciler.model.keys import ResourceKey
from reconciler.model.rollout import EVERY_GROUP, rollout_name
from reconciler.present.history import members_text
from reconciler.present.style import Style
from reconciler.record.object_history import RecordedStep
from reconciler.review.object_changes import Change, ChangeKind, changes_between, on_clusters
from reconciler.review.rollout_statements import Statement, Verb

STEPS = 300
"""Commits of the status branch that are looked at."""
_NAMED = 5
"""Objects of an event that are named."""


@dataclass(frozen=True, slots=True)
class Event:
    """What one commit of the status branch says in the same way about some objects."""

    kind: str
    """failover, drift, failure, rollout or revision."""
    time: datetime
    role: Style
    text: str
    """`3 objects leave member2`."""
    message: str
    objects: tuple[ResourceKey, ...]
    """The first of them, sorted."""
    total: int
    revision: str
    """In force then; of a statement about a rollout, the commit."""
    rollout: str = ""
    """The name of the rollout that the event is about, where there is a page of it."""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    """In UTC."""
    events: tuple[Event, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class Timeline:
    days: tuple[Day, ...]
    total: int
    kinds: tuple[Choice, ...]
    looked_at: int
    """Commits of the status branch."""
    since: datetime | None
    """When the oldest of them was made, where there may be older ones."""
    title: str = "Timeline"
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the timeline is made from; both newest first."""

    steps: Sequence[RecordedStep]
    statements: Sequence[Statement] = ()


async def gather(questions: Questions, _: Asked) -> Told:
    steps = await questions.recorded_steps(STEPS)
    since = steps[-1].commit.time if len(steps) >= STEPS else None
    stated = await questions.rollout_statements()
    return Told(steps, [one for one in stated if since is None or one.commit.time >= since])


def view(asked: Asked, told: Told) -> Timeline:
    steps, rollouts = told.steps, asked.facts.state.rollouts
    found = list(_events(steps, sorted(asked.facts.clusters) if asked.facts.some_clusters else ()))
    found += [_stated(one, rollouts) for one in told.statements]
    found.sort(key=lambda one: one.time, reverse=True)
    wanted = asked.word("kind")
    shown = [one for one in found if not wanted or one.kind == wanted]
    days = tuple(Day(day, tuple(events)) for day, events in groupby(shown, key=lambda one: one.time.date()))
    choices = tuple(
        Choice(
            title,
            sum(one.kind == kind for one in found),
            with_query("/timeline", kind="" if wanted == kind else kind),
            wanted == kind,
        )
        for kind, title in _KINDS.items()
        if any(one.kind == kind for one in found)
    )
    return Timeline(days, len(shown), choices, len(steps), steps[-1].commit.time if len(steps) >= STEPS else None)


def _events(steps: Sequence[RecordedStep], clusters: Collection[str]) -> Iterator[Event]:
    """steps: newest first, and so are the events. clusters: only what concerns these; empty for all."""
    for at, step in enumerate(steps):
        yield from _of_step(step, clusters)
        before = steps[at + 1].revision if at + 1 < len(steps) else step.revision
        if step.revision and step.revision != before:
            text = f"Revision {step.revision[:_DIGITS]} came into force"
            yield Event("revision", step.commit.time, Style.PLAIN, text, "", (), 0, step.revision)


def _of_step(step: RecordedStep, clusters: Collection[str]) -> Iterator[Event]:
    together: defaultdict[Change, list[ResourceKey]] = defaultdict(list)
    for key, (before, after) in step.objects.items():
        found = changes_between(before, after)
        for change in on_clusters(found, clusters) if clusters else found:
            if change.kind in _TOLD:
                together[change].append(key)
    order = list(_TOLD)
    for change, keys in sorted(together.items(), key=lambda pair: (order.index(pair[0].kind), pair[1])):
        kind, role, one, many = _TOLD[change.kind]
        objects = tuple(sorted(keys))
        subject = str(objects[0]) if len(objects) == 1 else f"{len(objects)} objects"
        text = f"{subject} {one if len(objects) == 1 else many} {members_text(change.clusters)}"
        yield Event(kind, step.commit.time, role, text, change.message, objects[:_NAMED], len(objects), step.revision)


def _stated(one: Statement, rollouts: Collection[str]) -> Event:
    name = rollout_name(one.ref)
    whose = "the rollout of the Configuration" if one.ref is None else f"the rollout of {one.ref}"
    revision, _, group = one.detail.rpartition("/")
    what = f"group {group} of {whose}" if group and group != EVERY_GROUP else f"every group of {whose}" if group else whose
    who = one.author.partition(" <")[0] or "Somebody"
    message = one.detail if one.verb is Verb.PAUSED else f"of revision {revision[:_DIGITS]}" if revision else ""
    shown = name if name in rollouts else ""
    role = Style.CAUTION if one.verb is Verb.PAUSED else Style.PLAIN
    is_listed = one.verb in (Verb.APPROVED, Verb.PROMOTED)
    text = f"{who} {one.verb} {what if is_listed else whose}"
    return Event("rollout", one.commit.time, role, text, message, (), 0, one.commit.sha, shown)


_DIGITS = 8
_TOLD = {
    ChangeKind.EVICTED: ("failover", Style.BAD, "leaves", "leave"),
    ChangeKind.RETURNING: ("failover", Style.GOOD, "returns to", "return to"),
    ChangeKind.DRIFTED: ("drift", Style.CAUTION, "was changed and stays so on", "were changed and stay so on"),
    ChangeKind.CORRECTED: ("drift", Style.PLAIN, "was corrected on", "were corrected on"),
    ChangeKind.NOT_APPLIED: ("failure", Style.BAD, "could not be applied on", "could not be applied on"),
    ChangeKind.APPLIED: ("failure", Style.GOOD, "is applied again on", "are applied again on"),
}
_KINDS = {"failover": "Failovers", "drift": "Drift", "failure": "Not applied", "rollout": "Rollouts", "revision": "Revisions"}

PAGES = (Page("/timeline", "timeline.html.jinja", view, gather, menu="Timeline"),)
