"""A commit consents to what the prune guard holds: shown by diff, carried out by sync and run, and for this revision alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import World, config, fleet, policy, selector
from tests.support.servers import eventually

TRAILER = "Remove them\n\nReconciler-Allow-Prune: m1"
MANY = {f"configs/c{number}.yaml": config(f"c{number}", value="1") for number in range(8)}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two members that hold the same eight objects."""
    world = World(tmp_path, {**fleet("m1", "m2"), "policy.yaml": policy("configs", selector("ConfigMap")), **MANY})
    assert world.sync().code == 0
    return world


def remove(world: World, message: str, names: list[str] | None = None) -> str:
    world.repo.remove(*(names or list(MANY)))
    return world.repo.commit(message)


def held(world: World) -> list[int]:
    """How many ConfigMaps each member holds."""
    return [len(list((world.members / name).glob("shop/ConfigMap/*.yaml"))) for name in ("m1", "m2")]


def test_diff_shows_what_the_commit_consents_to(world: World) -> None:
    remove(world, TRAILER)
    text = world.run("diff", "HEAD~1", "HEAD").out
    names = "ConfigMap shop/c0, ConfigMap shop/c1, ConfigMap shop/c2 and 5 more"
    assert f"remove {names} on m1: HEAD consents (Reconciler-Allow-Prune)" in text
    assert f"hold {names} on m2: pruning 8 of 9 objects on m2 needs consent" in text
    assert "Or push a commit with the trailer `Reconciler-Allow-Prune: m2`." in text
    document = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert [one["cluster"] for one in document["consented"]] == ["m1"]
    assert [one["cluster"] for one in document["guarded"]] == ["m2"]
    live = world.run("diff", "--live", "HEAD~1", "HEAD", "-o", "json").json
    assert {tuple(one["clusters"]) for one in live["differences"]} == {("m1",)}
    assert {tuple(one["clusters"]) for one in live["skipped"]} == {("m2",)}


def test_sync_removes_where_the_commit_consents_and_holds_elsewhere(world: World) -> None:
    remove(world, TRAILER)
    ran = world.sync()
    assert (ran.code, held(world)) == (1, [0, 8])
    assert "--allow-prune m2" in ran.err


def test_the_next_commit_does_not_consent(world: World) -> None:
    remove(world, TRAILER)
    world.repo.commit("Something else")
    assert (world.sync().code, held(world)) == (1, [8, 8])
    world.repo.commit("Now\n\nReconciler-Allow-Prune: *")
    assert (world.sync().code, held(world)) == (0, [0, 0])


def test_run_takes_the_consent_of_one_revision(tmp_path: Path, world: World) -> None:
    with daemon(tmp_path, "--repo", str(world.repo.path), "--no-push") as one:
        eventually(lambda: one.said("new revision"))
        remove(world, TRAILER, list(MANY)[:7])
        eventually(lambda: held(world) == [1, 8])
        assert one.said("the commit consents to pruning")[0]["clusters"] == ["m1"]
        world.commit(MANY)
        eventually(lambda: held(world) == [8, 8])
        commit = remove(world, "Remove them again")
        eventually(lambda: one.said("new revision")[-1]["revision"] == commit)
        eventually(lambda: [line for line in one.said("change skipped") if line["cluster"] == "m1"])
        assert held(world) == [8, 8]
        assert len(one.said("the commit consents to pruning")) == 1


def test_a_revision_without_any_template_removes_only_where_somebody_consents(world: World) -> None:
    world.repo.remove(*MANY, "policy.yaml", "namespace.yaml")
    world.repo.commit("Remove all\n\nReconciler-Allow-Prune: m2 *")
    document = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json
    (hold,) = document["guarded"]
    assert (hold["cluster"], hold["reason"].partition(",")[0]) == ("m1", "the revision declares no resource template at all")
    assert [one["cluster"] for one in document["consented"]] == ["m2"]
    ran = world.sync()
    assert (ran.code, held(world), hold["reason"] in ran.err) == (1, [8, 0], True)
    assert "needs consent: --allow-prune m1" in world.run("status").out
    assert "reconciler sync --allow-prune m1" in world.run("unjoin", "m1", "--dry-run").err
    assert (world.sync("--allow-prune", "m1").code, held(world)) == (0, [0, 0])


def test_a_standing_consent_does_not_let_run_remove_everything(tmp_path: Path, world: World) -> None:
    world.repo.remove(*MANY, "namespace.yaml")
    commit = world.repo.commit("Remove all by mistake")
    with daemon(tmp_path, "--repo", str(world.repo.path), "--no-push", "--allow-prune", "m1") as one:
        skipped = eventually(lambda: [line for line in one.said("change skipped") if line["cluster"] == "m1"])
        assert (one.said("new revision")[0]["revision"], held(world)) == (commit, [8, 8])
        assert "declares no resource template" in skipped[0]["reason"]
