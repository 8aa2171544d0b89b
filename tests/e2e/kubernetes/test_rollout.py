"""A change goes from group to group, on real API servers with controllers, by the real loop."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.reader import read_one
from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import DEPLOYMENT, policy, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

GROUPS = [{"name": "canary", "clusters": ["m1"]}, {"name": "second", "clusters": ["m2"]}, {"name": "rest"}]
GOOD, BETTER = "docker.io/library/nginx:1.28", "docker.io/library/nginx:1.29"


def strategy(**more: Any) -> dict[str, Any]:
    return {"groups": GROUPS, "soak": "1s", **more}


def broken(image: str) -> str:
    """Its Pods never become ready."""
    made = json.loads(workload("web", image=image))
    made["spec"]["template"]["metadata"]["labels"]["tests/never-ready"] = ""
    return json.dumps(made)


@pytest.fixture
def world(world: ServerWorld) -> ServerWorld:
    world.commit(
        {
            "reconciler.yaml": configuration(world.namespace, rollout=strategy()),
            "web.yaml": workload("web", image=GOOD),
            "web-policy.yaml": policy("web", selector("Deployment", "web", DEPLOYMENT)),
        }
    )
    return world


def images(world: ServerWorld) -> dict[str, str]:
    """By member, the tag."""
    found = {name: world.get(name, "deployments", "web") for name in world.planes}
    return {
        name: one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
        for name, one in found.items()
        if one is not None
    }


def changed_at(world: ServerWorld, name: str) -> str:
    """When the newest Pods were made there."""
    replicas = world.planes[name].request(world.path("replicasets"))["items"]
    return max(item["metadata"]["creationTimestamp"] for item in replicas)


def rollout(world: ServerWorld) -> dict[str, Any]:
    """As it is recorded; empty where none is."""
    shown = world.repo.git("ls-tree", "-r", "--name-only", "reconciler/status").split()
    files = [path for path in shown if path.startswith("rollouts/")]
    return _document(world.repo.git("show", f"reconciler/status:{files[0]}")) if files else {}


def _document(text: str) -> dict[str, Any]:
    found = read_one(text)
    assert isinstance(found, dict)
    return found


def phase(world: ServerWorld) -> str:
    return str(rollout(world).get("status", {}).get("phase", ""))


def at(world: ServerWorld) -> tuple[str, str]:
    return "--repo", str(world.repo.path)


def test_a_good_change_passes_three_groups_with_soak_though_the_process_is_killed(
    tmp_path: Path, world: ServerWorld, planes: list[ControlPlane]
) -> None:
    with daemon(tmp_path, *at(world)) as first:
        eventually(lambda: first.said("recorded") and images(world) == {"m1": "1.28", "m2": "1.28", "m3": "1.28"}, seconds=90)
        eventually(lambda: ready(world) == ["m1", "m2", "m3"], seconds=90)
        world.commit({"web.yaml": workload("web", image=BETTER)})
        eventually(lambda: images(world)["m1"] == "1.29", seconds=90)
        first.end(signal.SIGKILL)
        assert images(world)["m3"] == "1.28"
    with daemon(tmp_path, *at(world), name="second") as second:
        eventually(lambda: images(world)["m2"] == "1.29", seconds=90)
        second.end(signal.SIGKILL)
    with daemon(tmp_path, *at(world), name="third") as third:
        eventually(lambda: images(world) == {"m1": "1.29", "m2": "1.29", "m3": "1.29"}, seconds=90)
        eventually(lambda: phase(world) == "Completed", seconds=90)
        assert third.end() == 0
    assert changed_at(world, "m1") < changed_at(world, "m2") < changed_at(world, "m3")


def ready(world: ServerWorld) -> list[str]:
    found = {name: world.get(name, "deployments", "web") for name in world.planes}
    return [name for name, one in found.items() if one is not None and one.get("status", {}).get("readyReplicas") == 2]


def test_a_broken_change_stops_at_the_first_group_and_is_reverted_by_a_commit(tmp_path: Path, world: ServerWorld) -> None:
    cautious = strategy(progressDeadline="4s", onFailure="revert")
    world.commit({"reconciler.yaml": configuration(world.namespace, rollout=cautious)})
    origin = tmp_path / "origin.git"
    world.repo.git("clone", "--quiet", "--bare", str(world.repo.path), str(origin))
    world.repo.git("remote", "add", "origin", str(origin))
    place = ("--repo", origin.as_uri(), "--cache", str(tmp_path / "cache"), "--member-root", str(world.members))
    with daemon(tmp_path, "main", *place, "--push-reverts") as one:
        eventually(lambda: one.said("recorded") and ready(world) == ["m1", "m2", "m3"], seconds=90)
        bad = world.commit({"web.yaml": broken(BETTER)})
        world.repo.git("push", "--quiet", "origin", "HEAD:main")
        eventually(lambda: images(world)["m1"] == "1.29", seconds=90)
        (told, *_) = eventually(lambda: one.said("reverted"), seconds=90)
        assert told["revision"] == bad
        eventually(lambda: images(world) == {"m1": "1.28", "m2": "1.28", "m3": "1.28"}, seconds=90)
        assert one.end() == 0
    world.repo.git("fetch", "--quiet", "origin")
    subject, *body = world.repo.git("log", "-1", "--format=%B", "origin/main").splitlines()
    assert subject == f"Revert {bad[:10]}: its rollout failed on m1"
    assert any(line.startswith("- m1: not Current after 4s") for line in body)
    assert world.repo.git("rev-parse", "origin/main^") == bad
    assert len(world.repo.git("rev-list", f"{bad}..origin/main").split()) == 1
    assert world.repo.git("diff", "--name-only", bad, "origin/main").split() == ["web.yaml"]
