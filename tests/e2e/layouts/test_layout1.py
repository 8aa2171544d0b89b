"""Status branches of layout 1, as commit 7abd3bc wrote them: they are read, migrated once, and no fact is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.model.binding import RequiredBy, TargetCluster
from reconciler.model.health import KEPT, NOT_OBSERVED, HealthStatus
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.policy import Suspension
from reconciler.model.recorded import ClusterStatus, RecordedDecision, RecordedState
from reconciler.model.settings import Settings
from reconciler.record.branch_layout import state_of
from reconciler.transition.transition import transition_to
from tests.e2e.layouts.restored import restore
from tests.support.daemon import daemon
from tests.support.fleet import STATUS, World, contents, stamps, workload


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three directory members after several syncs."""
    return restore(tmp_path, "layout1-directories.bundle")


@pytest.fixture
def servers(tmp_path: Path) -> World:
    """Two API servers in the middle of a move. The servers are gone."""
    return restore(tmp_path, "layout1-servers.bundle")


def layout(world: World) -> Any:
    return yaml.safe_load(world.status_branch()["revision.yaml"])["spec"]["layout"]


def commits(world: World) -> int:
    return int(world.repo.git("rev-list", "--count", STATUS))


def key(kind: str, name: str, group: str = "", namespace: str = "shop") -> ResourceKey:
    return ResourceKey(group, kind, namespace, name)


def targets(**replicas: int) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(ClusterName(name), count) for name, count in replicas.items())


# What is read

OBJECTS: dict[str, tuple[str, str, dict[str, tuple[int | None, bool]]]] = {
    "Namespace shop": ("Current", "", {"m1": (None, True), "m2": (None, True), "m3": (None, True)}),
    "Deployment web": ("Current", "web", {"m1": (2, True), "m2": (2, True)}),
    "Deployment api": ("Current", "api", {"m1": (3, True), "m2": (2, True), "m3": (2, True)}),
    "Deployment cart": ("Unknown", "cart", {"m1": (2, False)}),
    "Deployment lazy": ("Current", "lazy", {"m1": (2, True)}),
    "Deployment store": ("Current", "store", {"m2": (2, True), "m3": (2, True)}),
    "Deployment stuck": ("Current", "stuck", {"m1": (2, True)}),
    "Job report": ("Current", "report", {"m1": (2, True), "m2": (2, True)}),
    "ConfigMap settings": ("Current", "", {"m2": (None, True), "m3": (None, True)}),
    "ConfigMap legacy": ("Current", "legacy", {"m1": (None, True)}),
    "ConfigMap preserved": ("Current", "preserved", {"m1": (None, True)}),
    "ConfigMap guarded": ("Unknown", "", {"m1": (None, False)}),
    "Secret password": ("Current", "", {"m2": (None, True), "m3": (None, True)}),
    "Secret token": ("Current", "token", {"m1": (None, True)}),
}
"""Kind and name → health, policy, and for each member the replicas and whether it is applied."""


def objects(world: World) -> dict[str, Any]:
    """As OBJECTS, from `status`."""
    return {
        f"{row['kind']} {row['name']}": (
            row["health"],
            row["policy"]["name"] if row["policy"] else "",
            {place["name"]: (place["replicas"], place["applied"]) for place in row["clusters"]},
        )
        for row in world.run("status", "-o", "json").json["objects"]
    }


def test_status_shows_every_object(world: World) -> None:
    assert objects(world) == OBJECTS
    messages = {row["name"]: row["message"] for row in world.run("status", "-o", "json").json["objects"] if row["message"]}
    assert messages.keys() == {"cart", "lazy", "stuck", "guarded", "legacy"}
    assert messages["stuck"].startswith("NoClusterFit: 0/3 clusters are available")


def test_decisions_are_read(world: World) -> None:
    state = state_of(world.status_branch())
    api = state.decisions[key("Deployment", "api", "apps")]
    assert (api.binding.targets, api.binding.replicas, api.binding.divided) == (targets(m1=3, m2=2, m3=2), 7, True)
    job = state.decisions[key("Job", "report", "batch")]
    assert (job.binding.targets, job.binding.replicas, job.binding.workload) == (targets(m1=2, m2=2), 4, True)
    web = state.decisions[key("Deployment", "web", "apps")]
    assert web.overrides == ((PolicyRef("OverridePolicy", "shop", "web"), "apps/web/override.yaml"),)
    assert (web.template_file, web.policy_file) == ("apps/web/workload.yaml", "apps/web/policy.yaml")
    store = RequiredBy(key("Deployment", "store", "apps"), targets(m2=2, m3=2))
    for kind, name in (("ConfigMap", "settings"), ("Secret", "password")):
        follower = state.decisions[key(kind, name)]
        assert (follower.required_by, follower.binding.targets, follower.binding.policy) == ((store,), (), None)
    assert state.decisions[key("Deployment", "cart", "apps")].suspension == Suspension(everywhere=True)
    lazy = state.decisions[key("Deployment", "lazy", "apps")]
    assert (lazy.binding.targets, bool(lazy.template_digest), bool(lazy.policy_digest)) == (targets(m1=2), True, True)
    assert state.decisions[key("ConfigMap", "preserved")].preserve
    guarded = state.decisions[key("ConfigMap", "guarded")]
    assert (guarded.binding.policy, guarded.binding.targets) == (None, targets(m1=0))
    assert key("ConfigMap", "gone") not in state.decisions
    assert key("ConfigMap", "released") not in state.decisions
    assert state.rebalanced == {"afresh": (key("Deployment", "api", "apps"),)}


