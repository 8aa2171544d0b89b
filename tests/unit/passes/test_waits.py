"""Order across passes: what waits is written by a later pass of the same sync, across members, and after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import with_value
from reconciler.model.member_report import MemberReport
from reconciler.model.ordering import Dependency
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.notify.commit_status import State, after_pass
from reconciler.passes.events import Skipped
from reconciler.passes.options import Options
from reconciler.passes.pass_backoff import pause_after_pass
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.verdict import Verdict, verdict_of
from reconciler.pipeline.works import make_works
from tests.support.in_memory_fleet import Playground, compile_files
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload

NO_WAIT = Options(wait=False)
AVAILABLE = {"type": "Available", "status": "True"}
COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
READY = {**dict.fromkeys(COUNTS, 1), "observedGeneration": 1, "conditions": [AVAILABLE]}


def config(name: str, value: str = "1", **annotations: str) -> str:
    noted = ", ".join(f"reconciler.dev/{key.replace('_', '-')}: '{one}'" for key, one in annotations.items())
    return text(f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: {name}, namespace: shop, annotations: {{{noted}}}}}
        data: {{value: "{value}"}}
    """)


def shop(*members: str, **files: str) -> dict[str, str]:
    """Every ConfigMap goes to m1, and the Deployment db to the last member."""
    return {
        **{f"{name}.yaml": cluster_file(name) for name in members},
        "namespace.yaml": NAMESPACE,
        "policy.yaml": policy_file("all", "ConfigMap", on("m1"), api="v1").replace(", name: all}", "}"),
        "db-policy.yaml": policy_file("db", "Deployment", on(members[-1])),
        **{f"{name}.yaml": content for name, content in files.items()},
    }


def playground(*members: str) -> Playground:
    fleet = Playground(*members)
    for member in fleet.members.values():
        member.tells_health = True
    return fleet


def set_status(fleet: Playground, member: str, name: str, status: Any) -> None:
    objects = fleet.members[member].objects
    (key,) = [one for one in objects if one.name == name]
    objects[key] = with_value(with_value(objects[key], ("metadata", "generation"), 1), ("status",), status)


def writes(fleet: Playground, member: str = "m1") -> list[str]:
    return [line for line in fleet.members[member].log if "Namespace" not in line]


def status(fleet: Playground, kind: str, name: str, member: str) -> ClusterStatus:
    (key,) = [one for one in fleet.recorded.reports if (one.kind, one.name) == (kind, name)]
    found = fleet.recorded.report_of(key).status_in(ClusterName(member))
    assert found is not None
    return found


def gate_timed_out(done: Pass) -> list[str]:
    return [change.reason for plan in done.plans.values() for change in plan.changes if "not Current within 10m" in change.reason]


async def test_one_sync_brings_all_waves_in_their_order() -> None:
    fleet = playground("m1")
    files = shop("m1", a=config("a", wave="2"), b=config("b", wave="0"), c=config("c", wave="1"))
    done = await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/b", "apply ConfigMap shop/c", "apply ConfigMap shop/a"]
    assert verdict_of(done) is Verdict.DONE
    assert len(fleet.passes) == 3, "each wave is one pass"
    assert len((await fleet.sync(files)).events) == 0


async def test_only_what_depends_on_it_waits_for_an_object_that_is_not_ready() -> None:
    fleet = playground("m1")
    files = shop("m1", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db"), other=config("other"))
    done = await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/other", "apply Deployment.apps shop/db"]
    assert verdict_of(done) is Verdict.NO
    assert status(fleet, "ConfigMap", "app", "m1").message == (
        "it waits for Deployment.apps shop/db (not Current yet); otherwise it would be created"
    )
    set_status(fleet, "m1", "db", READY)
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app"]


async def test_what_waits_for_its_turn_is_not_a_problem_of_the_commit() -> None:
    fleet = playground("m1")
    files = shop("m1", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db"))
    done = await fleet.sync(files, options=NO_WAIT)
    assert after_pass("3f2c1ab", done).state is State.PENDING
    assert verdict_of(done) is Verdict.NO
    fleet.now += timedelta(minutes=10)
    assert after_pass("3f2c1ab", await fleet.sync(files, options=NO_WAIT)).state is State.FAILURE
    dry = await playground("m1").sync(files, options=Options(dry_run=True))
    assert verdict_of(dry, dry_run=True) is Verdict.DONE


async def test_an_object_that_nobody_declares_on_another_member() -> None:
    fleet = playground("m1", "m2")
    files = shop("m1", "m2", db=workload("db", 1), app=config("app", depends_on="ConfigMap/theirs@m2"))
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == []
    key = ResourceKey("", "ConfigMap", "shop", "theirs")
    fleet.members["m2"].objects[key] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "theirs", "namespace": "shop"},
    }
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app"]


