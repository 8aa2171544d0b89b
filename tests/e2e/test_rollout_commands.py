"""`rollout` from outside: a change that reaches the groups one after the other, and what people commit about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.test_commands import DIFF, ROLLOUTS, fits
from tests.support.fleet import POLICY, World, document, fleet, placed, selector, workload
from tests.support.gitrepo import run_git

MEMBERS = ("m1", "m2", "m3", "m4")
CONFIGURATION = """\
# ours
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
spec:
  rollout:            # carefully
    groups:
      - {name: canary, clusters: [m1]}
      - {name: europe, clusters: [m2, m3], approval: {commit: true}}
      - {name: rest}
"""
SHOP_POLICY = """\
# by the shop
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: web
  namespace: shop
  annotations:
    reconciler.dev/rollout: careful
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
  placement: {clusterAffinity: {clusterNames: [m1, m2, m3, m4]}}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, {**fleet(*MEMBERS), **placed("web", *MEMBERS), "reconciler.yaml": CONFIGURATION})
    assert world.sync().code == 0
    return world


def change(world: World, image: str = "docker.io/library/nginx:1.29") -> str:
    (file,) = [path for path in placed("web") if "polic" not in path]
    commit = world.commit({file: workload("web", image=image)})
    world.sync()
    return commit


def holders(world: World, tag: str = "1.29") -> str:
    """The members that have the new image."""
    return " ".join(member for member in MEMBERS if tag in str(world.live(member)))


def subject(world: World, revision: str = "HEAD") -> str:
    return run_git(world.repo.path, "log", "-1", "--format=%s", revision).strip()


def states(world: World, *arguments: str) -> dict[str, str]:
    (one,) = world.run("rollout", "status", "-o", "json", *arguments).json["rollouts"]
    return {cluster["name"]: cluster["state"] for group in one["groups"] for cluster in group["clusters"]}


def test_a_group_waits_for_its_approval_and_the_last_one_for_the_end_of_a_pause(world: World) -> None:
    commit = change(world)
    assert holders(world) == "m1"
    assert states(world) == {"m1": "Current", "m2": "waits", "m3": "waits", "m4": "waits"}
    ran = world.run("rollout", "status")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"Rollout of {commit[:10]} (Configuration): Progressing, under way, begun ")
    assert lines[1] == "  group europe waits: it needs an approval. Run: reconciler rollout approve europe"
    assert [line.split()[:3] for line in lines[2:]] == [
        ["GROUP", "CLUSTERS", "STATE"],
        ["canary", "m1", "Current"],
        ["europe", "m2,m3", "waits"],
        ["rest", "m4", "waits"],
    ]
    assert world.run("rollout", "approve", "europe").out.endswith(
        f"group europe of {commit[:10]} in the rollout of the Configuration approved\n"
    )
    assert subject(world) == f"Approve group europe of {commit[:10]} in the rollout of the Configuration"
    assert world.run("rollout", "approve", "europe").out.endswith("already approved\n")
    world.run("rollout", "pause", "--reason", "lunch")
    world.sync()
    assert holders(world) == "m1"
    out = world.run("rollout", "status").out
    assert fits(world.run("rollout", "status", "-o", "json").json, ROLLOUTS)
    author = run_git(world.repo.path, "log", "-1", "--format=%an <%ae>").strip()
    assert f"  paused by {author} in {run_git(world.repo.path, 'rev-parse', 'HEAD')[:10]}: lunch\n" in out
    assert world.run("rollout", "resume").out.endswith("the rollout of the Configuration resumed\n")
    text = (world.repo.path / "reconciler.yaml").read_text()
    assert text == CONFIGURATION + f"  rolloutControl:\n    approved:\n    - {commit[:10]}/europe\n"
    world.sync()
    assert holders(world) == "m1 m2 m3 m4"
    assert set(states(world).values()) == {"Current"}
    assert "Completed" in world.run("rollout", "status").out
    assert run_git(world.repo.path, "status", "--porcelain") == ""


