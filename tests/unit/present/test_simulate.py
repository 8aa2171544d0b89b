"""What the options of `simulate` mean, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import DEPLOYMENT, World, cluster, config, document, fleet, placed, policy, selector
from tests.support.program import Ran

FILES = {
    **fleet("m1", "m2"), **placed("web", "m1", "m2", divided=True, replicas=4), **placed("api", "m1"),
    "config.yaml": config("settings"), "everywhere.yaml": policy("settings", selector("ConfigMap")),
    "gold.yaml": policy("gold", selector("Deployment", "api", DEPLOYMENT), "m1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("simulate"), FILES)


def simulated(world: World, *options: str) -> tuple[list[str], list[str]]:
    """What changes, as `change Kind name: members`, and what finds no place."""
    ran = world.run("simulate", *options, "-o", "json")
    assert ran.code == (1 if ran.json["differences"] or ran.json["unplaced"] else 0), ran
    changes = [_short(change) for change in ran.json["differences"]]
    return changes, [entry["object"] for entry in ran.json["unplaced"]]


def _short(change: Any) -> str:
    return f"{change['change']} {change['object']['kind']} {change['object']['name']}: {' '.join(change['clusters'])}"


@pytest.mark.parametrize(
    ("options", "changes", "unplaced"),
    [
        (("--label", "m1:tier=gold"), [], []),
        (("--label", "m1:tier-", "--taint", "m2:gpu:NoSchedule"), [], []),
        (("--free", "m1:cpu=1,memory=1Gi", "--free", "m1:pods=3"), [], []),
        (
            ("--lose", "m2"),
            ["change Deployment web: m1"],
            [],
        ),
        (
            ("--lose", "m1", "--lose", "m2"),
            [],
            ["ConfigMap shop/settings", "Deployment.apps shop/api", "Deployment.apps shop/web"],
        ),
    ],
)  # fmt: skip
def test_options(world: World, options: tuple[str, ...], changes: list[str], unplaced: list[str]) -> None:
    assert simulated(world, *options) == (changes, unplaced)


def test_members_are_added_from_files(world: World, tmp_path: Path) -> None:
    file = tmp_path / "more.yaml"
    file.write_text(cluster("m3") + "---\n" + cluster("m4"))
    joined = ["create ConfigMap settings: m3 m4", "create Namespace shop: m3 m4"]
    assert simulated(world, "--add", str(file)) == (joined, [])
    tainted = simulated(world, "--add", str(file), "--taint", "m3:gpu=no:NoExecute")
    assert tainted == (["create ConfigMap settings: m4", "create Namespace shop: m3 m4"], [])


def test_a_file_is_read_as_strictly_as_the_repository(world: World, tmp_path: Path) -> None:
    file = tmp_path / "more.yaml"
    file.write_text(cluster("m3").replace('"spec": {', '"spec": {"regoin": "a", '))
    lenient = world.run("simulate", "--add", str(file))
    assert (lenient.code, ": warning: " in lenient.err, "m3" in lenient.out) == (1, True, True)
    world.commit(
        {"reconciler.yaml": document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec={"validation": "Strict"})}
    )
    strict = world.run("simulate", "--add", str(file))
    assert (strict.code, strict.out) == (2, "")
    assert "spec.regoin is not a known field" in strict.err
    assert "Did you mean region?" in strict.err


def test_as_text(world: World) -> None:
    ran = world.run("simulate", "--lose", "m1")
    assert ran.code == 1
    assert "scale Deployment.apps shop/web: 4 as before: m1 2 → 0, m2 2 → 4 (apps/web/workload.yaml:1)\n" in ran.out
    assert "cannot be placed: Deployment.apps shop/api: NoClusterFit: 0/1 clusters are available" in ran.out
    assert ran.out.endswith("\n1 to change on 1 cluster; 1 object cannot be placed\n")
    assert world.run("simulate", "--label", "m1:a=b").out == "No differences.\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ((), "no change to simulate"),
        (("--lose", "m9"), "no such cluster: m9"),
        (("--label", "m9:a=b"), "no such cluster: m9"),
        (("--taint", "m1:gpu"), "m1:gpu is not a taint"),
        (("--taint", "m1:gpu:Sometimes"), "is not a taint"),
        (("--label", "m1:a"), "m1:a is not a label"),
        (("--label", "a=b"), "a=b is not a label"),
        (("--free", "m1"), "write CLUSTER:RESOURCE=QUANTITY"),
        (("--free", "m1:cpu"), "write CLUSTER:RESOURCE=QUANTITY"),
        (("--free", "m1:cpu=lots"), "not a quantity"),
        (("--free", ":cpu=1"), "write CLUSTER:RESOURCE=QUANTITY"),
        (("--add", "nowhere.yaml"), "the file nowhere.yaml does not exist"),
        (("--add", __file__), "test_simulate.py:"),
    ],
)
def test_wrong_usage(world: World, options: tuple[str, ...], complaint: str) -> None:
    ran: Ran = world.run("simulate", *options)
    assert (ran.code, ran.out) == (2, "")
    assert complaint in ran.err


def test_no_differences_is_not_said_of_what_finds_no_place(tmp_path: Path) -> None:
    ran = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")}).run("simulate", "--lose", "m1")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "1 object cannot be placed; nothing else changes.")
    assert "No differences" not in ran.out
