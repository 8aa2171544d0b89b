"""Discovery replaces the recorded version and APIs of the members that answered."""

from __future__ import annotations

from reconciler.cluster.member_protocol import Discovery
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.settings import DeclaredKind
from reconciler.record.discovery import update_discovery
from tests.support.builders import cluster

M1, M2 = ClusterName("m1"), ClusterName("m2")
FLEET = (cluster("m1"), cluster("m2"))
SECRETS = frozenset({GroupVersionKind("", "v1", "Secret")})
OLD = RecordedState(clusters={M1: RecordedCluster(M1, "m1.yaml", objects=3, version="v1.33.0", apis=SECRETS)})


def test_only_members_that_answered_change() -> None:
    state = update_discovery(OLD, FLEET, {M2: Discovery("v1.34.0", SECRETS)})
    assert state.clusters[M1] is OLD.clusters[M1]
    assert (state.clusters[M2].version, state.clusters[M2].apis) == ("v1.34.0", SECRETS)


def test_other_facts_of_a_member_stay() -> None:
    state = update_discovery(OLD, FLEET, {M1: Discovery("v1.34.0", frozenset())})
    assert state.clusters[M1] == RecordedCluster(M1, "m1.yaml", objects=3, version="v1.34.0", apis=frozenset())


def test_the_kinds_of_a_group_that_is_not_answered_for_stay() -> None:
    """Absence from the answer says nothing about them: no workload moves because an extension API server is down."""
    metrics, other = GroupVersionKind("metrics.k8s.io", "v1", "PodMetrics"), GroupVersionKind("example.com", "v1", "Widget")
    recorded = RecordedState(clusters={M1: RecordedCluster(M1, "m1.yaml", version="v1", apis=SECRETS | {metrics, other})})
    answer = Discovery("v1", SECRETS, frozenset({("metrics.k8s.io", "v1")}))
    assert update_discovery(recorded, FLEET, {M1: answer}).clusters[M1].apis == SECRETS | {metrics}


def test_an_equal_answer_gives_the_same_state() -> None:
    assert update_discovery(OLD, FLEET, {M1: Discovery("v1.33.0", SECRETS)}) is OLD


def test_a_member_that_is_not_declared_is_ignored() -> None:
    other = ClusterName("other")
    assert update_discovery(OLD, FLEET, {other: Discovery("v1.34.0", SECRETS)}) is OLD


def test_the_scope_of_what_is_not_built_in_is_recorded() -> None:
    widget, gadget = (GroupVersionKind(f"{name}.example.com", "v1", "Thing") for name in ("widget", "gadget"))
    answer = Discovery("v1.33.0", SECRETS | {widget, gadget}, namespaced=SECRETS | {widget})
    state = update_discovery(OLD, FLEET, {M1: answer})
    assert state.clusters[M1].custom_kinds == {DeclaredKind(widget, True), DeclaredKind(gadget, False)}
    assert update_discovery(state, FLEET, {M1: answer}) is state
    silent = Discovery("v1.33.0", SECRETS | {widget}, frozenset({(gadget.group, "v1")}), SECRETS | {widget})
    assert update_discovery(state, FLEET, {M1: silent}) is state


def test_a_record_of_an_older_program_gets_the_scopes() -> None:
    widget = GroupVersionKind("example.com", "v1", "Widget")
    older = RecordedState(clusters={M1: RecordedCluster(M1, "m1.yaml", version="v1.33.0", apis=frozenset({widget}))})
    state = update_discovery(older, FLEET, {M1: Discovery("v1.33.0", frozenset({widget}), namespaced=frozenset({widget}))})
    assert state.clusters[M1].custom_kinds == {DeclaredKind(widget, True)}