def test_reports_are_read(world: World) -> None:
    state = state_of(world.status_branch())
    web = state.report_of(key("Deployment", "web", "apps"))
    assert web.aggregated == {"availableReplicas": 4, "readyReplicas": 4, "replicas": 4, "updatedReplicas": 4}
    assert len({status.digest for status in web.statuses}) == 2, "m2 has another manifest, by an override"
    assert [status.health.message for status in web.statuses] == ["2 replicas available"] * 2
    assert {status.digest for status in state.report_of(key("Secret", "token")).statuses} == {""}
    (cart,) = state.report_of(key("Deployment", "cart", "apps")).statuses
    assert (cart.applied, cart.health.status) == (False, HealthStatus.UNKNOWN)
    assert {name: (one.objects, one.applied, one.current) for name, one in state.clusters.items()} == {
        "m1": (9, 8, 8), "m2": (7, 7, 7), "m3": (5, 5, 5),
    }  # fmt: skip


# What works before the branch is migrated

READING: dict[str, tuple[tuple[str, ...], int, str]] = {
    "status": (("status",), 1, "Deployment.apps/stuck"),
    "clusters": (("clusters",), 0, "m3"),
    "explain a suspended object": (("explain", "deploy/cart", "-n", "shop"), 0, "suspended"),
    "explain an unschedulable object": (("explain", "deploy/stuck", "-n", "shop"), 0, "NoClusterFit"),
    "explain a dependency": (("explain", "secret/password", "-n", "shop"), 0, "store"),
    "render": (("render",), 1, "docker.io/library/nginx:1.28"),
    "diff of the last revision": (("diff", "HEAD~1", "HEAD"), 3, "legacy"),
    "diff of the one before": (("diff", "HEAD~2", "HEAD~1"), 3, "keep ConfigMap shop/guarded as it is on m1"),
    "simulate": (("simulate", "--lose", "m3"), 1, "api"),
    "get": (("get", "deployments", "-n", "shop"), 0, "store"),
    "a dry run": (("sync", "--dry-run"), 1, "cart"),
}
"""Command, exit code, and a word of its answer."""


@pytest.mark.parametrize("what", READING)
def test_commands_that_only_read_work_and_change_nothing(world: World, what: str) -> None:
    arguments, code, word = READING[what]
    before = world.repo.git("rev-parse", STATUS)
    ran = world.run(*arguments)
    assert (ran.code, word in ran.out + ran.err) == (code, True), ran
    assert world.repo.git("rev-parse", STATUS) == before


def test_diff_starts_from_the_recorded_placement(world: World) -> None:
    """Only the record says that lazy is on m1: its policy names m2, and acts with this change of the template."""
    world.commit({"apps/lazy/workload.yaml": workload("lazy", image="docker.io/library/nginx:1.29")})
    differences = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json["differences"]
    changes = [(row["change"], row["object"]["name"], row["clusters"]) for row in differences]
    assert changes == [("remove", "lazy", ["m1"]), ("create", "lazy", ["m2"])]


# The migration

Facts = tuple[Any, ...]


def facts(state: RecordedState) -> Facts:
    """Everything that layout 1 records; messages, whose words may change from version to version, only as present or absent.

    Without the counts of members: they did not include copies that stay as they are because of an error. Decisions were not
    counted either. Nor were the conditions of members recorded."""
    decisions = {name: _decision(decision) for name, decision in state.decisions.items()}
    reports = {
        name: (report.aggregated, tuple(_status(status) for status in report.statuses)) for name, report in state.reports.items()
    }
    clusters = {
        name: replace(cluster, addresses={}, objects=0, applied=0, current=0, digest="", generation=0, conditions=())
        for name, cluster in state.clusters.items()
    }
    return state.revision, decisions, reports, clusters, state.rebalanced


