"""On real API servers: what the Configuration leaves to a member stays as its other writers want it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import config, document, placed, policy, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

pytestmark = pytest.mark.members("m1")
APPLY = "application/apply-patch+yaml"


def configured(world: ServerWorld, **spec: Any) -> dict[str, str]:
    return {"reconciler.yaml": configuration(world.namespace, **spec)}


def settle(world: ServerWorld) -> list[str]:
    """What a sync writes to m1."""
    before = world.audited()
    world.sync("--no-wait")
    return world.writes(before, "m1")


def applies(world: ServerWorld, by: str, document: str, plural: str, name: str, *, force: bool = False) -> Any:
    """A server-side apply by another field manager."""
    path = f"{world.path(plural, name)}?fieldManager={by}&force={str(force).lower()}"
    body = json.loads(document.replace('"shop"', f'"{world.namespace}"'))
    return world.planes["m1"].request(path, "PATCH", body, APPLY)


SCALED = [
    {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]},
    {"kind": "Deploy*", "jsonPaths": ["$.spec.replicas"]},
    {"kind": "Deployment", "jq": [".spec.replicas"]},
    {"managers": ["my-scaler"]},
]


@pytest.mark.parametrize("rule", SCALED, ids="+".join)
def test_a_scaler_that_nobody_declares_owns_the_replicas(bare_world: ServerWorld, rule: dict[str, Any]) -> None:
    world = bare_world
    world.commit({**placed("web", "m1"), **configured(world, ignoreDifferences=[rule])})
    world.sync("--no-wait")
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 6}}, by="my-scaler", more="/scale")
    assert settle(world) == []
    world.commit({"apps/web/workload.yaml": workload("web", 3, image="docker.io/library/nginx:1.29")})
    assert len(settle(world)) == 1
    live = world.get("m1", "deployments", "web")["spec"]
    assert live["replicas"] == 6
    assert live["template"]["spec"]["containers"][0]["image"].endswith("1.29")
    world.edit("m1", "deployments", "web", {"spec": {"paused": True, "minReadySeconds": 3, "revisionHistoryLimit": 1}})
    world.edit("m1", "deployments", "web", {"spec": {"template": {"metadata": {"labels": {"app": "web", "more": "1"}}}}})
    assert settle(world) == [], "fields that nobody states are nobody's drift"
    pod = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "evil"}]}}}}
    world.edit("m1", "deployments", "web", pod)
    assert len([request for request in settle(world) if "dryRun" not in request]) == 1
    live = world.get("m1", "deployments", "web")["spec"]
    assert (live["replicas"], live["template"]["spec"]["containers"][0]["image"][-4:]) == (6, "1.29")
    assert settle(world) == []


def test_without_a_rule_the_same_scaler_is_drift(bare_world: ServerWorld) -> None:
    world = bare_world
    world.commit(placed("web", "m1"))
    world.sync("--no-wait")
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 6}}, by="my-scaler", more="/scale")
    settle(world)
    assert world.get("m1", "deployments", "web")["spec"]["replicas"] == 2


def test_one_container_of_several_is_named_by_a_filter(bare_world: ServerWorld) -> None:
    """An injector puts its own container first, so places differ from those in Git."""
    world, container = bare_world, '$.spec.template.spec.containers[?@.name=="web"].image'
    rule = {"kind": "Deployment", "name": "web", "namespace": world.namespace, "jsonPaths": [container]}
    world.commit({**placed("web", "m1"), **configured(world, ignoreDifferences=[rule])})
    world.sync("--no-wait")
    injected = [{"name": "proxy", "image": "proxy:1"}, {"name": "web", "image": "web:canary"}]
    world.edit("m1", "deployments", "web", {"spec": {"template": {"spec": {"containers": injected}}}}, by="injector")
    assert settle(world) == []
    world.commit({"apps/web/workload.yaml": workload("web", 3)})
    assert len(settle(world)) == 1
    live = world.get("m1", "deployments", "web")["spec"]
    assert live["replicas"] == 3
    assert {one["name"]: one["image"] for one in live["template"]["spec"]["containers"]} == {
        "proxy": "proxy:1",
        "web": "web:canary",
    }


def test_a_value_that_both_apply_is_given_up_so_that_the_other_one_may_change_it(bare_world: ServerWorld) -> None:
    world = bare_world
    world.commit({"c.yaml": config("c", word="a", other="b"), "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    world.sync("--no-wait")
    applies(world, "operator", config("c", word="a"), "configmaps", "c")
    world.commit(configured(world, ignoreDifferences=[{"kind": "ConfigMap", "jsonPointers": ["/data/word"]}]))
    ran = world.sync("--no-wait")
    assert "drift" not in ran.out + ran.err
    applies(world, "operator", config("c", word="z"), "configmaps", "c")
    assert settle(world) == []
    assert world.get("m1", "configmaps", "c")["data"] == {"word": "z", "other": "b"}


def test_a_field_that_only_we_wrote_stays_when_it_is_left_to_the_member(bare_world: ServerWorld) -> None:
    """Leaving it out of an apply would remove it."""
    world, rule = bare_world, {"kind": "ConfigMap", "jsonPointers": ["/data/word"]}
    world.commit({"c.yaml": config("c", word="a", other="b"), "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    world.sync("--no-wait")
    world.commit({**configured(world, ignoreDifferences=[rule]), "c.yaml": config("c", word="new", other="new")})
    settle(world)
    assert world.get("m1", "configmaps", "c")["data"] == {"word": "a", "other": "new"}
    world.commit({"c.yaml": config("c", other="new")})
    settle(world)
    assert world.get("m1", "configmaps", "c")["data"] == {"word": "a", "other": "new"}
    assert settle(world) == []


@pytest.mark.parametrize("rule", [SCALED[0], {"managers": ["kubectl-scale"]}], ids=["pointer", "manager"])
def test_an_object_that_is_taken_over_keeps_what_is_left_to_the_member(bare_world: ServerWorld, rule: dict[str, Any]) -> None:
    world = bare_world
    world.put_namespace("m1")
    world.put("m1", "deployments", workload("web", 2, image="docker.io/library/nginx:1.27"), by="kubectl-create")
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 5, "paused": True}}, by="kubectl-scale")
    taken = policy("web", selector("Deployment", "web", "apps/v1"), "m1", conflictResolution="Overwrite")
    files = {"w.yaml": workload("web", 3), "p.yaml": taken}
    world.commit({**files, **configured(world, ignoreDifferences=[rule])})
    world.sync("--no-wait")
    live = world.get("m1", "deployments", "web")["spec"]
    assert live["template"]["spec"]["containers"][0]["image"].endswith("1.28"), "it is ours now"
    assert live["replicas"] == 5
    assert settle(world) == []
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 7}}, by="kubectl-scale")
    assert settle(world) == []
    assert world.get("m1", "deployments", "web")["spec"]["replicas"] == 7


def test_an_object_that_is_created_only_once(bare_world: ServerWorld) -> None:
    world = bare_world
    seed = config("seed", word="first").replace('"name"', '"annotations": {"reconciler.dev/apply": "CreateOnly"}, "name"', 1)
    world.commit({"c.yaml": seed, "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    assert world.sync().code == 0
    world.edit("m1", "configmaps", "seed", {"data": {"word": "theirs"}})
    world.commit({"c.yaml": seed.replace("first", "second")})
    before = world.audited()
    assert (world.sync().code, world.writes(before)) == (0, [])
    assert world.get("m1", "configmaps", "seed")["data"] == {"word": "theirs"}
    world.remove("m1", "configmaps", "seed")
    assert world.sync().code == 0
    assert world.get("m1", "configmaps", "seed")["data"] == {"word": "second"}
    world.commit({}, "c.yaml")
    world.sync("--allow-prune", "m1")
    assert world.get("m1", "configmaps", "seed") is None, "it is ours, and pruned with its template"


def test_an_object_of_somebody_else_counts_as_created(bare_world: ServerWorld) -> None:
    world = bare_world
    rule = {"kind": "ConfigMap", "name": "seed", "apply": "CreateOnly"}
    world.commit({"c.yaml": config("other", word="ours"), "p.yaml": policy("p", selector("ConfigMap"), "m1")})
    world.sync("--no-wait")
    world.put("m1", "configmaps", config("seed", word="theirs"))
    world.commit({"seed.yaml": config("seed", word="ours"), **configured(world, writePolicies=[rule])})
    before = world.audited()
    assert (world.sync().code, world.writes(before)) == (0, [])
    world.commit({}, "seed.yaml")
    world.sync("--allow-prune", "m1")
    assert world.get("m1", "configmaps", "seed")["data"] == {"word": "theirs"}, "it never became ours"


def rows(world: ServerWorld) -> dict[str, Any]:
    return {row["name"]: row for row in world.run("status", "-o", "json").json["objects"]}


def test_drift_that_is_only_reported(tmp_path: Path, bare_planes: list[ControlPlane]) -> None:
    world = ServerWorld(tmp_path, bare_planes[:1])
    files = {"c.yaml": config("c", word="ours"), "d.yaml": config("d", word="ours"), "p.yaml": policy("p", selector("ConfigMap"))}
    world.commit({**files, **configured(world, driftPolicy="Report")})
    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        ours.settle()
        since = world.audited()
        world.edit("m1", "configmaps", "c", {"data": {"word": "theirs"}}, by="intruder")
        world.remove("m1", "configmaps", "d")
        found = eventually(lambda: (now := rows(world)) and now["c"]["message"] and now["d"]["message"] and now)
        assert found["c"]["message"].startswith("m1: the member drifted: data.word (by intruder); it stays")
        assert found["d"]["message"].startswith("m1: the member drifted: the object was deleted; it stays")
        assert [request for request in world.writes(since) if "dryRun" not in request] == []
        told = world.run("drift", "-o", "json").json
        assert [(one["name"], one["sync"]) for one in told["clusters"]] == [("m1", "Drifted")]
        assert sorted((one["object"]["name"], one["state"], *one["by"]) for one in told["drift"]) == [
            ("c", "stands", "intruder"),
            ("d", "stands"),
        ]
        world.commit({"c.yaml": config("c", word="new"), "d.yaml": config("d", word="new")})
        eventually(lambda: world.get("m1", "configmaps", "c")["data"] == {"word": "new"} and world.get("m1", "configmaps", "d"))
        eventually(lambda: not rows(world)["c"]["message"])
        assert ours.end() == 0


def storage_class(*, grows: bool) -> str:
    return document(
        "StorageClass", "grows" if grows else "fixed", "", api="storage.k8s.io/v1",
        provisioner="example.com/none", allowVolumeExpansion=grows,
    )  # fmt: skip


def claim(size: str, name: str) -> str:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": name, "resources": {"requests": {"storage": size}}}
    return document("PersistentVolumeClaim", "data", spec=spec)


@pytest.mark.parametrize("grows", [True, False])
def test_a_bound_claim_grows_where_its_class_allows_it(bare_world: ServerWorld, grows: bool) -> None:
    world, name = bare_world, f"{'grows' if grows else 'fixed'}-{bare_world.namespace}"
    made = json.loads(storage_class(grows=grows))
    made["metadata"]["name"] = name
    world.planes["m1"].request("/apis/storage.k8s.io/v1/storageclasses", "POST", made)
    world.commit({"data.yaml": claim("1Gi", name), "p.yaml": policy("data", selector("PersistentVolumeClaim"), "m1")})
    world.sync("--no-wait")
    bound = {"status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}}
    world.edit("m1", "persistentvolumeclaims", "data", bound, by="binder", more="/status")
    uid = world.get("m1", "persistentvolumeclaims", "data")["metadata"]["uid"]
    world.commit({"data.yaml": claim("2Gi", name)})
    ran = world.sync("--no-wait")
    live = world.get("m1", "persistentvolumeclaims", "data")
    assert live["metadata"]["uid"] == uid
    if grows:
        assert live["spec"]["resources"]["requests"]["storage"] == "2Gi"
        world.commit({"data.yaml": claim("1Gi", name)})
        ran = world.sync("--no-wait")
        assert ran.code == 3
        assert "Put the old value back in Git" in ran.err
        assert "Deleting the claim can delete its data" in ran.err
    else:
        assert live["spec"]["resources"]["requests"]["storage"] == "1Gi"
        assert ran.code == 3
        assert "allowVolumeExpansion" in ran.err
        assert "copy the data" in ran.err
        assert "recreate" not in ran.err


def test_a_changed_claim_template_is_refused_with_a_remedy_that_keeps_the_data(bare_world: ServerWorld) -> None:
    world = bare_world

    def database(size: str) -> str:
        item = json.loads(workload("db", 1, kind="StatefulSet"))
        item["metadata"]["annotations"] = {"reconciler.dev/recreate": "allowed"}
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        item["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": spec}]
        return json.dumps(item)

    world.commit({"db.yaml": database("1Gi"), "p.yaml": policy("db", selector("StatefulSet", "db", "apps/v1"), "m1")})
    world.sync("--no-wait")
    uid = world.get("m1", "statefulsets", "db")["metadata"]["uid"]
    world.commit({"db.yaml": database("2Gi")})
    ran = world.sync("--no-wait")
    assert ran.code == 3
    assert "kubectl delete statefulset --cascade=orphan" in ran.err
    assert "Existing claims keep their size" in ran.err
    assert "has no effect here: a StatefulSet with claims holds data" in ran.err
    assert world.get("m1", "statefulsets", "db")["metadata"]["uid"] == uid
