"""`mode: Observe` from outside, on directory members: everything is decided and compared, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.fleet import World, config, contents, document, fleet, placed, policy, selector


def mode(name: str, **spec: Any) -> dict[str, str]:
    return {
        "reconciler.yaml": document("Configuration", "config", "", api="reconciler.dev/v1alpha1", spec={"mode": name, **spec})
    }


def observed(world: World) -> dict[str, Any]:
    rows = world.run("clusters", "-o", "json").json
    return {row["name"]: row["observed"] for row in rows}


def decided(world: World) -> dict[str, bytes]:
    return {path: text for path, text in world.status_branch().items() if path.startswith("bindings/")}


def counted(found: dict[str, Any]) -> dict[str, int]:
    return {name: found[name] for name in ("create", "configure", "prune", "blocked", "marks")}


def test_one_commit_observes_and_one_applies_again(tmp_path: Path) -> None:
    """What was decided meanwhile is in force nowhere: the next decision starts from what was applied."""
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2"), **placed("old", "m2")})
    assert world.sync().code == 0
    members, decisions = contents(world.members), decided(world)
    revision = world.status_branch()["revision.yaml"]
    new = {**mode("Observe"), **placed("web", "m1", image="docker.io/library/nginx:1.29"), **placed("api", "m2")}
    world.commit(new, *placed("old", "m2"))
    ran = world.sync("-o", "json")
    assert (ran.code, contents(world.members)) == (1, members), ran.err
    found = {name: one["differences"] for name, one in ran.json["clusters"].items()}
    names = {
        name: {verb: [key["name"] for key in one[verb]] for verb in ("create", "configure", "prune")}
        for name, one in found.items()
    }
    assert names == {
        "m1": {"create": [], "configure": ["web"], "prune": []},
        "m2": {"create": ["api"], "configure": [], "prune": ["old", "web"]},
    }
    assert decided(world) == decisions
    assert b"mode: Observe" in world.status_branch()["revision.yaml"]
    assert revision.split()[-1] in world.status_branch()["revision.yaml"]
    assert {name: counted(one)["configure"] for name, one in observed(world).items()} == {"m1": 1, "m2": 0}
    branch = world.status_branch()
    told = world.sync()
    assert (told.code, world.status_branch()) == (1, branch), "nothing new is recorded"
    assert "mode: Observe: nothing was written. 4 differences." in told.err
    assert world.run("sync", "--dry-run").code == 0
    world.commit(mode("Apply"))
    assert world.sync().code == 0
    assert sorted(path.name for path in world.members.rglob("*.yaml") if "Deployment" in str(path)) == ["api.yaml", "web.yaml"]
    assert observed(world) == {"m1": None, "m2": None}
    assert b"Observe" not in world.status_branch()["revision.yaml"]


def test_what_differs_in_marks_only_is_no_difference(tmp_path: Path) -> None:
    """An object of another tool, with its marks: the take-over changes nothing that people decide about."""
    world = World(tmp_path, {**fleet("m1"), **mode("Observe", conflictResolution="Overwrite")})
    theirs = {
        **json.loads(config("settings", a="1")),
        "metadata": {
            "name": "settings",
            "namespace": "shop",
            "labels": {"app.kubernetes.io/managed-by": "Helm", "app": "web"},
            "annotations": {"meta.helm.sh/release-name": "web", "argocd.argoproj.io/tracking-id": "web:/ConfigMap:shop/settings"},
        },
    }
    file = world.members / "m1" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(theirs))
    ours = json.loads(config("settings", a="1"))
    ours["metadata"]["labels"] = {"app": "web"}
    files = {"config.yaml": json.dumps(ours), "p.yaml": policy("settings", selector("ConfigMap"), "m1")}
    namespace = {"namespace.json": document("Namespace", "shop", "")}
    (file.parent / "namespace.json").write_text(namespace["namespace.json"])
    world.commit(files)
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert "0 differences." in ran.err
    (found,) = observed(world).values()
    assert counted(found) == {"create": 0, "configure": 0, "prune": 0, "blocked": 0, "marks": 2}, "the Namespace, too"
    assert found["noneSince"]
    since = found["noneSince"]
    file.write_text(json.dumps({**theirs, "data": {"a": "2"}}))
    assert world.sync().code == 1
    (found,) = observed(world).values()
    assert (found["configure"], found["changes"], found["noneSince"]) == (1, 1, None)
    file.write_text(json.dumps(theirs))
    assert world.sync().code == 0
    (found,) = observed(world).values()
    assert (found["changes"], found["noneSince"] >= since) == (2, True)
    assert world.run("release", "--all").out == "m1: nothing there is ours\n"


def test_release_needs_to_know_what_is_ours_and_where(tmp_path: Path) -> None:
    """Without the Configuration, the objects of another reconciler with the default instance would be released."""
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1")})
    assert world.sync().code == 0
    held = contents(world.members)
    world.commit(mode("Obsreve", instance="another"))
    refused = world.run("release", "--all")
    assert (refused.code, contents(world.members)) == (3, held), refused.err
    assert "spec.mode" in refused.err
    world.commit({**mode("Observe"), "clusters/m2.yaml": fleet("m2")["clusters/m2.yaml"].replace("Push", "Pusch")})
    ran = world.run("release", "--all")
    assert (ran.code, ran.out) == (3, "m1: 2 objects released\n"), ran.err
    assert "clusters/m2.yaml: cannot be read." in ran.err
