"""`cordon`, `uncordon`, `taint` and `label` from outside: one commit of one file, and what users do wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.fleet import DEPLOYMENT, POLICY, World, document, fleet, placed, selector
from tests.support.gitrepo import run_git

MEMBER = """\
# in the cellar
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: m1}
spec:
  syncMode: Push   # by us
  apiEndpoint: file:m1
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2")})
    world.commit({"clusters/m1.yaml": MEMBER}, *[file for file in fleet("m1") if file != "clusters/m1.yaml"])
    return world


def subject(world: World, revision: str = "HEAD") -> str:
    return run_git(world.repo.path, "log", "-1", "--format=%s", revision).strip()


def test_a_cordon_and_its_end_are_two_commits_and_the_file_is_as_before(world: World) -> None:
    file = world.repo.path / "clusters/m1.yaml"
    ran = world.run("cordon", "m1")
    assert (ran.code, ran.err) == (0, ""), ran
    assert ran.out.endswith("m1 cluster cordoned\n")
    assert subject(world) == "Cordon m1"
    assert world.run("cordon", "m1").out == "m1 cluster already cordoned\n"
    assert [mark in file.read_text() for mark in ("# in the cellar", "# by us")] == [True, True]
    assert world.run("uncordon", "m1").out.endswith("m1 cluster uncordoned\n")
    assert file.read_text() == MEMBER
    assert world.run("uncordon", "m1").out == "m1 cluster already uncordoned\n"
    assert run_git(world.repo.path, "status", "--porcelain") == ""


def test_a_cordon_keeps_new_objects_away(world: World) -> None:
    world.run("cordon", "m1")
    world.commit(placed("late", "m1", "m2"))
    world.sync()
    assert {member: any("late" in path for path in world.live(member)) for member in ("m1", "m2")} == {"m1": False, "m2": True}


def test_taints_and_labels_as_kubectl_takes_them(world: World) -> None:
    assert world.run("taint", "clusters", "m1", "gpu=no:NoSchedule").out.endswith("cluster/m1 tainted\n")
    assert world.run("taint", "m1", "gpu=no:NoSchedule").out == "cluster/m1 already tainted\n"
    ran = world.run("taint", "m1", "gpu=yes:NoSchedule")
    assert (ran.code, "--overwrite" in ran.err) == (2, True)
    assert world.run("taint", "m1", "gpu-", "disk:NoSchedule", "--dry-run").out.count("(dry run)") == 2
    assert world.run("taint", "cluster/m1", "gpu-").out.endswith("cluster/m1 untainted\n")
    assert world.run("label", "m1", "tier=gold").out.endswith("cluster/m1 labeled\n")
    assert world.run("label", "m1", "tier-").out.endswith("cluster/m1 unlabeled\n")
    assert subject(world) == "Label m1: tier-"
    assert (world.repo.path / "clusters/m1.yaml").read_text() == MEMBER


def test_a_branch_for_a_pull_request_and_an_edit_without_a_commit(world: World) -> None:
    head = run_git(world.repo.path, "rev-parse", "HEAD")
    world.run("cordon", "m1", "--branch", "cordon-m1")
    assert (subject(world, "cordon-m1"), run_git(world.repo.path, "rev-parse", "HEAD")) == ("Cordon m1", head)
    assert (world.repo.path / "clusters/m1.yaml").read_text() == MEMBER
    world.run("cordon", "m1", "--no-commit")
    assert (run_git(world.repo.path, "diff", "--name-only").strip(), run_git(world.repo.path, "rev-parse", "HEAD")) == (
        "clusters/m1.yaml",
        head,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cordon", "m11"], "Did you mean m1"),
        (["taint", "m1"], "nothing is said about m1"),
        (["taint", "m1", "gpu=no:NoSchedul"], "Did you mean NoSchedule"),
        (["label", "m1", "tier-"], "has no label tier"),
        (["cordon", "m1", "--no-commit", "--branch", "b"], "no commit to put on a branch"),
    ],
)
def test_wrong_usage(world: World, arguments: list[str], message: str) -> None:
    ran = world.run(*arguments)
    assert (ran.code, message in " ".join(ran.err.replace("│", " ").split())) == (2, True), ran.err


