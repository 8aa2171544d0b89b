"""`sync --dry-run`, `sync`, `diff` and `status` agree on what is a problem and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.fleet import World, config, fleet, override, placed, policy, selector

DONE, NO = 0, 1


@pytest.fixture
def world(tmp_path: Path) -> World:
    """web on m1, synced."""
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")})
    assert world.sync().code == DONE
    return world


def suspended(name: str, *members: str, on: list[str] | None = None, replicas: int = 2) -> dict[str, str]:
    files = placed(name, *members, replicas=replicas)
    document = yaml.safe_load(files[f"apps/{name}/policy.yaml"])
    document["spec"]["suspension"] = {"dispatchingOnClusters": {"clusterNames": on}} if on else {"dispatching": True}
    return {**files, f"apps/{name}/policy.yaml": yaml.safe_dump(document)}


def codes(world: World) -> dict[str, int]:
    return {command: world.run(*command.split()).code for command in ("sync --dry-run", "sync", "status", "clusters")}


@pytest.mark.parametrize("on", [None, ["m1"]])
def test_what_a_policy_suspends_is_no_problem(world: World, on: list[str] | None) -> None:
    world.commit(suspended("web", "m1", on=on, replicas=7))
    assert set(codes(world).values()) == {DONE}
    assert "  Suspended  " in world.run("status").out
    assert world.run("status", "--unhealthy", "-o", "json").json["objects"] == []
    (row,) = world.run("status", "deployment/web", "-o", "json").json["objects"]
    assert "otherwise it would be configured" in row["message"]


@pytest.mark.parametrize(("on", "members"), [(None, ["m1", "m2"]), (["m2"], ["m2"])])
def test_a_commit_that_only_suspends_is_told(world: World, on: list[str] | None, members: list[str]) -> None:
    world.commit(placed("web", "m1", "m2", replicas=2))
    world.sync()
    world.commit(suspended("web", "m1", "m2", on=on))
    for live in ([], ["--live"]):
        ran = world.run("diff", "HEAD~1", "HEAD", *live, "-o", "json")
        assert [(one["object"]["name"], one["clusters"], one["absent"]) for one in ran.json["kept"]] == [("web", members, False)]
        assert ran.json["differences"] == []
    assert "HEAD suspends it (spec.suspension of its policy)" in world.run("diff", "HEAD~1").out
    health = health_in_sync(world)
    assert (health["m1"] == "Suspended", health["m2"], health_in_status(world, "m2")) == (on is None, "Suspended", "Suspended")
    assert world.run("status").code == DONE
    world.commit(suspended("web", "m1", "m2", on=on, replicas=3))
    assert "HEAD suspends it" not in world.run("diff", "HEAD~1").out


def test_a_suspended_object_that_is_new_is_told_by_diff(world: World) -> None:
    world.commit(suspended("new", "m2"))
    ran = world.run("diff", "HEAD~1")
    assert "no Deployment.apps shop/new on m2: it is suspended (spec.suspension of its policy)" in ran.out
    assert ran.out.endswith("No differences, 1 not created\n")
    live = world.run("diff", "HEAD~1", "--live", "-o", "json").json
    for document in (live, world.run("diff", "HEAD~1", "-o", "json").json):
        assert [(one["object"]["name"], one["absent"]) for one in document["kept"]] == [("new", True)]
    assert set(codes(world).values()) == {DONE}
    assert world.run("diff", "HEAD", "HEAD~0", "-o", "json").json["kept"] == []
    world.commit(suspended("new", "m2", replicas=3))
    world.commit(placed("new", "m2"))
    assert "create Deployment.apps shop/new on m2" in world.run("diff", "HEAD~2").out


@pytest.mark.parametrize("policy_first", [False, True])
def test_what_is_suspended_and_then_deleted_is_kept_by_all(world: World, policy_first: bool) -> None:
    world.commit(suspended("web", "m1"))
    world.sync()
    assert world.run("history", "-o", "json").json["revisions"][0]["notWell"] == []
    if policy_first:
        world.commit({}, "apps/web/policy.yaml")
        world.sync()
        world.commit({}, "apps/web/workload.yaml")
    else:
        world.commit({}, "apps/web/workload.yaml")
    why = "it is suspended (by its policy, an annotation, its cluster or the Configuration), and goes when the suspension ends"
    assert why in world.run("diff", "HEAD~1", "HEAD").out
    for consent in ([], ["--allow-prune", "m1"]):
        synced = world.run("sync", *consent)
        assert (synced.code, health_in_sync(world)["m1"]) == (DONE, "Suspended")
        assert why in synced.err
        assert "consent" not in synced.err
    assert why in world.run("diff", "HEAD", "--live").out
    status = world.run("status", "deployment/web")
    assert (status.code, "  Suspended  " in status.out, "its copy is kept" in status.out) == (DONE, True, True)
    assert world.run("history", "deployment/web").out.splitlines()[1].endswith("Suspended")


def test_history_says_what_nobody_claims_any_more(world: World) -> None:
    world.commit({}, "apps/web/policy.yaml")
    world.sync()
    newest = world.run("history").out.splitlines()[1]
    assert "1 not claimed any more" in newest
    assert "anew" not in newest
    assert "waiting" not in newest


def test_drift_that_a_suspension_keeps_is_told_by_a_live_diff(world: World) -> None:
    world.commit(suspended("web", "m1"))
    world.sync()
    quiet = world.run("diff", "HEAD", "--live", "--exit-code")
    assert (quiet.code, quiet.out) == (DONE, "No differences.\n")
    copy = world.members / "m1/shop/Deployment.apps/web.yaml"
    copy.write_text(copy.read_text().replace("replicas: 2", "replicas: 5"))
    edited = world.run("diff", "HEAD", "--live", "--exit-code")
    why = "it is suspended; otherwise it would be"
    assert edited.out == (f"keep Deployment.apps shop/web as it is on m1: {why} configured\nNo differences, 1 kept\n")
    copy.unlink()
    gone = world.run("diff", "HEAD", "--live", "--exit-code")
    assert gone.out == f"no Deployment.apps shop/web on m1: {why} created\nNo differences, 1 not created\n"
    assert (edited.code, gone.code) == (DONE, DONE)
    world.commit(suspended("web", "m1", replicas=7))
    assert len(world.run("diff", "HEAD~1", "--live", "-o", "json").json["kept"]) == 1


def test_a_copy_that_an_error_holds_is_told_by_a_live_diff(world: World) -> None:
    """What is in force stays, and nobody compares it; `status` says what is there."""
    copy = world.members / "m1/shop/Deployment.apps/web.yaml"
    copy.write_text(copy.read_text().replace("replicas: 2", "replicas: 5"))
    world.commit(placed("web", "nowhere"))
    assert "on m1: NoClusterFit: 0/2 clusters" in world.run("diff", "HEAD", "--live").out
    world.commit({"apps/web/workload.yaml": "kind: [\n"})
    why = "its template (apps/web/workload.yaml) cannot be read any more; it stays as it was"
    kept = f"keep Deployment.apps shop/web as it is on m1: {why}; a sync does not compare or correct it\n"
    for arguments in (("HEAD",), ("HEAD~1", "HEAD")):
        assert world.run("diff", *arguments, "--live").out == f"{kept}No differences, 1 kept\n"
    assert (world.sync().code, "replicas: 5" in copy.read_text()) == (NO, True)
    copy.unlink()
    gone = world.run("diff", "HEAD", "--live").out
    assert gone.startswith(f"no Deployment.apps shop/web on m1: {why}; what is gone there is not created again\n")
    assert (world.sync().code, copy.exists()) == (NO, False)
    (row,) = world.run("status", "deployment/web", "-o", "json").json["objects"]
    assert [place["health"] for place in row["clusters"]] == ["NotFound"]


def test_an_object_that_fails_beside_a_suspended_one_is_a_problem(world: World) -> None:
    foreign = world.members / "m2/shop/Deployment.apps/new.yaml"
    foreign.parent.mkdir(parents=True)
    foreign.write_text(placed("new", "m2")["apps/new/workload.yaml"])
    world.commit(suspended("new", "m1", "m2", on=["m1"]))
    assert codes(world) == {"sync --dry-run": NO, "sync": NO, "status": NO, "clusters": DONE}
    overwriting = policy("new", selector("Deployment", "new", "apps/v1"), "m1", "m2", conflictResolution="Overwrite")
    world.commit({"apps/new/policy.yaml": overwriting})
    assert set(codes(world).values()) == {DONE}


def test_a_dry_run_tells_of_the_later_steps_of_a_move(world: World) -> None:
    world.commit(placed("web", "m2"))
    dry = world.sync("--dry-run")
    assert (dry.code, "create Deployment.apps shop/web on m2" in dry.out) == (DONE, True)
    assert "later: Deployment.apps shop/web: m1 keeps its copy until m2 is Current\n  Steps that come later" in dry.err
    assert "waiting" not in dry.err
    done = world.synced()
    assert (done["clusters"]["m1"]["counts"]["pruned"], done["clusters"]["m2"]["counts"]["created"]) == (1, 1)


def test_a_file_with_an_error_is_a_problem_although_every_object_is_well(world: World) -> None:
    world.commit({"apps/c.yaml": "kind: [\n"})
    assert codes(world) == {"sync --dry-run": NO, "sync": NO, "status": NO, "clusters": DONE}
    found = world.run("status", "-o", "json")
    assert (found.json["filesWithErrors"], {row["message"] for row in found.json["objects"]}) == (["apps/c.yaml"], {""})
    assert "1 file with an error, whose objects are not applied or stay as they are: apps/c.yaml" in world.run("status").err
    assert world.run("status", "deployment/web").code == DONE
    world.commit({"apps/web/workload.yaml": "kind: [\n"})
    assert world.sync().code == NO
    named = world.run("status", "deployment/web", "-o", "json")
    assert (named.code, named.json["filesWithErrors"]) == (NO, ["apps/web/workload.yaml"])


def test_a_member_without_objects_has_a_sentence_and_no_table(tmp_path: Path) -> None:
    files = {**fleet("m1", "m2"), "c.yaml": config("c", "default"), "p.yaml": policy("c", selector("ConfigMap"), "m1")}
    del files["namespace.yaml"]
    world = World(tmp_path, {**files, "p.yaml": files["p.yaml"].replace('"shop"', '"default"')})
    assert world.sync().code == DONE
    ran = world.run("status", "--cluster", "m2")
    assert (ran.code, ran.out) == (DONE, "")
    assert "No recorded object matches." in ran.err


@pytest.mark.parametrize("revisions", [("--worktree",), ("HEAD~1", "HEAD")])
def test_the_end_of_a_suspension_shows_what_was_held_back(world: World, revisions: tuple[str, ...]) -> None:
    """Offline: whatever was committed meanwhile, it is compared with what was written last."""
    started = placed("web", "m1", "m2", replicas=2)
    world.commit(started)
    world.sync()
    world.commit(suspended("web", "m1", "m2", replicas=7))
    world.sync()
    world.commit(suspended("web", "m1", "m2", replicas=9))
    world.sync()
    ended = placed("web", "m1", "m2", replicas=9)
    world.repo.write(ended)
    if "HEAD" in revisions:
        world.repo.commit()
    out = world.run("diff", *revisions).out
    assert "it was kept as it was until now; compared with what was written last" in out
    assert "scale Deployment.apps shop/web: 4 → 18: m1 2 → 9, m2 2 → 9 (" in out
    world.repo.write(started)
    assert world.run("diff", "--worktree").out.endswith("No differences.\n") is (revisions == ("--worktree",))


def health_in_sync(world: World) -> dict[str, str]:
    """Member → HEALTH of the table of `sync`."""
    lines = world.run("sync", "--no-wait").out.splitlines()
    return {line.split()[0]: line.split()[-1] for line in lines[1:] if line.startswith("m")}


def health_in_status(world: World, member: str) -> str:
    header, line = world.run("status", "deployment/web", "--cluster", member).out.splitlines()[:2]
    return line[header.index("HEALTH") :].split()[0]


def test_the_health_of_what_is_suspended_or_cannot_be_rendered(world: World) -> None:
    """The tables of `sync` and `status` have the same word, also where an earlier manifest is Current."""
    world.commit(suspended("web", "m1", replicas=7))
    assert health_in_sync(world)["m1"] == health_in_status(world, "m1") == "Suspended"
    broken = override("web", selector("Deployment", "web", "apps/v1"), "m1",
                      plaintext=[{"path": "/nowhere/deep", "operator": "replace", "value": "a"}])  # fmt: skip
    world.commit({**placed("web", "m1"), "override.yaml": broken})
    assert health_in_sync(world)["m1"] == health_in_status(world, "m1") == "Unknown"
