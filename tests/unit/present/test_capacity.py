"""What is shown of the capacity of a member."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.load.capacity import parse_models, parse_resources
from reconciler.model.capacity import Capacity, NodeGrade
from reconciler.model.cluster import Cluster
from reconciler.model.condition import Condition
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.present.capacity import capacity_document
from reconciler.present.rollup import capacity_lines, cluster_rows

M1 = ClusterName("m1")
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SEEN = Capacity(
    parse_resources({"cpu": "96", "memory": "768Gi", "pods": "6k"}),
    parse_resources({"cpu": "20", "memory": "0", "pods": "3"}),
    parse_resources({"cpu": "500m", "memory": "1Gi", "pods": "1"}),
    (NodeGrade(parse_models([])[6].minimum, 2),),
)
REFUSED = Condition("CapacityObserved", "False", NOW, "NotObserved", "the credential may not list nodes. Add a rule.")


def state(**fields: object) -> RecordedState:
    return RecordedState("c1", clusters={M1: RecordedCluster(M1, "m1.yaml", **fields)})  # type: ignore[arg-type]


def test_what_is_requested_of_what_there_is() -> None:
    (row,) = cluster_rows([Cluster(M1)], state(capacity=SEEN))
    assert "cpu 20500m/96, memory 1Gi/768Gi, pods 4/6k" in row.cells(NOW)
    assert row.document()["resourceSummary"] == {
        "allocatable": {"cpu": "96", "memory": "768Gi", "pods": "6k"},
        "allocated": {"cpu": "20", "memory": "0", "pods": "3"},
        "allocating": {"cpu": "500m", "memory": "1Gi", "pods": "1"},
        "nodes": [{"count": 2, "min": {"cpu": "32", "memory": "256Gi"}}],
    }


def test_what_is_not_known() -> None:
    (row,) = cluster_rows([Cluster(M1)], state())
    assert row.document()["resourceSummary"] is None
    assert capacity_document(None) is None
    assert capacity_lines([Cluster(M1)], state()) == []


def test_a_member_that_may_not_be_seen_says_so() -> None:
    refused = state(conditions=(REFUSED,))
    (row,) = cluster_rows([Cluster(M1)], refused)
    told = "its capacity is not known: the credential may not list nodes. Add a rule."
    assert row.document()["message"] == told
    assert capacity_lines([Cluster(M1)], refused) == [f"m1: {told}"]