SINGLE = {"spreadConstraints": [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]}


def configuration(mode: str) -> dict[str, str]:
    failover = {"mode": mode, "maxMembers": "50%", "maxObjects": "100%"}
    return {
        "reconciler.yaml": json.dumps(
            {"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "spec": {"failover": failover}}
        )
    }


@pytest.fixture
def single(world: World) -> World:
    """web is on one of two members, and fixed is on m1 alone."""
    placement = {"clusterAffinity": {"clusterNames": ["m1", "m2"]}, **SINGLE}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": placement}
    files = {**placed("fixed", "m1"), "apps/web/policy.yaml": document("PropagationPolicy", "web", api=POLICY, spec=spec)}
    world.commit({**files, **configuration("auto")})
    assert world.sync().code == 0
    return world


def on_member(world: World, member: str) -> set[str]:
    return {name for name in ("web", "fixed") for path in world.live(member) if path.endswith(f"/{name}")}


def test_a_drain_is_simulated_then_written_and_a_sync_moves_what_can_move(single: World) -> None:
    before = subject(single)
    asked = single.run("drain", "m1")
    assert (asked.code, subject(single)) == (1, before)
    assert "Deployment.apps shop/web leaves m1" in asked.out
    assert "shop/fixed: it is to leave m1" in asked.out
    assert "no other cluster can take it" in asked.out
    assert "add --yes" in asked.err
    done = single.run("drain", "m1", "--yes")
    assert (done.code, subject(single)) == (0, "Drain m1"), done
    assert single.run("drain", "m1").out == "m1 cluster already drained\n"
    for _ in range(3):
        single.sync()
    assert (on_member(single, "m1"), on_member(single, "m2")) == ({"fixed"}, {"web"})
    assert single.run("uncordon", "m1").out.endswith("m1 cluster uncordoned\n")
    assert (single.repo.path / "clusters/m1.yaml").read_text() == MEMBER


def test_a_drain_says_that_nothing_is_evicted_with_failover_off(single: World) -> None:
    single.commit(configuration("off"))
    ran = single.run("drain", "m1", "--yes")
    assert "spec.failover is off in the Configuration, so nothing is evicted" in ran.out
    assert "What m1 holds stays there" in ran.err


def test_a_simulation_over_time(single: World) -> None:
    ran = single.run("simulate", "--taint", "m1:x:NoExecute", "--for", "20m")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "1 object moves within 20m; 1 object waits.")
    document = single.run("simulate", "--taint", "m1:x:NoExecute", "--for", "20m", "-o", "json").json
    assert [(one["after"], one["object"], one["from"]) for one in document["moves"]] == [(0, "Deployment.apps shop/web", "m1")]
    assert document["moves"][0]["to"] == [{"cluster": "m2", "replicas": 2}]
    lost = single.run("simulate", "--lose", "m1", "--for", "20m")
    assert (lost.code, "m1 gets no NoExecute taint" in lost.out) == (0, True)
    assert single.run("simulate", "--for", "20m").code == 2


def test_clusters_shows_what_a_remedy_asks_for(world: World) -> None:
    always = {"clusterAffinity": {"clusterNames": ["m1"]}, "actions": ["TrafficControl"]}
    remedy = document("Remedy", "dns", "", api="remedy.karmada.io/v1alpha1", spec=always)
    world.commit({"remedy.yaml": remedy})
    assert "NotActedOn" not in world.run("validate").out
    rows = {row["name"]: row["remedyActions"] for row in world.run("clusters", "-o", "json").json}
    assert rows == {"m1": ["TrafficControl"], "m2": []}
    assert "Remedies ask for TrafficControl" in world.run("clusters").out
    assert "Remedies ask for TrafficControl on m1" in world.run("status").err
