"""`sync` from outside, on directory members: what is written, taken over, left alone, pruned and put right, in which order."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.model.desired import DesiredState
from reconciler.model.tree import Tree
from reconciler.pipeline.compiler import Compiler
from tests.support.crash_points import Fate, fated
from tests.support.fleet import (
    DEPLOYMENT,
    STATUS,
    World,
    branch_files,
    cluster,
    config,
    contents,
    document,
    fleet,
    override,
    placed,
    policy,
    secret,
    selector,
    stamps,
    workload,
)
from tests.support.gitrepo import run_git
from tests.support.program import Ran, run_here, run_process

WEB = "shop/Deployment.apps/web"
DATABASE = "shop/StatefulSet.apps/db"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """web on m1, synced."""
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")})
    assert world.sync().code == 0
    return world


def watched_sync(world: World) -> list[str]:
    """What a sync does to the members, in order: which files appear and which go."""
    fate = Fate()
    with fated(fate, world.members):
        assert world.sync().code == 0
    words = {"replace": "appears", "unlink": "goes"}
    temporary = re.compile("[.][0-9]+[.]reconciler-tmp$")
    steps = [step.partition(" ") for step in fate.steps]
    done = [(words[verb], Path(path)) for verb, _, path in steps if verb in words]
    return [
        f"{path.parent / temporary.sub('', path.name).removeprefix('.')} {verb}"
        for verb, path in done
        if verb == "appears" or not path.name.startswith(".")
    ]


def changes(synced: Any, member: str) -> list[tuple[str, str]]:
    """(action, kind/name) of every change on a member."""
    return [
        (change["action"], f"{change['object']['kind']}/{change['object']['name']}")
        for change in synced["clusters"][member]["changes"]
    ]


def counts(synced: Any, member: str) -> dict[str, int]:
    return {name: count for name, count in synced["clusters"][member]["counts"].items() if count}


WORKLOAD = selector("Deployment", api=DEPLOYMENT)
LABELS = override("labels", WORKLOAD, labelsOverrider=[{"operator": "add", "value": {"team": "web"}}])
MISTAKE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mistake", "namespace": "shop"}, "dat": {}}
FAILING = {"path": "/spec/nowhere/deep", "operator": "replace", "value": 1}


def suspended(name: str) -> dict[str, str]:
    return {f"apps/{name}/policy.yaml": policy(name, WORKLOAD, "m2", suspension={"dispatching": True})}


# Moves


def test_a_move_makes_before_it_breaks(world: World) -> None:
    world.commit(placed("web", "m2"))
    assert watched_sync(world) == [
        "m2/shop/Deployment.apps/web.yaml appears",
        "m1/shop/Deployment.apps/web.yaml goes",
    ]
    assert WEB in world.live("m2")
    assert WEB not in world.live("m1")


def test_there_is_a_copy_at_every_moment_of_a_move(world: World) -> None:
    world.commit(placed("web", "m2"))
    held: list[set[str]] = []

    class Watch(Fate):
        def step(self, what: str, last_words: Callable[[], Any] = lambda: None) -> None:
            held.append({member for member in ("m1", "m2") if (world.members / member / f"{WEB}.yaml").exists()})
            super().step(what, last_words)

    with fated(Watch(), world.members):
        world.sync()
    assert all(held)
    assert held[0] == {"m1"}
    assert held[-1] == {"m2"}


def test_what_must_not_run_twice_breaks_first(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("db", "m1", kind="StatefulSet")})
    world.sync()
    world.commit(placed("db", "m2", kind="StatefulSet"))
    assert watched_sync(world) == [
        "m1/shop/StatefulSet.apps/db.yaml goes",
        "m2/shop/StatefulSet.apps/db.yaml appears",
    ]
    assert DATABASE in world.live("m2")


def test_what_must_not_run_twice_does_not_leave_for_a_suspended_member(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("db", "m1", kind="StatefulSet")})
    world.sync()
    stateful = selector("StatefulSet", api=DEPLOYMENT)
    suspension = {"dispatchingOnClusters": {"clusterNames": ["m2"]}}
    world.commit({"apps/db/policy.yaml": policy("db", stateful, "m2", suspension=suspension)})
    ran = world.sync()
    assert (ran.code, DATABASE in world.live("m1"), DATABASE in world.live("m2")) == (1, True, False)
    assert "its successor would be refused: m2: it is suspended" in ran.err


def test_a_move_waits_for_a_copy_that_is_not_well(world: World) -> None:
    """The folder of m2 carries a status: somebody reports health there."""
    world.commit(placed("web", "m1", "m2"))
    world.sync()
    file = world.members / "m2" / f"{WEB}.yaml"
    unwell = "status:\n  observedGeneration: 1\n  replicas: 2\n  updatedReplicas: 2\n  readyReplicas: 0\n"
    file.write_text(file.read_text() + unwell)
    world.sync("--no-wait")
    world.commit(placed("web", "m2", replicas=3))
    ran = world.sync("--no-wait")
    assert ran.code == 1
    assert WEB in world.live("m1")
    file.write_text(file.read_text().split("status:")[0])
    assert world.sync().code == 0
    assert WEB not in world.live("m1")


def test_the_time_out_of_a_move_does_not_take_the_last_copy(tmp_path: Path) -> None:
    """An object that is not ours is in the way on m2 for longer than the time-out."""
    quick = document("Configuration", "config", "", api="reconciler.dev/v1alpha1", spec={"handoverTimeout": "1s"})
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1"), "reconciler.yaml": quick})
    assert world.sync().code == 0
    file = world.members / "m2" / "theirs.yaml"
    file.write_text(workload("web"))
    world.commit(placed("web", "m2"))
    for _ in range(2):
        assert world.sync("--no-wait").code == 1
        time.sleep(1.1)
    assert world.sync("--no-wait").code == 1
    assert WEB in world.live("m1")
    file.unlink()
    assert world.sync().code == 0
    assert (WEB in world.live("m1"), WEB in world.live("m2")) == (False, True)


def test_a_placement_that_fits_nobody_moves_nothing(world: World) -> None:
    before = contents(world.members)
    world.commit(placed("web", "no-such-cluster"))
    ran = world.sync()
    assert (ran.code, contents(world.members)) == (1, before)
    assert "apps/web/workload.yaml" in ran.err
    assert [row["message"] != "" for row in world.run("status", "-o", "json").json["objects"] if row["name"] == "web"] == [True]


# What is not ours


def foreign(world: World, member: str = "m1") -> Path:
    """An object like ours that somebody else put there."""
    file = world.members / member / "theirs" / "config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(config("settings", key="theirs"))
    return file


def test_a_conflict_leaves_what_is_not_ours_alone(world: World) -> None:
    file = foreign(world)
    world.commit({"config.yaml": config("settings", key="ours"), "policy.yaml": policy("settings", selector("ConfigMap"))})
    ran = world.sync()
    assert ran.code == 1
    assert "ConfigMap shop/settings" in ran.err
    assert "conflictResolution: Overwrite" in ran.err
    assert json.loads(file.read_text())["data"] == {"key": "theirs"}
    assert world.live("m2")["shop/ConfigMap/settings"]["data"] == {"key": "ours"}
    synced = world.synced()
    assert (synced["verdict"], counts(synced, "m1")) == ("no", {"skipped": 1, "unchanged": 2})


def test_a_policy_may_take_over(world: World) -> None:
    file = foreign(world)
    overwrite = policy("settings", selector("ConfigMap"), conflictResolution="Overwrite")
    world.commit({"config.yaml": config("settings", key="ours"), "policy.yaml": overwrite})
    synced = world.synced()
    assert changes(synced, "m1") == [("configure", "ConfigMap/settings")]
    assert synced["clusters"]["m1"]["changes"][0]["drift"] is False
    assert "key: ours" in file.read_text()
    assert world.sync().code == 0


def test_drift_is_put_right_and_counted(world: World) -> None:
    file = world.members / "m1" / f"{WEB}.yaml"
    meant = file.read_text()
    file.write_text(meant.replace("replicas: 2", "replicas: 9"))
    synced = world.synced()
    assert counts(synced, "m1") == {"configured": 1, "unchanged": 1}
    assert [(change["action"], change["drift"]) for change in synced["clusters"]["m1"]["changes"]] == [("configure", True)]
    assert file.read_text() == meant


def test_a_lost_file_is_written_again(world: World) -> None:
    (world.members / "m1" / f"{WEB}.yaml").unlink()
    assert counts(world.synced(), "m1") == {"created": 1, "unchanged": 1}


def test_a_member_that_cannot_be_read_is_not_written_to(world: World) -> None:
    broken = world.members / "m1" / "broken.yaml"
    broken.write_text("kind: [")
    world.commit(placed("web", "m1", "m2"))
    ran = world.sync()
    assert ran.code == 3
    assert ran.err.startswith(f"m1: {broken.resolve()}: line ")
    assert WEB in world.live("m2")
    assert [row["ready"] for row in world.run("clusters", "-o", "json").json] == [False, True]
    assert world.run("clusters").code == 1
    broken.unlink()
    assert world.sync().code == 0
    assert world.run("clusters").code == 0


# Pruning


def many(count: int) -> dict[str, str]:
    text = "---\n".join(config(f"c{number}") for number in range(count)) if count else config("other")
    return {"many.yaml": text, "policy.yaml": policy("many", selector("ConfigMap"), "m1")}


def test_the_prune_guard_asks_for_consent(world: World) -> None:
    world.commit(many(10))
    world.sync()
    world.commit(many(0))
    ran = world.sync()
    assert ran.code == 1
    assert "sync --allow-prune m1" in ran.err
    assert len(world.live("m1")) == 2 + 10 + 1
    assert world.sync("--allow-prune", "m2").code == 1
    assert counts(world.synced("--allow-prune", "m1"), "m1") == {"pruned": 10, "unchanged": 3}
    assert world.sync().code == 0


def test_what_a_broken_file_may_declare_stays(world: World) -> None:
    before = contents(world.members)
    world.commit({"apps/web/workload.yaml": "kind: ["})
    ran = world.sync()
    assert ran.code == 1
    assert "apps/web/workload.yaml:" in ran.err
    assert contents(world.members) == before
    world.commit({"apps/web/workload.yaml": workload("web", replicas=5)})
    assert counts(world.synced(), "m1") == {"configured": 1, "unchanged": 1}


def test_an_empty_revision_prunes_nothing(world: World) -> None:
    before = contents(world.members)
    world.commit({}, "apps/web/workload.yaml", "namespace.yaml")
    assert world.sync("--allow-prune", "*").code == 1
    assert contents(world.members) == before


def test_what_is_protected_stays(world: World) -> None:
    world.commit({"config.yaml": config("kept"), "policy.yaml": policy("kept", selector("ConfigMap"), "m1")})
    world.sync()
    file = world.members / "m1" / "shop/ConfigMap/kept.yaml"
    file.write_text(file.read_text().replace("annotations:", "annotations:\n    reconciler.dev/prune: disabled", 1))
    world.commit({}, "config.yaml")
    ran = world.sync()
    assert (ran.code, file.exists()) == (0, True)
    assert "reconciler.dev/prune: disabled" in ran.err


def test_what_a_protected_workload_mounts_stays(tmp_path: Path) -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "a", "configMap": {"name": "a"}}]
    database = json.loads(workload("db", kind="StatefulSet"))
    database["spec"]["template"]["spec"]["volumes"] = volumes
    database["metadata"]["labels"] = {"resourcetemplate.karmada.io/deletion-protected": "Always"}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    files = {
        "db.yaml": json.dumps(database),
        "a.yaml": config("a"),
        "data.yaml": document("PersistentVolumeClaim", "data", spec=claim),
    }
    follows = policy("db", selector("StatefulSet", api=DEPLOYMENT), "m1", propagateDeps=True)
    world = World(tmp_path, {**fleet("m1"), **files, "policy.yaml": follows})
    assert world.sync().code == 0
    before = world.live("m1")
    assert {DATABASE, "shop/PersistentVolumeClaim/data", "shop/ConfigMap/a"} <= before.keys()
    world.commit({}, *files)
    world.commit({"other.yaml": config("other"), "other-policy.yaml": policy("other", selector("ConfigMap", "other"), "m1")})
    ran = world.sync()
    assert (ran.code, before.keys() - world.live("m1").keys()) == (0, set())
    assert "not pruned: StatefulSet.apps shop/db, which stays here, uses it" in ran.err


def test_the_advice_for_a_protected_copy_helps_after_a_move(tmp_path: Path) -> None:
    """The commit that moves it takes the label off, too; what must not run twice is not written before it leaves."""
    free = placed("db", "m1", kind="StatefulSet")
    database = json.loads(free["apps/db/workload.yaml"])
    database["metadata"]["labels"] = {"resourcetemplate.karmada.io/deletion-protected": "Always"}
    moved = placed("db", "m2", kind="StatefulSet")
    world = World(tmp_path, {**fleet("m1", "m2"), **free, "apps/db/workload.yaml": json.dumps(database)})
    assert world.sync().code == 0
    world.commit(moved)
    shown = world.run("diff", "HEAD~1", "HEAD").out
    advice = "place it on m1 again without the label, sync, and only then move it"
    assert "keep StatefulSet.apps shop/db as it is on m1: it is protected" in shown
    assert (advice in shown, "move StatefulSet" in shown) == (True, False)
    ran = world.sync()
    assert (ran.code, advice in ran.err, DATABASE in world.live("m1")) == (1, True, True)
    world.commit(free)
    world.sync()
    world.commit(moved)
    assert world.sync().code == 0
    assert [DATABASE in world.live(name) for name in ("m1", "m2")] == [False, True]


def test_a_dependency_is_claimed_while_its_workload_is_between_two_members(tmp_path: Path) -> None:
    """What must not run twice is nowhere for a moment."""
    database = json.loads(workload("db", kind="StatefulSet"))
    database["spec"]["template"]["spec"]["volumes"] = [{"name": "a", "configMap": {"name": "a"}}]

    def on(member: str) -> str:
        return policy("db", selector("StatefulSet", api=DEPLOYMENT), member, propagateDeps=True)

    files = {"db.yaml": json.dumps(database), "a.yaml": config("a"), "policy.yaml": on("m1")}
    world = World(tmp_path, {**fleet("m1", "m2"), **files})
    world.sync()
    world.commit({"policy.yaml": on("m2")})
    for arguments in (("--dry-run",), ("--no-wait",), ()):
        assert "Unclaimed" not in world.sync(*arguments).err
    assert world.live("m2").keys() >= {DATABASE, "shop/ConfigMap/a"}
    assert not world.live("m1").keys() & {DATABASE, "shop/ConfigMap/a"}


def test_foreign_files_outlive_everything(world: World) -> None:
    foreign_files = {
        "m1/shop/Deployment.apps/notes.txt": "notes",
        "m1/shop/theirs.yaml": config("theirs"),
        "m1/.git/config": "[core]",
    }
    for path, text in foreign_files.items():
        file = world.members / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    world.commit({}, "apps/web/workload.yaml", "apps/web/policy.yaml")
    assert world.sync().code == 0
    assert {path: (world.members / path).read_text() for path in foreign_files} == foreign_files
    assert WEB not in world.live("m1")


# The status branch


def test_a_fresh_clone_knows_the_status(world: World, tmp_path: Path) -> None:
    remote = world.repo.bare_clone()
    world.repo.git("remote", "add", "origin", str(remote))
    world.commit(placed("web", "m2"))
    world.repo.git("push", "--quiet", "origin", "main")
    ran = world.sync()
    assert ran.code == 0
    assert "pushed" in ran.err
    assert branch_files(remote, STATUS) == world.status_branch()
    run_git(tmp_path, "clone", "--quiet", str(remote), "clone")
    told = run_here("status", "-o", "json", "--repo", str(tmp_path / "clone")).json
    assert told == world.run("status", "-o", "json").json
    assert [row["clusters"][0]["name"] for row in told["objects"] if row["name"] == "web"] == ["m2"]


def test_no_push_means_no_push(world: World) -> None:
    remote = world.repo.bare_clone()
    before = branch_files(remote, STATUS)
    world.repo.git("remote", "add", "origin", str(remote))
    world.commit(placed("web", "m2"))
    ran = world.sync("--no-push")
    assert ran.code == 0
    assert branch_files(remote, STATUS) == before
    world.repo.git("push", "--quiet", "origin", "main")
    assert world.sync().code == 0  # nothing new to record, yet what was recorded is pushed now
    assert branch_files(remote, STATUS) == world.status_branch()


def test_what_was_recorded_before_there_was_a_remote_is_pushed(world: World) -> None:
    remote = world.repo.bare_clone()
    run_git(remote, "branch", "-D", STATUS)
    world.repo.git("remote", "add", "origin", str(remote))
    synced = world.synced()
    assert synced["commit"] is None
    assert branch_files(remote, STATUS) == world.status_branch()


def test_only_origin_is_pushed_to(world: World) -> None:
    world.repo.git("remote", "add", "upstream", str(world.folder / "nowhere.git"))
    world.commit(placed("web", "m2"))
    assert world.sync().code == 0


def test_the_history_of_the_status_branch_tells_the_story(world: World) -> None:
    first = world.repo.git("rev-parse", "HEAD")
    second = world.commit(placed("web", "m2"))
    world.sync()
    subjects = world.repo.git("log", "--format=%s", STATUS).splitlines()
    assert subjects == [
        f"sync {second[:7]}: 1 created, 1 pruned on m1, m2",
        f"sync {first[:7]}: 3 created on m1, m2",
    ]
    assert f"Revision: {second}" in world.repo.git("log", "-1", "--format=%(trailers)", STATUS)


NONSENSE = {
    "revision.yaml": "a: [",
    "bindings/shop/Deployment.apps/web.yaml": "- no\n- mapping\n",
    "clusters/m1.yaml": "kind: Cluster\nstatus: {ready: [",
}


@pytest.mark.parametrize("path", NONSENSE)
def test_a_status_branch_edited_by_hand(world: World, path: str) -> None:
    before = contents(world.members)
    world.repo.git("switch", "--quiet", STATUS)
    world.commit({path: NONSENSE[path]})
    world.repo.git("switch", "--quiet", "main")
    for command in ("sync", "status", "validate", "clusters"):
        ran = world.run(command)
        assert (ran.code, ran.out) == (3, ""), command
        assert path in ran.err
        assert "revert that commit" in ran.err
    assert contents(world.members) == before
    world.repo.git("branch", "--force", STATUS, f"{STATUS}~1")
    assert world.sync().code == 0


@pytest.mark.parametrize(
    "text",
    [
        "kind: Binding\n",
        "kind: Binding\nspec: {clusters: [{name: m1, replicas: many}]}\n",
        "kind: Binding\nspec: {clusters: 3, policy: 4, overrides: {a: b}, resource: []}\nstatus: 5\n",
        "kind: Binding\nspec: {leaving: [{name: m1, since: yesterday}]}\n",
        "kind: Binding\nstatus: {clusters: [{name: m1, health: {status: Splendid}}]}\n",
        "kind: Binding\nstatus: {clusters: [3, {name: [], health: 4}]}\n",
        "kind: Cluster\nstatus: {objects: {total: none}}\n",
        "kind: Cluster\nmetadata: 4\n",
        "kind: Revision\nspec: {layout: 99}\n",
        "a: b\n",
    ],
)
@pytest.mark.parametrize("path", ["revision.yaml", "bindings/shop/Deployment.apps/web.yaml"])
def test_a_status_branch_that_is_yaml_but_means_nothing(world: World, path: str, text: str) -> None:
    """Refused or read past, but never a crash, and no member loses anything."""
    before = contents(world.members)
    world.repo.git("switch", "--quiet", STATUS)
    world.commit({path: text})
    world.repo.git("switch", "--quiet", "main")
    for command in ("status", "clusters", "sync"):
        ran = world.run(command)
        assert ran.code in (0, 1, 3), command
        if ran.code == 3:
            assert ran.err.startswith("Error: ")
    assert contents(world.members) == before


def test_a_lost_status_branch_is_told_from_the_members(world: World) -> None:
    before, live = world.status_branch(), contents(world.members)
    world.repo.git("branch", "-D", STATUS)
    assert world.sync().code == 0
    assert (world.status_branch(), contents(world.members)) == (before, live)


def test_the_status_branch_is_not_written_while_it_is_checked_out(world: World) -> None:
    world.commit(placed("web", "m2"))
    world.repo.git("switch", "--quiet", STATUS)
    ran = world.sync("main")
    assert ran.code == 3
    assert "git switch" in ran.err
    world.repo.git("switch", "--quiet", "main")
    assert world.sync().code == 0


def test_two_syncs_at_once(world: World) -> None:
    """The second one runs while the first is about to record: it wins, the first says so, and a further sync converges."""
    world.commit({**placed("web", "m2"), **placed("api", "m1")})
    meanwhile: list[Ran] = []

    class Meet(Fate):
        def step(self, what: str, last_words: Callable[[], Any] = lambda: None) -> None:
            if what == "git fast-import":
                meanwhile.append(run_process("sync", "--repo", str(world.repo.path)))

    with fated(Meet(), world.members):
        late = world.sync()
    assert [ran.code for ran in meanwhile] == [0]
    assert (late.code, late.out.splitlines()[0].split()[0]) == (3, "CLUSTER")
    assert "moved in the meantime" in late.err
    converged = world.sync()
    assert converged.code == 0
    assert converged.err.endswith("nothing new to record\n")
    assert (WEB in world.live("m1"), WEB in world.live("m2")) == (False, True)


# Idempotence

SETTINGS = document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec={"unclaimed": "Prune"})
TROUBLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "an unclaimed template": ({"new.yaml": config("unclaimed")}, ()),
    "an unclaimed template, to be pruned": ({"new.yaml": config("unclaimed"), "reconciler.yaml": SETTINGS}, ()),
    "a policy that went": ({}, ("apps/web/policy.yaml",)),
    "a policy that went, to be pruned": ({"reconciler.yaml": SETTINGS}, ("apps/web/policy.yaml",)),
    "a template that went": ({}, ("apps/web/workload.yaml",)),
    "a placement that fits nobody": (placed("web", "nobody"), ()),
    "a new one that fits nobody": (placed("new", "nobody"), ()),
    "a broken template": ({"apps/web/workload.yaml": "kind: ["}, ()),
    "a broken policy": ({"apps/web/policy.yaml": "kind: ["}, ()),
    "a broken cluster": ({"clusters/m1.yaml": "kind: ["}, ()),
    "a broken override": ({"overrides/labels.yaml": "kind: ["}, ()),
    "an override beside an error": ({"overrides/labels.yaml": f"{LABELS}---\n{json.dumps(MISTAKE)}"}, ()),
    "an override that fails": ({"overrides/labels.yaml": override("labels", WORKLOAD, plaintext=[FAILING])}, ()),
    "a cluster that went": ({}, ("clusters/m1.yaml",)),
    "all clusters gone": ({}, ("clusters/m1.yaml", "clusters/m2.yaml")),
    "a conflict": ({"config.yaml": config("neighbour"), "p.yaml": policy("neighbour", selector("ConfigMap"))}, ()),
    "everything gone": ({}, ("apps/web/workload.yaml", "apps/web/policy.yaml", "namespace.yaml")),
    "a namespace that went": ({}, ("namespace.yaml",)),
    "a template that moved to another file": ({"web.yaml": workload("web")}, ("apps/web/workload.yaml",)),
    "a kind of its own": ({"apps/web/workload.yaml": workload("web", kind="StatefulSet")}, ()),
    "a suspended policy": (suspended("web"), ()),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_second_sync_says_the_same_and_commits_nothing(tmp_path: Path, trouble: str) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1"), "overrides/labels.yaml": LABELS})
    (world.members / "m2").mkdir(parents=True)
    (world.members / "m2" / "neighbour.yaml").write_text(config("neighbour"))
    world.sync()
    files, gone = TROUBLES[trouble]
    world.commit(files, *gone)
    first = world.sync()
    before = contents(world.members), world.status_branch()
    second = world.sync()
    assert "nothing new to record\n" in second.err
    assert (contents(world.members), world.status_branch()) == before
    assert second.code == first.code


# Dry runs


@pytest.mark.parametrize("status", [None, {}])
def test_a_pod_in_a_folder_settles(tmp_path: Path, status: dict[str, Any] | None) -> None:
    """Nobody fills in anything there, so it is Current as it was written. status: as an older version left it in the file."""
    pod = document("Pod", "app", spec={"containers": [{"name": "app", "image": "nginx:1.28", "volumeMounts": []}]})
    world = World(tmp_path, {**fleet("m1"), "pod.yaml": pod, "p.yaml": policy("pods", selector("Pod"), "m1")})
    assert world.sync().code == 0
    (path,) = [path for path in (world.members / "m1").rglob("*.yaml") if "Pod" in path.read_text()]
    if status is not None:
        path.write_text(json.dumps({**yaml.safe_load(path.read_text()), "status": status}))
        assert world.sync("--timeout", "5s").code == 0
    before, recorded = stamps(world.members), world.repo.git("rev-parse", STATUS)
    ran = world.sync("--timeout", "5s")
    assert (ran.code, stamps(world.members)) == (0, before), ran.err
    assert ran.err.endswith("nothing new to record\n")
    assert world.repo.git("rev-parse", STATUS) == recorded
    assert "status" not in yaml.safe_load(path.read_text())


def test_a_dry_run_touches_nothing(world: World) -> None:
    world.commit({**placed("web", "m1", replicas=7), "s.yaml": secret("s", a="b"), "p.yaml": policy("s", selector("Secret"))})
    before = contents(world.folder)
    told = world.synced("--dry-run")
    assert contents(world.folder) == before
    assert told["commit"] is None
    assert changes(told, "m1") == [("create", "Secret/s"), ("configure", "Deployment/web")]
    shown = world.sync("--dry-run")
    assert "-replicas: 2\n+replicas: 7" in shown.out
    done = world.synced()
    assert [changes(done, member) for member in ("m1", "m2")] == [changes(told, member) for member in ("m1", "m2")]


def test_a_member_by_name(world: World) -> None:
    world.commit(placed("web", "m1", "m2", replicas=3))
    world.sync("--cluster", "m2")
    assert world.live("m2")[WEB]["spec"]["replicas"] == 3
    assert world.live("m1")[WEB]["spec"]["replicas"] == 2
    world.sync()
    assert world.live("m1")[WEB]["spec"]["replicas"] == 3


@pytest.mark.parametrize("folder", ["m1", "m1/inner", "link"])
def test_members_that_share_a_folder_are_not_touched(world: World, folder: str) -> None:
    """Each would prune what the other holds. Names that tell are an error of the files; a link shows only on the disk."""
    (world.members / "link").symlink_to(world.members / "m1")
    before = contents(world.members)
    world.commit({"clusters/m3.yaml": cluster("m3", f"file:{folder}"), **placed("web", "m2"), **placed("api", "m3")})
    ran = world.sync()
    assert ran.code == (3 if folder == "link" else 1)
    assert ("2 members (m1, m3): m1 and m3 share a folder" if folder == "link" else "[SharedFolder]") in ran.err
    assert contents(world.members / "m1") == {path[3:]: data for path, data in before.items() if path.startswith("m1/")}
    assert (WEB in world.live("m2")) is (folder == "link")  # nothing moves while the file of m1 has an error


@pytest.mark.parametrize("name", [".hidden", "..", "A %2F", "-", "a/b"])
def test_a_name_that_no_api_server_takes_is_refused(world: World, name: str) -> None:
    world.commit({"config.yaml": config(name), "policy.yaml": policy("odd", selector("ConfigMap"), "m1")})
    ran = world.sync()
    assert ran.code == 1
    assert "[InvalidName]" in ran.err
    assert world.sync().err.endswith("nothing new to record\n")


def test_a_member_without_a_credential_is_named_and_the_others_go_on(world: World) -> None:
    server = document(
        "Cluster", "m3", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push", "apiEndpoint": "https://x"}
    )
    world.commit({"clusters/m3.yaml": server, **placed("web", "m1", "m3")})
    ran = world.sync()
    assert ran.code == 3
    assert "m3: its Cluster file names no credential" in ran.err
    assert WEB in world.live("m1")
    for command in ("clusters", "status"):
        assert "No sync has read m3: its Cluster file names no credential (clusters/m3.yaml:1)." in world.run(command).err
    live = world.run("diff", "HEAD", "--live")
    assert (live.code, live.out) == (3, "No differences on the members that answered.\n")


def test_of_a_member_that_never_answered_it_is_not_said_what_it_holds(world: World) -> None:
    closed = {"server": "https://127.0.0.1:1"}
    kubeconfig = {
        "clusters": [{"name": "m3", "cluster": closed}],
        "users": [{"name": "m3", "user": {"token": "t"}}],
        "contexts": [{"name": "m3", "context": {"cluster": "m3", "user": "m3"}}],
        "current-context": "m3",
    }
    (world.members / "m3.kubeconfig").write_text(json.dumps(kubeconfig))
    annotations, spec = {"reconciler.dev/kubeconfig": "m3.kubeconfig"}, {"syncMode": "Push"}
    server = document("Cluster", "m3", "", api="cluster.karmada.io/v1alpha1", annotations=annotations, spec=spec)
    world.commit({"clusters/m3.yaml": server, **placed("web", "m1", "m3")})
    assert world.sync().code == 3
    refused = world.run("unjoin", "m3")
    assert refused.code == 3
    assert "no sync could read m3, so it may hold objects of this reconciler: Deployment.apps shop/web" in refused.err
    world.commit({}, "clusters/m3.yaml")
    left = world.run("validate").err
    assert "cluster m3 is no longer declared; the member could not be read, and may keep 1 object besides Namespaces" in left


def test_unclaimed_templates_stay_where_they_are(world: World) -> None:
    world.commit({}, "apps/web/policy.yaml")
    ran = world.sync()
    assert ran.code == 0  # a warning, as for validate
    assert WEB in world.live("m1")
    assert "no policy" in ran.err
    selected = policy("other", selector("Deployment", api=DEPLOYMENT), "m1")
    world.commit({"apps/web/policy.yaml": selected})
    assert world.sync().code == 0


def test_a_pause_is_no_alarm(world: World) -> None:
    """Whoever suspends on purpose should not find every scheduled sync failing."""
    world.commit(suspended("web"))
    ran = world.sync()
    assert ran.code == 0
    assert "on m2: it is suspended; otherwise it would be created" in ran.err


def test_what_stays_behind_a_changed_address_is_told_and_its_remedy_removes_it(world: World) -> None:
    world.commit({"clusters/m1.yaml": cluster("m1", "file:other")})
    told = (
        "cluster m1 has another address: file:other instead of file:m1; if this is another server, the former one keeps 2 objects"
    )
    for command in (["validate"], ["diff", "HEAD~1", "HEAD"], ["sync"]):
        ran = world.run(*command)
        assert told in ran.err
        assert "the object was deleted" not in ran.out + ran.err
    assert WEB in world.live("m1")
    assert WEB in world.live("other")
    world.commit({"clusters/old.yaml": cluster("old", "file:m1")})
    synced = world.sync()
    assert (synced.code, "ClusterReaddressed" in synced.err) == (0, False)
    assert WEB not in world.live("m1")
    assert WEB in world.live("other")


@pytest.mark.parametrize("keep", [False, True])
def test_leaving_an_encrypted_file_out_does_what_its_remedy_says(world: World, keep: bool) -> None:
    plain = secret("keys", plain="a")
    placement = policy("keys", selector("Secret"), "m1", preserveResourcesOnDeletion=keep)
    world.commit({"keys.yaml": plain, "p.yaml": placement})
    world.sync()
    world.commit({"keys.yaml": secret("keys", plain="ENC[AES256_GCM,data:A,iv:B,tag:C,type:str]")})
    refused = world.sync()
    remedy = (
        "Leaving a file out prunes what it declared; to keep that, sync its policy with preserveResourcesOnDeletion: true first"
    )
    assert refused.err.count(remedy) == 1
    assert "shop/Secret/keys" in world.live("m1")
    exclude = document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec={"exclude": ["keys.yaml"]})
    world.commit({"reconciler.yaml": exclude})
    world.sync()
    assert ("shop/Secret/keys" in world.live("m1")) is keep


def test_every_command_judges_the_kept_copies_of_an_unclaimed_template_alike(world: World) -> None:
    before = contents(world.members / "m1")
    world.commit({}, "apps/web/policy.yaml")
    synced = world.run("sync", "-o", "json")
    assert (synced.code, world.run("validate").code, world.run("status").code) == (0, 0, 0)
    assert contents(world.members / "m1") == before
    assert synced.json["clusters"]["m1"]["counts"]["unchanged"] == len(before)
    (row,) = [one for one in world.run("status", "-o", "json").json["objects"] if one["name"] == "web"]
    assert "its copies are kept (spec.unclaimed: Keep)" in row["message"]
    assert "Suspended" not in world.run("status").out
    world.commit({"new.yaml": config("unclaimed")})
    assert [world.run(command).code for command in ("sync", "validate", "status")] == [0, 0, 0]
    assert [one["name"] for one in world.run("status", "--unhealthy", "-o", "json").json["objects"]] == ["unclaimed"]


def test_new_warnings_name_their_line_and_cost_no_further_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")})
    world.sync()
    idle = yaml.safe_dump(json.loads(policy("idle", selector("ConfigMap", "nowhere"), "m1")), sort_keys=False)
    world.commit({"idle.yaml": idle, **placed("web", "m2")})
    loads: list[int] = []
    original = Compiler.load

    def load(self: Compiler, tree: Tree, *arguments: Any, **options: Any) -> DesiredState:
        loads.append(len(tree))
        return original(self, tree, *arguments, **options)

    monkeypatch.setattr(Compiler, "load", load)
    ran = world.sync()
    line = 1 + next(number for number, text in enumerate(idle.splitlines()) if "apiVersion: v1" in text and "policy" not in text)
    assert f"idle.yaml:{line}: warning: PropagationPolicy shop/idle" in ran.err
    assert len([count for count in loads if count]) == 2, "one for the members that options name, and one of the sync itself"
