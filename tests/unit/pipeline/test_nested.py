"""Objects that a kustomization builds and that are expanded themselves, with the real kustomize and helm, without a jail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.issues import Severity, errors_in
from tests.support.expanding import BareRenderer, chart_object, playground
from tests.support.in_memory_fleet import Files, Playground, load
from tests.support.shop import cluster_file, on, policy_file

FLUX_HELM, FLUX_KUSTOMIZE = "helm.toolkit.fluxcd.io/v2", "kustomize.toolkit.fluxcd.io/v1"
SOURCES, OURS, ARGO = "source.toolkit.fluxcd.io/v1", "reconciler.dev/v1alpha1", "argoproj.io/v1alpha1"
OWN = "https://git.example.com/shop/deploy.git"
COLOR = "ConfigMap shop/web-color"


def document(kind: str, api: str, name: str, *, namespace: str = "shop", **spec: Any) -> str:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec})


def kustomization(name: str, path: str, **spec: Any) -> str:
    source = {"kind": "GitRepository", "name": "own", "namespace": "shop"}
    return document("Kustomization", FLUX_KUSTOMIZE, name, **{"path": path, "sourceRef": source, **spec})


def release(name: str = "web", *, namespace: str = "shop", source: str = "inner", **spec: Any) -> str:
    named = {"kind": "GitRepository", "name": source, "namespace": "shop"}
    chart: dict[str, Any] = {"chart": {"spec": {"chart": "charts/web", "sourceRef": named}}}
    return document("HelmRelease", FLUX_HELM, name, namespace=namespace, **{**chart, "values": {"color": "red"}, **spec})


def config(name: str, namespace: str = "", *, annotations: Any = None, **data: Any) -> str:
    metadata = {"name": name, "namespace": namespace, "annotations": annotations}
    stated = {key: one for key, one in metadata.items() if one}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": stated, "data": data})


CHART = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "color: none\nsize: small\n",
    "charts/web/templates/color.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-color}\n"
        "data: {color: {{ .Values.color }}, size: {{ .Values.size }}, kube: {{ .Capabilities.KubeVersion.Version | quote }}}\n"
    ),
}
OWN_SOURCE = document("GitRepository", SOURCES, "own", url=OWN, ref={"branch": "main"})
INNER_SOURCE = OWN_SOURCE.replace('"own"', '"inner"')
APPS = {
    "apps/kustomization.yaml": "resources: [release.yaml, source.yaml]\n",
    "apps/release.yaml": release(),
    "apps/source.yaml": INNER_SOURCE,
}


def world(more: Files, *, listed: tuple[str, ...] = ("HelmRelease", "Kustomization"), outer: str = "") -> dict[str, str]:
    stated = {"apiVersion": OURS, "kind": "Configuration", "spec": {"expand": list(listed), "repository": OWN}}
    return {
        **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")},
        "reconciler.yaml": json.dumps(stated),
        **CHART,
        **({"sources/own.yaml": OWN_SOURCE} if "Kustomization" in listed else {}),
        "top/top.yaml": outer or kustomization("top", "./apps"),
        "top/policy.yaml": policy_file("top", json.loads(outer)["kind"], on("m1", "m2"), api=json.loads(outer)["apiVersion"])
        if outer
        else policy_file("top", "Kustomization", on("m1", "m2"), api=FLUX_KUSTOMIZE),
        **more,
    }


def patch_on_m2(patch: Any, kind: str = "Kustomization", api: str = FLUX_KUSTOMIZE) -> str:
    operation = {"path": "/spec/patches", "operator": "add", "value": [patch]}
    rule = {"targetCluster": {"clusterNames": ["m2"]}, "overriders": {"plaintext": [operation]}}
    spec = {"resourceSelectors": [{"apiVersion": api, "kind": kind, "name": "top"}], "overrideRules": [rule]}
    return document("OverridePolicy", "policy.karmada.io/v1alpha1", "two", **spec)


async def synced(files: Files, renderer: BareRenderer | None = None) -> Playground:
    shop = playground("m1", "m2", renderer=renderer or BareRenderer())
    done = await shop.sync(files)
    assert errors_in(done.compiled.issues) == []
    return shop


def held(shop: Playground, member: str, key: str = COLOR) -> Any:
    return shop.members[member].holds()[key]


def issues(files: Files, severity: Severity = Severity.ERROR) -> list[tuple[str, str]]:
    return [(one.reason, str(one.origin)) for one in load(files).issues if one.severity is severity]


async def test_a_release_that_a_kustomization_builds_is_expanded_on_each_member() -> None:
    """With what overrides of the kustomization make of it there; once for each distinct input; and a second sync is silent."""
    blue = {"target": {"kind": "HelmRelease"}, "patch": '[{"op": "replace", "path": "/spec/values/color", "value": "blue"}]'}
    renderer = BareRenderer()
    files = world({**APPS, "two.yaml": patch_on_m2(blue)})
    assert load(files).issues == ()
    shop = await synced(files, renderer)
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}
    assert [held(shop, name)["data"]["color"] for name in ("m1", "m2")] == ["red", "blue"]
    assert renderer.runs == 4
    await shop.sync(files)
    assert shop.requests() == {}
    assert renderer.runs == 4
    one = await synced({path: text for path, text in files.items() if path != "two.yaml"}, again := BareRenderer())
    assert one.holds() == {"m1": [COLOR], "m2": [COLOR]}
    assert again.runs == 2


async def test_a_change_of_the_nested_chart_reaches_the_members_and_what_is_gone_is_pruned() -> None:
    files = world(APPS)
    shop = await synced(files)
    await shop.sync({**files, "charts/web/values.yaml": "color: none\nsize: large\n"})
    assert held(shop, "m1")["data"]["size"] == "large"
    await shop.sync(
        {**files, "apps/kustomization.yaml": "resources: [source.yaml, other.yaml]\n", "apps/other.yaml": config("o", a="b")}
    )
    assert shop.holds() == {"m1": ["ConfigMap default/o"], "m2": ["ConfigMap default/o"]}


async def test_patches_of_an_overlay_say_where_the_files_are() -> None:
    """And its namespace is that of what it builds."""
    patch = json.dumps({"apiVersion": FLUX_HELM, "kind": "HelmRelease", "metadata": {"name": "web"},
                        "spec": {"chart": {"spec": {"chart": "charts/web"}}}})  # fmt: skip
    base = release(namespace="", source="own").replace("charts/web", "charts/placeholder")
    files = world({
        "apps/base/kustomization.yaml": "resources: [release.yaml]\n",
        "apps/base/release.yaml": base,
        "apps/kustomization.yaml": "namespace: other\nresources: [base]\npatches: [{path: patch.yaml}]\n",
        "apps/patch.yaml": patch,
    })  # fmt: skip
    assert load(files).issues == ()
    shop = await synced(files)
    assert shop.holds()["m1"] == ["ConfigMap other/web-color"]


async def test_charts_and_kustomizes_in_a_kustomize() -> None:
    """Ours need not be listed."""
    more = {
        "apps/kustomization.yaml": "resources: [chart.yaml, inner.yaml]\n",
        "apps/chart.yaml": chart_object("web", path="charts/web", values={"color": "red"}),
        "apps/inner.yaml": document("Kustomize", OURS, "inner", path="parts"),
        "parts/kustomization.yaml": "namePrefix: my-\nresources: [part.yaml]\n",
        "parts/part.yaml": config("part", a="b"),
    }
    files = world(more, listed=(), outer=document("Kustomize", OURS, "top", path="apps"))
    assert load(files).issues == ()
    shop = await synced(files)
    assert shop.holds()["m1"] == ["ConfigMap shop/my-part", COLOR]


async def test_values_come_from_what_is_built_beside_it_and_from_the_repository() -> None:
    entries = [{"kind": "ConfigMap", "name": "built"}, {"kind": "ConfigMap", "name": "declared"}]
    more = {
        **APPS,
        "apps/kustomization.yaml": "namespace: shop\nresources: [release.yaml, source.yaml, values.yaml]\n",
        "apps/values.yaml": config("built", **{"values.yaml": "color: green\nsize: built\n"}),
        "apps/release.yaml": release(values={}, valuesFrom=entries),
        "values.yaml": config("declared", "shop", **{"values.yaml": "size: declared\n"}),
    }
    shop = await synced(world(more))
    assert (held(shop, "m1")["data"]["color"], held(shop, "m1")["data"]["size"]) == ("green", "declared")


async def test_nested_kustomizations_and_the_order_of_what_they_build() -> None:
    """A folder of Kustomizations, as `flux bootstrap` lays one out; one of them depends on another."""
    more = {
        "fleet/infra.yaml": kustomization("infra", "./infra"),
        "fleet/apps.yaml": kustomization("apps", "./apps", dependsOn=[{"name": "infra"}]),
        "infra/kustomization.yaml": "namespace: shop\nresources: [z.yaml]\n",
        "infra/z.yaml": config("z", a="b"),
        **APPS,
    }
    files = world(more, outer=kustomization("top", "./fleet"))
    assert load(files).issues == ()
    shop = playground("m1", "m2", renderer=BareRenderer())
    done = await shop.sync(files)
    assert [one.message for one in errors_in(done.compiled.issues)] == []
    assert [line for line in shop.requests()["m1"] if line.startswith("apply")] == ["apply ConfigMap shop/z", f"apply {COLOR}"]


async def test_an_application_of_applications() -> None:
    destination = {"namespace": "shop"}
    inner = document(
        "Application",
        ARGO,
        "web",
        source={"repoURL": OWN, "path": "charts/web", "helm": {"releaseName": "web"}},
        destination=destination,
    )
    outer = document("Application", ARGO, "top", source={"repoURL": OWN, "path": "children"}, destination=destination)
    shop = await synced(world({"children/web.yaml": inner}, listed=("Application",), outer=outer))
    assert shop.holds()["m1"] == [COLOR]


def test_what_the_lock_has_to_pin_is_known_without_the_programs() -> None:
    source = document("HelmRepository", SOURCES, "charts", url="https://charts.example.com")
    chart = {"spec": {"chart": "podinfo", "version": "^6.5", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    files = world({**APPS, "apps/source.yaml": source, "apps/release.yaml": release(chart=chart)})
    assert issues(files) == [("SourceNotLocked", "apps/release.yaml:1")]
    assert [str(one) for one in load(files).wanted_sources] == ["podinfo of https://charts.example.com ^6.5"]


RELEASE_TEXT = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  suspend: true
  chart:
    spec:
      chart: charts/web
      sourceRef:
        kind: GitRepository
        name: gone
"""


