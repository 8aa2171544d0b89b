"""On real API servers: what stays in its place is not touched, and a move starts from what is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fleet import DEPLOYMENT, document, override, placed, policy, selector, workload
from tests.support.servers import ServerWorld, member

pytestmark = pytest.mark.members("m1", "m2")


def row(world: ServerWorld, name: str) -> dict[str, Any]:
    rows = world.run("status", "-o", "json").json["objects"]
    return next(row for row in rows if row["name"] == name)  # type: ignore[no-any-return]


@pytest.mark.parametrize("known", [True, False])
def test_a_renamed_cluster_keeps_what_runs(world: ServerWorld, known: bool) -> None:
    """Recognised by its kubeconfig, or not: then by what it holds. The policies still name m1, then the new name."""
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    live = world.get("m1", "deployments", "web")
    kubeconfig = "m1.kubeconfig" if known else "other.kubeconfig"
    (world.members / "other.kubeconfig").write_bytes((world.members / "m1.kubeconfig").read_bytes())
    world.commit({"clusters/m1.yaml": member("alpha", kubeconfig)})
    ran, before = world.run("validate"), world.audited()
    assert ("alpha is the member that was m1" in ran.err) is known
    for _ in range(2):
        ran = world.sync("--allow-prune", "alpha")
        assert ran.code == 1
        assert "stay as they are" in ran.err
    assert world.writes(before) == []
    assert [place["name"] for place in row(world, "web")["clusters"]] == ["alpha"]
    world.commit(placed("web", "alpha"))
    assert world.sync().code == 0
    assert world.writes(before) == []
    after = world.get("m1", "deployments", "web")
    assert after["metadata"]["uid"] == live["metadata"]["uid"]


@pytest.mark.members("m1")
def test_a_copy_that_waits_for_its_overrides_is_not_touched(world: ServerWorld) -> None:
    mirror = {"component": "Registry", "operator": "replace", "value": "mirror.example.com"}
    rules = override("mirror", selector("Deployment", api=DEPLOYMENT), imageOverrider=[mirror])
    waiting = policy("web", selector("Deployment", "web", DEPLOYMENT), "m1", dependentOverrides=["mirror"])
    world.commit({"apps/web/workload.yaml": workload("web"), "apps/web/policy.yaml": waiting, "mirror.yaml": rules})
    assert world.sync().code == 0
    world.commit({"apps/web/workload.yaml": workload("web", 3)}, "mirror.yaml")
    live = world.run("diff", "HEAD~1", "HEAD", "--live").out
    (kept, rest) = live.splitlines()
    assert kept.startswith(f"keep Deployment.apps {world.namespace}/web as it is on m1: WaitingForOverrides")
    assert rest == "No differences, 1 kept"
    before = world.audited()
    assert world.sync().code == 1
    assert world.writes(before) == []
    (container,) = world.get("m1", "deployments", "web")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "mirror.example.com/library/nginx:1.28"
    world.commit({"mirror.yaml": rules})
    assert world.sync().code == 0
    assert world.get("m1", "deployments", "web")["spec"]["replicas"] == 3


def divided_job(parallelism: int, *members: str) -> dict[str, str]:
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "docker.io/library/perl:5"}]}}
    spec = {"parallelism": parallelism, "completions": 10, "suspend": True, "template": pod}
    return {
        "job.yaml": document("Job", "pi", api="batch/v1", spec=spec),
        "job-policy.yaml": policy("pi", selector("Job", "pi", "batch/v1"), *members, divided=True),
    }


def numbers(world: ServerWorld) -> dict[str, tuple[int, int]]:
    """Of the Job, by member: parallelism and completions."""
    specs = {name: world.get(name, "jobs", "pi")["spec"] for name in world.holders("jobs", "pi")}
    return {name: (spec["parallelism"], spec["completions"]) for name, spec in specs.items()}


def test_a_divided_job_changes_its_parallelism_and_keeps_its_completions(world: ServerWorld) -> None:
    world.commit(divided_job(4, "m1", "m2"))
    assert world.sync().code == 0
    assert numbers(world) == {"m1": (2, 5), "m2": (2, 5)}
    world.commit(divided_job(5, "m1", "m2"))
    assert world.sync().code == 0
    assert sorted(numbers(world).values()) == [(2, 5), (3, 5)]
    now, before = numbers(world), world.audited()
    world.commit(divided_job(5, "m2"))
    assert "CompletionsFixed" in world.run("validate").err
    assert "members would refuse it" in world.run("diff", "HEAD~1", "HEAD").err
    for _ in range(2):
        ran = world.sync()
        assert ran.code == 1, ran.err
    assert numbers(world) == now
    assert world.writes(before) == []


def test_what_runs_once_stays_while_its_successor_would_be_refused(world: ServerWorld) -> None:
    """The other member would refuse the object as an override makes it there."""
    world.commit(placed("db", "m1", kind="StatefulSet"))
    assert world.sync().code == 0
    chosen = selector("StatefulSet", api=DEPLOYMENT)
    wrong = override(
        "wrong", chosen, "m2", plaintext=[{"path": "/spec/podManagementPolicy", "operator": "add", "value": "Never"}]
    )
    world.commit({**placed("db", "m2", kind="StatefulSet"), "wrong.yaml": wrong})
    before = world.audited()
    for command in (["diff", "HEAD~1", "HEAD", "--live"], ["sync", "--dry-run"], ["sync"]):
        ran = world.run(*command)
        assert "its successor would be refused: m2: " in ran.out + ran.err
        assert "podManagementPolicy" in ran.out + ran.err
    assert [entry for entry in world.writes(before) if "dryRun" not in entry] == []
    assert world.holders("statefulsets", "db") == ["m1"]
    world.commit({}, "wrong.yaml")
    assert world.sync().code == 0
    assert world.holders("statefulsets", "db") == ["m2"]


def test_a_move_creates_nothing_where_it_leaves(world: ServerWorld) -> None:
    """The copy was suspended on m1, so it was never there."""
    files = placed("web", "m1")
    suspended = json.loads(files["apps/web/policy.yaml"])
    suspended["spec"]["suspension"] = {"dispatching": True}
    world.commit({**files, "apps/web/policy.yaml": json.dumps(suspended)})
    world.sync()
    world.commit(placed("web", "m2"))
    before = world.audited()
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.holders("deployments", "web") == ["m2"]
    assert world.writes(before, "m1") == []
