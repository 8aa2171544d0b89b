"""On real API servers: waves, dependencies and gates, proven by what the servers say of when objects were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import POLICY, document, policy, selector, workload
from tests.support.servers import ServerWorld, eventually


def noted(text: str, **annotations: str) -> str:
    """The document with annotations of ours."""
    item = json.loads(text)
    item["metadata"]["annotations"] = {f"reconciler.dev/{key.replace('_', '-')}": one for key, one in annotations.items()}
    return json.dumps(item)


def config(name: str, value: str = "1", **annotations: str) -> str:
    return noted(document("ConfigMap", name, data={"value": value}), **annotations)


def job(name: str, gate: str, *, fails: bool = False) -> str:
    """A Job that kwok plays, or one whose Pod no node takes."""
    pod: dict[str, Any] = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "migrate:1"}]}
    spec = {"backoffLimit": 0, "template": {"spec": pod | ({"nodeSelector": {"no": "such-node"}} if fails else {})}}
    spec |= {"activeDeadlineSeconds": 1} if fails else {}
    return noted(document("Job", name, api="batch/v1", spec=spec), gate=gate)


def never_ready(name: str) -> str:
    item = json.loads(workload(name, 1))
    item["spec"]["template"]["metadata"]["labels"]["tests/never-ready"] = "true"
    return json.dumps(item)


def placed(*members: str) -> dict[str, str]:
    return {
        "policies/configs.json": policy("configs", selector("ConfigMap", api="v1"), *members),
        "policies/jobs.json": policy("jobs", selector("Job", api="batch/v1"), *members),
        "policies/workloads.json": policy("workloads", selector("Deployment", api="apps/v1"), *members),
    }


def version(item: Any) -> int:
    """Greater for what was written later on one server."""
    return int(item["metadata"]["resourceVersion"])


def jobs_in(world: ServerWorld, name: str = "m1") -> list[Any]:
    return sorted(world.planes[name].request(world.path("jobs"))["items"], key=version)


def reason(world: ServerWorld, name: str) -> str:
    (file,) = [path for path in world.status_branch() if path.startswith("reports/") and path.endswith(f"/{name}.yaml")]
    return world.status_branch()[file].decode()


@pytest.mark.members("m1")
def test_a_wave_is_written_when_the_one_before_is_ready(world: ServerWorld) -> None:
    world.commit({"db.json": noted(workload("db", 1), wave="0"), "app.json": config("app", wave="1"), **placed("m1")})
    assert world.sync().code == 0
    first, second = world.get("m1", "deployments", "db"), world.get("m1", "configmaps", "app")
    assert first["status"]["availableReplicas"] == 1
    assert version(first) < version(second), "the last thing that happened to the first is older than the second"
    assert world.synced()["verdict"] == "done"


@pytest.mark.members("m1")
def test_a_gate_runs_once_for_each_revision_before_the_others(world: ServerWorld) -> None:
    world.commit({"job.json": job("migrate", "before"), "app.json": config("app"), **placed("m1")})
    assert world.sync().code == 0
    (first,) = jobs_in(world)
    assert first["metadata"]["name"].startswith("migrate-")
    assert version(first) < version(world.get("m1", "configmaps", "app"))
    world.commit({"README.md": "Nothing that the gate guards.\n"})
    assert world.sync().code == 0
    assert [one["metadata"]["uid"] for one in jobs_in(world)] == [first["metadata"]["uid"]]
    world.commit({"app.json": config("app", "2")})
    assert world.sync().code == 0
    (second,) = jobs_in(world)
    assert second["metadata"]["name"] != first["metadata"]["name"]
    app = world.get("m1", "configmaps", "app")
    assert app["data"] == {"value": "2"}
    assert version(second) < version(app)
    assert "Complete" in {one["type"] for one in second["status"]["conditions"]}
    assert "its log cannot be read" in reason(world, "migrate"), "kwok has none, and that is said"


@pytest.mark.members("m1")
def test_a_gate_that_fails_holds_what_comes_after_and_nothing_else(world: ServerWorld) -> None:
    bank = f"{world.namespace}-bank"
    selected = {
        "resourceSelectors": [selector("ConfigMap", api="v1")],
        "placement": {"clusterAffinity": {"clusterNames": ["m1"]}},
    }
    files = {
        "bank/namespace.json": document("Namespace", bank, ""),
        "bank/policy.json": document("PropagationPolicy", "configs", bank, api=POLICY, spec=selected),
        "bank/other.json": document("ConfigMap", "other", bank, data={"value": "1"}),
    }
    world.commit({"job.json": job("migrate", "before", fails=True), "app.json": config("app"), **placed("m1"), **files})
    assert world.sync("--timeout", "30s").code == 1
    assert world.get("m1", "configmaps", "app") is None
    assert world.get("m1", f"/api/v1/namespaces/{bank}/configmaps", "other") is not None
    assert "(Failed)" in reason(world, "app")
    (first,) = jobs_in(world)
    world.commit({"job.json": job("migrate", "before")})
    assert world.sync().code == 0
    (second,) = jobs_in(world)
    assert second["metadata"]["name"] != first["metadata"]["name"]
    assert version(second) < version(world.get("m1", "configmaps", "app"))


@pytest.mark.members("m1", "m2")
def test_a_dependency_on_another_member(world: ServerWorld) -> None:
    only = policy("workloads", selector("Deployment", api="apps/v1"), "m2")
    files = {**placed("m1"), "policies/workloads.json": only, "app.json": config("app", depends_on="Deployment.apps/db@m2")}
    world.commit({**files, "db.json": never_ready("db")})
    assert world.sync("--timeout", "5s").code == 1
    assert world.get("m1", "configmaps", "app") is None
    assert "waits for Deployment.apps" in reason(world, "app")
    assert "waitedForSince" in reason(world, "db")
    world.commit({"db.json": workload("db", 1)})
    assert world.sync().code == 0
    assert world.get("m1", "configmaps", "app") is not None


@pytest.mark.members("m1")
def test_a_process_that_stays_goes_on_by_itself_and_with_each_revision(tmp_path: Path, world: ServerWorld) -> None:
    world.commit({"db.json": never_ready("db"), "app.json": config("app", depends_on="Deployment.apps/db"), **placed("m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as running_one:
        running_one.settle()
        assert world.get("m1", "deployments", "db") is not None
        assert world.get("m1", "configmaps", "app") is None
        world.commit({"app.json": config("app")})
        eventually(lambda: world.get("m1", "configmaps", "app"))
        world.commit({"second.json": config("second", depends_on="Deployment.apps/db"), "third.json": config("third")})
        eventually(lambda: world.get("m1", "configmaps", "third"))
        assert world.get("m1", "configmaps", "second") is None
        world.commit({"db.json": workload("db", 1)})
        second = eventually(lambda: world.get("m1", "configmaps", "second"))
        assert version(second) > version(world.get("m1", "deployments", "db"))


@pytest.mark.members("m1")
def test_removal_runs_backwards(world: ServerWorld) -> None:
    files = {f"{name}.json": config(name, wave=str(number)) for number, name in enumerate("abc")}
    world.commit({**files, "stays.json": config("stays"), **placed("m1")})
    assert world.sync().code == 0
    world.commit({}, *files)
    since = world.audited()
    assert world.sync("--allow-prune", "m1").code == 0
    deleted = [line.split("/")[-1] for line in world.writes(since) if line.startswith("delete ")]
    assert deleted == ["c", "b", "a"]


@pytest.mark.members("m1")
def test_what_somebody_else_made_is_judged_as_it_is(tmp_path: Path, world: ServerWorld) -> None:
    app = config("app", depends_on="Deployment.apps/theirs")
    world.commit({"app.json": app, "other.json": config("other"), **placed("m1")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as running_one:
        running_one.settle()
        assert world.get("m1", "configmaps", "app") is None
        assert "theirs (does not exist there)" in reason(world, "app")
        world.put("m1", "deployments", workload("theirs", 1))
        eventually(lambda: world.get("m1", "configmaps", "app"), seconds=60)
    assert "reconciler.dev/instance" not in world.get("m1", "deployments", "theirs")["metadata"].get("labels", {})
