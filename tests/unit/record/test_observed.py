"""What a pass leaves that wrote nothing: its decisions do not count as applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.observed import Differences, Observed
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.settings import Mode
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.observed import observed_beside, observed_state

NOW = datetime(2026, 1, 1, tzinfo=UTC)
M1, M2 = ClusterName("m1"), ClusterName("m2")
WEB = ResourceKey("apps", "Deployment", "shop", "web")


def decision(key: ResourceKey, *names: ClusterName) -> RecordedDecision:
    return RecordedDecision(Binding(key, None, tuple(map(TargetCluster, names))), "web.yaml")


def report(*names: ClusterName) -> ObjectReport:
    return ObjectReport(tuple(ClusterStatus(name, health=CURRENT, applied=True) for name in names))


def test_decisions_and_the_revision_stay_and_health_is_new() -> None:
    api = ResourceKey("apps", "Deployment", "shop", "api")
    clusters = {M1: RecordedCluster(M1, "m1.yaml", digest="old", generation=3)}
    last = RecordedState("c1", {WEB: decision(WEB, M1)}, {}, clusters)
    new = {
        M1: RecordedCluster(M1, "m1.yaml", digest="new", generation=4, version="v1.36.0"),
        M2: RecordedCluster(M2, "m2.yaml", digest="x"),
    }
    full = RecordedState("c2", {WEB: decision(WEB, M2), api: decision(api, M2)}, {WEB: report(M1, M2), api: report(M2)}, new)
    state = observed_state(last, full, {M1: Differences(creates=(api,))}, NOW)
    assert (state.revision, state.decisions, state.mode) == ("c1", last.decisions, Mode.OBSERVE)
    assert state.reports == {WEB: report(M1)}
    one, two = state.clusters[M1], state.clusters[M2]
    assert (one.digest, one.generation, one.version) == ("old", 3, "v1.36.0")
    assert one.observed == Observed(NOW, creates=1, digest=Differences(creates=(api,)).digest)
    assert (two.digest, two.read, two.observed) == ("", False, None), "it was never applied, and did not answer"
    assert state_of(files_of(state)) == state
    assert observed_state(state, full, {M1: Differences(creates=(api,))}, NOW) is state
    silent = observed_state(state, full, {}, NOW)
    assert silent.clusters[M1].observed == Observed(NOW, creates=1, digest=one.observed.digest, unread_since=NOW)
    assert state_of(files_of(silent)) == silent
    anew = observed_beside(silent, RecordedState())
    assert {name: cluster.observed for name, cluster in anew.clusters.items()} == {M1: None, M2: None}
    beside = observed_beside(replace(last, revision="c3"), state)
    assert (beside.revision, beside.decisions, beside.clusters[M1].observed) == ("c3", last.decisions, one.observed)
    assert (list(beside.clusters), beside.clusters[M2].read) == ([M1, M2], False)
