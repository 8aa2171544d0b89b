"""On real API servers, with the real helm and kustomize in their jail: charts of the size of well-known ones, and an overlay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.parts.build import binary
from tests.support.fleet import document, override, policy, selector
from tests.support.helm import Helm
from tests.support.program import Ran
from tests.support.servers import INSTANCE, ServerWorld
from tests.support.sized_charts import ingress, monitoring, small

OURS = "reconciler.dev/v1alpha1"
CHART = selector("Chart", api=OURS)


def chart(name: str, folder: str, **spec: Any) -> str:
    return document("Chart", name, api=OURS, spec={"chart": {"path": folder}, **spec})


def sync(world: ServerWorld, *arguments: str) -> Ran:
    programs = ("--helm", str(binary("helm4")), "--kustomize", str(binary("kustomize")), "--cache", str(world.folder / "cache"))
    return world.sync(*arguments, *programs)


def is_silent(world: ServerWorld) -> bool:
    """Whether another sync writes nothing to members, and records nothing."""
    since, before = world.audited(), world.status_branch()
    ran = sync(world)
    assert ran.code == 0, ran.out + ran.err
    return world.writes(since) == [] and world.status_branch() == before


def test_a_small_chart_has_its_values_on_each_member_moves_and_heals(world: ServerWorld) -> None:
    """Values by overrides, replicas by division, capabilities by discovery; drift, a move, an object that goes, the end."""
    divided = policy("app", selector("Chart", "app", OURS), "m1", "m2", divided=True)
    world.commit({
        **small(),
        "app.yaml": chart("app", "charts/small", values={"replicaCount": 3}, replicas={"path": "/replicaCount"}),
        "policy.yaml": divided,
        "blue.yaml": override(
            "blue", CHART, "m2", plaintext=[{"path": "/spec/values/ui", "operator": "add", "value": {"color": "blue"}}]
        ),
    })  # fmt: skip
    ran = sync(world)
    assert ran.code == 0, ran.out + ran.err
    live = {name: world.get(name, "deployments", "app") for name in ("m1", "m2")}
    assert sum(one["spec"]["replicas"] for one in live.values()) == 3
    colors = {name: one["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] for name, one in live.items()}
    assert colors == {"m1": "#34577c", "m2": "blue"}
    budget = world.planes["m1"].request(f"/apis/policy/v1/namespaces/{world.namespace}/poddisruptionbudgets/app")
    version = world.planes["m1"].request("/version")["gitVersion"]
    assert budget["metadata"]["annotations"]["example.com/kubernetes"] == version
    rows = {(row["kind"], row["name"]): row for row in world.run("status", "-o", "json").json["objects"]}
    assert rows["Chart", "app"]["health"] == "Current"
    assert is_silent(world)

    world.remove("m1", "services", "app")
    world.edit("m2", "deployments", "app", {"spec": {"replicas": 9}})
    assert sync(world).code == 0
    assert world.holders("services", "app") == ["m1", "m2"]
    assert world.get("m2", "deployments", "app")["spec"]["replicas"] == live["m2"]["spec"]["replicas"]

    world.commit({"policy.yaml": divided.replace('"m1"', '"m3"')})
    ran = sync(world, "--allow-prune", "m1")
    assert ran.code == 0, ran.out + ran.err
    assert world.holders("deployments", "app") == world.holders("services", "app") == ["m2", "m3"]
    assert is_silent(world)

    world.commit({}, "charts/small/templates/service.yaml")
    assert sync(world).code == 0
    assert world.holders("services", "app") == []
    world.commit({}, "app.yaml")
    assert sync(world, "--allow-prune", "m2", "--allow-prune", "m3").code == 0
    assert world.holders("deployments", "app") == []


def test_a_chart_that_fails_keeps_what_is_there(world: ServerWorld) -> None:
    world.commit({**small(), "app.yaml": chart("app", "charts/small"), "policy.yaml": policy("app", CHART, "m1")})
    assert sync(world).code == 0
    world.commit({"charts/small/templates/bad.yaml": 'a: {{ required "a color is needed" .Values.missing }}\n'})
    since = world.audited()
    ran = sync(world)
    assert ran.code == 1
    assert "charts/small/templates/bad.yaml:1" in ran.err
    assert "a color is needed" in ran.err
    assert world.writes(since) == []
    assert world.holders("deployments", "app") == ["m1"]


@pytest.mark.members("m1")
def test_a_release_of_helm_is_taken_over_without_a_new_pod(world: ServerWorld, tmp_path: Path) -> None:
    world.commit({**small(), "policy.yaml": policy("app", CHART, "m1")})
    assert sync(world).code == 0
    helm, plane = Helm.of("helm4", tmp_path), world.planes["m1"]
    place = ("--kubeconfig", str(plane.kubeconfig), "--namespace", world.namespace)
    helm.done("install", "app", str(world.repo.path / "charts/small"), "--wait", *place)

    def running() -> list[str]:
        return [one["metadata"]["uid"] for kind in ("replicasets", "pods") for one in plane.request(world.path(kind))["items"]]

    before, ran_before = world.get("m1", "deployments", "app"), running()
    world.commit({"app.yaml": chart("app", "charts/small")})
    ran = sync(world)
    assert ran.code != 0
    assert "app" in ran.err
    world.edit("m1", "services", "app", {"metadata": {"annotations": {"meta.helm.sh/release-name": "other"}}})
    world.commit({"app.yaml": chart("app", "charts/small", adopt=True)})
    ran = sync(world)
    assert ran.code != 0
    assert f"it belongs to {world.namespace}/other" in ran.out + ran.err
    assert INSTANCE not in world.get("m1", "services", "app")["metadata"]["labels"]
    world.edit("m1", "services", "app", {"metadata": {"annotations": {"meta.helm.sh/release-name": "app"}}})
    ran = sync(world)
    assert ran.code == 0, ran.out + ran.err
    assert world.get("m1", "services", "app")["metadata"]["labels"][INSTANCE] == world.namespace
    after = world.get("m1", "deployments", "app")
    assert (after["metadata"]["uid"], after["spec"]) == (before["metadata"]["uid"], before["spec"])
    assert after["metadata"]["labels"][INSTANCE] == world.namespace
    assert running() == ran_before
    assert helm.done("list", "--short", *place).split() == ["app"]


@pytest.mark.members("m1", "m2")
def test_a_chart_with_hooks_runs_its_jobs_once(world: ServerWorld) -> None:
    world.commit({
        **ingress(suffix=world.namespace),
        "edge.yaml": chart("edge", "charts/ingress", values={"config": {"a": "1"}}),
        "policy.yaml": policy("edge", CHART, "m1", "m2"),
    })  # fmt: skip
    ran = sync(world)
    assert ran.code == 0, ran.out + ran.err

    def jobs(name: str) -> dict[str, bool]:
        items = world.planes[name].request(world.path("jobs"))["items"]
        return {one["metadata"]["name"]: one["status"].get("succeeded") == 1 for one in items}

    first = jobs("m1")
    assert sorted(name.rpartition("-")[0] for name in first) == ["edge-admission-create", "edge-admission-patch"]
    assert all(first.values())
    assert is_silent(world)
    change = [{"path": "/spec/values/config/a", "operator": "replace", "value": "2"}]
    world.commit({"two.yaml": override("two", CHART, "m2", plaintext=change)})
    assert sync(world).code == 0
    assert jobs("m1") == first
    assert jobs("m2").keys().isdisjoint(first)
    assert [world.get(name, "configmaps", "edge")["data"]["a"] for name in ("m1", "m2")] == ["1", "2"]


@pytest.mark.members("m1", "m2")
def test_a_chart_with_large_definitions_and_their_objects(world: ServerWorld) -> None:
    group = f"{world.namespace}.mon.example"
    world.commit({
        **monitoring(group=group),
        "mon.yaml": chart("mon", "charts/monitoring"),
        "policy.yaml": policy("mon", CHART, "m1", "m2"),
    })  # fmt: skip
    ran = sync(world, "--timeout", "10m")
    assert ran.code == 0, ran.out + ran.err
    for name in world.planes:
        kinds = {kind: len(_all(world, name, group, f"{kind}s")) for kind in ("rule", "scrape", "monitor")}
        assert kinds == {"rule": 34, "scrape": 33, "monitor": 33}
        assert len(world.planes[name].request(world.path("configmaps"))["items"]) >= 28
    assert is_silent(world)


def _all(world: ServerWorld, name: str, group: str, plural: str) -> list[Any]:
    items: list[Any] = world.planes[name].request(f"/apis/{group}/v1/namespaces/{world.namespace}/{plural}")["items"]
    return items


@pytest.mark.members("m1", "m2")
def test_a_kustomization_with_overlays(world: ServerWorld) -> None:
    world.commit({
        "apps/base/kustomization.yaml": "resources: [web.yaml]\ncommonLabels: {team: web}\n",
        "apps/base/web.yaml": document("ConfigMap", "web", "", data={"color": "red"}),
        "apps/prod/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\n",
        "web.yaml": document("Kustomize", "web", api=OURS, spec={"path": "apps/prod"}),
        "policy.yaml": policy("web", selector("Kustomize", api=OURS), "m1", "m2"),
        "blue.yaml": override(
            "blue", selector("Kustomize", api=OURS), "m2",
            plaintext=[{"path": "/spec/nameSuffix", "operator": "add", "value": "-two"}],
        ),
    })  # fmt: skip
    ran = sync(world)
    assert ran.code == 0, ran.out + ran.err
    assert "KustomizeFolder" not in ran.err
    assert world.holders("configmaps", "prod-web") == ["m1"]
    assert world.holders("configmaps", "prod-web-two") == ["m2"]
    assert world.get("m1", "configmaps", "prod-web")["metadata"]["labels"]["team"] == "web"
    assert is_silent(world)
    world.commit({"apps/base/web.yaml": document("ConfigMap", "web", "", data={"color": "green"})})
    assert sync(world).code == 0
    assert world.get("m2", "configmaps", "prod-web-two")["data"] == {"color": "green"}
