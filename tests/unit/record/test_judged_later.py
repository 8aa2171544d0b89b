"""The health of copies whose status this program wrote after the pass."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.interpreter.precedence import BUILT_IN
from reconciler.model.health import KEPT, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedState
from reconciler.record.judged_later import with_health_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ResourceKey("multicluster.x-k8s.io", "ServiceExport", "shop", "web")
M1, M2, M3 = map(ClusterName, ("m1", "m2", "m3"))
WELL = Health(HealthStatus.CURRENT, "no condition shows a problem")


def export(conflict: str) -> dict[str, object]:
    condition = {"type": "Conflict", "status": conflict, "reason": "PortConflict", "message": "port http differs"}
    return {
        "apiVersion": "multicluster.x-k8s.io/v1alpha1",
        "kind": "ServiceExport",
        "metadata": {"name": "web", "namespace": "shop"},
        "status": {"conditions": [condition]},
    }


def test_what_is_recorded_says_what_was_written() -> None:
    kept = ClusterStatus(M3, True, Health(HealthStatus.CURRENT, reason=KEPT))
    report = ObjectReport((ClusterStatus(M1, True, WELL), ClusterStatus(M2, False, WELL), kept))
    state = RecordedState(reports={KEY: report})
    conflict = {(KEY, name): export("True") for name in (M1, M2, M3)}
    after = with_health_of(state, conflict, BUILT_IN, NOW).reports[KEY]
    assert after.statuses[0].health == Health(HealthStatus.FAILED, "port http differs", "PortConflict")
    assert after.statuses[1:] == report.statuses[1:]


def test_what_says_nothing_new_changes_nothing() -> None:
    state = RecordedState(reports={KEY: ObjectReport((ClusterStatus(M1, True, WELL),))})
    assert with_health_of(state, {(KEY, M1): export("False")}, BUILT_IN, NOW) is state
    other = ResourceKey(KEY.group, KEY.kind, "shop", "other")
    assert with_health_of(state, {(other, M1): export("True")}, BUILT_IN, NOW) is state
