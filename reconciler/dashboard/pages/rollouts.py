"""Rollouts: all of them, and one with its groups and how far their clusters are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.dashboard.page import Asked, Crumb, NotThereError, Page
from reconciler.dashboard.pages.counts import Count
from reconciler.dashboard.paging import Part, part_of
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.rollout import RecordedRollout, RolloutPhase
from reconciler.present.member_names import Placed, member_forms
from reconciler.present.rollouts import ClusterState, ShownRollout, cluster_state, not_ready
from reconciler.present.style import Style


@dataclass(frozen=True, slots=True)
class OneRollout:
    """A rollout as a row."""

    rollout: RecordedRollout
    role: Style
    shares: tuple[Count, ...]
    """How far its clusters are, in the order of a bar: those that have it first."""

    @property
    def total(self) -> int:
        return sum(one.number for one in self.shares)

    @property
    def done(self) -> int:
        """Clusters that have the change and are Current."""
        return next((one.number for one in self.shares if one.word == "Current"), 0)


@dataclass(frozen=True, slots=True)
class Rollouts:
    part: Part[OneRollout]
    title: str = "Rollouts"
    crumbs: tuple[Crumb, ...] = ()


def view_rollouts(asked: Asked, _: Any) -> Rollouts:
    """Those that are under way first, then the newest."""
    state = asked.facts.state
    found = [_row(ShownRollout(one, None, not_ready(state))) for one in state.rollouts.values()]
    found.sort(key=lambda one: (not one.rollout.phase.is_active, -one.rollout.started.timestamp(), one.rollout.name))
    return Rollouts(part_of(found, asked.query, asked.address))


@dataclass(frozen=True, slots=True)
class Step:
    """The clusters of a group that are equally far, for the same reason."""

    word: str
    role: Style
    clusters: str
    """In few words."""
    number: int
    since: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    number: int
    steps: tuple[Step, ...]
    shares: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class RolloutPage:
    row: OneRollout
    groups: tuple[Group, ...]
    objects: tuple[ResourceKey, ...]
    """The first of those that the change concerns."""
    objects_total: int
    title: str
    crumbs: tuple[Crumb, ...] = (Crumb("Rollouts", "/rollouts"),)


def view_rollout(asked: Asked, _: Any) -> RolloutPage:
    state, name = asked.facts.state, asked.path["name"]
    rollout = state.rollouts.get(name)
    if rollout is None:
        raise NotThereError(f"no rollout {name}")
    shown = ShownRollout(rollout, None, not_ready(state))
    objects = sorted(rollout.objects)
    return RolloutPage(
        row=_row(shown),
        groups=tuple(_group(shown, group.name, group.clusters) for group in rollout.groups),
        objects=tuple(objects[:_OBJECTS]),
        objects_total=len(objects),
        title=name,
    )


_OBJECTS = 50
"""Of a rollout that are named on its page."""


def _row(shown: ShownRollout) -> OneRollout:
    return OneRollout(shown.rollout, _PHASES[shown.rollout.phase], _shares(shown, shown.rollout.clusters))


def _shares(shown: ShownRollout, clusters: Iterable[ClusterName]) -> tuple[Count, ...]:
    counts = Counter(cluster_state(shown, name).word for name in clusters)
    return tuple(Count(word, role, counts[word]) for word, role in _STATES.items() if counts[word])


def _group(shown: ShownRollout, name: str, clusters: tuple[ClusterName, ...]) -> Group:
    by_state: dict[ClusterState, list[ClusterName]] = {}
    for cluster in clusters:
        by_state.setdefault(cluster_state(shown, cluster), []).append(cluster)
    order = list(_STATES)
    steps = [
        Step(state.word, _STATES[state.word], _few(names), len(names), state.since, state.message)
        for state, names in sorted(by_state.items(), key=lambda pair: (order.index(pair[0].word), pair[1]))
    ]
    return Group(name, len(clusters), tuple(steps), _shares(shown, clusters))


def _few(names: list[ClusterName]) -> str:
    """The shortest form that still names them, where it fits a line."""
    forms = [form.replace(",", ", ").replace(",  ", ", ") for form in member_forms([Placed(name) for name in names])]
    return next((form for form in forms if len(form) <= _LONGEST), forms[-1])


_LONGEST = 120
_PHASES = {
    RolloutPhase.PROGRESSING: Style.CAUTION,
    RolloutPhase.FAILED: Style.BAD,
    RolloutPhase.COMPLETED: Style.GOOD,
    RolloutPhase.REVERTED: Style.PLAIN,
}
_STATES = {
    "Current": Style.GOOD,
    "under way": Style.CAUTION,
    "failed": Style.BAD,
    "waits": Style.PLAIN,
    "kept": Style.PLAIN,
}

PAGES = (
    Page("/rollouts", "rollouts.html.jinja", view_rollouts, menu="Rollouts"),
    Page("/rollouts/{name}", "rollout.html.jinja", view_rollout, section="Rollouts"),
)