def test_a_promotion_goes_past_the_gate_and_forgets_what_was_said_of_other_commits(world: World) -> None:
    first = change(world)
    assert "approved" in world.run("rollout", "approve", "europe").out
    world.sync()
    assert holders(world) == "m1 m2 m3 m4"
    second = change(world, "docker.io/library/nginx:1.30")
    assert world.run("rollout", "promote", "rest").code == 0
    world.sync()
    assert holders(world, "1.30") == "m1 m4"  # The group before it still waits for its approval.
    assert world.run("rollout", "approve", "europe").code == 0
    text = (world.repo.path / "reconciler.yaml").read_text()
    assert (first[:10] in text, text.count(second[:10])) == (False, 2)
    assert world.run("rollout", "promote", "--all", "--dry-run").out.count("(dry run)") == 2
    world.run("rollout", "promote", "--all")
    world.sync()
    assert holders(world, "1.30") == "m1 m2 m3 m4"


def test_a_rollout_of_a_policy_is_stated_in_the_file_of_the_policy(tmp_path: Path) -> None:
    configuration = """\
apiVersion: reconciler.dev/v1alpha1
kind: Configuration
spec:
  rollouts:
    careful: {groups: [{name: canary, clusters: [m1]}, {name: rest, approval: {commit: true}}]}
"""
    files = {**fleet(*MEMBERS), **placed("web", *MEMBERS), "reconciler.yaml": configuration}
    (file,) = [path for path, text in files.items() if POLICY in text]
    files[file] = SHOP_POLICY
    world = World(tmp_path, files)
    world.sync()
    commit = change(world)
    assert holders(world) == "m1"
    status = world.run("rollout", "status", "web")
    assert f"Rollout of {commit[:10]} (PropagationPolicy shop/web): Progressing" in status.out
    assert "Run: reconciler rollout approve rest shop/web" in status.out
    assert world.run("rollout", "pause", "shop/web", "--reason", 'wait: "a bit"').code == 0
    assert 'wait: "a bit"' in world.run("rollout", "status").out
    assert world.run("rollout", "resume", "web").code == 0
    assert (world.repo.path / file).read_text() == files[file]
    assert world.run("rollout", "approve", "rest", "web").code == 0
    assert f"reconciler.dev/rollout-approved: {commit[:10]}/rest" in (world.repo.path / file).read_text()
    world.sync()
    assert holders(world) == "m1 m2 m3 m4"
    ran = world.run("rollout", "pause")
    assert (ran.code, "the Configuration states no spec.rollout. Name one of the policies" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("approve", "europa"), "has no group europa. Did you mean europe?"),
        (("approve", "rest"), "group rest of the rollout of the Configuration needs no approval"),
        (("promote", "asia"), "The groups of the rollout of"),
        (("promote",), "name one group, or --all"),
        (("pause", "nobody"), "no rollout has the name nobody. There are Configuration."),
        (("pause", "web"), "has no strategy of its own"),
        (("status", "nobody"), "no rollout has the name nobody"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is_there(world: World, arguments: tuple[str, ...], said: str) -> None:
    change(world)
    ran = world.run("rollout", *arguments)
    assert (ran.code, said in " ".join(ran.err.split())) == (2, True), ran


def test_nothing_is_approved_that_is_not_under_way(world: World) -> None:
    ran = world.run("rollout", "approve", "europe")
    assert (ran.code, "is not under way" in " ".join(ran.err.split())) == (2, True), ran
    assert "No rollout" not in world.run("rollout", "status").out
    assert world.run("rollout", "resume").out == "the rollout of the Configuration is not paused\n"


def test_a_branch_for_a_pull_request_and_an_edit_without_a_commit(world: World) -> None:
    head = run_git(world.repo.path, "rev-parse", "HEAD")
    world.run("rollout", "pause", "--branch", "stop")
    assert (subject(world, "stop"), run_git(world.repo.path, "rev-parse", "HEAD")) == (
        "Pause the rollout of the Configuration",
        head,
    )
    assert (world.repo.path / "reconciler.yaml").read_text() == CONFIGURATION
    world.run("rollout", "pause", "--no-commit")
    assert run_git(world.repo.path, "diff", "--name-only").strip() == "reconciler.yaml"
    assert run_git(world.repo.path, "rev-parse", "HEAD") == head


def test_a_diff_shows_the_groups_and_what_is_not_staged(world: World) -> None:
    config = placed("config", *MEMBERS)
    (workload_file,) = [path for path in config if "polic" not in path]
    (policy_file,) = [path for path in config if "polic" in path]
    spec = {"resourceSelectors": [selector("ConfigMap", "config")], "placement": {}}
    mode = {"reconciler.dev/rollout": "none"}
    files = {
        policy_file: document("PropagationPolicy", "config", api=POLICY, annotations=mode, spec=spec),
        workload_file: document("ConfigMap", "config", data={"mode": "slow"}),
    }
    world.commit(files)
    world.sync()
    (file,) = [path for path in placed("web") if "polic" not in path]
    world.commit(
        {file: workload("web", image="nginx:1.29"), workload_file: document("ConfigMap", "config", data={"mode": "fast"})}
    )
    out = world.run("diff", "HEAD~1", "HEAD").out
    staged = "Rollout: canary (m1) → europe (m2, m3, after an approval) → rest (m4)"
    at_once = "Not staged: ConfigMap shop/config: on all clusters at once"
    assert f"{staged}\n{at_once}\n" in out
    assert all(line in world.run("diff", "HEAD~1", "HEAD", "-o", "markdown").out for line in (staged, at_once))
    assert staged in world.run("diff", "HEAD~1", "HEAD", "-o", "html").out
    whole = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json
    staging = whole["rollouts"]
    assert fits(whole, DIFF)
    assert [group["clusters"] for group in staging["staged"][0]["groups"]] == [["m1"], ["m2", "m3"], ["m4"]]
    assert [one["name"] for one in staging["atOnce"]] == ["config"]
    world.repo.write({file: workload("web", image="nginx:1.30")})
    assert staged in world.run("diff", "--worktree").out
    assert "Rollout" not in world.run("diff", "HEAD", "HEAD").out
    run_git(world.repo.path, "checkout", "--", file)
    world.sync()
    world.commit({file: workload("web", image="nginx:1.31")})
    head = run_git(world.repo.path, "rev-parse", "HEAD~1")[:10]
    assert f"rest (m4); it begins when that of {head} has ended" in world.run("diff", "HEAD~1", "HEAD").out


def test_a_change_of_a_cluster_file_and_a_first_sync_are_not_staged(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), "reconciler.yaml": CONFIGURATION})
    world.commit(placed("web"))
    assert "Rollout" not in world.run("diff", "HEAD~1", "HEAD").out  # Nothing was ever synced.
    world.sync()
    world.commit(fleet("m1", "m5"))
    out = world.run("diff", "HEAD~1", "HEAD").out
    assert ("create" in out, "Rollout" in out) == (True, False)
    world.sync()
    assert [path for path in world.live("m5") if "web" in path]