def test_fields_without_effect_and_what_cannot_be_done_are_told_at_their_lines() -> None:
    files = world({**APPS, "apps/release.yaml": RELEASE_TEXT})
    assert issues(files, Severity.WARNING)[0] == ("FieldNotExpanded", "apps/release.yaml:5")
    assert issues(files) == [("NotTranslatable", "apps/release.yaml:9")]


def test_a_circle_is_told_with_its_files() -> None:
    files = world({
        "apps/kustomization.yaml": "resources: [again.yaml]\n",
        "apps/again.yaml": kustomization("other", "./others"),
        "others/kustomization.yaml": "resources: [back.yaml]\n",
        "others/back.yaml": kustomization("back", "./apps/"),
    })  # fmt: skip
    (found,) = errors_in(load(files).issues)
    assert (found.reason, str(found.origin)) == ("ExpansionCycle", "others/back.yaml:1")
    drawn = found.message.partition("itself: ")[2].split(" builds ")
    assert [one.rpartition("(")[2].rstrip(")") for one in drawn] == ["top/top.yaml:1", "apps/again.yaml:1", "others/back.yaml:1"]


async def test_what_is_too_deep_is_told_and_nothing_is_pruned() -> None:
    files = world({**APPS})
    shop = await synced(files)
    deep = {f"deep/{number}/kustomization.yaml": "resources: [next.yaml]\n" for number in range(6)}
    deep |= {f"deep/{number}/next.yaml": kustomization(f"k{number}", f"deep/{number + 1}") for number in range(5)}
    deep |= {"deep/5/next.yaml": config("end", a="b"), "top/top.yaml": kustomization("top", "deep/0")}
    assert issues({**files, **deep}) == [("ExpansionTooDeep", "deep/4/next.yaml:1")]
    done = await shop.sync({**files, **deep})
    assert "ExpansionTooDeep" in {one.reason for one in errors_in(done.compiled.issues)}
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}