async def test_a_newer_revision_ends_a_wait_at_once() -> None:
    fleet = playground("m1")
    await fleet.sync(shop("m1", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db")), options=NO_WAIT)
    await fleet.sync(shop("m1", db=workload("db", 1), app=config("app")), options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app"]


async def test_the_time_of_a_wait_outlives_the_process() -> None:
    fleet = playground("m1")
    files = shop("m1", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db"))
    done = await fleet.sync(files, options=NO_WAIT)
    since = status(fleet, "Deployment", "db", "m1").waited_for_since
    assert since is not None
    assert done.timer_in is None or done.timer_in <= 600
    fleet.now += timedelta(minutes=5)
    assert not gate_timed_out(await fleet.sync(files, options=NO_WAIT))
    assert status(fleet, "Deployment", "db", "m1").waited_for_since == since
    fleet.now += timedelta(minutes=5)
    late = await fleet.sync(files, options=NO_WAIT)
    assert len(gate_timed_out(late)) == 1
    assert [event.key.name for event in late.events if isinstance(event, Skipped)] == ["app"], "it is told"
    assert not late.may_go_on
    assert writes(fleet) == []
    set_status(fleet, "m1", "db", READY)
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app"], "what becomes Current after its time is as good"
    assert status(fleet, "Deployment", "db", "m1").waited_for_since is None


async def test_a_process_that_stays_goes_on_at_once_after_its_own_write() -> None:
    fleet = playground("m1")
    files = shop("m1", a=config("a", wave="0"), b=config("b", wave="1"), db=workload("db", 1))
    await fleet.sync(files, options=NO_WAIT)
    first, *_, last = fleet.passes
    assert (first.may_go_on, first.wrote, pause_after_pass(first, 0)) == (True, True, 0.0)
    assert pause_after_pass(last, 0) != 0.0


async def test_what_waits_for_another_member() -> None:
    fleet = playground("m1", "m2")
    files = shop("m1", "m2", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db@m2"))
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == []
    assert status(fleet, "Deployment", "db", "m2").waited_for_since is not None
    set_status(fleet, "m2", "db", READY)
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app"]


async def test_removal_runs_backwards() -> None:
    fleet = playground("m1")
    await fleet.sync(shop("m1", a=config("a", wave="0"), b=config("b", wave="1"), c=config("c", wave="2"), d=config("d")))
    await fleet.sync(shop("m1", d=config("d")), options=Options(wait=False, allow_prune=frozenset({"m1"})))
    assert writes(fleet) == ["delete ConfigMap shop/c", "delete ConfigMap shop/b", "delete ConfigMap shop/a"]


async def test_what_no_file_declares_is_judged_as_it_is() -> None:
    fleet = playground("m1")
    files = shop("m1", db=workload("db", 1), app=config("app", depends_on="ConfigMap/theirs"))
    done = await fleet.sync(files, options=NO_WAIT)
    (reason,) = [change.reason for change in done.plans[ClusterName("m1")].changes if change.key.name == "app"]
    assert reason.startswith("it waits for ConfigMap shop/theirs (does not exist there); it depends on that by app.yaml:1,")
    key = ResourceKey("", "ConfigMap", "shop", "theirs")
    metadata = {"name": "theirs", "namespace": "shop"}
    fleet.members["m1"].objects[key] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    await fleet.sync(files, options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app"]


JOB = text("""
    apiVersion: batch/v1
    kind: Job
    metadata: {name: migrate, namespace: shop, annotations: {reconciler.dev/gate: before}}
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "migrate:1"}]}}}
""")
COMPLETE = {"startTime": "2026-01-01T00:00:00Z", "succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
BROKE = {"startTime": "2026-01-01T00:00:00Z", "failed": 1, "conditions": [{"type": "Failed", "status": "True"}]}


def gated(value: str = "1") -> dict[str, str]:
    jobs = policy_file("jobs", "Job", on("m1"), api="batch/v1").replace(", name: jobs}", "}")
    return {**shop("m1", app=config("app", value)), "job.yaml": JOB, "jobs.yaml": jobs}


def jobs_in(fleet: Playground) -> list[str]:
    return [key.name for key in fleet.members["m1"].objects if key.kind == "Job"]


async def test_a_gate_runs_once_and_its_log_is_recorded_under_its_name_in_git() -> None:
    fleet = playground("m1")
    await fleet.sync(gated(), options=NO_WAIT)
    (job,) = jobs_in(fleet)
    assert writes(fleet) == [f"apply Job.batch shop/{job}"]
    fleet.members["m1"].logs[f"Job.batch shop/{job}"] = "migrated 3 tables"
    set_status(fleet, "m1", job, COMPLETE)
    done = await fleet.sync(gated(), options=NO_WAIT)
    assert writes(fleet) == ["apply ConfigMap shop/app", f"log Job.batch shop/{job}"]
    assert status(fleet, "Job", "migrate", "m1").log == "migrated 3 tables"
    assert verdict_of(done) is Verdict.DONE
    assert fleet.recorded.clusters[ClusterName("m1")].current == 3
    assert not (await fleet.sync(gated(), options=NO_WAIT)).events


RUNNING = {"startTime": "2026-01-01T00:00:00Z", "active": 1}


async def test_a_gate_that_runs_for_too_long_times_out_and_its_log_is_read_at_its_end() -> None:
    fleet = playground("m1")
    await fleet.sync(gated(), options=NO_WAIT)
    (job,) = jobs_in(fleet)
    fleet.members["m1"].logs[f"Job.batch shop/{job}"] = "begins"
    set_status(fleet, "m1", job, RUNNING)
    await fleet.sync(gated(), options=NO_WAIT)
    found = status(fleet, "Job", "migrate", "m1")
    assert (found.health.status, found.log) == (HealthStatus.IN_PROGRESS, ""), "for kstatus a Job that runs is Current"
    assert found.waited_for_since is not None
    fleet.now += timedelta(minutes=10)
    assert len(gate_timed_out(await fleet.sync(gated(), options=NO_WAIT))) == 1
    fleet.members["m1"].logs[f"Job.batch shop/{job}"] = "ends"
    set_status(fleet, "m1", job, COMPLETE)
    await fleet.sync(gated(), options=NO_WAIT)
    assert status(fleet, "Job", "migrate", "m1").log == "ends"
    assert "apply ConfigMap shop/app" in writes(fleet)


async def test_a_gate_that_somebody_deletes_while_it_runs_runs_again() -> None:
    fleet = playground("m1")
    await fleet.sync(gated(), options=NO_WAIT)
    (job,) = jobs_in(fleet)
    set_status(fleet, "m1", job, RUNNING)
    await fleet.sync(gated(), options=NO_WAIT)
    fleet.members["m1"].objects = {key: one for key, one in fleet.members["m1"].objects.items() if key.kind != "Job"}
    await fleet.sync(gated(), options=NO_WAIT)
    assert jobs_in(fleet) == [job]


async def test_values_of_secrets_in_the_log_of_a_gate_are_not_recorded() -> None:
    fleet = playground("m1")
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n"
    selects = policy_file("secrets", "Secret", on("m1"), api="v1").replace(", name: secrets}", "}")
    files = gated() | {
        "secret.yaml": secret + "data: {password: aHVudGVyMg==}\nstringData: {token: t0k3n}\n",
        "secrets.yaml": selects,
    }
    await fleet.sync(files, options=NO_WAIT)
    (job,) = jobs_in(fleet)
    fleet.members["m1"].logs[f"Job.batch shop/{job}"] = "login failed: hunter2, aHVudGVyMg==, t0k3n"
    set_status(fleet, "m1", job, BROKE)
    done = await fleet.sync(files, options=NO_WAIT)
    assert status(fleet, "Job", "migrate", "m1").log == "login failed: ********, ********, ********"
    recorded = repr([fleet.recorded.reports, done.statuses])
    assert not [value for value in ("hunter2", "aHVudGVyMg", "t0k3n") if value in recorded]


async def test_a_gate_that_ran_does_not_run_again_when_its_job_is_gone() -> None:
    fleet = playground("m1")
    await fleet.sync(gated(), options=NO_WAIT)
    (job,) = jobs_in(fleet)
    set_status(fleet, "m1", job, COMPLETE)
    await fleet.sync(gated(), options=NO_WAIT)
    fleet.members["m1"].objects = {key: one for key, one in fleet.members["m1"].objects.items() if key.kind != "Job"}
    for _ in range(2):
        done = await fleet.sync(gated(), options=NO_WAIT)
        assert jobs_in(fleet) == []
        assert verdict_of(done) is Verdict.DONE
        assert status(fleet, "Job", "migrate", "m1").applied


async def test_a_gate_that_failed_holds_what_comes_after_and_the_next_revision_runs_it_again() -> None:
    fleet = playground("m1")
    await fleet.sync(gated(), options=NO_WAIT)
    (first,) = jobs_in(fleet)
    fleet.members["m1"].logs[f"Job.batch shop/{first}"] = "no such table"
    set_status(fleet, "m1", first, BROKE)
    done = await fleet.sync(gated(), options=NO_WAIT)
    assert writes(fleet) == [f"log Job.batch shop/{first}"]
    assert (verdict_of(done), done.may_go_on) == (Verdict.NO, False)
    assert status(fleet, "Job", "migrate", "m1").log == "no such table"
    assert "(Failed)" in status(fleet, "ConfigMap", "app", "m1").message
    await fleet.sync(gated("2"), options=NO_WAIT)
    (second,) = jobs_in(fleet)
    assert second != first
    set_status(fleet, "m1", second, COMPLETE)
    await fleet.sync(gated("2"), options=NO_WAIT)
    assert "apply ConfigMap shop/app" in writes(fleet)


THEIRS = ResourceKey("apps", "Deployment", "shop", "theirs")


def theirs(**annotations: str) -> dict[str, Any]:
    """A Deployment that somebody else made and that is not Current."""
    noted = {f"reconciler.dev/{key.replace('_', '-')}": one for key, one in annotations.items()}
    metadata = {"name": "theirs", "namespace": "shop", "annotations": noted}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}}


@pytest.mark.parametrize("place", ["m1", "m2"])
async def test_a_wait_for_an_object_that_no_file_declares_times_out_and_names_it(place: str) -> None:
    fleet = playground("m1", "m2")
    at, on_that = ("@m2", " on m2") if place == "m2" else ("", "")
    files = shop("m1", "m2", db=workload("db", 1), app=config("app", depends_on=f"Deployment.apps/theirs{at}"))
    fleet.members[place].objects[THEIRS] = theirs()
    done = await fleet.sync(files, options=NO_WAIT)
    assert done.may_go_on
    assert done.timer_in is not None
    assert 590 < done.timer_in <= 600
    ((what, since),) = status(fleet, "ConfigMap", "app", "m1").waits_since
    assert what == f"Deployment.apps shop/theirs{on_that}"
    fleet.now += timedelta(minutes=5)
    again = await fleet.sync(files, options=NO_WAIT)
    assert again.timer_in is not None
    assert again.timer_in <= 300
    assert status(fleet, "ConfigMap", "app", "m1").waits_since == ((what, since),), "a restart does not begin it anew"
    fleet.now += timedelta(minutes=5)
    late = await fleet.sync(files, options=NO_WAIT)
    message = status(fleet, "ConfigMap", "app", "m1").message
    assert message.startswith(f"it waits for {what} (not Current within 10m)")
    assert (late.may_go_on, verdict_of(late)) == (False, Verdict.NO)
    assert status(fleet, "ConfigMap", "app", "m1").waits_since == ((what, since),)
    fleet.members[place].objects[THEIRS] |= {"status": READY}
    await fleet.sync(files, options=NO_WAIT)
    assert "apply ConfigMap shop/app" in writes(fleet)
    assert status(fleet, "ConfigMap", "app", "m1").waits_since == ()


async def test_an_object_that_no_file_declares_states_its_own_time() -> None:
    fleet = playground("m1")
    files = shop("m1", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/theirs"))
    fleet.members["m1"].objects[THEIRS] = theirs(gate_timeout="90s")
    await fleet.sync(files, options=NO_WAIT)
    fleet.now += timedelta(seconds=90)
    await fleet.sync(files, options=NO_WAIT)
    assert "theirs (not Current within 1m30s)" in status(fleet, "ConfigMap", "app", "m1").message


BUSY = Health(HealthStatus.IN_PROGRESS, "0 of 1 replicas available")
DB = ResourceKey("apps", "Deployment", "shop", "db")


async def test_a_wait_for_what_an_agent_keeps_times_out() -> None:
    fleet, agent = playground("m1"), ClusterName("m2")
    files = shop("m1", "m2", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db@m2"))
    files["m2.yaml"] = files["m2.yaml"].replace("Push", "Pull")
    (digest,) = {one.digest for one in make_works(compile_files(files))[agent].manifests if one.key == DB}
    reported = {DB: ClusterStatus(agent, True, BUSY, digest=digest)}
    messages = []
    for minutes in (0, 5, 5):
        fleet.now += timedelta(minutes=minutes)
        reconciliation = await fleet.reconciliation(files, NO_WAIT)
        facts, revision = RecordedCluster(agent, ""), reconciliation.revision
        reconciliation.fleet.pulled[agent] = MemberReport(facts, reported, revision, "", fleet.now, timedelta(hours=1))
        done = await run_pass(reconciliation, fleet.recorded)
        fleet.recorded = done.recorded
        messages.append(status(fleet, "ConfigMap", "app", "m1").message.partition(";")[0])
    waits = "it waits for Deployment.apps shop/db on m2"
    said = ("not written yet", "not Current yet", "not Current within 10m")
    assert messages == [f"{waits} ({one})" for one in said], "the first pass takes the report"


async def test_an_agent_lets_its_wait_for_what_others_keep_time_out() -> None:
    """The agent knows of the other member what the leader recorded last."""
    fleet = playground("m1")
    files = shop("m1", "m2", db=workload("db", 1), app=config("app", depends_on="Deployment.apps/db@m2"))
    there = Dependency(DB, "m2")
    messages = []
    for minutes in (0, 5, 5):
        fleet.now += timedelta(minutes=minutes)
        whole = await fleet.reconciliation(files, NO_WAIT)
        own = replace(whole.desired, clusters=tuple(one for one in whole.desired.clusters if one.name == "m1"))
        elsewhere = {there: ClusterStatus(ClusterName("m2"), True, BUSY)}
        done = await run_pass(replace(whole, desired=own, elsewhere=elsewhere), fleet.recorded)
        fleet.recorded = done.recorded
        messages.append(status(fleet, "ConfigMap", "app", "m1").message.partition(";")[0])
    waits = "it waits for Deployment.apps shop/db on m2"
    assert messages == [f"{waits} (not Current yet)"] * 2 + [f"{waits} (not Current within 10m)"]


async def test_what_cannot_be_known_of_another_member_is_not_said_to_be_absent() -> None:
    fleet = playground("m1")
    files = shop("m1", "m2", db=workload("db", 1), app=config("app", depends_on="ConfigMap/theirs@m2"))
    files["m2.yaml"] = files["m2.yaml"].replace("Push", "Pull")
    await fleet.sync(files, options=NO_WAIT)
    assert status(fleet, "ConfigMap", "app", "m1").message.startswith("it waits for ConfigMap shop/theirs on m2 (cannot be read)")
