"""What holds for every division of replicas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.load.parse import as_admitted, parse_placement
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.cluster import Cluster
from reconciler.model.keys import GroupVersionKind
from reconciler.model.memo import Memo
from reconciler.model.policy import Placement
from reconciler.model.weighted_division import divide_by_weight, last_seat, winners_by_weight
from reconciler.model.workload import Workload
from reconciler.schedule.filters import eligible_clusters
from reconciler.schedule.schedule_template import schedule, schedule_template
from reconciler.schedule.task import SchedulerOptions, Task
from tests.support.builders import cluster, deployment, policy, template

DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
NAMES = ["m1", "m2", "m3", "m4", "m5"]
TIERS = st.sampled_from(["gold", "iron"])
TAINTS = st.lists(st.just({"key": "k", "effect": "NoSchedule"}), max_size=1)
TARGETS = st.fixed_dictionaries({}, optional={
    "clusterNames": st.lists(st.sampled_from(NAMES), max_size=2),
    "labelSelector": st.builds(lambda tier: {"matchLabels": {"tier": tier}}, TIERS),
})  # fmt: skip
RULES = st.lists(st.fixed_dictionaries({"targetCluster": TARGETS, "weight": st.integers(0, 9)}), max_size=4)
DIVIDED = st.fixed_dictionaries(
    {"replicaSchedulingType": st.just("Divided")},
    optional={"weightPreference": st.builds(lambda rules: {"staticWeightList": rules}, RULES)},
)
PLACEMENTS = st.fixed_dictionaries({}, optional={
    "clusterAffinity": TARGETS,
    "replicaScheduling": DIVIDED | st.just({"replicaSchedulingType": "Duplicated"}),
})  # fmt: skip
UIDS = st.text("abc", max_size=4)

EMPTY_TOO = SchedulerOptions(empty_workloads=True)


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Cluster, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return tuple(cluster(name, labels={"tier": draw(TIERS)}, taints=draw(TAINTS)) for name in sorted(names))


def shares(placement: Placement, clusters: tuple[Cluster, ...], replicas: int, uid: str, empty: bool) -> dict[str, int]:
    targets = schedule(
        Task(Workload(DEPLOYMENT, replicas, uid=uid), placement, options=SchedulerOptions(empty)), clusters, Memo()
    ).targets
    assert list(targets) == sorted(targets)
    return {target.name: target.replicas for target in targets}


@given(PLACEMENTS, fleets(), st.integers(1, 40), UIDS, st.booleans())
def test_shares_sum_to_the_total(document: Any, clusters: tuple[Cluster, ...], replicas: int, uid: str, empty: bool) -> None:
    placement = parse_placement(as_admitted(document))
    found = shares(placement, clusters, replicas, uid, empty)
    eligible = [item.name for item in eligible_clusters(placement, clusters, "apps/v1", "Deployment").clusters]
    if placement.divided and eligible:
        assert sum(found.values()) == replicas
        assert set(found) == set(eligible) if empty else all(found.values())
    else:
        assert found == dict.fromkeys(eligible, replicas)


@given(PLACEMENTS, fleets(), st.integers(0, 20), st.randoms(use_true_random=False))
def test_the_order_in_which_rules_are_listed_decides_nothing(
    document: Any, clusters: tuple[Cluster, ...], replicas: int, random: Any
) -> None:
    other = dict(document)
    if "weightPreference" in document.get("replicaScheduling", {}):
        rules = document["replicaScheduling"]["weightPreference"]["staticWeightList"]
        preference = {"staticWeightList": random.sample(rules, len(rules))}
        other["replicaScheduling"] = document["replicaScheduling"] | {"weightPreference": preference}
    web = template(deployment(replicas=replicas))
    once, twice = (schedule_template(web, policy(**written), clusters, None, Memo(), EMPTY_TOO) for written in (document, other))
    if isinstance(once, Binding) and isinstance(twice, Binding):  # The digest is of the text, whose order counts.
        once, twice = replace(once, placement_digest=""), replace(twice, placement_digest="")
    assert once == twice


@given(PLACEMENTS, fleets(), st.integers(0, 20))
def test_every_cluster_is_a_target_or_has_a_reason(document: Any, clusters: tuple[Cluster, ...], replicas: int) -> None:
    decision = schedule_template(
        template(deployment(replicas=replicas)),
        policy(**document),
        clusters,
        None,
        Memo(),
        EMPTY_TOO,
    )
    names = {item.name for item in clusters}
    if isinstance(decision, Unschedulable):
        assert set(decision.rejected) == names
    else:
        assert isinstance(decision, Binding)
        assert {*decision.cluster_names, *decision.rejected} == names
        assert not {*decision.cluster_names} & {*decision.rejected}


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9), min_size=1), st.integers(0, 40), UIDS, st.integers(0, 5))
def test_one_more_replica_takes_nothing_from_anyone(weights: dict[str, int], seats: int, uid: str, more: int) -> None:
    before, after = divide_by_weight(seats, weights, uid), divide_by_weight(seats + more, weights, uid)
    assert all(after[name] >= count for name, count in before.items())


@given(
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9) | st.integers(0, 2**62), min_size=1),
    st.integers(0, 120),
    UIDS,
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 30)),
)
def test_seats_given_in_bulk_go_where_they_go_one_by_one(
    weights: dict[str, int], seats: int, uid: str, initial: dict[str, int]
) -> None:
    once = divide_by_weight(seats, weights, uid, initial)
    held = divide_by_weight(0, weights, uid, initial)
    for _ in range(seats):
        held = divide_by_weight(1, weights, uid, held)
    assert held == once


@given(st.lists(st.integers(0, 4) | st.integers(2**60, 2**60 + 2), max_size=60), st.integers(0, 40), UIDS)
def test_winners_are_the_parties_with_seats(numbers: list[int], seats: int, uid: str) -> None:
    weights = {f"m{place:02}": weight for place, weight in enumerate(numbers)}
    every = divide_by_weight(seats, weights, uid)
    assert list(winners_by_weight(seats, weights, uid).items()) == [(name, count) for name, count in every.items() if count]


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9) | st.integers(0, 2**62), min_size=1), st.integers(1, 40), UIDS)
def test_the_last_seat_is_the_one_that_one_seat_fewer_would_miss(weights: dict[str, int], seats: int, uid: str) -> None:
    shares = divide_by_weight(seats, weights, uid)
    found = last_seat(shares, weights, uid)
    others = {name: weight for name, weight in weights.items() if weight and (found is None or name != found.winner)}
    if found is None:
        assert len(others) < 2
        return
    before = divide_by_weight(seats - 1, weights, uid)
    assert {name for name in shares if shares[name] != before[name]} == {found.winner}
    one_more = divide_by_weight(1, others, uid, {name: before[name] for name in others})
    assert {name for name in others if one_more[name] != before[name]} == {found.rival}


def test_two_billion_seats_take_no_time() -> None:
    shares = divide_by_weight(2**31 - 1, {"m1": 3, "m2": 2})
    assert sum(shares.values()) == 2**31 - 1
    assert shares["m1"] - 1.5 * shares["m2"] < 3