@pytest.mark.parametrize("case", ["variable", "override"])
async def test_what_is_not_written_in_a_file_is_told_and_nothing_is_pruned(case: str) -> None:
    files = world(APPS)
    shop = await synced(files)
    if case == "variable":
        files["apps/release.yaml"] = release().replace("charts/web", "charts/${name}")
        files["top/top.yaml"] = kustomization("top", "./apps", postBuild={"substitute": {"name": "web"}})
    else:
        patch = '[{"op": "replace", "path": "/spec/chart/spec/chart", "value": "charts/other"}]'
        files["two.yaml"] = patch_on_m2({"target": {"kind": "HelmRelease"}, "patch": patch})
    done = await shop.sync(files)
    failed = [one for one in errors_in(done.compiled.issues) if one.reason == "ExpansionFailed"]
    assert [str(one.origin) for one in failed] == ["top/top.yaml:1"]
    assert "HelmRelease.helm.toolkit.fluxcd.io shop/web, which it builds: " in failed[0].message
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}


async def test_two_that_build_the_same_object_are_an_error() -> None:
    more = {
        **APPS,
        "apps/kustomization.yaml": "resources: [release.yaml, source.yaml, color.yaml]\n",
        "apps/color.yaml": config("web-color", "shop", a="b"),
    }
    done = await playground("m1", "m2", renderer=BareRenderer()).sync(world(more))
    (found,) = errors_in(done.compiled.issues)
    assert "ConfigMap shop/web-color twice" in found.message


