"""On real API servers: what is not ours is not touched, whatever labels it carries and whatever we are asked for."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import cluster_policy, config, definition, document, placed, policy, selector, widget
from tests.support.servers import DIGEST, ID, INSTANCE, ServerWorld, eventually, member

pytestmark = pytest.mark.members("m1", "m2")


def marks(live: Any) -> set[str]:
    """Those of ours that an object carries."""
    metadata = live["metadata"]
    return {INSTANCE, ID, DIGEST} & {*metadata.get("labels", {}), *metadata.get("annotations", {})}


def settings(**spec: Any) -> dict[str, str]:
    """A ConfigMap for m1 and m2."""
    return {
        "config.yaml": config("settings", key="ours"),
        "p.yaml": policy("settings", selector("ConfigMap"), "m1", "m2", **spec),
    }


def with_foreign(world: ServerWorld) -> Any:
    """m1 holds a ConfigMap of that name already."""
    world.put_namespace("m1")
    return world.put("m1", "configmaps", config("settings", key="theirs", more="theirs"))


def test_a_conflict_is_refused_and_the_others_go_on(world: ServerWorld) -> None:
    theirs = with_foreign(world)
    world.commit({**settings(), **placed("web", "m1"), "reconciler.yaml": world.fleet()["reconciler.yaml"]})
    ran = world.sync()
    assert ran.code == 1
    assert f"ConfigMap {world.namespace}/settings" in ran.err
    assert "conflictResolution: Overwrite" in ran.err
    assert world.get("m1", "configmaps", "settings") == theirs
    assert world.get("m2", "configmaps", "settings")["data"] == {"key": "ours"}
    assert world.holders("deployments", "web") == ["m1"]
    before = world.audited()
    assert world.sync().code == 1
    assert world.writes(before) == []
    world.commit({}, "config.yaml")
    world.sync()
    assert world.get("m1", "configmaps", "settings") == theirs
    assert world.get("m2", "configmaps", "settings") is None


def test_a_policy_may_take_over(world: ServerWorld) -> None:
    """With the object, but not with fields of clients that are not known to write manifests."""
    theirs = with_foreign(world)
    world.commit(settings(conflictResolution="Overwrite"))
    ran = world.sync()
    assert ran.code == 1, "the namespace on m1 is somebody else's, too"
    live = world.get("m1", "configmaps", "settings")
    assert (live["metadata"]["uid"], live["data"]) == (theirs["metadata"]["uid"], {"key": "ours", "more": "theirs"})
    assert marks(live) == {INSTANCE, ID, DIGEST}
    before = world.audited()
    world.sync()
    assert world.writes(before) == []


def test_an_annotation_may_take_over_or_refuse_to(world: ServerWorld) -> None:
    with_foreign(world)
    files = settings(conflictResolution="Overwrite")
    resolution = {"work.karmada.io/conflict-resolution": "abort"}
    files["config.yaml"] = document("ConfigMap", "settings", data={"key": "ours"}, annotations=resolution)
    world.commit(files)
    world.sync()
    assert world.get("m1", "configmaps", "settings")["data"]["key"] == "theirs"
    resolution = {"work.karmada.io/conflict-resolution": "overwrite"}
    world.commit({**settings(), "config.yaml": document("ConfigMap", "settings", data={"key": "ours"}, annotations=resolution)})
    world.sync()
    assert world.get("m1", "configmaps", "settings")["data"]["key"] == "ours"


def test_a_namespace_of_somebody_else_serves_us_all_the_same(world: ServerWorld) -> None:
    """Declared here and made there: a conflict like any other, and its objects are written."""
    for name in world.planes:
        world.put_namespace(name)
    world.commit(settings())
    ran = world.sync()
    assert ran.code == 1
    assert f"Namespace {world.namespace}" in ran.err
    assert world.holders("configmaps", "settings") == ["m1", "m2"]


@pytest.mark.members("m1")
def test_copied_labels_make_nothing_ours(world: ServerWorld) -> None:
    """kube-controller-manager copies a Service's labels to its EndpointSlices; people copy manifests with all their marks."""
    service = document("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    world.commit({**placed("web", "m1"), "service.yaml": service, "p.yaml": policy("service", selector("Service"), "m1")})
    assert world.sync().code == 0
    slices = eventually(lambda: world.planes["m1"].request(world.path("endpointslices"))["items"])
    assert slices[0]["metadata"]["labels"][INSTANCE] == world.namespace
    copied = world.get("m1", "services", "web")
    copied["metadata"] = {**copied["metadata"], "name": "copy"}
    for name in ("uid", "resourceVersion", "managedFields", "creationTimestamp"):
        copied["metadata"].pop(name)
    copied["spec"] = {"selector": {"app": "copy"}, "ports": [{"port": 80}]}
    world.put("m1", "services", json.dumps(copied))
    before = world.audited()
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.writes(before) == []
    world.commit({}, "service.yaml", "p.yaml")
    assert world.sync().code == 0
    assert world.holders("services", "web") == []
    assert world.holders("services", "copy") == ["m1"]
    assert not any("endpointslices" in request for request in world.writes(before))


def test_another_instance_is_somebody_else(world: ServerWorld) -> None:
    world.put_namespace("m1")
    item = json.loads(config("settings", key="theirs"))
    item["metadata"]["labels"] = {INSTANCE: "another"}
    item["metadata"]["annotations"] = {ID: f"/ConfigMap/{world.namespace}/settings", DIGEST: "sha256:0"}
    theirs = world.put("m1", "configmaps", json.dumps(item))
    world.commit(settings())
    assert world.sync().code == 1
    assert world.get("m1", "configmaps", "settings") == theirs


def test_two_clusters_that_are_one_server_are_not_touched(world: ServerWorld) -> None:
    """A copied Cluster file: each would prune what the other is to hold."""
    world.commit(settings())
    assert world.sync().code == 0
    before = world.audited()
    world.commit(
        {
            "clusters/m4.yaml": member("m4", "m1.kubeconfig"),
            "other.yaml": config("other"),
            "p.yaml": policy("settings", selector("ConfigMap"), "m2", "m4"),
        }
    )
    ran = world.sync()
    assert ran.code == 1
    assert "SharedServer" in ran.err
    assert world.writes(before, "m1") == []
    assert world.holders("configmaps", "settings") == ["m1", "m2"]


@pytest.mark.members("m1", "m2", "m3")
def test_a_namespace_with_foreign_objects_is_kept_and_reported(world: ServerWorld) -> None:
    world.commit({**settings(), "other.yaml": config("other"), **placed("web", "m3")})
    assert world.sync().code == 0
    world.put("m1", "secrets", document("Secret", "theirs", stringData={"a": "b"}))
    world.commit({}, "namespace.yaml", "config.yaml", "other.yaml", "apps/web/workload.yaml", "p.yaml", "apps/web/policy.yaml")
    world.commit({"c.yaml": config("c", "default"), "p.yaml": cluster_policy(world.namespace, selector("ConfigMap", "c"), "m3")})
    ran = world.sync("--allow-prune", "*")
    assert ran.code == 0, ran.err
    assert (
        f"kept: Namespace {world.namespace} on m1: not pruned: it still holds Secret {world.namespace}/theirs, which" in ran.err
    )
    assert world.sync("--allow-prune", "*").code == world.run("status").code == 0, "nothing is wrong for as long as it stays"
    assert "deletionTimestamp" not in world.get("m1", "/api/v1/namespaces", world.namespace)["metadata"]
    assert world.holders("configmaps", "settings") == []
    assert world.holders("/api/v1/namespaces", world.namespace) == ["m1"], "a sync waits until what it pruned is gone"
    world.remove("m1", "secrets", "theirs")
    ran = world.sync("--allow-prune", "*")
    assert ran.code == 0, ran.err
    assert world.holders("/api/v1/namespaces", world.namespace) == []


def test_a_definition_with_foreign_objects_is_kept_and_reported(world: ServerWorld) -> None:
    group = f"{world.namespace}.example.com"
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    world.commit(
        {
            "crd.yaml": definition(group, "v1"),
            "p.yaml": cluster_policy(
                world.namespace, selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1"), "m1", "m2"
            ),
        }
    )
    assert world.sync().code == 0
    widgets = f"/apis/{group}/v1/namespaces/{world.namespace}/widgets"
    world.put("m1", widgets, widget(group, "theirs"))
    world.commit({}, "crd.yaml")
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert f"it still holds Widget.{group} {world.namespace}/theirs" in ran.err
    assert eventually(lambda: world.holders(crds, f"widgets.{group}") == ["m1"])
    assert world.get("m1", widgets, "theirs") is not None


def test_what_is_in_the_way_is_followed(tmp_path: Path, world: ServerWorld) -> None:
    """The remedy of the message acts within seconds, however long the object was in the way, and its changes make no pass."""
    with_foreign(world)
    world.commit(settings())
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        eventually(lambda: any("/settings" in line["resource"] for line in ours.said("change skipped")))
        time.sleep(16)  # The next look without news comes after 16 seconds more.
        for number in range(5):
            world.edit("m1", "configmaps", "settings", {"data": {"key": str(number)}})
        world.remove("m1", "configmaps", "settings")
        eventually(lambda: (world.get("m1", "configmaps", "settings") or {}).get("data") == {"key": "ours"}, seconds=12)
        assert ours.end() == 0
