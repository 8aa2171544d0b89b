"""APIs and capacity of a member in its document."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.load.capacity import parse_capacity
from reconciler.model.capacity import Capacity
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.settings import DeclaredKind
from reconciler.record.branch_layout import UnreadableStatusError, files_of, state_of

M1 = ClusterName("m1")
CAPACITY = parse_capacity(
    {
        "spec": {
            "resourceModels": [
                {"grade": 1, "ranges": [{"name": "memory", "min": "4Gi"}, {"name": "cpu", "min": "1"}]},
                {"grade": 0, "ranges": [{"name": "cpu", "min": "0", "max": "1"}]},
                {"grade": 2, "ranges": []},
            ]
        },
        "status": {
            "resourceSummary": {
                "allocatable": {"pods": "110", "cpu": "3920m", "memory": "16Gi"},
                "allocated": {"cpu": "0.5"},
                "allocatableModelings": [{"grade": 0, "count": 1}, {"grade": 1, "count": 3}, {"grade": 2, "count": 0}],
            }
        },
    }
)
APIS = frozenset(GroupVersionKind.parse(*api.split()) for api in ("v1 Secret", "apps/v1 Deployment", "v1 ConfigMap"))

WRITTEN = dedent("""\
    apiVersion: status.reconciler.dev/v1alpha1
    kind: Cluster
    metadata:
      name: m1
    spec:
      file: m1.yaml
      resourceModels:
      - grade: 0
        ranges:
        - min: "0"
          name: cpu
      - grade: 1
        ranges:
        - min: "1"
          name: cpu
        - min: 4Gi
          name: memory
    status:
      apiEnablements:
      - groupVersion: apps/v1
        resources:
        - kind: Deployment
      - groupVersion: v1
        resources:
        - kind: ConfigMap
        - kind: Secret
      objects:
        applied: 0
        current: 0
        total: 0
      ready: true
      resourceSummary:
        allocatable:
          cpu: 3920m
          memory: 16Gi
          pods: "110"
        allocatableModelings:
        - count: 1
          grade: 0
        - count: 3
          grade: 1
        allocated:
          cpu: 500m
""")


def written(cluster: RecordedCluster) -> str:
    return files_of(RecordedState(clusters={M1: cluster}))["clusters/m1.yaml"].decode()


def read(document: str) -> RecordedCluster:
    return state_of({"clusters/m1.yaml": document.encode()}).clusters[M1]


def test_the_shape_is_that_of_karmadas_cluster() -> None:
    cluster = RecordedCluster(M1, "m1.yaml", apis=APIS, capacity=CAPACITY)
    assert written(cluster) == WRITTEN
    assert read(WRITTEN) == cluster


@pytest.mark.parametrize("apis", [None, frozenset[GroupVersionKind](), APIS])
@pytest.mark.parametrize("capacity", [None, Capacity(), Capacity(grades=()), CAPACITY])
def test_unknown_is_not_nothing(apis: frozenset[GroupVersionKind] | None, capacity: Capacity | None) -> None:
    cluster = RecordedCluster(M1, "m1.yaml", apis=apis, capacity=capacity)
    assert read(written(cluster)) == cluster


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("cpu: 3920m", "cpu: much", "capacity: not a quantity"),
        ('min: "1"', "min: [1]", "capacity: not a quantity"),
        ("count: 3", "count: some", "a count is not a whole number"),
        ("allocated:\n      cpu: 500m", "allocated: 500m", "resourceSummary.allocated is not a mapping"),
        ("groupVersion: apps/v1", "group: apps/v1", "a groupVersion or a kind is missing"),
        ("kind: Deployment", "kind: 7", "a groupVersion or a kind is missing"),
    ],
)
def test_nonsense_is_refused(before: str, after: str, reason: str) -> None:
    assert before in WRITTEN
    with pytest.raises(UnreadableStatusError, match="on the status branch cannot be read") as caught:
        read(WRITTEN.replace(before, after))
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("field", "reason"), [("apiEnablements: all", "is not a list"), ("resourceSummary: 3", "is not a mapping")]
)
def test_nonsense_in_place_of_a_whole_field_is_refused(field: str, reason: str) -> None:
    document = written(RecordedCluster(M1, "m1.yaml")).replace("status:\n", f"status:\n  {field}\n")
    with pytest.raises(UnreadableStatusError, match=reason):
        read(document)


WIDGET, GADGET = (GroupVersionKind("example.com", "v1", kind) for kind in ("Widget", "Gadget"))


def test_the_scope_of_custom_kinds_is_recorded_and_may_be_absent() -> None:
    kinds = frozenset({DeclaredKind(WIDGET, True), DeclaredKind(GADGET, False)})
    cluster = RecordedCluster(M1, "m1.yaml", apis=frozenset({WIDGET, GADGET}), custom_kinds=kinds)
    document = written(cluster)
    assert document.count("scope: Cluster") == document.count("scope: Namespaced") == 1
    assert read(document) == cluster
    older = document.replace("scope: Cluster", "").replace("scope: Namespaced", "")
    assert read(older) == RecordedCluster(M1, "m1.yaml", apis=cluster.apis)