HOOK = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}\n"
    "spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}\n"
)


async def test_what_depends_on_a_nested_release_waits_for_its_objects() -> None:
    """Another template names it, and a Job in it runs again when it changes, and not when its neighbour does."""
    waits = {"reconciler.dev/depends-on": "HelmRelease.helm.toolkit.fluxcd.io/web"}
    more = {
        **APPS,
        "charts/web/templates/job.yaml": HOOK,
        "a.yaml": config("a", "shop", annotations=waits, a="b"),
        "a-policy.yaml": policy_file("a", "ConfigMap", on("m1"), api="v1"),
        "apps/kustomization.yaml": "resources: [release.yaml, source.yaml, n.yaml]\n",
        "apps/n.yaml": config("n", a="b"),
    }
    files = world(more)
    shop = playground("m1", "m2", renderer=BareRenderer())
    done = await shop.sync(files)
    assert errors_in(done.compiled.issues) == []
    written = [line for line in shop.requests()["m1"] if line.startswith("apply")]
    assert written.index(f"apply {COLOR}") < written.index("apply ConfigMap shop/a")
    jobs = [key for key in shop.holds()["m1"] if key.startswith("Job")]
    assert len(jobs) == 1
    await shop.sync({**files, "apps/n.yaml": config("n", a="c")})
    assert [key for key in shop.holds()["m1"] if key.startswith("Job")] == jobs
    await shop.sync({**files, "apps/release.yaml": release(values={"color": "blue"})})
    assert [key for key in shop.holds()["m1"] if key.startswith("Job")] != jobs
