"""When a new figure is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.cluster.member_protocol import CapacityLook
from reconciler.load.capacity import parse_models, parse_resources
from reconciler.model.capacity import Capacity, NodeGrade, is_about
from reconciler.model.cluster import Cluster
from reconciler.model.condition import Condition
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.record.capacity import update_capacity
from reconciler.record.cluster_documents import cluster_document, parse_cluster

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
M1 = ClusterName("m1")
CLUSTERS = (Cluster(M1),)
MODELS = parse_models([])


def capacity(cpu: str = "100", used: str = "40", waiting: str = "0", nodes: tuple[int, ...] = ()) -> Capacity:
    return Capacity(
        parse_resources({"cpu": cpu, "pods": 1000}),
        parse_resources({"cpu": used, "ephemeral-storage": 0, "pods": 10}),
        parse_resources({"cpu": waiting}),
        tuple(NodeGrade(MODELS[grade].minimum, count) for grade, count in enumerate(nodes) if count) or None,
    )


def state(recorded: Capacity | None, *conditions: Condition) -> RecordedState:
    return RecordedState("c1", clusters={M1: RecordedCluster(M1, "clusters/m1.yaml", capacity=recorded, conditions=conditions)})


def updated(recorded: RecordedState, found: Capacity | None, reason: str = "", *, exact: bool = False) -> RecordedState:
    return update_capacity(recorded, CLUSTERS, {M1: CapacityLook(NOW, found, reason)}, {M1}, NOW, exact=exact)


@pytest.mark.parametrize(
    ("found", "is_recorded"),
    [
        (capacity(), False),
        (capacity(used="45"), False),
        (capacity(used="45001m"), True),
        (capacity(used="34"), True),
        (capacity(waiting="5"), False),
        (capacity(waiting="6"), True),
        (capacity(cpu="105"), False),
        (capacity(cpu="110"), True),
    ],
)
def test_a_change_of_more_than_5_percent_of_what_the_member_has_is_recorded(found: Capacity, is_recorded: bool) -> None:
    before = state(capacity())
    after = updated(before, found)
    assert (after is not before) == is_recorded
    assert after.clusters[M1].capacity == (found if is_recorded else capacity())


def test_a_resource_that_appears_is_recorded() -> None:
    found = capacity()
    more = Capacity({**found.allocatable, **parse_resources({"nvidia.com/gpu": 1})}, found.allocated, found.allocating)
    assert updated(state(found), more).clusters[M1].capacity == more


@pytest.mark.parametrize(("nodes", "is_recorded"), [((20, 20), False), ((21, 19), False), ((18, 22), False), ((23, 17), True)])
def test_grades_count_by_the_number_of_nodes(nodes: tuple[int, ...], is_recorded: bool) -> None:
    assert is_about(capacity(nodes=(20, 20)), capacity(nodes=nodes)) != is_recorded


def test_the_first_figure_is_recorded_and_survives_its_document() -> None:
    after = updated(state(None), capacity(nodes=(0, 3, 0, 2)))
    assert parse_cluster(cluster_document(after.clusters[M1])).capacity == capacity(nodes=(0, 3, 0, 2))
    assert updated(after, capacity(nodes=(0, 3, 0, 2)), exact=True) is after


def test_where_a_decision_used_it_a_small_difference_is_recorded() -> None:
    before = state(capacity())
    assert updated(before, capacity(used="41"), exact=True).clusters[M1].capacity == capacity(used="41")
    assert updated(before, capacity(), exact=True) is before


def test_a_member_that_may_not_be_looked_at_has_a_condition_and_no_capacity() -> None:
    refused = updated(state(capacity()), None, "the credential may not list nodes. Add it.")
    assert refused.clusters[M1].capacity is None
    assert refused.clusters[M1].conditions == (
        Condition("CapacityObserved", "False", NOW, "NotObserved", "the credential may not list nodes. Add it."),
    )
    look = {M1: CapacityLook(NOW + timedelta(minutes=1), None, "the credential may not list nodes. Add it.")}
    assert update_capacity(refused, CLUSTERS, look, {M1}, NOW + timedelta(minutes=1)) is refused
    again = updated(refused, capacity())
    assert (again.clusters[M1].conditions, again.clusters[M1].capacity) == ((), capacity())


def test_what_no_policy_uses_any_more_has_no_condition_and_stays_recorded() -> None:
    ready = Condition("Ready", "True")
    refused = updated(state(capacity(), ready), None, "no")
    unused = update_capacity(refused, CLUSTERS, {}, (), NOW)
    assert unused.clusters[M1].conditions == (ready,)
    kept = state(capacity())
    assert update_capacity(kept, CLUSTERS, {}, (), NOW) is kept


def test_a_member_that_did_not_answer_keeps_what_is_recorded() -> None:
    refused = updated(state(capacity()), None, "no")
    assert update_capacity(refused, CLUSTERS, {}, {M1}, NOW) is refused
