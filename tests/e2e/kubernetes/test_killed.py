"""On real API servers: a sync that is killed at any step is finished by the next one, and nothing foreign is touched.

The steps are enumerated: an undisturbed run counts every request to a member and every git command, and for each of them a
process dies by SIGKILL right before it, and right after it where it writes. Of reads in a row before anything is written, the
first and the last are enough, for a process that dies in between leaves the same behind: the run looks at its folder, too.
What the members hold and what is recorded must in the end be what the undisturbed run made of it. The servers run without
controllers, so widgets of a declared kind stand for workloads.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.start import ControlPlane
from tests.support.crashing_sync import END
from tests.support.fleet import cluster_policy, config, definition, document, policy, selector, widget, without_generations
from tests.support.program import PROJECT, clean_environment
from tests.support.servers import DIGEST, ID, INSTANCE, ServerWorld

Facts = tuple[dict[str, Any], dict[str, bytes]]
"""What the members hold, and the status branch."""

At = tuple[Any, ...]
"""A step, which of its name it is, and whether death comes after it."""

WRITES = ("PATCH", "DELETE", "POST", "PUT")
GROUP = "killed.example.com"
CRD = selector("CustomResourceDefinition", f"widgets.{GROUP}", "apiextensions.k8s.io/v1")
REPLICAS = {
    "replicaResource": {"luaScript": "function GetReplicas(obj) return obj.spec.replicas, nil end"},
    "replicaRevision": {"luaScript": "function ReviseReplica(obj, count) obj.spec.replicas = count return obj end"},
}
RULES = {"target": {"apiVersion": f"{GROUP}/v1", "kind": "Widget"}, "customizations": REPLICAS}


def on(name: str, *members: str) -> str:
    return policy(name, selector("ConfigMap", name), *members)


BEFORE = {
    "crd.yaml": definition(GROUP, "v1"),
    "crd-policy.yaml": cluster_policy("killed", CRD, "m1", "m2"),
    "rules.yaml": document(
        "ResourceInterpreterCustomization", "widgets", "", api="config.karmada.io/v1alpha1", spec=RULES
    ),
    "widget.yaml": widget(GROUP, "web", replicas=2),
    "widget-policy.yaml": policy("web", selector("Widget", api=f"{GROUP}/v1"), "m1", "m2", divided=True),
    "moves.yaml": config("moves", key="value"),
    "moves-policy.yaml": on("moves", "m1"),
    "goes.yaml": config("goes", key="value"),
    "goes-policy.yaml": on("goes", "m1", "m2"),
    "comes-policy.yaml": on("comes", "m1", "m2"),
}  # fmt: skip
"""A workload over two members, something that will move, something that will go."""
CHANGES = {
    "widget.yaml": widget(GROUP, "web", replicas=6),
    "moves-policy.yaml": on("moves", "m2"),
    "comes.yaml": config("comes", key="value"),
}
"""A scale, a move, a creation; and a file goes."""


@dataclass
class Mortal:
    """A process whose children die when they are told to."""

    orders: subprocess.Popen[str]

    def sync(self, revision: str, *at: Any, look: bool = False) -> list[tuple[str, int]]:
        """The steps of a run that is left alone, each with how often the folder had changed, if that is asked for.

        at: the step at which it dies.
        """
        assert self.orders.stdin is not None
        assert self.orders.stdout is not None
        self.orders.stdin.write(json.dumps({"revision": revision, "at": list(at) or None, "look": look}) + "\n")
        self.orders.stdin.flush()
        told = json.loads(self.orders.stdout.readline())
        assert told["killed"] is bool(at), (at, told["code"])
        return [(step, changes) for step, changes in told["steps"]]


@pytest.fixture
def world(tmp_path: Path, bare_planes: list[ControlPlane]) -> ServerWorld:
    """Two members, with foreign objects beside ours."""
    world = ServerWorld(tmp_path, bare_planes[:2], BEFORE, named="killed")
    for name in world.planes:
        world.put_namespace(name)
        world.put(name, "configmaps", config("theirs", key="value"))
        copied = json.loads(config("copied"))
        copied["metadata"]["labels"] = {INSTANCE: world.namespace}
        copied["metadata"]["annotations"] = {ID: f"/ConfigMap/{world.namespace}/another", DIGEST: "sha256:0"}
        world.put(name, "configmaps", json.dumps(copied))
    (world.repo.path / "namespace.yaml").unlink()
    world.commit({})
    return world


@pytest.fixture
def mortal(world: ServerWorld) -> Iterator[Mortal]:
    command = [sys.executable, "-m", "tests.support.crashing_sync", str(world.folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean_environment(), cwd=PROJECT, text=True
    ) as orders:
        yield Mortal(orders)
        assert orders.stdin is not None
        orders.stdin.close()


def facts(world: ServerWorld) -> Facts:
    """Without what a server notes of its own accord, and without what was corrected: what a killed process deleted is."""
    held = {}
    for name, plane in world.planes.items():
        for plural in ("configmaps", f"/apis/{GROUP}/v1/namespaces/{world.namespace}/widgets"):
            for item in plane.request(world.path(plural)).get("items", ()):
                metadata = {
                    word: item["metadata"].get(word) for word in ("labels", "annotations", "finalizers", "deletionTimestamp")
                }
                stays = {word: value for word, value in item.items() if word not in ("metadata", "kind", "apiVersion")}
                held[f"{name} {plural.rpartition('/')[2]}/{item['metadata']['name']}"] = {**stays, "metadata": metadata}
    recorded = without_generations(world.status_branch())
    return held, {path: uncorrected(text) if path.startswith("reports/") else text for path, text in recorded.items()}


def uncorrected(report: bytes) -> bytes:
    """A member's line each: those that are alike share one in the file, and one that was corrected stands apart."""
    content = yaml.safe_load(report)
    groups = content["status"].pop("clusters")
    clusters = {
        name: {word: value for word, value in group.items() if word not in ("names", "corrected", "drift")}
        for group in groups
        for name in group["names"]
    }
    return json.dumps([content, clusters], sort_keys=True).encode()


