"""On real API servers: what is no longer wanted goes, in reverse order and within the guard, even if nobody remembers it."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import Daemon, daemon
from tests.support.fleet import STATUS, config, document, placed, policy, selector, workload
from tests.support.program import run_process
from tests.support.servers import ServerWorld, eventually
from tests.support.watching import watching

pytestmark = pytest.mark.members("m1")

NAMESPACES = "/api/v1/namespaces"


def many(count: int) -> dict[str, str]:
    text = "---\n".join(config(f"c{number}") for number in range(count))
    return {"many.yaml": text, "policy.yaml": policy("many", selector("ConfigMap"), "m1")}


def deleted(requests: list[str]) -> list[str]:
    """What was deleted, in order, without the namespace."""
    return [request.split("/namespaces/", 1)[1].partition("/")[2] for request in requests if request.startswith("delete ")]


@pytest.mark.members("m1", "m2", "m3")
def test_pruning_runs_in_reverse_order_and_the_namespace_goes_last(world: ServerWorld) -> None:
    service = document("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    files = {
        "config.yaml": config("c"),
        "service.yaml": service,
        "policy.yaml": policy("c", selector("ConfigMap"), "m1"),
        "service-policy.yaml": policy("s", selector("Service"), "m1"),
    }
    world.commit({**files, **placed("web", "m1")})
    assert world.sync().code == 0
    elsewhere = document("Namespace", f"{world.namespace}-stays", "")
    world.commit({"stays.yaml": elsewhere}, "namespace.yaml", "apps/web/workload.yaml", "apps/web/policy.yaml", *files)
    before = world.audited()
    ran = world.sync("--allow-prune", "*")
    assert ran.code == 0, ran.err
    assert deleted(world.writes(before, "m1")) == ["deployments/web", "services/web", "configmaps/c", ""]
    assert world.holders(NAMESPACES, world.namespace) == [], "a sync waits until what it pruned is gone"
    assert world.holders(NAMESPACES, f"{world.namespace}-stays") == ["m1", "m2", "m3"]


def test_the_guard_asks_for_consent(world: ServerWorld) -> None:
    world.commit(many(10))
    assert world.sync().code == 0
    world.commit({"many.yaml": config("other")})
    before = world.audited()
    ran = world.sync()
    assert ran.code == 1
    assert "sync --allow-prune m1" in ran.err
    assert deleted(world.writes(before)) == []
    assert world.sync("--allow-prune", "m1").code == 0
    assert sorted(deleted(world.writes(before))) == [f"configmaps/c{number}" for number in range(10)]
    assert world.holders("configmaps", "other") == ["m1"]


def test_an_empty_revision_prunes_nothing(world: ServerWorld) -> None:
    world.commit(many(3))
    assert world.sync().code == 0
    world.commit({}, "many.yaml", "namespace.yaml")
    before = world.audited()
    assert world.sync("--allow-prune", "*").code == 1
    assert world.writes(before) == []


def test_what_a_member_protects_stays(world: ServerWorld) -> None:
    world.commit(many(2))
    assert world.sync().code == 0
    world.edit("m1", "configmaps", "c1", {"metadata": {"annotations": {"reconciler.dev/prune": "disabled"}}})
    world.commit({}, "many.yaml")
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert "reconciler.dev/prune: disabled" in ran.err
    assert (world.holders("configmaps", "c0"), world.holders("configmaps", "c1")) == ([], ["m1"])


def test_what_is_kept_loses_our_marks_only(world: ServerWorld) -> None:
    """preserveResourcesOnDeletion."""
    template = document("ConfigMap", "kept", data={"key": "value"}, labels={"team": "web"}, annotations={"note": "theirs"})
    world.commit({"kept.yaml": template, "p.yaml": policy("kept", selector("ConfigMap"), "m1", preserveResourcesOnDeletion=True)})
    assert world.sync().code == 0
    before = world.get("m1", "configmaps", "kept")
    world.commit({}, "kept.yaml")
    ran = world.sync()
    assert ran.code == 0, ran.err
    after = world.get("m1", "configmaps", "kept")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert (after["data"], after["metadata"]["labels"]) == ({"key": "value"}, {"team": "web"})
    assert after["metadata"]["annotations"] == {"note": "theirs"}
    start = world.audited()
    assert world.sync().code == 0
    assert world.writes(start) == []
    world.commit({"kept.yaml": template})
    assert world.sync().code == 1, "it is nobody's now, so it is a conflict"


@pytest.mark.members("m1", "m2")
def test_an_object_with_finalizers_is_asked_to_go_once(world: ServerWorld) -> None:
    world.commit({**many(2), "stays.yaml": placed("web", "m2")["apps/web/workload.yaml"]})
    world.sync()
    world.edit("m1", "configmaps", "c1", {"metadata": {"finalizers": ["tests/hold"]}})
    world.commit({"many.yaml": config("c0")})
    before = world.audited()
    for _ in range(2):
        world.sync("--no-wait")
        assert deleted(world.writes(before)) == ["configmaps/c1"]
    assert "deletionTimestamp" in world.get("m1", "configmaps", "c1")["metadata"]
    held = [row for row in world.run("status", "-o", "json").json["objects"] if row["name"] == "c1"]
    assert [place["health"] for row in held for place in row["clusters"]] == ["Terminating"]
    # Wanted again while it goes: it is created again when it is gone.
    world.commit(many(2))
    ran = world.sync("--no-wait")
    assert ran.code == 1
    assert "being deleted" in ran.err
    world.edit("m1", "configmaps", "c1", {"metadata": {"finalizers": None}})
    assert world.sync().code == 0
    assert "deletionTimestamp" not in world.get("m1", "configmaps", "c1")["metadata"]


@pytest.mark.members("m1", "m2")
def test_what_runs_once_is_gone_with_its_pods_before_it_comes_again(world: ServerWorld) -> None:
    world.commit(placed("db", "m1", kind="StatefulSet"))
    assert world.sync().code == 0
    world.commit(placed("db", "m2", kind="StatefulSet"))
    with watching(list(world.planes.values()), world.path("pods")) as seen:
        assert world.sync().code == 0
    alive: set[tuple[str, str]] = set()
    for name, word, pod in seen.events:
        (alive.discard if word == "DELETED" else alive.add)((name, pod["metadata"]["name"]))
        assert len({place for place, _ in alive}) <= 1, alive
    assert alive == {("m2", "db-0"), ("m2", "db-1")}


@pytest.mark.members("m1", "m2", "m3")
def test_what_nobody_remembers_is_found_and_pruned(world: ServerWorld) -> None:
    """Written by a process that was killed before it recorded that, and then taken out of Git: its kind is wanted nowhere and
    unknown to the status branch."""
    world.commit(many(1))
    assert world.sync().code == 0
    recorded = world.repo.git("rev-parse", STATUS)
    role = document("Role", "reader", api="rbac.authorization.k8s.io/v1", rules=[])
    chosen = policy("roles", selector("Role", api="rbac.authorization.k8s.io/v1"), "m1", "m3")
    world.commit({"role.yaml": role, "roles.yaml": chosen})
    assert world.sync().code == 0
    assert world.holders("roles", "reader") == ["m1", "m3"]
    world.repo.git("update-ref", f"refs/heads/{STATUS}", recorded)
    world.commit({}, "role.yaml", "roles.yaml")
    ran = run_process("sync", "--repo", str(world.repo.path))
    assert ran.code == 0, ran.err
    assert world.holders("roles", "reader") == []


def test_a_process_that_stays_finds_it_after_its_first_pass_or_before_it_prunes(world: ServerWorld, tmp_path: Path) -> None:
    """What nobody remembers may use an object that Git does not name any more."""
    world.commit(many(2))
    assert world.sync().code == 0
    recorded = world.repo.git("rev-parse", STATUS)
    old = json.loads(workload("old", 1))
    old["metadata"]["annotations"] = {"reconciler.dev/prune": "disabled"}
    old["spec"]["template"]["spec"]["volumes"] = [{"name": "settings", "configMap": {"name": "c1"}}]
    chosen = policy("old", selector("Deployment", api="apps/v1"), "m1")
    roles = policy("roles", selector("Role", api="rbac.authorization.k8s.io/v1"), "m1")
    role = document("Role", "reader", api="rbac.authorization.k8s.io/v1", rules=[])
    world.commit({"old.yaml": json.dumps(old), "chosen.yaml": chosen, "role.yaml": role, "roles.yaml": roles})
    world.sync("--no-wait")
    assert (world.holders("roles", "reader"), world.holders("deployments", "old")) == (["m1"], ["m1"])

    def restarted(name: str) -> AbstractContextManager[Daemon]:
        return daemon(tmp_path, "--repo", str(world.repo.path), name=name)

    world.repo.git("update-ref", f"refs/heads/{STATUS}", recorded)
    world.commit({}, "role.yaml", "roles.yaml", "old.yaml", "chosen.yaml")
    with restarted("nothing to prune"):
        eventually(lambda: world.holders("roles", "reader") == [])
    world.repo.git("update-ref", f"refs/heads/{STATUS}", recorded)
    world.commit(many(1))
    with restarted("something to prune") as running_one:
        running_one.settle()
    assert b"old" in world.status_branch()[f"reports/{world.namespace}/ConfigMap/c1.yaml"]
    assert (world.holders("configmaps", "c1"), world.holders("deployments", "old")) == (["m1"], ["m1"])


@pytest.mark.members("m1", "m2", "m3")
def test_a_lost_status_branch_is_told_from_the_members(world: ServerWorld) -> None:
    """What must have been decided is read from what they hold: nothing is scheduled afresh, nothing is written."""
    world.commit({**placed("api", "m1", "m2", "m3", divided=True, replicas=6), **placed("web", "m2")})
    assert world.sync().code == 0
    recorded = bindings(world)
    world.repo.git("branch", "-D", STATUS)
    before = world.audited()
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.writes(before) == []
    assert bindings(world) == recorded


def bindings(world: ServerWorld) -> dict[str, bytes]:
    return {path: data for path, data in world.status_branch().items() if path.startswith(("bindings/", "reports/"))}


@pytest.mark.members("m1", "m2")
def test_a_lost_status_branch_and_a_move_meanwhile(world: ServerWorld) -> None:
    """The old copy is known all the same, so it goes when the new one is Current, and not before."""
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    world.repo.git("branch", "-D", STATUS)
    never: Any = json.loads(placed("web", "m2")["apps/web/workload.yaml"])
    never["spec"]["template"]["metadata"]["labels"]["tests/never-ready"] = "true"
    world.commit({**placed("web", "m2"), "apps/web/workload.yaml": json.dumps(never)})
    assert world.sync("--timeout", "3s").code == 1
    assert world.holders("deployments", "web") == ["m1", "m2"]
    world.commit(placed("web", "m2"))
    assert world.sync().code == 0
    assert world.holders("deployments", "web") == ["m2"]
