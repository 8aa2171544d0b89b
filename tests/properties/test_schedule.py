"""What holds for every decision, whatever the policy, the fleet and the past."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.load.capacity import parse_capacity
from reconciler.load.parse import as_admitted, parse_placement
from reconciler.model.cluster import Cluster
from reconciler.model.go_json import as_go_json
from reconciler.model.keys import GroupVersionKind
from reconciler.model.memo import Memo
from reconciler.model.quantity import Quantity
from reconciler.model.workload import Workload
from reconciler.schedule.dynamic import Scaling, weights_that_count
from reconciler.schedule.pdqsort import sorted_descending
from reconciler.schedule.reschedule import digest_placement
from reconciler.schedule.result import ScheduleResult, ScheduleStatus
from reconciler.schedule.schedule_template import schedule
from reconciler.schedule.task import PreviousSchedule, SchedulerOptions, Task
from tests.support.builders import cluster

DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
NAMES = [f"m{number:02}" for number in range(16)]
AFFINITIES = st.fixed_dictionaries({}, optional={
    "clusterNames": st.lists(st.sampled_from(NAMES), min_size=5, max_size=16),
    "labelSelector": st.builds(lambda tier: {"matchLabels": {"tier": tier}}, st.sampled_from(["gold", "iron"])),
    "exclude": st.lists(st.sampled_from(NAMES), max_size=2),
})  # fmt: skip
WEIGHTS = st.lists(st.fixed_dictionaries({"targetCluster": AFFINITIES, "weight": st.integers(1, 9)}), min_size=1, max_size=3)
BY_ROOM = st.sampled_from([
    {"replicaDivisionPreference": "Aggregated"},
    {"replicaDivisionPreference": "Weighted", "weightPreference": {"dynamicWeight": "AvailableReplicas"}},
]).map(lambda document: document | {"replicaSchedulingType": "Divided"})  # fmt: skip
STATIC = st.builds(lambda rules: {"replicaSchedulingType": "Divided", "weightPreference": {"staticWeightList": rules}}, WEIGHTS)
SCHEDULING = BY_ROOM | STATIC | st.sampled_from([{"replicaSchedulingType": "Divided"}, {"replicaSchedulingType": "Duplicated"}])
GROUPS = st.fixed_dictionaries({"minGroups": st.integers(0, 2), "maxGroups": st.integers(0, 5)})
SPREAD = st.lists(
    st.builds(lambda field, groups: {"spreadByField": field} | groups, st.sampled_from(["cluster", "region", "zone"]), GROUPS),
    max_size=2,
)


@st.composite
def terms(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for name in ("near", "far")[: draw(st.integers(0, 2))]:
        overflow = draw(st.lists(AFFINITIES, max_size=2))
        more = {"overflowAffinities": [it | {"affinityName": f"more{at}"} for at, it in enumerate(overflow)]} if overflow else {}
        found.append({"affinityName": name} | draw(AFFINITIES) | more)
    return found


@st.composite
def placements(draw: st.DrawFn, scheduling: Any = SCHEDULING, plain: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = {"replicaScheduling": draw(scheduling)}
    ordered = [] if plain else draw(terms())
    if ordered:
        return document | {"clusterAffinities": ordered, "spreadConstraints": draw(SPREAD)}
    return document | {"clusterAffinity": draw(AFFINITIES)} | ({} if plain else {"spreadConstraints": draw(SPREAD)})


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Cluster, ...]:
    return tuple(
        draw(members(name))
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=draw(st.integers(0, 13)), max_size=16))
    )


@st.composite
def members(draw: st.DrawFn, name: str) -> Cluster:
    made = cluster(
        name,
        labels={"tier": draw(st.sampled_from(["gold", "iron"]))},
        region=draw(st.sampled_from(["", "north", "south"])),
        zones=draw(st.sampled_from([[], ["a"]])),
        taints=draw(st.lists(st.just({"key": "k", "effect": "NoSchedule"}), max_size=1)) if draw(st.booleans()) else [],
        deleting=draw(st.integers(0, 9)) == 0,
    )
    summary = {"allocatable": {"pods": draw(st.integers(0, 12)), "cpu": draw(st.integers(0, 9))}}
    return replace(made, capacity=draw(st.sampled_from([None, parse_capacity({"status": {"resourceSummary": summary}})])))


WORKLOADS = st.builds(
    lambda replicas, needs, uid: Workload(DEPLOYMENT, replicas, needs, uid=uid),
    st.integers(0, 20),
    st.sampled_from([None, {}, {"cpu": Quantity.parse("500m")}]),
    st.text("ab", max_size=3),
)
TASKS = st.builds(
    lambda workload, document, empty: Task(workload, parse_placement(as_admitted(document)), options=SchedulerOptions(empty)),
    WORKLOADS,
    placements(),
    st.booleans(),
)


def run(task: Task, clusters: tuple[Cluster, ...], memo: Memo | None = None) -> ScheduleResult:
    return schedule(task, clusters, memo or Memo())


def later(task: Task, outcome: ScheduleResult, **changes: Any) -> Task:
    """The next decision's task: this one's result is its past."""
    digest = digest_placement(as_go_json(task.placement.document), outcome.affinity_name)
    return replace(task, previous=PreviousSchedule(outcome.targets, outcome.affinity_name, digest), **changes)


def shares(outcome: ScheduleResult) -> dict[str, int]:
    return {target.name: target.replicas for target in outcome.targets}


@given(TASKS, fleets())
def test_divided_replicas_sum_to_the_total(task: Task, clusters: tuple[Cluster, ...]) -> None:
    outcome = run(task, clusters)
    if outcome.status is ScheduleStatus.SCHEDULED and task.placement.divided:
        assert sum(shares(outcome).values()) == task.workload.replicas


@given(TASKS, fleets(), st.randoms(use_true_random=False))
def test_the_order_of_clusters_decides_nothing(task: Task, clusters: tuple[Cluster, ...], random: Any) -> None:
    once = run(task, clusters)
    shuffled = tuple(random.sample(clusters, len(clusters)))
    assert run(task, shuffled) == once
    assert run(later(task, once), shuffled) == run(later(task, once), clusters)


@given(TASKS, fleets(), WORKLOADS)
def test_every_cluster_is_a_target_or_has_a_reason(task: Task, clusters: tuple[Cluster, ...], workload: Workload) -> None:
    first = run(task, clusters)
    for outcome in (first, run(later(task, first, workload=workload), clusters)):
        names = {item.name for item in clusters if not item.deleting}
        placed = set() if outcome.refusal else set(shares(outcome)) & names
        assert placed | set(outcome.rejected) == names
        assert not placed & set(outcome.rejected)
        assert all(outcome.rejected.values())


@given(placements(BY_ROOM, plain=True), WORKLOADS, fleets(), st.integers(1, 9))
def test_steady_growth_takes_from_nobody(document: Any, workload: Workload, clusters: tuple[Cluster, ...], more: int) -> None:
    task = Task(workload, parse_placement(as_admitted(document)))
    before = run(task, clusters)
    assume(before.refusal is None)
    after = run(later(task, before, workload=replace(workload, replicas=workload.replicas + more)), clusters)
    assume(after.refusal is None)
    assert all(shares(after).get(name, 0) >= count for name, count in shares(before).items())
    back = run(later(task, after), clusters)
    assert all(shares(back).get(name, 0) <= count for name, count in shares(after).items())


@given(TASKS, fleets())
def test_a_decision_stands_while_nothing_changes(task: Task, clusters: tuple[Cluster, ...]) -> None:
    clusters = tuple(replace(item, deleting=False) for item in clusters)
    once = run(task, clusters)
    again = run(later(task, once), clusters)
    if once.refusal is not None:
        return
    if task.workload.runs and task.placement.divided:
        assert (again.status, again.targets) == (ScheduleStatus.UNCHANGED, once.targets)
    elif not task.placement.spread and not any(term.overflow for term in task.placement.affinities):
        # Karmada: held replicas count as room, so an overflow may draw back; undivided, admission refuses it.
        assert (again.refusal, again.targets) == (None, once.targets)


@given(st.lists(TASKS, max_size=4), fleets())
def test_what_was_decided_before_leaks_into_nothing(tasks: list[Task], clusters: tuple[Cluster, ...]) -> None:
    memo = Memo()
    for task in (*tasks, *tasks):
        assert run(task, clusters, memo) == run(task, clusters)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(0, 90), st.sets(st.integers(0, 59), max_size=4))
def test_the_fewest_clusters_are_a_prefix_in_gos_order(numbers: list[int], replicas: int, holders: set[int]) -> None:
    """The users first; and which ones of equal clusters are among the fewest is what Go's sort says."""
    weights = {f"m{place:02}": weight for place, weight in enumerate(numbers)}
    current = {f"m{place:02}": 1 for place in holders}
    ordered = sorted(sorted_descending(list(weights), key=weights.__getitem__), key=lambda name: name not in current)
    enough = (count for count in range(1, len(ordered)) if sum(weights[name] for name in ordered[:count]) >= replicas)
    expected = set(ordered[: next(enough, len(ordered))])
    assert set(weights_that_count(Scaling("scale up", replicas, weights, current), aggregated=True)) == expected


@given(st.lists(st.integers(0, 6), max_size=200))
def test_gos_sort_sorts(numbers: list[int]) -> None:
    places = sorted_descending(range(len(numbers)), key=numbers.__getitem__)
    assert sorted(places) == list(range(len(numbers)))
    assert [numbers[place] for place in places] == sorted(numbers, reverse=True)
    if len(numbers) <= 12:
        assert places == sorted(range(len(numbers)), key=lambda place: -numbers[place])
