"""A workload that is evicted gracefully keeps its number of replicas, however slow members are and whatever fails meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding
from reconciler.model.condition import Condition
from reconciler.model.eviction import APPLICATION_FAILURE, TAINT_UNTOLERATED, EvictionPhase, EvictionTask
from reconciler.model.failover import NO_FAILOVER, ApplicationFailover, Failover, FailoverSettings, PurgeMode
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import NO_REPORT, ObjectReport, RecordedDecision, RecordedState
from reconciler.model.settings import Settings
from reconciler.model.weighted_division import divide_by_weight
from reconciler.record.branch_layout import files_of, state_of
from reconciler.transition.eviction import Deadline, MemberFacts, Situation, advance, begin, excluded_by
from reconciler.transition.transition import transition_to
from tests.support.builders import binding, status

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(seconds=20)
NAMES = [ClusterName(name) for name in ("m1", "m2", "m3", "m4")]
WANTED = 6
SETTINGS = Settings(failover=FailoverSettings(cool_down=timedelta(minutes=2), fail_back_after=timedelta(minutes=1)))
NEVER = Failover(application=ApplicationFailover(purge_mode=PurgeMode.NEVER))
READY = MemberFacts(Condition("Ready", "True", START))


@dataclass
class Fleet:
    """Members that all answer, so that an old copy runs until it is removed. The record is written and read in each step."""

    running: dict[str, int] = field(default_factory=dict)
    """Replicas that are ready. Those that are asked for in addition come when the member is not slow."""
    memory: RecordedDecision | None = None
    report: ObjectReport = NO_REPORT
    now: datetime = START
    failover: Failover = NO_FAILOVER
    """Of its policy."""
    runs_once: bool = False

    def play(self, evicted: set[ClusterName], slow: set[ClusterName]) -> None:
        previous, tasks, wanted = self.memory, tuple[EvictionTask, ...](), dict.fromkeys(NAMES[:2], WANTED // 2)
        if previous is not None:
            members = {name: MemberFacts(READY.readiness, name in evicted) for name in NAMES}
            progress = advance(
                Situation(previous, self.report, self.failover, members), SETTINGS.failover, SETTINGS.handover_timeout, self.now
            )
            tasks, wanted = self._decide(previous, progress.tasks, progress.may_return, evicted)
            previous = RecordedDecision(
                previous.binding, "web.yaml", leaving=previous.leaving, decided=previous.decided, evictions=tasks
            )
        decision = binding(**{str(name): count for name, count in wanted.items()})
        transition = transition_to(decision, previous, SETTINGS, self.now, self.report, break_first=self.runs_once)
        assert transition.binding is not None
        self._apply(transition.binding, slow)
        goal = None if decision.targets == transition.binding.targets else decision.targets
        memory = RecordedDecision(transition.binding, "web.yaml", leaving=transition.leaving, decided=goal, evictions=tasks)
        key = memory.binding.key
        state = state_of(files_of(RecordedState("3f2c1ab", {key: memory}, {key: self.report})))
        self.memory, self.report = state.decisions[key], state.report_of(key)
        self.now += TICK

    def _decide(
        self,
        previous: RecordedDecision,
        tasks: tuple[EvictionTask, ...],
        may_return: tuple[EvictionTask, ...],
        evicted: set[ClusterName],
    ) -> tuple[tuple[EvictionTask, ...], dict[ClusterName, int]]:
        targets, before = previous.binding.targets if previous.decided is None else previous.decided, tasks
        if len(evicted) < len(NAMES):
            for target in targets:
                if target.name in evicted:
                    tasks = tuple(task for task in tasks if task.from_cluster != target.name)
                    reason = TAINT_UNTOLERATED if self.failover is NO_FAILOVER else APPLICATION_FAILURE
                    deadline = Deadline(target.name, None, reason, "something failed there")
                    tasks += (begin(Situation(previous, self.report, self.failover), deadline, self.now),)
        for task in may_return:
            if task in tasks and task.from_cluster not in evicted:
                tasks = tuple(one for one in tasks if one != task)
                targets = task.clusters_before
        excluded = excluded_by(tasks, SETTINGS.failover, self.now)
        kept = {target.name: target.replicas for target in targets if target.name not in excluded}
        others = {name: 1 for name in NAMES if name not in excluded and name not in evicted} or dict.fromkeys(kept, 1)
        lacking = WANTED - sum(kept.values())
        if not others:  # With nowhere to go, no eviction begins, and what has begun is taken back.
            held = previous.binding.cluster_names
            begun = [task for task in before if task.phase is EvictionPhase.EVICTING and task.from_cluster in held]
            return tuple(task for task in before if task not in begun), {one.name: one.replicas for one in targets}
        if lacking <= 0:
            return tasks, kept
        for name, count in divide_by_weight(lacking, others, "").items():
            kept[name] = kept.get(name, 0) + count
        return tasks, kept

    def _apply(self, in_force: Binding, slow: set[ClusterName]) -> None:
        statuses = []
        wanted = {target.name: target.replicas for target in in_force.targets}
        for name in sorted({*wanted, *map(ClusterName, self.running)}):
            if name not in wanted:
                del self.running[name]
                continue
            before = self.running.get(name, 0)
            self.running[name] = min(before, wanted[name]) if name in slow else wanted[name]
            ready = self.running[name] == wanted[name]
            statuses.append(status(name, HealthStatus.CURRENT if ready else HealthStatus.IN_PROGRESS))
        self.report = ObjectReport(tuple(statuses))


WEATHER = st.lists(
    st.tuples(st.sets(st.sampled_from(NAMES), max_size=3), st.sets(st.sampled_from(NAMES), max_size=2)), min_size=1, max_size=25
)
"""In each step, the members with a taint that evicts, and the slow ones. Shorter than the time-out of the handover."""


@given(WEATHER)
def test_replicas_never_fall_below_the_wanted_number(weather: list[tuple[set[ClusterName], set[ClusterName]]]) -> None:
    fleet = Fleet()
    fleet.play(set(), set())
    for evicted, slow in weather:
        fleet.play(evicted, slow)
        assert sum(fleet.running.values()) >= WANTED


@given(WEATHER, st.booleans())
def test_copies_that_purge_mode_never_keeps_hold_up_no_move(
    weather: list[tuple[set[ClusterName], set[ClusterName]]], runs_once: bool
) -> None:
    fleet = Fleet(failover=NEVER, runs_once=runs_once)
    fleet.play(set(), set())
    for evicted, slow in weather:
        fleet.play(evicted, slow)
    for _ in range(60):
        fleet.play(set(), set())
    assert fleet.memory is not None
    tasks = fleet.memory.evictions
    kept = {task.from_cluster for task in tasks if task.suppress_deletion}
    assert sum(count for name, count in fleet.running.items() if name not in kept) == WANTED
    assert not any(task.is_moving for task in tasks)
    assert kept <= fleet.running.keys()


@given(WEATHER)
def test_in_the_end_the_evicted_members_hold_nothing_and_the_number_is_exact(
    weather: list[tuple[set[ClusterName], set[ClusterName]]],
) -> None:
    fleet = Fleet()
    fleet.play(set(), set())
    for evicted, slow in weather:
        fleet.play(evicted, slow)
    for _ in range(60):
        fleet.play({NAMES[0]}, set())
    assert sum(fleet.running.values()) == WANTED
    assert NAMES[0] not in fleet.running
    assert fleet.memory is not None
    assert not any(task.phase is EvictionPhase.EVICTING for task in fleet.memory.evictions)
