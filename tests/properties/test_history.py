"""The changes of an object, folded over all its states, give what is recorded of it now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ResourceKey
from reconciler.model.policy import Suspension
from reconciler.model.recorded import NO_REPORT, ClusterStatus, ObjectReport, RecordedDecision
from reconciler.record.object_history import NOTHING, ObjectFacts
from reconciler.repo.ancestry import Ancestry
from reconciler.review.object_changes import Change, ChangeKind, changes_between

KEY = ResourceKey("apps", "Deployment", "shop", "web")
NAMES = st.sampled_from(["m1", "m2", "m3"])
HEALTHS = st.builds(Health, st.sampled_from(HealthStatus), st.sampled_from(["", "why"]), st.sampled_from(["", "NotObserved"]))
STATUSES = st.builds(
    ClusterStatus, NAMES, st.booleans(), HEALTHS, st.sampled_from(["", "refused"]), st.sampled_from(["", "sha256:0", "sha256:1"]),
    st.sampled_from(["", "spec.replicas"]),
)  # fmt: skip
TARGETS = st.lists(st.builds(TargetCluster, NAMES, st.integers(0, 3)), unique_by=lambda one: one.name).map(
    lambda all: tuple(sorted(all))
)


@st.composite
def facts(draw: st.DrawFn) -> ObjectFacts:
    if draw(st.integers(0, 4)) == 0:
        return NOTHING
    binding = Binding(KEY, None, tuple(sorted(draw(TARGETS))), workload=draw(st.booleans()))
    overridden = draw(st.dictionaries(NAMES, st.integers(4, 5), max_size=1))
    decision = RecordedDecision(
        binding, "web.yaml", overridden=overridden, suspension=Suspension(clusters=draw(st.frozensets(NAMES, max_size=1)))
    )
    statuses = draw(st.lists(STATUSES, unique_by=lambda one: one.cluster, max_size=3))
    report = ObjectReport(tuple(sorted(statuses, key=lambda one: one.cluster))) if statuses else NO_REPORT
    return ObjectFacts(decision, report)


@dataclass
class Folded:
    """What the changes say is true now."""

    replicas: dict[str, str] = field(default_factory=dict)
    applied: dict[str, bool] = field(default_factory=dict)
    health: dict[str, str] = field(default_factory=dict)

    def take_all(self, changes: tuple[Change, ...]) -> None:
        """A member that reports for the first time has applied the object, unless it says otherwise."""
        first = (one for one in changes if one.kind is ChangeKind.HEALTH and not one.before)
        self.applied |= {name: True for one in first for name in one.clusters}
        for change in changes:
            self._take(change)

    def _take(self, change: Change) -> None:
        for name in change.source:
            self.replicas.pop(name, None)
        for name in change.clusters:
            match change.kind:
                case ChangeKind.PLACED | ChangeKind.MOVED | ChangeKind.SCALED:
                    self.replicas[name] = change.after
                case ChangeKind.REMOVED:
                    self.replicas.pop(name, None)
                case ChangeKind.APPLIED | ChangeKind.NOT_APPLIED:
                    self.applied[name] = change.kind is ChangeKind.APPLIED
                case ChangeKind.HEALTH:
                    self.health[name] = change.after


@given(st.lists(facts(), min_size=1, max_size=6))
def test_the_changes_of_an_object_fold_to_its_present_record(states: list[ObjectFacts]) -> None:
    folded, before = Folded(), NOTHING
    for after in states:
        folded.take_all(changes_between(before, after))
        before = after
    decision, report = before.decision, before.report
    present = {name: decision.replicas_on(name) for name in decision.cluster_names} if decision is not None else {}
    assert folded.replicas == {name: "" if count is None else str(count) for name, count in present.items()}
    for status in report.statuses:
        assert folded.applied[status.cluster] is status.applied
        assert folded.health[status.cluster] == status.health.word


@given(facts())
def test_a_state_that_stays_has_no_changes(state: ObjectFacts) -> None:
    assert changes_between(state, replace(state)) == ()


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Commits with their parents, newest first."""
    size = draw(st.integers(1, 9))
    older = [draw(st.sets(st.integers(place + 1, 9), max_size=2)) for place in range(size)]
    return {str(place): tuple(map(str, sorted(parents))) for place, parents in enumerate(older)}


@given(graphs(), st.integers(0, 10), st.integers(0, 10))
def test_a_range_has_what_one_side_has_and_the_other_has_not(graph: dict[str, tuple[str, ...]], before: int, after: int) -> None:
    def reachable(commit: str) -> set[str]:
        return {commit}.union(*map(reachable, graph[commit])) if commit in graph else set()

    found = Ancestry(graph).between(str(before), str(after))
    assert found == sorted(reachable(str(after)) - reachable(str(before)), key=int)
