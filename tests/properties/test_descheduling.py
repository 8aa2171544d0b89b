"""Replicas that no node takes find a place wherever there is room, and no replica that runs is taken away for them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.descheduling import Waiting
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedDecision
from reconciler.model.weighted_division import divide_by_weight
from reconciler.pipeline.deschedule import Caps, fits, schedule_within
from reconciler.record.decision_documents import decision_document, parse_decision
from reconciler.transition.descheduling import cap_of, outlook
from tests.support.builders import binding, deployment, template

AFTER, COOL_DOWN, TICK = timedelta(minutes=5), timedelta(hours=1), timedelta(minutes=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = [ClusterName(name) for name in ("m1", "m2", "m3", "m4")]


@dataclass
class Fleet:
    """Members with a number of free places each. The record is written and read in each step."""

    places: dict[ClusterName, int]
    weights: dict[ClusterName, int]
    total: int
    now: datetime = START
    caps: Caps = field(default_factory=dict)
    shares: dict[ClusterName, int] = field(default_factory=dict)
    since: dict[ClusterName, list[datetime]] = field(default_factory=dict)

    def schedule(self) -> None:
        found = self.trial(self.caps)
        self.shares = {target.name: target.replicas for target in found.targets}

    def trial(self, caps: Caps) -> Binding:
        """A workload that is divided by static weights, and stays where it is while its number does not change."""

        def rest(some: ResourceTemplate, without: frozenset[ClusterName]) -> Binding | None:
            count, names = BUILT_IN.count(some.manifest), [name for name in NAMES if name not in without]
            before = {name: share for name, share in self.shares.items() if name in names}
            if sum(before.values()) == count and before:
                return binding(**before)
            if not names:
                return None
            return binding(**divide_by_weight(count, {str(name): self.weights[name] for name in names}))

        def smaller(count: int) -> ResourceTemplate:
            return replace(whole, manifest=deployment(replicas=count))

        whole = template(deployment(replicas=self.total))
        found = schedule_within(whole, caps, rest, smaller)
        assert isinstance(found, Binding)
        assert sum(target.replicas for target in found.targets) == self.total == found.replicas
        return found

    def look(self) -> RecordedDecision:
        for name, share in self.shares.items():
            stuck = max(share - self.places[name], 0)
            self.since[name] = ([*self.since.get(name, []), *[self.now] * stuck])[:stuck]
        waiting = {
            name: Waiting(share, min(share, self.places[name]), tuple(self.since[name]))
            for name, share in self.shares.items()
            if self.since[name]
        }
        targets = tuple(TargetCluster(name, share) for name, share in sorted(self.shares.items()))
        whole = replace(binding(m1=1), targets=targets, replicas=self.total)
        decision = RecordedDecision(whole, "web.yaml", waiting=waiting, caps=self.caps)
        assert parse_decision(decision_document(decision)) == decision
        return decision

    def play(self) -> None:
        seen = outlook(self.look(), AFTER, COOL_DOWN, self.now)
        due = {name: one for name, one in seen.shortfalls.items() if one.due <= self.now}
        assert all(self.since[name][0] + AFTER <= self.now for name in due), "nobody moves before its time"
        runs = {name: min(share, self.places[name]) for name, share in self.shares.items()}
        self.caps = dict(seen.caps)
        before = [TargetCluster(name, share) for name, share in self.shares.items()]
        for name, one in due.items():
            more = {**self.caps, name: cap_of(one, self.now)}
            if fits(self.trial(more), more, before):
                self.caps = more
        self.schedule()
        assert all(self.shares.get(name, 0) >= count for name, count in runs.items()), "what runs stays"
        self.now += TICK

    @property
    def stuck(self) -> int:
        return sum(max(share - self.places[name], 0) for name, share in self.shares.items())


NUMBERS = st.lists(st.integers(0, 8), min_size=4, max_size=4)


@given(NUMBERS, st.lists(st.integers(1, 5), min_size=4, max_size=4), st.integers(1, 20))
def test_what_no_node_takes_finds_a_place_where_there_is_one(places: list[int], weights: list[int], total: int) -> None:
    fleet = Fleet(dict(zip(NAMES, places, strict=True)), dict(zip(NAMES, weights, strict=True)), total)
    fleet.schedule()
    for _ in range(40):
        fleet.play()
    assert fleet.stuck == 0 or sum(places) < total
    settled = dict(fleet.shares)
    for _ in range(40):
        fleet.play()
    assert fleet.shares == settled or sum(places) < total, "it settles"