def _decision(decision: RecordedDecision) -> RecordedDecision:
    """Layout 1 did not say what an agent has to know."""
    binding = replace(decision.binding, completions={})
    return replace(decision, binding=binding, message=str(bool(decision.message)), held=False, conflict_resolution="Abort")


def _status(status: ClusterStatus) -> ClusterStatus:
    """Layout 1 did not say whether anybody observes the health, nor which copy something keeps."""
    reason = "" if status.health.reason in (NOT_OBSERVED, KEPT) else status.health.reason
    health = replace(status.health, message=str(bool(status.health.message)), reason=reason)
    digest = status.digest if status.applied else ""  # It did not say what was written last where that is not wanted any more.
    return replace(status, message=str(bool(status.message)), health=health, digest=digest)


def test_a_sync_rewrites_the_branch_once_and_loses_nothing(world: World) -> None:
    before, members, count = state_of(world.status_branch()), world.members, commits(world)
    held, untouched = contents(members), stamps(members)
    assert layout(world) == 1
    ran = world.sync()
    assert ran.code == 1, ran
    assert (contents(members), stamps(members)) == (held, untouched), "a member was written to"
    assert (commits(world), layout(world)) == (count + 1, 2)
    files = world.status_branch()
    assert facts(state_of(files)) == facts(before)
    assert objects(world) == OBJECTS
    assert {path.partition("/")[2] for path in files if path.startswith("reports/")} == {
        path.partition("/")[2] for path in files if path.startswith("bindings/")
    }
    assert b"applied" not in files["bindings/shop/Deployment.apps/web.yaml"]
    assert world.sync().code == 1
    assert commits(world) == count + 1, "the second sync had nothing to record"


def test_the_loop_rewrites_the_branch_although_nothing_changed(tmp_path: Path, world: World) -> None:
    before, count, untouched = state_of(world.status_branch()), commits(world), stamps(world.members)
    with daemon(tmp_path, "--repo", str(world.repo.path), "--member-root", str(world.members)) as running:
        running.settle()
        assert running.end() == 0
    assert (commits(world), layout(world)) == (count + 1, 2)
    assert facts(state_of(world.status_branch())) == facts(before)
    assert stamps(world.members) == untouched


# API servers

WEB = key("Deployment", "web", "apps", "layout")


def test_discovery_and_a_corrected_drift_are_read(servers: World) -> None:
    state = state_of(servers.status_branch())
    assert state.clusters.keys() == {"m1", "m2"}
    for cluster in state.clusters.values():
        assert cluster.apis is not None
        assert {GroupVersionKind("apps", "v1", "Deployment"), GroupVersionKind("", "v1", "Secret")} <= cluster.apis
        assert GroupVersionKind("apps", "v1", "Secret") not in cluster.apis
        assert cluster.version.startswith("v1.")
    (settings,) = state.report_of(key("ConfigMap", "settings", namespace="layout")).statuses
    assert settings.corrected == "the member drifted: data.key (by kubectl-edit)"


def test_a_handover_goes_on_where_it_was(servers: World) -> None:
    """web moves from m1 to m2, where it was not Current when the status was recorded."""
    state = state_of(servers.status_branch())
    decision, report = state.decisions[WEB], state.report_of(WEB)
    assert (decision.binding.targets, decision.decided) == (targets(m1=2, m2=2), targets(m2=2))
    assert {status.cluster: str(status.health.status) for status in report.statuses} == {"m1": "Current", "m2": "InProgress"}
    since = decision.leaving[ClusterName("m1")]
    assert decision.leaving == {"m1": since}
    assert datetime(2026, 1, 1, tzinfo=UTC) < since
    goal = replace(decision.binding, targets=targets(m2=2))
    soon = transition_to(goal, decision, Settings(), since + timedelta(minutes=1), report)
    assert soon.binding == decision.binding
    assert (soon.leaving, soon.waits_for) == ({"m1": since}, ("m1 keeps its copy until m2 is Current",))
    late = transition_to(goal, decision, Settings(), since + Settings().handover_timeout, report)
    assert (late.binding, late.leaving) == (goal, {})
    current = tuple(replace(status, health=report.statuses[0].health) for status in report.statuses)
    done = transition_to(goal, decision, Settings(), since + timedelta(minutes=1), replace(report, statuses=current))
    assert (done.binding, done.leaving) == (goal, {})


def test_status_shows_a_handover(servers: World) -> None:
    ran = servers.run("status", "-o", "json")
    places: Mapping[str, Any] = {row["name"]: row["clusters"] for row in ran.json["objects"]}
    assert [(place["name"], place["health"]) for place in places["web"]] == [("m1", "Current"), ("m2", "InProgress")]
