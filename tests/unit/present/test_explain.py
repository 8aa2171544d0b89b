"""An explanation as text: what people read, from the document that JSON gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.fleet import (
    DEPLOYMENT,
    POLICY,
    World,
    cluster,
    config,
    document,
    fleet,
    override,
    placed,
    policy,
    secret,
    selector,
    workload,
)

IMAGE = "/spec/template/spec/containers/0/image"
LONG = "x" * 200
FILES = {
    **fleet("m1", "m2"), "clusters/m3.yaml": cluster("m3", tier="gold"), **placed("web", "m1", "m2", divided=True, replicas=5),
    "all.yaml": document(
        "ClusterPropagationPolicy", "all", "", api=POLICY,
        spec={"resourceSelectors": [selector("Deployment", api=DEPLOYMENT)], "placement": {}},
    ),
    "image.yaml": override("image", selector("Deployment", "web", DEPLOYMENT), "m2",
                           plaintext=[{"path": IMAGE, "operator": "replace", "value": LONG}]),
    "keys.yaml": secret("keys", plain="hidden-value"), "keys-policy.yaml": policy("keys", selector("Secret"), "m1"),
    "keys-override.yaml": override("keys", selector("Secret", "keys"),
                                   plaintext=[{"path": "/stringData/plain", "operator": "replace", "value": "other-value"}]),
    "lone.yaml": config("lone"),
    "broken.yaml": config("broken"), "broken-policy.yaml": policy("broken", selector("ConfigMap", "broken")),
    "broken-override.yaml": override("broken", selector("ConfigMap", "broken"), "m1",
                                     plaintext=[{"path": "/nowhere/deep", "operator": "replace", "value": "a"}]),
}  # fmt: skip
MISSED = "fails ClusterAffinity: cluster(s) did not match the placement cluster affinity constraint: it is not among clusterNames"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("explain"), FILES)


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (
            "deploy/web",
            [
                "template     apps/web/workload.yaml:1", "Change (Ada Lovelace <ada@example.org>, 2025-06-15T15:06:40Z)",
                "claimed by   PropagationPolicy shop/web (apps/web/policy.yaml:1)",
                "a PropagationPolicy comes before ClusterPropagationPolicy all",
                "1. PropagationPolicy shop/web (apps/web/policy.yaml:1): priority 0, names the object",
                "2. ClusterPropagationPolicy all (all.yaml:1): priority 0, selects its whole kind",
                "arithmetic   5 replicas divided by weight (the weights sum to 2)",
                "m1: 5 × 1/2 = 2.50, gets ", "the last replica goes to m",
                "filters      m1: passes APIEnablement, TaintToleration, ClusterAffinity,", f"m3: {MISSED}; passes APIEnablement",
                "/spec/replicas: 5 → ", f'{IMAGE}: "docker.io/library/nginx:1.28" → "{"x" * 99}…',
            ],
        ),
        ("deploy/web --cluster m3", [f"filters      m3: {MISSED}"]),
        ("deploy/web --cluster m2", ["OverridePolicy shop/image, rule 0 (image.yaml:17)", "kind: Deployment"]),
        ("secret/keys", ['/stringData/plain: "********" → "******** (2)"']),
        ("cm/lone", ["claimed by   nobody", "no policy matches", "scheduled    none"]),
        ("ns/shop", ["a Namespace goes to every cluster without a policy"]),
        ("cm/broken", ["on m1: cannot be rendered: ", "OverridePolicy shop/broken, rule 0: fails"]),
    ],
)  # fmt: skip
def test_what_is_told(world: World, asked: str, lines: list[str]) -> None:
    out = world.run("explain", *asked.split()).out
    missing = [line for line in lines if line not in out]
    assert not missing, out
    assert "-value" not in out


def test_a_copy_that_is_kept_may_differ_from_the_manifest(tmp_path: Path) -> None:
    files = {**fleet("m1"), "cm.yaml": config("a"), "p.yaml": policy("a", selector("ConfigMap", "a"), "m1")}
    world = World(tmp_path, files)
    world.run("sync")
    kept = "a copy on m1 is kept as it is; it may differ from what is shown here"
    told = world.run("explain", "cm/a", "-o", "json").json[0]["clusters"][0]
    assert (told["kept"], kept in world.run("explain", "cm/a", "--cluster", "m1").out) == (False, False)
    waiting = policy("a", selector("ConfigMap", "a"), "m1", dependentOverrides=["later"])
    world.repo.write({"p.yaml": waiting, "cm.yaml": config("a", key="changed")}).commit()
    told = world.run("explain", "cm/a", "-o", "json").json[0]["clusters"][0]
    assert (told["rendered"], told["kept"]) == (True, True)
    assert kept in world.run("explain", "cm/a", "--cluster", "m1").out


def test_what_only_follows_a_workload_is_no_fault(tmp_path: Path) -> None:
    web = json.loads(workload("web", 1))
    web["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    files = {
        **fleet("m1"), "cm.yaml": config("settings"), "web.yaml": json.dumps(web),
        "p.yaml": policy("web", selector("Deployment", "web", DEPLOYMENT), "m1", propagateDeps=True),
    }  # fmt: skip
    world = World(tmp_path, files)
    out = world.run("explain", "cm/settings").out
    assert "  follows      Deployment.apps shop/web\n               to its clusters, because of propagateDeps" in out
    assert "  in force     m1\n" in out
    assert not any(words in out for words in ("nobody", "no policy matches", "none", "required by"))
    world.run("sync")
    assert "follows Deployment.apps shop/web" in world.run("status", "cm").out


def test_only_the_members_that_are_named(world: World) -> None:
    out = world.run("explain", "deploy/web", "--cluster", "m3").out
    assert "m1: passes" not in out
    assert "on m" not in out


def test_the_commit_that_last_changed_the_template(world: World) -> None:
    found = world.run("explain", "deploy/web", "-o", "json").json[0]["commit"]
    assert found["sha"] == world.repo.git("rev-parse", "HEAD")


def test_only_copies_that_are_there_are_kept(tmp_path: Path) -> None:
    """A policy that is gone keeps every copy; on the other members there is none."""
    files = {**fleet("m1", "m2"), "cm.yaml": config("a"), "p.yaml": policy("a", selector("ConfigMap", "a"), "m2")}
    world = World(tmp_path, files)
    world.run("sync")
    world.commit({}, "p.yaml")
    for _ in range(2):  # Before a sync that keeps it, and after one.
        out = world.run("explain", "cm/a").out
        assert "in force     m2" in out
        assert ("a copy on m2 is kept" in out, "a copy on m1" in out) == (True, False)
        world.run("sync")


def test_what_the_last_sync_did_not_apply(tmp_path: Path) -> None:
    files = {**fleet("m1", "m2"), "cm.yaml": config("a"), "p.yaml": policy("a", selector("ConfigMap", "a"), "m1", "m2")}
    world = World(tmp_path, files)
    foreign = world.members / "m1" / "shop" / "ConfigMap"
    foreign.mkdir(parents=True)
    (foreign / "a.yaml").write_text(config("a", key="mine"))
    world.run("sync")
    out = world.run("explain", "cm/a").out
    assert "  on m1\n               the last sync did not apply it: " in out
    assert out.endswith("  on m2\n")
    first, second = world.run("explain", "cm/a", "-o", "json").json[0]["clusters"]
    assert (first["recorded"]["applied"], second["recorded"]["applied"]) == (False, True)


def test_the_place_of_a_rule_that_fails_is_told_once(world: World) -> None:
    assert world.run("explain", "cm/broken", "--cluster", "m1").out.count("broken-override.yaml") == 1


def test_what_holds_in_every_pass_is_no_reason(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), "cm.yaml": config("a"), "p.yaml": policy("a", selector("ConfigMap", "a"), "m1")})
    world.run("sync")
    assert "scheduled again" not in world.run("explain", "cm/a").out
