"""Passes over a fleet in which an agent keeps one member: nothing is asked of it, and its report counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.condition import Condition
from reconciler.model.health import CURRENT, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.passes.events import AgentSilent
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.reconciliation import Seen
from reconciler.passes.verdict import Verdict, verdict_of
from reconciler.record.fold import IN_DOUBT, NOT_REMOVED
from tests.support.in_memory_fleet import NOW, Playground
from tests.support.shop import SHOP, cluster_file, on, policy_file, text, workload

M1, M2, M3 = ClusterName("m1"), ClusterName("m2"), ClusterName("m3")
WEB = ResourceKey("apps", "Deployment", "shop", "web")
FILES = {path: text for path, text in SHOP.items() if path.startswith(("clusters/", "namespace"))} | {
    "clusters/m3.yaml": cluster_file("m3").replace("Push", "Pull"),
    "web/deployment.yaml": workload("web", 2),
    "web/policy.yaml": policy_file("web", "Deployment", on("m1")),
}


def placed(member: str, kind: str = "Deployment") -> dict[str, str]:
    return FILES | {"web/deployment.yaml": workload("web", 2, kind), "web/policy.yaml": policy_file("web", kind, on(member))}


async def one_pass(
    said: MemberReport | str, recorded: RecordedState, files: dict[str, str] = FILES, fleet: Playground | None = None
) -> Pass:
    fleet = fleet or Playground("m1", "m2")
    reconciliation = await fleet.reconciliation(files)
    reconciliation.fleet.pulled[M3] = said
    return await run_pass(reconciliation, recorded)


def report(*statuses: ClusterStatus) -> MemberReport:
    found = dict.fromkeys((WEB,), *statuses) if statuses else {}
    return MemberReport(RecordedCluster(M3, ""), found, "3f2c1ab", "", NOW, timedelta(hours=1), replicas=dict.fromkeys(found, 2))


BY_DISK = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterTaintPolicy
    metadata: {name: disk}
    spec:
      addOnConditions: [{conditionType: DiskPressure, operator: In, statusValues: ["True"]}]
      removeOnConditions: [{conditionType: DiskPressure, operator: In, statusValues: ["False"]}]
      taints: [{key: disk, effect: NoExecute}]
""")


async def test_without_a_record_a_copy_that_an_agent_reports_waits_for_its_successor() -> None:
    done = await one_pass(report(ClusterStatus(M3, True, CURRENT)), RecordedState())
    decision = done.recorded.decisions[WEB]
    assert decision.binding.cluster_names == ("m1", "m3")
    assert list(decision.leaving) == [M3]


async def test_with_a_record_the_copy_that_is_not_wanted_is_told() -> None:
    copy = report(ClusterStatus(M3, True, CURRENT))
    done = await one_pass(copy, RecordedState(), placed("m3"))
    for _ in range(2):
        done = await one_pass(copy, done.recorded)
    assert done.recorded.decisions[WEB].binding.cluster_names == ("m1",)
    status = done.recorded.report_of(WEB).status_in(M3)
    assert status is not None
    assert (status.applied, status.message) == (False, NOT_REMOVED)


async def test_a_claimed_copy_blocks_no_move_of_what_must_not_run_twice() -> None:
    fleet, stateful = Playground("m1", "m2"), ResourceKey("apps", "StatefulSet", "shop", "web")
    liar = replace(report(), statuses={stateful: ClusterStatus(M3, True, CURRENT)})
    done = await one_pass(report(), RecordedState(), placed("m1", "StatefulSet"), fleet)
    for _ in range(3):
        done = await one_pass(liar, done.recorded, placed("m2", "StatefulSet"), fleet)
    assert str(stateful) in fleet.holds()["m2"]


def with_server(recorded: RecordedState, name: ClusterName, server: str) -> RecordedState:
    return replace(recorded, clusters={**recorded.clusters, name: replace(recorded.clusters[name], id=server)})


async def test_an_agent_in_the_cluster_of_another_member_is_not_believed() -> None:
    done = await one_pass(report(), RecordedState(), placed("m3"))
    (digest,) = (one.public_digest for one in done.works[M3].manifests if one.key == WEB)
    said = replace(report(ClusterStatus(M3, True, CURRENT, digest=digest)), facts=RecordedCluster(M3, "", id="1"))
    done = await one_pass(said, with_server(done.recorded, M1, "1"), placed("m3"))
    status = done.recorded.report_of(WEB).status_in(M3)
    assert status is not None
    assert (status.applied, status.health.status) == (False, HealthStatus.UNKNOWN)
    assert done.unreadable[M3].startswith("m3: its agent keeps a cluster that is a member already, as m1 (")
    assert (done.recorded.clusters[M3].id, done.recorded.clusters[M1].ready) == ("", True)


@pytest.mark.parametrize(
    ("seen", "pruned"),
    [(Seen(holdings=False), False), (Seen(True, "1"), False), (Seen(True, "2"), True), (Seen(True), True)],
)
async def test_an_agent_prunes_where_the_leader_has_seen_this_server(seen: Seen, pruned: bool) -> None:
    fleet = Playground("m1", "m2")
    done = await one_pass(report(), RecordedState(), placed("m1"), fleet)
    for _ in range(3):  # `2` is what discovery found.
        reconciliation = replace(await fleet.reconciliation(placed("m2")), seen={M1: seen, M2: seen})
        reconciliation.fleet.pulled[M3] = report()
        done = await run_pass(reconciliation, with_server(done.recorded, M1, "2"))
    assert (str(WEB) not in fleet.holds()["m1"]) is pruned


