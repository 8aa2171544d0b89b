"""What holds during every move from one placement to another, whatever the members do meanwhile.

A fleet is simulated in memory: in each pass a member writes what it must, refuses to, or takes a while to become Current.
Members work in parallel, so the order in which they finish must not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding
from reconciler.model.health import HealthStatus
from reconciler.model.recorded import NO_REPORT, ClusterStatus
from reconciler.model.settings import Settings
from reconciler.transition.transition import Transition, transition_to
from tests.support.builders import Recorded, binding, recorded, status

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings(handover_timeout=timedelta(minutes=10))
TICK = timedelta(seconds=20)
NAMES = ["m1", "m2", "m3"]


@dataclass
class Fleet:
    """The copies on the members, and the record of them."""

    copies: dict[str, int] = field(default_factory=dict)
    starting: set[str] = field(default_factory=set)
    """Members whose copy is not Current yet."""
    memory: Recorded | None = None
    now: datetime = START

    @property
    def current(self) -> set[str]:
        return self.copies.keys() - self.starting

    def play(self, decision: Binding, *, break_first: bool, refusing: set[str], slow: set[str]) -> Transition:
        previous, report = self.memory or (None, NO_REPORT)
        transition = transition_to(decision, previous, SETTINGS, self.now, report, break_first=break_first)
        assert transition.binding is not None
        wanted = {str(target.name): target.replicas for target in transition.binding.targets}
        self.starting &= slow
        for name in NAMES:
            if name in refusing:
                continue
            if name not in wanted:
                self.copies.pop(name, None)
            elif self.copies.get(name) != wanted[name]:
                self.copies[name] = wanted[name]
                self.starting |= {name} & slow
        self.starting &= self.copies.keys()
        self.memory = recorded(transition.binding, *self._statuses(wanted), leaving=transition.leaving)
        self.now += TICK
        return transition

    def _statuses(self, wanted: dict[str, int]) -> list[ClusterStatus]:
        return [self._status(name, wanted) for name in NAMES if name in wanted or name in self.copies]

    def _status(self, name: str, wanted: dict[str, int]) -> ClusterStatus:
        if name not in self.copies:
            return status(name, HealthStatus.NOT_FOUND, applied=False)
        applied = name in wanted and self.copies.get(name) == wanted[name]
        return status(name, HealthStatus.IN_PROGRESS if name in self.starting else HealthStatus.CURRENT, applied=applied)


def names_in(memory: Recorded | None) -> set[str]:
    return {*memory.binding.cluster_names} if memory else set()


SHARES = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 5), min_size=1)
SOME = st.sets(st.sampled_from(NAMES), max_size=2)
WEATHER = st.tuples(SOME, SOME)
"""The members that refuse writes in a pass, and those that are slow."""
COURSES = st.lists(st.tuples(SHARES, st.lists(WEATHER, min_size=1, max_size=3)), min_size=1, max_size=4)
"""Decisions, each with the weather of its passes. Shorter than any time-out."""


def settled(shares: dict[str, int]) -> Fleet:
    fleet = Fleet()
    fleet.play(binding(**shares), break_first=False, refusing=set(), slow=set())
    return fleet


@given(SHARES, COURSES)
def test_the_last_copy_that_runs_is_never_taken_away(
    start: dict[str, int], courses: list[tuple[dict[str, int], list[tuple[set[str], set[str]]]]]
) -> None:
    fleet = settled(start)
    for shares, weather in courses:
        for refusing, slow in weather:
            before = fleet.current & fleet.copies.keys()
            # What runs is what was seen running when the pass was decided.
            seen = {status.cluster for status in fleet.memory.report.statuses if status.applied} if fleet.memory else set()
            fleet.play(binding(**shares), break_first=False, refusing=refusing, slow=slow)
            if before & seen:
                assert before & fleet.copies.keys(), "no copy that ran before this pass is left"


@given(SHARES, COURSES)
def test_what_must_not_run_twice_never_does(
    start: dict[str, int], courses: list[tuple[dict[str, int], list[tuple[set[str], set[str]]]]]
) -> None:
    fleet = settled(start)
    for shares, weather in courses:
        for refusing, slow in weather:
            held, asked = set(fleet.copies), names_in(fleet.memory)
            fleet.play(binding(**shares), break_first=True, refusing=refusing, slow=slow)
            if names_in(fleet.memory) - asked:
                assert held <= shares.keys(), "a new copy was asked for while an old one was still there"


@given(SHARES, COURSES, SHARES, st.booleans())
def test_in_quiet_weather_the_decision_is_reached_and_kept(
    start: dict[str, int],
    courses: list[tuple[dict[str, int], list[tuple[set[str], set[str]]]]],
    goal: dict[str, int],
    break_first: bool,
) -> None:
    fleet = settled(start)
    for shares, weather in courses:
        for refusing, slow in weather:
            fleet.play(binding(**shares), break_first=break_first, refusing=refusing, slow=slow)
    for _ in range(3):
        fleet.play(binding(**goal), break_first=break_first, refusing=set(), slow=set())
    assert fleet.copies == goal
    transition = fleet.play(binding(**goal), break_first=break_first, refusing=set(), slow=set())
    assert (transition.binding, transition.leaving, transition.waits_for, transition.message) == (binding(**goal), {}, (), "")


@given(SHARES, SHARES, SOME, SOME, st.booleans())
def test_after_the_time_out_the_decision_is_in_force_whatever_members_do(
    start: dict[str, int], goal: dict[str, int], refusing: set[str], slow: set[str], break_first: bool
) -> None:
    """But for what must not run twice, while a copy that is to go still runs, and for copies whose successor is not written."""
    fleet = settled(start)
    for _ in range(2):
        fleet.play(binding(**goal), break_first=break_first, refusing=refusing, slow=slow)
    fleet.now += SETTINGS.handover_timeout
    left = fleet.copies.keys() - goal.keys()
    ran = fleet.current
    unwritten = {str(one.cluster) for one in fleet.memory.report.statuses if not one.applied} if fleet.memory else set()
    transition = fleet.play(binding(**goal), break_first=break_first, refusing=refusing, slow=slow)
    if break_first and left and any(count > start.get(name, 0) for name, count in goal.items()):
        shares = {target.name: target.replicas for target in transition.binding.targets}
        assert all(count <= start.get(name, 0) for name, count in shares.items()), "a copy grew while an old one was still there"
    elif break_first or unwritten.isdisjoint(goal):
        assert transition.binding == binding(**goal)
        assert transition.leaving == {}
    elif transition.leaving:
        assert transition.waits_for
    if not break_first and ran and unwritten >= goal.keys():
        assert ran & fleet.copies.keys(), "the last copy that ran is gone, and no successor was written"


@given(SHARES, COURSES)
def test_a_wait_is_reported_exactly_while_there_is_one(
    start: dict[str, int], courses: list[tuple[dict[str, int], list[tuple[set[str], set[str]]]]]
) -> None:
    fleet = settled(start)
    for shares, weather in courses:
        for refusing, slow in weather:
            transition = fleet.play(binding(**shares), break_first=False, refusing=refusing, slow=slow)
            assert bool(transition.waits_for) == bool(transition.leaving) == (transition.binding != binding(**shares))


@given(SHARES, SOME, COURSES, st.booleans())
def test_nothing_is_kept_or_waited_for_where_there_is_no_copy(
    start: dict[str, int],
    absent: set[str],
    courses: list[tuple[dict[str, int], list[tuple[set[str], set[str]]]]],
    break_first: bool,
) -> None:
    """absent: members that never got their copy, because they were suspended or refused it."""
    fleet = Fleet()
    fleet.play(binding(**start), break_first=break_first, refusing=absent, slow=set())
    for shares, weather in courses:
        for refusing, slow in weather:
            there = set(fleet.copies)
            transition = fleet.play(binding(**shares), break_first=break_first, refusing=refusing, slow=slow)
            assert transition.leaving.keys() <= there
            assert fleet.copies.keys() - there <= shares.keys(), "a copy was created on a cluster that the decision leaves"
