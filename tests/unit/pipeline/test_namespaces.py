"""`spec.namespaces: WhereNeeded`: a Namespace goes where objects in it go, and leaves with the last of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import key_of
from reconciler.passes.options import Options
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.namespaces import NEEDED, NOT_NEEDED, WHERE_NEEDED
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from tests.support.builders import config
from tests.support.fleet import World
from tests.support.in_memory_fleet import Files, Playground, compile_files
from tests.support.shop import BROKEN, NAMESPACE, cluster_file, config_file, on, policy_file, text, workload

SHOP = ResourceKey("", "Namespace", "", "shop")
CONFIGURATION = text("""
    apiVersion: reconciler.dev/v1alpha1
    kind: Configuration
    spec: {namespaces: WhereNeeded}
""")
FLEET = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2", "m3")}
FILES = {
    **FLEET,
    "reconciler.yaml": CONFIGURATION,
    "namespace.yaml": NAMESPACE,
    "settings/config.yaml": config_file("settings"),
    "settings/policy.yaml": policy_file("settings", "ConfigMap", on("m1"), api="v1"),
}
NAMESPACE_POLICY = text("""
    apiVersion: policy.karmada.io/v1alpha1
    kind: ClusterPropagationPolicy
    metadata: {name: shop}
    spec:
      resourceSelectors: [{apiVersion: v1, kind: Namespace, name: shop}]
      placement: {clusterAffinity: {clusterNames: [m3]}}
""")
SKIP = NAMESPACE.replace("name: shop", 'name: shop, labels: {namespace.karmada.io/skip-auto-propagation: "true"}')
USES_SETTINGS = workload("web", 2).replace('image: "web:1"', 'image: "web:1", envFrom: [{configMapRef: {name: settings}}]')
DEPENDENCY = {
    "settings/policy.yaml": policy_file("web", "Deployment", on("m2"), more="propagateDeps: true"),
    "web.yaml": USES_SETTINGS,
}


def members(compiled: Compiled) -> list[str]:
    return [target.name for target in compiled.templates[SHOP].placed.targets]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["m1"]),
        ({"reconciler.yaml": ""}, ["m1", "m2", "m3"]),
        ({"settings/config.yaml": ""}, []),
        ({"settings/policy.yaml": ""}, []),
        (DEPENDENCY, ["m2"]),
        # What a policy or nobody places follows the policy, as without the setting.
        ({"namespace.yaml": SKIP, "shop.yaml": NAMESPACE_POLICY}, ["m3"]),
        ({"namespace.yaml": SKIP}, []),
        # Karmada: a policy that selects a Namespace without the label has no effect on it.
        ({"shop.yaml": NAMESPACE_POLICY}, ["m1"]),
    ],
)
def test_which_members_get_the_namespace(files: Files, expected: list[str]) -> None:
    assert members(compile_files({**FILES, **files})) == expected


def test_the_decision_says_why() -> None:
    decided = compile_files(FILES).templates[SHOP].decided
    assert decided.claim.reason == WHERE_NEEDED
    assert decided.scheduling is not None
    assert decided.scheduling.rejected == {ClusterName(name): NOT_NEEDED for name in ("m2", "m3")}
    assert getattr(decided.scheduling, "reasons", ()) == (WHERE_NEEDED, "ConfigMap shop/settings goes to m1")


def test_diff_says_why() -> None:
    before = compile_files(FILES, settled=True)
    moved = {**FILES, "settings/policy.yaml": policy_file("settings", "ConfigMap", on("m2"), api="v1")}
    after = compile_files(moved, assume_applied(before), settled=True)
    told = {(one.clusters, one.reason) for one in diff_compiled(before, after) if one.key == SHOP}
    assert told == {(("m1",), NOT_NEEDED), (("m2",), NEEDED)}


HANDOVER = {**FILES, "web.yaml": workload("web", 2), "web-policy.yaml": policy_file("web", "Deployment", on("m1"))}
MOVED = {
    **HANDOVER,
    "web-policy.yaml": policy_file("web", "Deployment", on("m2")),
    "settings/policy.yaml": policy_file("settings", "ConfigMap", on("m3"), api="v1"),
}


async def test_it_stays_while_a_copy_waits_for_its_successor_and_leaves_with_it() -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(HANDOVER)
    both = ["ConfigMap shop/settings", "Namespace shop", "Deployment.apps shop/web"]
    assert ground.holds() == {"m1": both, "m2": [], "m3": []}
    ground.members["m2"].tells_health = True  # Nobody says there that the new copy is ready.
    await ground.sync(MOVED, options=Options(wait=False))
    web, settings = ["Namespace shop", "Deployment.apps shop/web"], ["ConfigMap shop/settings", "Namespace shop"]
    assert ground.holds() == {"m1": web, "m2": web, "m3": settings}
    ground.members["m2"].tells_health = False
    await ground.sync(MOVED)
    assert ground.holds() == {"m1": [], "m2": web, "m3": settings}
    await ground.sync(MOVED)
    assert ground.requests() == {}


async def test_it_stays_while_a_member_holds_other_objects_in_it() -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(FILES)
    foreign = config("foreign")
    ground.members["m1"].objects[key_of(foreign)] = foreign
    await ground.sync({**FILES, "settings/policy.yaml": policy_file("settings", "ConfigMap", on("m2"), api="v1")})
    assert ground.holds() == {
        "m1": ["ConfigMap shop/foreign", "Namespace shop"], "m2": ["ConfigMap shop/settings", "Namespace shop"], "m3": [],
    }  # fmt: skip


def test_a_namespace_that_is_needed_nowhere_is_no_fault(tmp_path: Path) -> None:
    world = World(tmp_path, FILES)
    assert world.sync().code == 0
    world.commit({}, "settings/config.yaml")
    assert world.sync().code == 0
    assert [name for name in ("m1", "m2", "m3") if world.live(name)] == []
    told = world.run("status")
    assert (told.code, "Namespace" in told.out) == (0, False)
    assert "scheduled    nowhere" in world.run("explain", "namespace/shop").out
    assert "nothing new to record" in world.sync().err
    world.commit({"settings/config.yaml": FILES["settings/config.yaml"]})
    assert world.sync().code == 0
    assert [name for name in ("m1", "m2", "m3") if world.live(name)] == ["m1"]


@pytest.mark.parametrize("broken", ["settings/config.yaml", "settings/policy.yaml", "clusters/m1.yaml", "namespace.yaml"])
async def test_an_error_in_a_file_takes_it_from_no_member(broken: str) -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(FILES)
    before = ground.holds()
    await ground.sync({**FILES, broken: BROKEN})
    assert ground.holds() == before


async def test_a_namespace_that_an_error_freezes_still_goes_where_a_new_object_goes() -> None:
    ground = Playground("m1", "m2", "m3")
    await ground.sync(FILES)
    added = {"new.yaml": config_file("new"), "new-policy.yaml": policy_file("new", "ConfigMap", on("m2"), api="v1")}
    await ground.sync({**FILES, **added, "clusters/m1.yaml": BROKEN})
    assert ground.holds()["m2"] == ["ConfigMap shop/new", "Namespace shop"]
    assert ground.holds()["m1"] == ["ConfigMap shop/settings", "Namespace shop"]
