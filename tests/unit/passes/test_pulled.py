"""Passes over a fleet in which an agent keeps one member: nothing is asked of it, and its report counts."""

from __future__ import annotations

from datetime import timedelta

from reconciler.model.health import CURRENT, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, RecordedCluster, RecordedState
from reconciler.passes.events import AgentSilent
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.verdict import Verdict, verdict_of
from reconciler.record.fold import NOT_REMOVED
from tests.support.in_memory_fleet import NOW, Playground
from tests.support.shop import SHOP, cluster_file, on, policy_file, workload

M3 = ClusterName("m3")
WEB = ResourceKey("apps", "Deployment", "shop", "web")
FILES = {path: text for path, text in SHOP.items() if path.startswith(("clusters/", "namespace"))} | {
    "clusters/m3.yaml": cluster_file("m3").replace("Push", "Pull"),
    "web/deployment.yaml": workload("web", 2),
    "web/policy.yaml": policy_file("web", "Deployment", on("m1")),
}


async def one_pass(said: MemberReport | str, recorded: RecordedState, files: dict[str, str] = FILES) -> Pass:
    fleet = Playground("m1", "m2")
    reconciliation = await fleet.reconciliation(files)
    reconciliation.fleet.pulled[M3] = said
    return await run_pass(reconciliation, recorded)


def report(*statuses: ClusterStatus) -> MemberReport:
    found = dict.fromkeys((WEB,), *statuses) if statuses else {}
    return MemberReport(RecordedCluster(M3, ""), found, "3f2c1ab", "", NOW, timedelta(hours=1), dict.fromkeys(found, 2))


async def test_without_a_record_a_copy_that_an_agent_reports_waits_for_its_successor() -> None:
    done = await one_pass(report(ClusterStatus(M3, True, CURRENT)), RecordedState())
    decision = done.recorded.decisions[WEB]
    assert decision.binding.cluster_names == ("m1", "m3")
    assert list(decision.leaving) == [M3]


async def test_with_a_record_the_copy_that_is_not_wanted_is_told() -> None:
    before = await one_pass(report(), RecordedState())
    assert before.recorded.decisions[WEB].binding.cluster_names == ("m1",)
    done = await one_pass(report(ClusterStatus(M3, True, CURRENT)), before.recorded)
    status = done.recorded.report_of(WEB).status_in(M3)
    assert status is not None
    assert (status.applied, status.message) == (False, NOT_REMOVED)


async def test_a_silent_agent_is_told_and_nothing_is_retried() -> None:
    files = FILES | {"web/policy.yaml": policy_file("web", "Deployment", on("m3"))}
    done = await one_pass("its agent has not reported yet", RecordedState(), files)
    assert AgentSilent(M3, "m3: its agent has not reported yet") in done.events
    assert (done.unreadable[M3], done.unfinished) == ("m3: its agent has not reported yet", False)
    assert not done.recorded.clusters[M3].ready
    status = done.recorded.report_of(WEB).status_in(M3)
    assert status is not None
    assert status.health.status is HealthStatus.UNKNOWN
    assert verdict_of(done) is Verdict.FAILED