async def test_a_silent_agent_is_told_and_nothing_is_retried() -> None:
    files = placed("m3")
    done = await one_pass("its agent has not reported yet", RecordedState(), files)
    assert AgentSilent(M3, "m3: its agent has not reported yet") in done.events
    assert (done.unreadable[M3], done.unfinished) == ("m3: its agent has not reported yet", False)
    assert not done.recorded.clusters[M3].ready
    status = done.recorded.report_of(WEB).status_in(M3)
    assert status is not None
    assert status.health.status is HealthStatus.UNKNOWN
    assert verdict_of(done) is Verdict.FAILED


async def test_what_an_agent_may_still_create_is_not_created_elsewhere() -> None:
    """It was placed on m3 and moved away before the agent reported on either: an older report without it says nothing."""
    fleet, stateful = Playground("m1", "m2"), ResourceKey("apps", "StatefulSet", "shop", "web")
    older = replace(report(), revision="older")
    done = await one_pass(older, RecordedState(), placed("m3", "StatefulSet"), fleet)
    for _ in range(3):
        done = await one_pass(older, done.recorded, placed("m1", "StatefulSet"), fleet)
    status = done.recorded.report_of(stateful).status_in(M3)
    assert status is not None
    assert (status.health.status, status.message) == (HealthStatus.UNKNOWN, IN_DOUBT)
    assert str(stateful) not in fleet.holds()["m1"]
    for _ in range(2):
        done = await one_pass(report(), done.recorded, placed("m1", "StatefulSet"), fleet)
    assert done.recorded.report_of(stateful).status_in(M3) is None
    assert str(stateful) in fleet.holds()["m1"]


async def test_a_copy_that_comes_back_counts_when_its_agent_reports_it_again() -> None:
    """It moved to m1 and back. The agent may still remove it, although its last report calls it applied and Current."""
    fleet = Playground("m1", "m2")
    done = await one_pass(report(), RecordedState(), placed("m3"), fleet)
    (digest,) = (one.public_digest for one in done.works[M3].manifests if one.key == WEB)
    newest = report(ClusterStatus(M3, True, CURRENT, digest=digest))
    older = replace(newest, revision="older")
    for files in (placed("m3"), placed("m1"), placed("m1"), placed("m1")):
        done = await one_pass(newest, done.recorded, files, fleet)
    assert done.recorded.decisions[WEB].binding.cluster_names == ("m1",)
    for _ in range(3):
        done = await one_pass(older, done.recorded, placed("m3"), fleet)
    assert str(WEB) in fleet.holds()["m1"]
    for _ in range(2):
        done = await one_pass(newest, done.recorded, placed("m3"), fleet)
    assert str(WEB) not in fleet.holds()["m1"]


async def test_decisions_within_one_revision_are_told_apart() -> None:
    """As above, but a lost member and its return, not commits, moved the copy: the report is on the same revision."""
    fleet = Playground("m1", "m2")
    done = await one_pass(report(), RecordedState(), placed("m3"), fleet)
    (digest,) = (one.public_digest for one in done.works[M3].manifests if one.key == WEB)
    newest, first = report(ClusterStatus(M3, True, CURRENT, digest=digest)), done.recorded.clusters[M3].generation
    older = replace(newest, generation=first)
    for files in (placed("m3"), placed("m1"), placed("m1"), placed("m1")):
        done = await one_pass(older, done.recorded, files, fleet)
    assert done.recorded.decisions[WEB].binding.cluster_names == ("m1",)
    assert done.recorded.clusters[M3].generation == first + 1
    for _ in range(3):
        done = await one_pass(older, done.recorded, placed("m3"), fleet)
    assert str(WEB) in fleet.holds()["m1"]
    for _ in range(2):
        done = await one_pass(replace(newest, generation=first + 2), done.recorded, placed("m3"), fleet)
    assert str(WEB) not in fleet.holds()["m1"]


async def test_a_new_revision_that_changes_nothing_here_changes_no_status() -> None:
    fleet = Playground("m1", "m2")
    done = await one_pass(report(), RecordedState(), placed("m3"), fleet)
    statuses = {one.key: ClusterStatus(M3, True, CURRENT, digest=one.public_digest) for one in done.works[M3].manifests}
    newest = replace(report(), statuses=statuses)
    done = await one_pass(newest, done.recorded, placed("m3"), fleet)
    after = await one_pass(replace(newest, revision="older"), done.recorded, placed("m3"), fleet)
    assert not after.moved
    assert verdict_of(after) is verdict_of(done)


async def test_a_condition_that_a_report_adds_taints_the_member_until_a_report_is_without_it() -> None:
    """Whoever writes the report may know more than whether the member answers."""
    full = Condition("DiskPressure", "True", NOW, "KubeletHasDiskPressure", "the disks are full")
    files = placed("m3") | {"disk.yaml": BY_DISK}
    done = await one_pass(report(), RecordedState(), files)
    assert done.recorded.clusters[M3].taints == ()
    told = replace(report(), facts=RecordedCluster(M3, "", conditions=(full,)))
    for _ in range(2):
        done = await one_pass(told, done.recorded, files)
    recorded = done.recorded.clusters[M3]
    assert [(taint.key, taint.effect, taint.time_added is not None) for taint in recorded.taints] == [("disk", "NoExecute", True)]
    assert full in recorded.conditions
    for _ in range(2):
        done = await one_pass(report(), done.recorded, files)
    recorded = done.recorded.clusters[M3]
    assert [condition.type for condition in recorded.conditions] == ["Ready"]
    assert [taint.key for taint in recorded.taints] == ["disk"], "a condition that is gone is not one that is False"
    for _ in range(2):
        done = await one_pass(
            replace(told, facts=RecordedCluster(M3, "", conditions=(replace(full, status="False"),))), done.recorded, files
        )
    assert done.recorded.clusters[M3].taints == ()