def foreign(world: ServerWorld) -> dict[str, str]:
    """Which version each foreign object has: a touch would show."""
    return {
        f"{name}/{which}": world.get(name, "configmaps", which)["metadata"]["resourceVersion"]
        for name in world.planes
        for which in ("theirs", "copied")
    }


def test_killed_at_any_step(world: ServerWorld, mortal: Mortal) -> None:
    start_at = world.repo.git("rev-parse", "HEAD")
    mortal.sync(start_at)
    end_at = world.commit(CHANGES, "goes.yaml")
    untouched, start = foreign(world), facts(world)
    steps = mortal.sync(end_at, look=True)
    end = facts(world)
    assert sorted(end[0].keys() ^ start[0].keys()) == [
        "m1 configmaps/comes", "m1 configmaps/goes", "m1 configmaps/moves",
        "m2 configmaps/comes", "m2 configmaps/goes", "m2 configmaps/moves",
    ]  # fmt: skip
    assert [end[0][f"{name} widgets/web"]["spec"]["replicas"] for name in world.planes] == [3, 3]

    def reset() -> None:
        mortal.sync(start_at)
        assert facts(world) == start

    reset()
    harmless, others = deaths(steps)
    for at in harmless:
        mortal.sync(end_at, *at)
    assert facts(world) == start, "nothing was written yet"
    left_behind: list[Facts] = [start, end]
    for at in others:
        mortal.sync(end_at, *at)
        left = facts(world)
        if left == start:
            continue
        if left not in left_behind:
            left_behind.append(left)
            mortal.sync(end_at)
            assert facts(world) == end, f"killed at {at}"
        reset()
    assert len(left_behind) > 5
    assert foreign(world) == untouched


def deaths(steps: list[tuple[str, int]]) -> tuple[list[At], list[At]]:
    """Right before each step, and right after each that writes: those before anything is written, and the others. Watches begin
    beside everything else, so their place among the steps says nothing."""
    seen: Counter[str] = Counter()
    harmless: list[At] = []
    others: list[At] = []
    for place, (step, changes) in enumerate(steps):
        writes = step.startswith(WRITES)
        has_written = writes or any(at[0].startswith(WRITES) for at in others)
        if has_written or step.startswith("WATCH"):
            others.append((step, seen[step]))
        elif not all(near[0].startswith("GET") and near[1] == changes for near in steps[max(place - 1, 0) : place + 2]):
            harmless.append((step, seen[step]))
        if writes:
            others.append((step, seen[step], True))
        seen[step] += 1
    assert seen[END] == 1
    assert sum(count for step, count in seen.items() if step.startswith(WRITES)) == 8
    assert sum(count for step, count in seen.items() if step.startswith("git ")) > 8
    assert len(harmless) > 10
    return harmless, others
