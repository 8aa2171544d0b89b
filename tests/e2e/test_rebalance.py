"""`rebalance` from outside: what would move, the file that is committed, and the sync that moves it."""

from __future__ import annotations

import pytest
import yaml

from tests.support.fleet import World, config, fleet, placed
from tests.support.gitrepo import run_git


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """web and api are divided; m2 joins after they were placed on m1 alone, so that both stay there until a rebalance."""
    names = ("m1", "m2")
    workloads = {**placed("web", *names, divided=True, replicas=4), **placed("api", *names, divided=True, replicas=2)}
    world = World(tmp_path_factory.mktemp("rebalance"), {**fleet("m1"), **workloads, "unclaimed.yaml": config("unclaimed")})
    assert world.sync().code in (0, 1)
    world.commit(fleet("m2"))
    world.sync()
    return world


def replicas(world: World, name: str) -> dict[str, int]:
    copies = {member: world.live(member) for member in ("m1", "m2")}
    return {
        member: copy["spec"]["replicas"]
        for member, held in copies.items()
        for path, copy in held.items()
        if path.endswith(f"/{name}") and copy["kind"] == "Deployment"
    }


def test_a_dry_run_shows_and_a_run_writes_what_the_next_sync_moves(world: World) -> None:
    assert (replicas(world, "web"), replicas(world, "api")) == ({"m1": 4}, {"m1": 2})
    head = run_git(world.repo.path, "rev-parse", "HEAD")
    shown = world.run("rebalance", "deploy/web", "--dry-run")
    assert (shown.code, run_git(world.repo.path, "rev-parse", "HEAD")) == (1, head), shown
    assert "shop/web" in shown.out
    assert "shop/api" not in shown.out
    assert world.run("rebalance", "deploy/web").code == 0
    document = yaml.safe_load((world.repo.path / "rebalancers/rebalance.yaml").read_text())
    assert document["spec"]["workloads"] == [{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"}]
    assert run_git(world.repo.path, "log", "-1", "--format=%s").strip() == "Rebalance Deployment.apps shop/web"
    for _ in range(2):
        world.sync()
    assert (replicas(world, "web"), replicas(world, "api")) == ({"m1": 2, "m2": 2}, {"m1": 2})
    assert world.run("rebalance", "deploy/web", "--dry-run").code == 0, "it is balanced now"
    assert world.run("rebalance", "--all").code == 0
    second = yaml.safe_load((world.repo.path / "rebalancers/rebalance-2.yaml").read_text())
    assert [one["name"] for one in second["spec"]["workloads"]] == ["api"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "or --all"),
        (["deploy/web", "--all"], "or --all"),
        (["web"], "is not KIND/NAME"),
        (["deploy/wbe"], "Did you mean deployment/web"),
        (["cm/unclaimed"], "no policy places"),
    ],
)
def test_wrong_usage(world: World, arguments: list[str], message: str) -> None:
    ran = world.run("rebalance", *arguments)
    assert (ran.code, message in " ".join(ran.err.replace("│", " ").split())) == (2, True), ran.err