def test_every_view_says_what_waits(world: World) -> None:
    commit = change(world)
    which = f"in the rollout of {commit[:10]}"
    assert f"m2, m3 (group europe) and m4 (group rest) wait for their turn {which}" in world.run("status").out
    assert f"Rollout of {commit[:10]} (Configuration): Progressing, 1 of 4 clusters has it" in world.run("status").err
    explained = world.run("explain", "deploy/web", "-n", "shop", "-o", "json").json
    assert "group europe waits: it needs an approval" in str(explained)
    assert f"waits in group europe of the rollout of {commit[:10]}" in world.run("clusters").out
    readme = world.status_branch()["README.md"].decode()
    assert f"Rollout of {commit[:10]} (Configuration): Progressing" in readme
    ran = world.sync()
    assert ran.code == 1  # Not everything is as the revision declares it.
    assert "waiting: Deployment.apps shop/web: m2, m3 (group europe) and m4 (group rest) wait for their turn" in ran.out + ran.err


def test_the_history_names_the_commit_that_is_rolled_out(world: World) -> None:
    """Not the commit that lets the next group begin, nor one that waits in the queue."""
    commit = change(world)
    world.run("rollout", "approve", "europe")
    world.sync()
    entries = world.run("history", "deploy/web", "-n", "shop", "-o", "json").json
    text = world.run("history", "deploy/web", "-n", "shop").out
    lines = [line for line in text.splitlines() if " changed on " in line]
    assert [line.split()[1] for line in lines] == [commit[:7]] * len(lines), (text, entries)
    assert "m4" in text
