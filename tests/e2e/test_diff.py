"""`diff` promises what the next `sync` does, on directory members: also where files did not change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.fleet import (
    DEPLOYMENT,
    World,
    cluster,
    cluster_policy,
    config,
    document,
    fleet,
    override,
    placed,
    policy,
    selector,
    workload,
)

MISTAKE = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mistake", "namespace": "shop"}, "dat": {}})
MEMBERS = ("m1", "m2")


def promised(world: World) -> set[tuple[str, str, str]]:
    """(member, object, what happens) by `diff`."""
    differences = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json["differences"]
    return {
        (member, f"{one['object']['kind']}/{one['object']['name']}", one["change"])
        for one in differences
        for member in one["clusters"]
    }


def done(world: World) -> set[tuple[str, str, str]]:
    """The same, by what a sync does to the members."""
    before = {member: world.live(member) for member in MEMBERS}
    world.sync()
    return {
        (member, f"{path.split('/')[-2].partition('.')[0]}/{path.split('/')[-1]}", _change(before[member], after, path))
        for member in MEMBERS
        for after in [world.live(member)]
        for path in before[member] | after
        if before[member].get(path) != after.get(path)
    }


def _change(before: Mapping[str, object], after: Mapping[str, object], path: str) -> str:
    return "create" if path not in before else "remove" if path not in after else "change"


@pytest.mark.parametrize("mistake", [MISTAKE, "kind: ["])
@pytest.mark.parametrize("broken", ["apps/web/workload.yaml", "apps/web/policy.yaml"])
def test_a_file_that_had_an_error_before_moves_nothing(tmp_path: Path, broken: str, mistake: str) -> None:
    files = {**fleet(*MEMBERS), **placed("web", "m1")}
    world = World(tmp_path, files)
    world.sync()
    world.commit({broken: f"{files[broken]}---\n{mistake}"})
    world.sync()
    other = policy("better", selector("Deployment", "web", DEPLOYMENT), "m2", priority=5, preemption="Always")
    world.commit({"better.yaml": other, "config.yaml": config("x"), "p.yaml": policy("x", selector("ConfigMap", "x"), "m2")})
    assert promised(world) == {("m2", "ConfigMap/x", "create")}
    assert done(world) == {("m2", "ConfigMap/x", "create")}
    world.commit({broken: files[broken]})
    moved = {("m1", "Deployment/web", "remove"), ("m2", "Deployment/web", "create")}
    assert promised(world) == moved
    assert done(world) == moved


def test_nor_does_it_in_a_simulated_fleet(tmp_path: Path) -> None:
    labelled = {f"clusters/{name}.yaml": cluster(name, tier=tier) for name, tier in zip(MEMBERS, "ab", strict=True)}
    files = {**fleet(*MEMBERS), **placed("web"), **labelled}
    affinity = {"clusterAffinity": {"labelSelector": {"matchLabels": {"tier": "a"}}}}
    files["apps/web/policy.yaml"] = policy("web", selector("Deployment", "web", DEPLOYMENT), placement=affinity)
    world = World(tmp_path, files)
    world.sync()
    moved = ("simulate", "--label", "m1:tier=b", "--label", "m2:tier=a", "-o", "json")
    assert {one["change"] for one in world.run(*moved).json["differences"]} == {"create", "remove"}
    world.commit({"apps/web/workload.yaml": f"{files['apps/web/workload.yaml']}---\n{MISTAKE}"})
    world.sync()
    assert world.run(*moved).json["differences"] == []


CONFIGS = selector("ConfigMap")
HOLDS = {
    "a suspension": {"p.yaml": policy("p", CONFIGS, suspension={"dispatching": True})},
    "a suspension on one member": {
        "p.yaml": policy("p", CONFIGS, suspension={"dispatchingOnClusters": {"clusterNames": ["m1"]}})
    },
    "a suspension, and a move": {"p.yaml": policy("p", CONFIGS, "m2", suspension={"dispatching": True})},
    "a policy that cannot be read": {"p.yaml": "kind: ["},
    "a template that cannot be read": {"changed.yaml": "kind: ["},
    "a file that may hold what is gone": {"new.yaml": "name: gone, kind: ["},
}


@pytest.mark.parametrize("hold", HOLDS)
def test_a_hold_that_ends_is_told(tmp_path: Path, hold: str) -> None:
    """One new, one changed and one removed template behind it."""
    files = {
        **fleet(*MEMBERS),
        **{f"{name}.yaml": config(name) for name in ("same", "changed", "gone")},
        "p.yaml": policy("p", CONFIGS),
    }
    world = World(tmp_path, files)
    world.sync()
    held = HOLDS[hold]
    world.commit(held)
    world.sync()
    edited = {path: f"{text}\n" for path, text in held.items()}
    world.commit({"fresh.yaml": config("fresh"), "changed.yaml": config("changed", mode="new"), **edited}, "gone.yaml")
    world.sync()
    ended = {
        "p.yaml": policy("p", CONFIGS, "m2") if "move" in hold else files["p.yaml"],
        "clusters/m2.yaml": files["clusters/m2.yaml"],
    }
    world.commit({**ended, "changed.yaml": config("changed", mode="new")}, *({"new.yaml"} & held.keys()))
    told = promised(world)
    made = done(world)
    assert made
    assert told == made


def test_what_a_broken_cluster_file_kept_is_told_when_it_is_pruned(tmp_path: Path) -> None:
    files = {**fleet(*MEMBERS), "gone.yaml": config("gone"), "p.yaml": policy("p", CONFIGS)}
    world = World(tmp_path, files)
    world.sync()
    world.commit({"clusters/m2.yaml": files["clusters/m2.yaml"] + "gone: ["}, "gone.yaml")
    world.sync()
    world.commit({"clusters/m2.yaml": files["clusters/m2.yaml"]})
    removed = {("m1", "ConfigMap/gone", "remove"), ("m2", "ConfigMap/gone", "remove")}
    assert {one for one in promised(world) if one[2] == "remove"} == removed
    assert done(world) == removed


def test_a_broken_cluster_file_that_is_mended_creates_nothing(tmp_path: Path) -> None:
    files = {**fleet(*MEMBERS), "same.yaml": config("same"), "changed.yaml": config("changed"), "p.yaml": policy("p", CONFIGS)}
    world = World(tmp_path, files)
    world.sync()
    world.commit({"clusters/m2.yaml": files["clusters/m2.yaml"] + "gone: ["})
    world.sync()
    health = {row["name"]: row["clusters"] for row in world.run("status", "-o", "json").json["objects"]}
    assert [copy["name"] for copy in health["same"]] == ["m1", "m2"]
    world.commit({"clusters/m2.yaml": files["clusters/m2.yaml"], "changed.yaml": config("changed", mode="new")})
    told = promised(world)
    assert told == {("m1", "ConfigMap/changed", "change"), ("m2", "ConfigMap/changed", "change")}
    assert done(world) == told


def test_what_a_copy_that_stays_uses_and_stands_in_stays(tmp_path: Path) -> None:
    """A protected Deployment leaves m2 with its namespace and its ConfigMaps; one of these it uses."""
    web = json.loads(workload("web"))
    web["metadata"]["labels"] = {"resourcetemplate.karmada.io/deletion-protected": "Always"}
    web["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "used"}}]
    files = {
        **fleet(*MEMBERS),
        **{f"{name}.yaml": config(name) for name in ("used", "unused", "other")},
        "web.yaml": json.dumps(web),
        "shop.yaml": document("Namespace", "shop", ""),
        "p.yaml": policy("p", CONFIGS, resourceSelectors=[CONFIGS, selector("Deployment", api="apps/v1")]),
        "namespace.yaml": cluster_policy("namespace", selector("Namespace"), *MEMBERS),
    }
    world = World(tmp_path, files)
    world.sync()
    world.commit({}, "web.yaml", "used.yaml", "unused.yaml", "shop.yaml")
    told = promised(world)
    kept = world.run("diff", "HEAD~1", "HEAD", "-o", "json").json["kept"]
    assert {(one["object"]["kind"], one["object"]["name"]) for one in kept} == {
        ("Deployment", "web"),
        ("ConfigMap", "used"),
        ("Namespace", "shop"),
    }
    assert told == {(member, "ConfigMap/unused", "remove") for member in MEMBERS}
    assert done(world) == told


def test_a_removal_that_waits_for_another_copy_says_so(tmp_path: Path) -> None:
    """A placement that shrinks: the share of m2 grows first. A duplicated object waits for nothing."""
    files = {**fleet(*MEMBERS), **placed("web", *MEMBERS, divided=True, replicas=4), "c.yaml": config("c"),
             "p.yaml": policy("p", CONFIGS, *MEMBERS)}  # fmt: skip
    world = World(tmp_path, files)
    world.sync()
    world.commit({**placed("web", "m2", divided=True, replicas=4), "p.yaml": policy("p", CONFIGS, "m2")})
    lines = world.run("diff", "HEAD~1", "HEAD").out.splitlines()
    (web,) = [line for line in lines if line.startswith("remove Deployment.apps shop/web on m1")]
    assert web.endswith(": it stays on m2; m1 keeps its copy until m2 is Current")
    (other,) = [line for line in lines if line.startswith("remove ConfigMap shop/c on m1")]
    assert "keeps its copy" not in other


def replacing(path: str) -> str:
    """Overrides of m1, for both kinds; they fail where there is nothing at the path."""
    kinds, operation = {"c": CONFIGS, "s": selector("Secret")}, {"path": path, "operator": "replace", "value": {"mode": "Mg=="}}
    return "---\n".join(override(name, kind, "m1", plaintext=[operation]) for name, kind in kinds.items())


@pytest.mark.parametrize("written", [True, False])
def test_a_copy_whose_override_failed_is_there_if_it_was_written_before(tmp_path: Path, written: bool) -> None:
    """So it is for a Secret, of which no digest is recorded."""
    secret = json.dumps({**json.loads(config("db", mode="1")), "kind": "Secret", "data": {"mode": "MQ=="}})
    files = {**fleet(*MEMBERS), "p.yaml": policy("p", CONFIGS, resourceSelectors=[CONFIGS, selector("Secret")])}
    objects = {"secret.yaml": secret, "config.yaml": config("db", mode="1")}
    world = World(tmp_path, {**files, **(objects if written else {})})
    world.sync()
    world.commit({**objects, "o.yaml": replacing("/data/nowhere")})
    assert world.sync().code == 1
    world.commit({"o.yaml": replacing("/data")})
    word = "change" if written else "create"
    told, shown = promised(world), world.run("diff", "HEAD~1", "HEAD").out
    assert told == {("m1", "Secret/db", word), ("m1", "ConfigMap/db", word)}
    assert done(world) == told
    assert ("compared with what was written last" in shown) == written


def test_errors_with_one_cause_are_told_once_in_every_form(tmp_path: Path) -> None:
    files = {**fleet(*MEMBERS), "p.yaml": policy("p", CONFIGS), **{f"{name}.yaml": config(name) for name in "abcd"}}
    world = World(tmp_path, files)
    world.commit({"o.yaml": replacing("/data/nowhere")})
    said = "error: 4 objects (ConfigMap shop/a, ConfigMap shop/b, ConfigMap shop/c and 1 more): rule 0 of"
    assert said in world.run("diff", "HEAD~1").err
    page = world.run("diff", "HEAD~1", "-o", "markdown").out
    assert (page.count("[OverrideFailed]"), said in page) == (1, True)
