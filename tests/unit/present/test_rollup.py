"""Rows of `status` and `clusters`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.binding import RequiredBy
from reconciler.model.cluster import Taint
from reconciler.model.condition import Condition
from reconciler.model.eviction import EvictionPhase, EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.health import UNOBSERVED, Health, HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import NO_REPORT, RecordedCluster, RecordedState
from reconciler.model.settings import PruneGuard
from reconciler.plan.prune import PruneRules, guard_refusal
from reconciler.present.rollup import cluster_rows, object_rows
from reconciler.present.style import Style
from reconciler.present.table import Cell
from tests.support.builders import Recorded, binding, cluster, config, namespace, recorded, recorded_state, status


def state(*found: Recorded) -> RecordedState:
    seen = RecordedCluster(ClusterName("m1"), "m1.yaml", objects=3, applied=2, current=1, message="a\nb")
    return recorded_state(*found, clusters=[seen])


WELL = recorded(binding(m1=2, m2=1))
NOW = datetime(2026, 1, 20, tzinfo=UTC)
M1 = RecordedCluster(ClusterName("m1"), "")
REPORT = MemberReport(M1, {}, "3f2c1ab", "77aa", NOW - timedelta(seconds=90), timedelta(minutes=5))
GPU = Taint("gpu", "", "NoSchedule")


def test_a_member_is_asked_about_what_it_should_have_lost_as_well() -> None:
    stuck = state(recorded(binding(m1=2), status("m1"), status("m2", applied=False, message="not pruned")))
    assert [row.message for row in object_rows(stuck, ["m2"])] == ["m2: not pruned"]
    assert object_rows(stuck, ["m3"]) == []


def test_a_current_object_that_says_more_is_well() -> None:
    (row,) = object_rows(state(recorded(binding(m1=2), status("m1", Health(HealthStatus.CURRENT, "2 replicas available")))))
    assert (row.well, row.message) == (True, "")


def test_a_row_tells_where_how_many_and_how_well() -> None:
    (row,) = object_rows(state(WELL))
    assert row.well
    assert row.cells() == (
        "shop", Cell(("Deployment.apps/web", "Deployment/web")), "PropagationPolicy/web", Cell(("m1:2,m2:1", "2")), "2/2",
        Cell(("Current",), Style.GOOD), "",
    )  # fmt: skip
    assert row.document() == {
        "group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web",
        "policy": {"kind": "PropagationPolicy", "namespace": "shop", "name": "web"},
        "clusters": [
            {"name": "m1", "replicas": 2, "applied": True, "health": "Current", "message": ""},
            {"name": "m2", "replicas": 1, "applied": True, "health": "Current", "message": ""},
        ],
        "health": "Current",
        "message": "",
        "rollout": "",
        "evictions": [],
    }  # fmt: skip


def test_a_row_tells_where_the_object_moves_from_and_since_when() -> None:
    since = datetime(2026, 1, 1, 12, tzinfo=UTC)
    task = EvictionTask(M1.name, PurgeMode.GRACEFULLY, "TaintUntolerated", "TaintManager", since, "the member has the taint a")
    (row,) = object_rows(state(recorded(binding(m1=2), status("m1"), evictions=(task,))))
    assert row.message == "leaves m1 since 2026-01-01T12:00:00Z: the member has the taint a"
    assert row.document()["evictions"] == [
        {
            "cluster": "m1", "phase": "Evicting", "reason": "TaintUntolerated", "message": "the member has the taint a",
            "since": "2026-01-01T12:00:00Z", "purgeMode": "Gracefully",
        }
    ]  # fmt: skip
    over = replace(task, phase=EvictionPhase.EVICTED)
    (row,) = object_rows(state(recorded(binding(m2=2), status("m2"), evictions=(over,))))
    assert (row.message, row.well) == ("", True)


def test_a_member_tells_since_when_it_is_not_ready() -> None:
    since = datetime(2026, 1, 1, 12, tzinfo=UTC)
    down = Condition("Ready", "False", since, "ClusterNotReachable", "cluster is not reachable")
    lost = replace(M1, ready=False, message="m1 does not answer", conditions=(down,))
    (row,) = cluster_rows([cluster("m1")], RecordedState(clusters={M1.name: lost}))
    assert row.document()["message"] == "m1 does not answer; not Ready (ClusterNotReachable) since 2026-01-01T12:00:00Z"
    assert row.document()["conditions"] == [
        {
            "type": "Ready", "status": "False", "reason": "ClusterNotReachable", "message": "cluster is not reachable",
            "since": "2026-01-01T12:00:00Z",
        }
    ]  # fmt: skip


def test_a_row_names_what_its_object_follows() -> None:
    unclaimed = replace(binding(config(), m1=0), policy=None)
    (row,) = object_rows(state(recorded(unclaimed, required_by=(RequiredBy(WELL.binding.key, WELL.binding.targets),))))
    assert (row.cells()[2], row.document()["policy"]) == ("follows Deployment.apps shop/web", None)


def test_the_refusals_of_the_prune_guard_are_short_in_a_table() -> None:
    rules = PruneRules(PruneGuard())
    told = [f"not pruned: {guard_refusal(30, 30, rules, name)}" for name in ("m1", "m2")]
    held = [status(name, applied=False, message=message) for name, message in zip(("m1", "m2"), told, strict=True)]
    (row,) = object_rows(state(recorded(binding(m1=1, m2=1), *held)))
    short = "not pruned: needs consent: --allow-prune"
    assert row.cells()[6] == f"m1: {short} m1; m2: {short} m2"
    assert row.message == f"m1: {told[0]}; m2: {told[1]}"


def test_what_nobody_observes_is_well_and_not_called_current() -> None:
    (row,) = object_rows(state(recorded(binding(m1=1, m2=1), status("m1"), status("m2", UNOBSERVED))))
    assert (row.well, row.cells()[5], row.document()["health"]) == (True, Cell(("NotObserved",)), "Current")
    (folder,) = cluster_rows([replace(cluster("m1"), api_endpoint="file:m1")], state())
    assert folder.cells(NOW)[9] == "-"


def test_a_row_tells_the_number_that_an_override_wrote() -> None:
    (row,) = object_rows(state(recorded(binding(m1=2, m2=1), overridden={ClusterName("m2"): 10})))
    assert row.cells()[3] == Cell(("m1:2,m2:10 (share 1)", "2 clusters", "2"))
    assert [one["replicas"] for one in row.document()["clusters"]] == [2, 10]


@pytest.mark.parametrize(
    ("found", "applied", "health", "message"),
    [
        (recorded(binding(m1=1, m2=1), status("m1")), 1, HealthStatus.CURRENT, ""),
        (recorded(binding(m1=1))._replace(report=NO_REPORT), 0, HealthStatus.UNKNOWN, ""),
        (
            recorded(binding(m1=1, m2=1), status("m1"), status("m2", Health(HealthStatus.FAILED, "crashes"))),
            2, HealthStatus.FAILED, "m2: crashes",
        ),
        (
            recorded(binding(m1=1), status("m1", HealthStatus.UNKNOWN, applied=False, message="refused")),
            0, HealthStatus.UNKNOWN, "m1: refused",
        ),
        (recorded(binding(m1=1), message="NoClusterFit: x"), 1, HealthStatus.CURRENT, "NoClusterFit: x"),
    ],
)  # fmt: skip
def test_what_is_not_well(found: Recorded, applied: int, health: HealthStatus, message: str) -> None:
    (row,) = object_rows(state(found))
    assert (row.applied, row.health.status, row.message, row.well) == (applied, health, message, False)


def test_a_template_without_a_policy_and_without_copies_is_listed_and_no_failure() -> None:
    """One that a policy claims and that fits nowhere is an error, and so is a copy that is not as it should be."""
    nowhere = binding(config())
    unclaimed = replace(nowhere, policy=None)
    rows = object_rows(state(recorded(unclaimed, message="no policy claims it")))
    rows += object_rows(state(recorded(nowhere, message="NoClusterFit: x")))
    rows += object_rows(state(recorded(unclaimed, status("m1", applied=False, message="not pruned: x"))))
    assert [(row.well, row.only_warned_of) for row in rows] == [(False, True), (False, False), (False, False)]


def test_a_member_that_should_hold_it_no_more_is_shown_too() -> None:
    (row,) = object_rows(state(recorded(binding(m1=1), status("m1"), status("m2", applied=False, message="not pruned: x"))))
    assert (row.clusters, row.well) == (("m1", "m2"), False)


def test_only_the_members_asked_for() -> None:
    other = recorded(binding(config(), m3=0))
    assert [str(row.key) for row in object_rows(state(WELL, other), {"m1"})] == ["Deployment.apps shop/web"]
    (row,) = object_rows(state(recorded(binding(m1=1, m2=1), status("m1"), status("m2", applied=False))), {"m1"})
    assert (row.clusters, row.well) == (("m1",), True)


def test_rows_are_sorted_by_namespace_kind_and_name() -> None:
    found = [recorded(binding(item, m1=0)) for item in (config("b"), config("a"), namespace("shop"))]
    assert [str(row.key) for row in object_rows(state(*found, WELL))] == [
        "Namespace shop", "ConfigMap shop/a", "ConfigMap shop/b", "Deployment.apps shop/web",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "mode", "ready", "message"),
    [
        (REPORT, "Pull (90s ago)", True, "a b"),
        (
            replace(REPORT, at=NOW - timedelta(hours=3)),
            "Pull (3h ago)",
            None,
            "m1: its agent reported last at 2026-01-19T21:00:00Z",
        ),
        ("its agent has not reported yet", "Pull", None, "m1: its agent has not reported yet"),
    ],
)
def test_a_member_with_an_agent_shows_its_last_sign_of_life(
    said: MemberReport | str, mode: str, ready: bool | None, message: str
) -> None:
    (row,) = cluster_rows([cluster("m1", syncMode="Pull")], state(), {ClusterName("m1"): said}, NOW)
    assert (row.cells(NOW)[2], row.ready, row.cells(NOW)[-1]) == (mode, ready, message)
    assert row.document()["reported"] == (None if isinstance(said, str) else said.at.isoformat().replace("+00:00", "Z"))


def test_members_with_what_was_seen_of_them() -> None:
    declared = replace(cluster("m1", region="eu", zones=["a", "b"]), labels={"tier": "gold"}, taints=(GPU,))
    seen, unseen = cluster_rows([declared, cluster("m2")], state())
    seen = replace(seen, since=NOW - timedelta(days=12, hours=3))
    true = Cell(("True",), Style.GOOD)
    assert seen.cells(NOW) == ("m1", "", "Push", "", "eu", "a,b", true, 3, 2, 1, "", "tier=gold", "gpu:NoSchedule", "12d", "a b")
    assert seen.document()["objects"] == {"total": 3, "applied": 2, "current": 1}
    assert (unseen.ready, unseen.document()["objects"], unseen.cells(NOW)[6]) == (None, None, Cell(("Unknown",), Style.CAUTION))


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("m1: connection refused\n  The next pass tries again.", "m1: connection refused. The next pass tries again."),
        ("it is gone.\n  Write it again.", "it is gone. Write it again."),
        ("two things:\n  - One\n  - two", "two things: - One - two"),
    ],
)  # fmt: skip
def test_the_sentences_of_a_message_stand_on_one_line(message: str, line: str) -> None:
    (row,) = object_rows(state(recorded(binding(m1=2), status("m1", applied=False, message=message))))
    assert row.cells()[-1] in (line, f"m1: {line}")
