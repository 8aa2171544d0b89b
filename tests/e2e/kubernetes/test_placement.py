"""On real API servers: what is placed arrives, moves, scales and is overridden, and what it stands on comes first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fleet import (
    DEPLOYMENT,
    POLICY,
    cluster_policy,
    config,
    definition,
    document,
    override,
    placed,
    policy,
    selector,
    widget,
)
from tests.support.servers import DIGEST, ID, INSTANCE, ServerWorld, eventually
from tests.support.watching import watching

pytestmark = pytest.mark.members("m1", "m2")

WORKLOAD = selector("Deployment", api=DEPLOYMENT)


def replicas(world: ServerWorld, which: str) -> dict[str, int]:
    """By member."""
    return {name: world.get(name, "deployments", which)["spec"]["replicas"] for name in world.holders("deployments", which)}


@pytest.mark.members("m1", "m2", "m3")
def test_what_is_placed_arrives_and_becomes_current(world: ServerWorld) -> None:
    world.commit(placed("web", "m1", "m2"))
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.holders("deployments", "web") == ["m1", "m2"]
    live = world.get("m1", "deployments", "web")
    assert live["status"]["readyReplicas"] == 2
    assert live["metadata"]["labels"] == {INSTANCE: world.namespace}
    assert live["metadata"]["annotations"][ID] == f"apps/Deployment/{world.namespace}/web"
    assert live["metadata"]["annotations"][DIGEST].startswith("sha256:")
    told = world.run("status", "-o", "json").json
    assert {row["name"]: row["health"] for row in told["objects"]} == {world.namespace: "Current", "web": "Current"}
    rows = world.run("clusters", "-o", "json").json
    assert [(row["name"], row["ready"]) for row in rows] == [("m1", True), ("m2", True), ("m3", True)]


def test_a_move_leaves_no_instant_without_a_copy(world: ServerWorld) -> None:
    """Seen by watches: the new copy is there with all its Pods Ready before the old one goes. The Service goes with that."""
    world.commit({**placed("web", "m1"), **service("m1")})
    assert world.sync().code == 0
    world.commit({**placed("web", "m2"), **service("m2")})
    with watching(list(world.planes.values()), world.path("deployments")) as seen:
        ran = world.sync()
        eventually(lambda: seen.told("m1", "DELETED"))
    assert ran.code == 0, ran.err
    assert world.holders("deployments", "web") == world.holders("services", "front") == ["m2"]
    ready = {"m1": 0, "m2": 0, "m3": 0}
    moments = []
    for name, word, live in seen.events:
        ready[name] = 0 if word == "DELETED" else live.get("status", {}).get("readyReplicas", 0)
        moments.append(dict(ready))
    assert moments[0]["m1"] == 2
    assert moments[-1] == {"m1": 0, "m2": 2, "m3": 0}
    assert all(max(moment.values()) == 2 for moment in moments), moments


def service(*members: str) -> dict[str, str]:
    """Placed by a policy of its own."""
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    return {
        "service.yaml": document("Service", "front", spec=spec),
        "service-policy.yaml": policy("svc", selector("Service"), *members),
    }


def test_a_move_waits_for_a_copy_that_does_not_become_ready(world: ServerWorld) -> None:
    """Its Service stays beside the old copy, although nothing else keeps it there."""
    world.commit({**placed("web", "m1"), **service("m1")})
    assert world.sync().code == 0
    never = json.loads(placed("web", "m2")["apps/web/workload.yaml"])
    never["spec"]["template"]["metadata"]["labels"]["tests/never-ready"] = "true"
    world.commit({**placed("web", "m2"), **service("m2"), "apps/web/workload.yaml": json.dumps(never)})
    ran = world.sync("--timeout", "4s")
    assert ran.code == 1
    why = next(one["message"] for one in places(world, "web") if one["name"] == "m2")
    assert why
    assert f"InProgress: Deployment.apps {world.namespace}/web on m2: {why}\n" in ran.err
    assert "timed out: not everything is Current after 4s (--timeout). For all objects: reconciler status --unhealthy" in ran.err
    assert world.holders("deployments", "web") == world.holders("services", "front") == ["m1", "m2"]
    assert f"not pruned: it leads to Deployment.apps {world.namespace}/web, which stays here until its new copy" in ran.err
    assert {place["name"]: place["health"] for place in places(world, "web")} == {"m1": "InProgress", "m2": "InProgress"}
    world.commit(placed("web", "m2"))
    assert world.sync().code == 0
    assert world.holders("deployments", "web") == world.holders("services", "front") == ["m2"]


def places(world: ServerWorld, which: str) -> list[dict[str, Any]]:
    """Of one object on each of its members, as `status` tells it."""
    rows = world.run("status", "-o", "json").json["objects"]
    return next(row["clusters"] for row in rows if row["name"] == which)  # type: ignore[no-any-return]


def test_a_divided_workload_scales(world: ServerWorld) -> None:
    world.commit(placed("api", "m1", "m2", divided=True, replicas=4))
    assert world.sync().code == 0
    assert replicas(world, "api") == {"m1": 2, "m2": 2}
    before = {name: world.get(name, "deployments", "api")["metadata"]["uid"] for name in ("m1", "m2")}
    world.commit(placed("api", "m1", "m2", divided=True, replicas=7))
    assert world.sync().code == 0
    assert sorted(replicas(world, "api").values()) == [3, 4]
    world.commit(placed("api", "m1", "m2", divided=True, replicas=2))
    assert world.sync().code == 0
    assert replicas(world, "api") == {"m1": 1, "m2": 1}
    assert {name: world.get(name, "deployments", "api")["metadata"]["uid"] for name in ("m1", "m2")} == before


def test_an_override_acts_on_its_member_only(world: ServerWorld) -> None:
    world.commit(placed("web", "m1", "m2"))
    assert world.sync().code == 0
    change = {"component": "Registry", "operator": "replace", "value": "eu.example.com"}
    rules = override(
        "registry", WORKLOAD, "m2", imageOverrider=[change], labelsOverrider=[{"operator": "add", "value": {"a": "b"}}]
    )
    world.commit({"overrides/registry.yaml": rules})
    before = world.audited()
    assert world.sync().code == 0
    images = {
        name: world.get(name, "deployments", "web")["spec"]["template"]["spec"]["containers"][0]["image"] for name in ("m1", "m2")
    }
    assert images == {"m1": "docker.io/library/nginx:1.28", "m2": "eu.example.com/library/nginx:1.28"}
    assert (world.writes(before, "m1"), len(world.writes(before, "m2"))) == ([], 1)
    world.commit({}, "overrides/registry.yaml")
    assert world.sync().code == 0
    live = world.get("m2", "deployments", "web")
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "docker.io/library/nginx:1.28"
    assert live["metadata"]["labels"] == {INSTANCE: world.namespace}


def test_definitions_are_established_before_their_objects_in_one_sync(world: ServerWorld) -> None:
    group = f"{world.namespace}.example.com"
    world.commit(
        {
            "crd.yaml": definition(group, "v1", "v1beta1"),
            "crd-policy.yaml": cluster_policy(
                world.namespace, selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1"), "m1", "m2"
            ),
            "widget.yaml": widget(group, "big", size=3),
            "policy.yaml": policy("widgets", selector("Widget", api=f"{group}/v1"), "m1", "m2"),
        }
    )
    ran = world.sync()
    assert ran.code == 0, ran.err
    widgets = f"/apis/{group}/v1/namespaces/{world.namespace}/widgets"
    assert [world.get(name, widgets, "big")["spec"] for name in ("m1", "m2")] == [{"size": 3}] * 2
    before = world.audited()
    ran = world.sync()
    assert ran.code == 0
    assert world.writes(before) == []
    assert ran.err.endswith("nothing new to record\n"), "that the kind is served now was recorded with its definition"
    world.commit({"other.yaml": config("other"), "p.yaml": policy("other", selector("ConfigMap"))}, "widget.yaml", "crd.yaml")
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert eventually(lambda: world.holders("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", f"widgets.{group}") == [])


def test_a_namespace_that_nobody_declared_is_made_and_never_pruned(world: ServerWorld) -> None:
    implied = f"{world.namespace}-implied"
    spec = {"resourceSelectors": [selector("ConfigMap")], "placement": {"clusterAffinity": {"clusterNames": ["m1"]}}}
    world.commit({"c.yaml": config("c", implied), "p.yaml": document("PropagationPolicy", "p", implied, api=POLICY, spec=spec)})
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.holders("/api/v1/namespaces", implied) == ["m1"]
    made = world.get("m1", "/api/v1/namespaces", implied)
    assert (INSTANCE in made["metadata"]["labels"], "annotations" in made["metadata"]) == (False, False)
    before = world.audited()
    assert world.sync().code == 0
    assert world.writes(before) == []
    world.commit({}, "c.yaml")
    assert world.sync().code == 0
    assert world.holders(f"/api/v1/namespaces/{implied}/configmaps", "c") == []
    assert "deletionTimestamp" not in world.get("m1", "/api/v1/namespaces", implied)["metadata"]


def scaler(name: str, version: str) -> str:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return document(
        "HorizontalPodAutoscaler",
        name,
        api=f"autoscaling/{version}",
        spec={"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 5},
    )


@pytest.mark.members("m1")
def test_two_versions_of_one_kind(world: ServerWorld) -> None:
    """Each object is written in the version of its template, and the kind is pruned in whichever."""
    files = {
        f"policies/{version}.yaml": policy(version, selector("HorizontalPodAutoscaler", api=f"autoscaling/{version}"), "m1")
        for version in ("v1", "v2")
    }
    world.commit({**files, "one.yaml": scaler("one", "v1"), "two.yaml": scaler("two", "v2")})
    world.sync("--no-wait")
    assert [world.holders("horizontalpodautoscalers", name) for name in ("one", "two")] == [["m1"], ["m1"]]
    before = world.audited()
    ran = world.sync("--no-wait")
    assert world.writes(before) == [], ran.err
    world.commit({"one.yaml": scaler("one", "v2")})
    world.sync("--no-wait")
    assert "autoscaling/v2" in {entry["apiVersion"] for entry in managed(world.get("m1", "horizontalpodautoscalers", "one"))}
    before = world.audited()
    world.sync("--no-wait")
    assert world.writes(before) == []
    world.commit({}, "one.yaml", "two.yaml")
    world.sync("--no-wait")
    assert [world.holders("horizontalpodautoscalers", name) for name in ("one", "two")] == [[], []]


def managed(live: Any) -> list[Any]:
    """What we own of it."""
    return [entry for entry in live["metadata"]["managedFields"] if entry["manager"] == "reconciler"]
