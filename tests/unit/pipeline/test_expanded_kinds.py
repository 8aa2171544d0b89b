"""Objects of Flux and Argo CD that the Configuration lists: placed and changed by their own fields, expanded on each member."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.issues import Severity, errors_in
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.recorded import RecordedCluster, RecordedState
from tests.support.expanding import BareRenderer, WordRenderer, playground
from tests.support.in_memory_fleet import Files, Playground, compile_files, load
from tests.support.shop import BROKEN, cluster_file, config_file, on, policy_file

FLUX_HELM, FLUX_KUSTOMIZE, ARGO = "helm.toolkit.fluxcd.io/v2", "kustomize.toolkit.fluxcd.io/v1", "argoproj.io/v1alpha1"
OWN = "https://git.example.com/shop/deploy.git"
COLOR = "ConfigMap shop/app-color"


def document(kind: str, api: str, name: str = "app", **spec: Any) -> str:
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})


def configuration(*kinds: str) -> str:
    spec = {"expand": list(kinds), "repository": OWN}
    return json.dumps({"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "spec": spec})


def override(kind: str, api: str, member: str, path: str, value: object) -> str:
    operation = {"path": path, "operator": "add", "value": value}
    rule = {"targetCluster": {"clusterNames": [member]}, "overriders": {"plaintext": [operation]}}
    spec = {"resourceSelectors": [{"apiVersion": api, "kind": kind, "name": "app"}], "overrideRules": [rule]}
    return document("OverridePolicy", "policy.karmada.io/v1alpha1", "change", **spec)


def world(kind: str, api: str, *kinds: str, more: Files, **spec: Any) -> dict[str, str]:
    return {
        **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")},
        "reconciler.yaml": configuration(*kinds),
        "app/app.yaml": document(kind, api, **spec),
        "app/policy.yaml": policy_file("app", kind, on("m1", "m2"), api=api),
        **more,
    }


SOURCE = {"sources/git.yaml": document("GitRepository", "source.toolkit.fluxcd.io/v1", "own", url=OWN, ref={"branch": "main"})}
CHART = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/templates/color.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: <release>-color}\ndata: {color: <color>}\n"
    ),
}
VALUES = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values, namespace: shop}\ndata: {values.yaml: 'color: green'}\n"
VARIABLES = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: shop}\ndata: {color: red, from: map}\n"
RELEASE_SPEC: dict[str, Any] = {
    "interval": "5m",
    "chart": {"spec": {"chart": "./charts/app", "sourceRef": {"kind": "GitRepository", "name": "own"}}},
    "values": {"color": "red"},
}
OVERLAY = {
    "apps/base/kustomization.yaml": "resources: [color.yaml]\n",
    "apps/base/color.yaml": config_file("app-color").replace("namespace: shop", "namespace: other"),
    "apps/prod/kustomization.yaml": "resources: [../base]\n",
}
KUSTOMIZATION_SPEC: dict[str, Any] = {
    "path": "./apps/prod",
    "prune": True,
    "targetNamespace": "shop",
    "sourceRef": {"kind": "GitRepository", "name": "own"},
}


def release(*kinds: str, more: Files | None = None, **spec: Any) -> dict[str, str]:
    return world("HelmRelease", FLUX_HELM, *kinds, more={**SOURCE, **CHART, **(more or {})}, **{**RELEASE_SPEC, **spec})


def kustomization(*kinds: str, more: Files | None = None, **spec: Any) -> dict[str, str]:
    return world(
        "Kustomization", FLUX_KUSTOMIZE, *kinds, more={**SOURCE, **OVERLAY, **(more or {})}, **{**KUSTOMIZATION_SPEC, **spec}
    )


async def synced(files: Files, renderer: WordRenderer | BareRenderer | None = None) -> Playground:
    shop = playground("m1", "m2", renderer=renderer or WordRenderer())
    done = await shop.sync(files)
    assert errors_in(done.compiled.issues) == []
    return shop


def value(shop: Playground, member: str, *path: str, key: str = COLOR) -> object:
    return get(shop.members[member].holds()[key], *path)


async def test_a_helm_release_is_expanded_with_the_values_of_each_member() -> None:
    blue = override("HelmRelease", FLUX_HELM, "m2", "/spec/values/color", "blue")
    shop = await synced(release("HelmRelease", more={"blue.yaml": blue}))
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}
    assert [value(shop, name, "data", "color") for name in ("m1", "m2")] == ["red", "blue"]


async def test_a_second_sync_writes_nothing() -> None:
    files = release("HelmRelease")
    shop = await synced(files)
    await shop.sync(files)
    assert [line for lines in shop.requests().values() for line in lines if "apply" in line or "delete" in line] == []


async def test_an_object_that_is_not_listed_is_delivered_as_it_is() -> None:
    kinds = {"kinds": [{"apiVersion": FLUX_HELM, "kind": "HelmRelease", "scope": "Namespaced"}, {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "scope": "Namespaced"}]}  # fmt: skip
    stated = json.dumps({"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "spec": kinds})
    source_policy = policy_file("own", "GitRepository", on("m1"), api="source.toolkit.fluxcd.io/v1")
    shop = await synced(release(more={"reconciler.yaml": stated, "sources/policy.yaml": source_policy}))
    named = "HelmRelease.helm.toolkit.fluxcd.io shop/app"
    assert sorted(shop.holds()["m1"]) == ["GitRepository.source.toolkit.fluxcd.io shop/own", named]
    assert shop.holds()["m2"] == [named]
    assert value(shop, "m1", "spec", key=named) == RELEASE_SPEC
    assert value(shop, "m1", "metadata", "annotations", "reconciler.dev/expanded-from", key=named) is None


async def test_values_come_from_config_maps_and_single_ones_go_to_their_path() -> None:
    more = {
        "app/values.yaml": VALUES,
        "app/secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {c: white}\n",
    }
    entries = [{"kind": "ConfigMap", "name": "values"}]
    shop = await synced(release("HelmRelease", more=more, values={}, valuesFrom=entries))
    assert value(shop, "m1", "data", "color") == "green"
    entries.append({"kind": "Secret", "name": "s", "valuesKey": "c", "targetPath": "color"})
    shop = await synced(release("HelmRelease", more=more, values={}, valuesFrom=entries))
    assert value(shop, "m1", "data", "color") == "white"


async def test_a_change_of_a_value_that_it_refers_to_reaches_the_members() -> None:
    entries = [{"kind": "ConfigMap", "name": "values"}]
    files = release("HelmRelease", more={"app/values.yaml": VALUES}, values={}, valuesFrom=entries)
    shop = await synced(files)
    await shop.sync({**files, "app/values.yaml": VALUES.replace("green", "gray")})
    assert value(shop, "m2", "data", "color") == "gray"


async def test_the_children_are_in_the_target_namespace() -> None:
    shop = await synced(release("HelmRelease", targetNamespace="other"))
    assert shop.holds()["m1"] == ["ConfigMap other/other-app-color"]


async def test_common_metadata_is_on_every_child() -> None:
    shop = await synced(release("HelmRelease", commonMetadata={"labels": {"team": "shop"}, "annotations": {"a": "b"}}))
    assert value(shop, "m1", "metadata", "labels", "team") == "shop"
    assert value(shop, "m1", "metadata", "annotations", "a") == "b"


async def test_an_override_of_the_source_is_refused_and_nothing_is_pruned() -> None:
    files = release("HelmRelease")
    shop = await synced(files)
    change = override("HelmRelease", FLUX_HELM, "m2", "/spec/chart/spec/version", "2")
    done = await shop.sync({**files, "change.yaml": change})
    assert [issue.reason for issue in errors_in(done.compiled.issues)] == ["SourceMissing"]
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}


async def test_a_kustomization_is_built_with_what_differs_on_each_member() -> None:
    more = {"prefix.yaml": override("Kustomization", FLUX_KUSTOMIZE, "m2", "/spec/namePrefix", "my-")}
    shop = await synced(kustomization("Kustomization", more=more), BareRenderer())
    assert shop.holds() == {"m1": [COLOR], "m2": ["ConfigMap shop/my-app-color"]}


async def test_variables_are_replaced_after_the_build() -> None:
    more = {
        "apps/base/color.yaml": (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app-color, namespace: shop}\n"
            'data: {color: "${color}", size: "${size:=big}", none: "<${none}>", kept: "$${kept}", from: "${from}"}\n'
        ),
        "app/variables.yaml": VARIABLES,
        "change.yaml": override("Kustomization", FLUX_KUSTOMIZE, "m2", "/spec/postBuild/substitute/color", "blue"),
    }
    build = {"substitute": {"x": "y"}, "substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    shop = await synced(kustomization("Kustomization", more=more, postBuild=build), BareRenderer())
    rest = {"size": "big", "none": "<>", "kept": "${kept}", "from": "map"}
    assert value(shop, "m1", "data") == {"color": "red", **rest}
    assert value(shop, "m2", "data") == {"color": "blue", **rest}


async def test_what_else_a_shell_could_do_with_a_variable_is_an_error() -> None:
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app-color, namespace: shop}\ndata: {a: "${x/a/b}"}\n'
    files = kustomization("Kustomization", more={"apps/base/color.yaml": text}, postBuild={"substitute": {"x": "y"}})
    shop = playground("m1", "m2", renderer=BareRenderer())
    done = await shop.sync(files)
    assert {issue.reason for issue in errors_in(done.compiled.issues)} == {"SubstitutionUnreadable"}
    assert shop.holds() == {"m1": [], "m2": []}


def plain(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: b}}\n"


FOLDER = {
    "plain/one.yaml": plain("one"),
    "plain/deep/two.yaml": plain("two"),
    "plain/marked/kustomization.yaml": "namePrefix: my-\nresources: [three.yaml]\n",
    "plain/marked/three.yaml": plain("three"),
    "plain/notes.txt": "no manifest\n",
}


async def test_a_folder_without_a_kustomization_is_built_as_flux_does_it() -> None:
    files = kustomization("Kustomization", more=FOLDER, path="plain")
    shop = await synced(files, BareRenderer())
    assert sorted(shop.holds()["m1"]) == [f"ConfigMap shop/{name}" for name in ("my-three", "one", "two")]
    assert [template.key.kind for template in load(files).templates] == ["Kustomization"]


@pytest.mark.parametrize(("directory", "names"), [({}, ["one"]), ({"recurse": True}, ["my-three", "one", "two"])])
async def test_a_folder_of_manifests_is_built_as_argo_cd_does_it(directory: dict[str, bool], names: list[str]) -> None:
    spec = {"source": {"repoURL": OWN, "path": "plain", "directory": directory}, "destination": {"namespace": "shop"}}
    shop = await synced(world("Application", ARGO, "Application", more=FOLDER, **spec), BareRenderer())
    assert sorted(shop.holds()["m1"]) == [f"ConfigMap shop/{name}" for name in names]


def test_an_object_does_not_expand_the_folder_that_it_is_in() -> None:
    files = kustomization("Kustomization", path="app")
    assert issues(files, Severity.ERROR) == [("SourceMissing", "app/app.yaml", 1)]
    assert issues(kustomization("Kustomization", path="./"), Severity.ERROR) == [("SourceMissing", "app/app.yaml", 1)]


@pytest.mark.parametrize(
    ("source", "path", "change", "wanted"),
    [
        (
            {"path": "charts/app", "helm": {"valuesObject": {"color": "red"}}},
            "/spec/source/helm/valuesObject/color",
            "blue",
            {"m1": "red", "m2": "blue"},
        ),
        (
            {"path": "charts/app", "helm": {"values": "color: red", "parameters": [{"name": "color", "value": "pink"}]}},
            "/spec/source/helm/parameters/0/value",
            "gray",
            {"m1": "pink", "m2": "gray"},
        ),
    ],
)
async def test_an_application_of_a_chart(source: dict[str, Any], path: str, change: str, wanted: dict[str, str]) -> None:
    more = {**CHART, "change.yaml": override("Application", ARGO, "m2", path, change)}
    spec = {"source": {"repoURL": OWN, **source}, "destination": {"namespace": "shop"}}
    shop = await synced(world("Application", ARGO, "Application", more=more, **spec))
    assert {name: value(shop, name, "data", "color") for name in ("m1", "m2")} == wanted


async def test_an_application_of_a_kustomization() -> None:
    spec = {"source": {"repoURL": OWN, "path": "apps/prod", "kustomize": {"namePrefix": "x-", "namespace": "shop"}}}
    shop = await synced(world("Application", ARGO, "Application", more=OVERLAY, **spec), BareRenderer())
    assert shop.holds()["m1"] == ["ConfigMap shop/x-app-color"]


REAL_CHART = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/values.yaml": "color: none\nsize: small\nshape: none\n",
    "charts/app/templates/color.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-color}\n"
        "data: {color: {{ .Values.color }}, size: {{ .Values.size }}, shape: {{ .Values.shape }}}\n"
    ),
}


def patch_of(**data: str) -> dict[str, Any]:
    return {"target": {"kind": "ConfigMap"}, "patch": json.dumps([{"op": "add", "path": "/data", "value": data}])}


async def test_post_renderers_change_what_the_chart_renders_to_one_after_the_other() -> None:
    """On one member another one is added by an override; no label of kustomize is left behind."""
    first = {"kustomize": {"patches": [patch_of(color="first")]}}
    second = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app-color"}, "data": {"size": "two"}})
    own = {"kustomize": {"patches": [{"patch": second}]}}
    more = {**REAL_CHART, "change.yaml": override("HelmRelease", FLUX_HELM, "m2", "/spec/postRenderers/1", own)}
    shop = await synced(release("HelmRelease", more=more, postRenderers=[first]), BareRenderer())
    assert value(shop, "m1", "data") == {"color": "first"}
    assert value(shop, "m2", "data") == {"color": "first", "size": "two"}


async def test_a_post_renderer_that_fits_nothing_is_told_and_nothing_is_pruned() -> None:
    files = release("HelmRelease", more=REAL_CHART)
    shop = await synced(files, BareRenderer())
    absent = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "absent"}, "data": {}})
    entries = [{"kustomize": {"patches": [{"patch": absent}]}}]
    done = await shop.sync(release("HelmRelease", more=REAL_CHART, postRenderers=entries))
    (found,) = errors_in(done.compiled.issues)
    assert (found.reason, str(found.origin)) == ("RenderFailed", "app/app.yaml:1")
    assert "spec.postRenderers cannot be carried out" in found.message
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}


def test_old_forms_of_patches_are_refused_with_their_line() -> None:
    old = [{"kustomize": {"patchesJson6902": [{"patch": []}]}}, {"other": {"x": 1}}]
    files = release("HelmRelease", postRenderers=old)
    assert issues(files, Severity.ERROR) == [("NotTranslatable", "app/app.yaml", 1)]
    assert issues(files, Severity.WARNING)[0] == ("FieldNotExpanded", "app/app.yaml", 1)


DESTINATION = {"destination": {"namespace": "shop"}}
VALUE_FILES = {
    "envs/prod/values.yaml": "size: large\ncolor: blue\n",
    "charts/common.yaml": "shape: round\ncolor: green\n",
}


async def test_each_source_of_an_application_is_expanded_and_refs_are_files_of_another() -> None:
    """A chart with values of its repository and of another source, and a folder beside it; later files count more."""
    files = ["../common.yaml", "$envs/envs/prod/values.yaml", "$envs/absent.yaml"]
    sources = [
        {"repoURL": OWN, "path": "charts/app", "helm": {"valueFiles": files, "ignoreMissingValueFiles": True}},
        {"repoURL": OWN, "ref": "envs"},
        {"repoURL": OWN, "path": "plain"},
    ]
    more = {**REAL_CHART, **VALUE_FILES, "plain/one.yaml": plain("one")}
    change = override("Application", ARGO, "m2", "/spec/sources/0/helm/parameters", [{"name": "color", "value": "pink"}])
    shop = await synced(
        world("Application", ARGO, "Application", more={**more, "two.yaml": change}, sources=sources, **DESTINATION),
        BareRenderer(),
    )
    assert shop.holds()["m1"] == [COLOR, "ConfigMap shop/one"]
    assert value(shop, "m1", "data") == {"color": "blue", "size": "large", "shape": "round"}
    assert value(shop, "m2", "data") == {"color": "pink", "size": "large", "shape": "round"}
    edited = {**more, "envs/prod/values.yaml": "size: medium\n"}
    await shop.sync(world("Application", ARGO, "Application", more=edited, sources=sources, **DESTINATION))
    assert value(shop, "m1", "data") == {"color": "green", "size": "medium", "shape": "round"}


def test_a_file_of_a_ref_that_is_not_there_has_file_and_line() -> None:
    sources = [{"repoURL": OWN, "path": "charts/app", "helm": {"valueFiles": ["$envs/x.yaml"]}}, {"repoURL": OWN, "ref": "envs"}]
    files = world("Application", ARGO, "Application", more=REAL_CHART, sources=sources, **DESTINATION)
    assert issues(files, Severity.ERROR) == [("SourceMissing", "app/app.yaml", 1)]


def test_every_source_of_an_application_is_to_be_locked() -> None:
    elsewhere = "https://git.example.com/other.git"
    sources = [
        {
            "repoURL": "https://charts.example.com",
            "chart": "app",
            "targetRevision": "1.*",
            "helm": {"valueFiles": ["$envs/x.yaml"]},
        },
        {"repoURL": elsewhere, "targetRevision": "main", "ref": "envs"},
    ]
    files = world("Application", ARGO, "Application", more={}, sources=sources, **DESTINATION)
    assert sorted(str(one) for one in load(files).wanted_sources) == [
        "app of https://charts.example.com 1.*",
        f"{elsewhere} branch:main",
    ]
    assert [one[0] for one in issues(files, Severity.ERROR)] == ["SourceNotLocked", "SourceNotLocked"]


async def test_the_last_source_that_has_an_object_counts_and_it_is_told() -> None:
    more = {"plain/one.yaml": plain("one"), "more/one.yaml": plain("one").replace("a: b", "a: c")}
    sources = [{"repoURL": OWN, "path": "plain"}, {"repoURL": OWN, "path": "more"}]
    files = world("Application", ARGO, "Application", more=more, sources=sources, **DESTINATION)
    shop = playground("m1", "m2", renderer=BareRenderer())
    done = await shop.sync(files)
    assert [(one.reason, one.severity) for one in done.compiled.issues] == [("RepeatedResource", Severity.WARNING)]
    assert value(shop, "m1", "data", "a", key="ConfigMap shop/one") == "c"


async def test_a_file_of_values_that_an_override_names_has_to_be_in_the_chart() -> None:
    sources = [{"repoURL": OWN, "path": "charts/app", "helm": {}}, {"repoURL": OWN, "ref": "envs"}]
    more = {**REAL_CHART, "charts/app/two.yaml": "color: two\n"}
    files = world("Application", ARGO, "Application", more=more, sources=sources, **DESTINATION)
    shop = await synced(files, BareRenderer())
    inside = override("Application", ARGO, "m2", "/spec/sources/0/helm/valueFiles", ["two.yaml"])
    await shop.sync({**files, "two.yaml": inside})
    assert value(shop, "m2", "data", "color") == "two"
    outside = override("Application", ARGO, "m2", "/spec/sources/0/helm/valueFiles", ["$envs/envs/prod/values.yaml"])
    done = await shop.sync({**files, "two.yaml": outside})
    assert [one.reason for one in errors_in(done.compiled.issues)] == ["SourceMissing"]
    assert value(shop, "m2", "data", "color") == "two"


def issues(files: Files, severity: Severity) -> list[tuple[str, str, int]]:
    return [(one.reason, one.origin.file, one.origin.line) for one in load(files).issues if one.severity is severity]


RELEASE_TEXT = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: shop}
spec:
  interval: 5m
  chart:
    spec:
      chart: app
      sourceRef:
        kind: HelmRepository
        name: charts
  driftDetection: {mode: enabled}
  install:
    createNamespace: true
"""


def test_fields_without_effect_and_a_missing_source_have_file_and_line() -> None:
    files = {**release("HelmRelease", more=dict.fromkeys(CHART, "")), "app/app.yaml": RELEASE_TEXT}
    files = {path: text for path, text in files.items() if text}
    assert issues(files, Severity.WARNING) == [("FieldNotExpanded", "app/app.yaml", 12), ("FieldNotExpanded", "app/app.yaml", 14)]
    assert issues(files, Severity.ERROR) == [("NotTranslatable", "app/app.yaml", 9)]


def test_a_source_elsewhere_is_to_be_locked() -> None:
    repository = document("HelmRepository", "source.toolkit.fluxcd.io/v1", "charts", url="https://charts.example.com")
    files = {**release("HelmRelease"), "app/app.yaml": RELEASE_TEXT, "sources/charts.yaml": repository}
    assert issues(files, Severity.ERROR) == [("SourceNotLocked", "app/app.yaml", 9)]
    assert [str(one) for one in load(files).wanted_sources] == ["app of https://charts.example.com *"]


def test_sources_are_placed_nowhere_and_need_no_policy() -> None:
    desired = load(release("HelmRelease"))
    assert [template.key.kind for template in desired.templates] == ["HelmRelease"]
    assert desired.issues == ()


async def test_objects_that_were_delivered_before_stay_when_their_kind_is_listed() -> None:
    """Without the HelmRelease, Flux would uninstall what it installed."""
    kinds = [{"apiVersion": FLUX_HELM, "kind": "HelmRelease", "scope": "Namespaced"}]
    stated = json.dumps({"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "spec": {"kinds": kinds}})
    before = {path: text for path, text in release().items() if path not in SOURCE}
    shop = await synced({**before, "reconciler.yaml": stated})
    named = "HelmRelease.helm.toolkit.fluxcd.io shop/app"
    assert shop.holds() == {"m1": [named], "m2": [named]}
    for _ in range(2):
        done = await shop.sync(release("HelmRelease"))
        assert errors_in(done.compiled.issues) == []
        assert sorted(shop.holds()["m1"]) == [COLOR, named]
    assert value(shop, "m1", "metadata", "annotations", "reconciler.dev/expanded-from", key=named) is None


async def test_no_override_may_change_what_is_known_of_the_files() -> None:
    path = "/metadata/annotations/reconciler.dev~1expanded-from"
    files = release("HelmRelease", more={"change.yaml": override("HelmRelease", FLUX_HELM, "m2", path, "{}")})
    done = await playground("m1", "m2", renderer=WordRenderer()).sync(files)
    assert [issue.reason for issue in errors_in(done.compiled.issues)] == ["SourceMissing"]


SOPS = "sops: {mac: 'ENC[AES256_GCM,data:m,iv:a,tag:b,type:str]'}\n"
SECRET = "ENC[AES256_GCM,data:x,iv:a,tag:b,type:str]"


def test_a_release_with_encrypted_values_of_its_own_is_refused() -> None:
    """Those of files and Secrets: `tests/unit/passes/test_encrypted_charts.py`."""
    own = RELEASE_TEXT.replace("  interval: 5m\n", f"  values: {{color: '{SECRET}'}}\n") + SOPS
    assert ("NotTranslatable", "app/app.yaml", 4) in issues({**release("HelmRelease"), "app/app.yaml": own}, Severity.ERROR)


async def test_a_release_waits_for_what_it_depends_on() -> None:
    files = release("HelmRelease", dependsOn=[{"name": "db"}])
    found = load(files).templates[0].manifest["metadata"]["annotations"]["reconciler.dev/depends-on"]
    assert found == "helm.toolkit.fluxcd.io/namespaces/shop/HelmRelease/db"


def test_nobody_takes_the_files_of_another_tenant() -> None:
    """A folder of manifests that an object is expanded from declares nothing itself; so its owner has to agree."""
    tenant = {"apiVersion": "reconciler.dev/v1alpha1", "kind": "Tenant", "metadata": {"name": "a"}, "spec": {"folders": ["app"]}}
    files = kustomization("Kustomization", more=FOLDER, path="plain")
    assert "one" not in {template.key.name for template in load(files).templates}
    governed = load({**files, "tenants.yaml": json.dumps(tenant)})
    assert "one" in {template.key.name for template in governed.templates}


def test_a_tenant_is_not_led_to_the_source_of_another() -> None:
    """Two declare a source of the same name: each object has that of its own Tenant."""
    tenants = "\n---\n".join(
        json.dumps({
            "apiVersion": "reconciler.dev/v1alpha1", "kind": "Tenant", "metadata": {"name": name},
            "spec": {"folders": [name], "sources": ["https://*"]},
        })
        for name in ("app", "other")
    )  # fmt: skip
    repository = document("HelmRepository", "source.toolkit.fluxcd.io/v1", "charts", url="https://charts.example.com")
    files = {
        **release("HelmRelease"),
        "tenants.yaml": tenants,
        "app/app.yaml": RELEASE_TEXT,
        "app/charts.yaml": repository,
        "other/charts.yaml": repository.replace("charts.example.com", "evil.example.com"),
    }
    assert [one.url for one in load(files).wanted_sources] == ["https://charts.example.com"]
    del files["app/charts.yaml"]
    assert load(files).wanted_sources == ()


async def test_a_configuration_that_cannot_be_read_changes_nothing() -> None:
    files = release("HelmRelease")
    shop = await synced(files)
    await shop.sync({**files, "reconciler.yaml": BROKEN})
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}
    assert await shop.sync(files)
    assert shop.holds() == {"m1": [COLOR], "m2": [COLOR]}


async def test_a_kind_that_is_listed_no_more_is_delivered_again_and_what_it_expanded_to_is_pruned() -> None:
    files = release("HelmRelease")
    shop = await synced(files)
    kinds = [
        {"apiVersion": api, "kind": kind, "scope": "Namespaced"}
        for api, kind in ((FLUX_HELM, "HelmRelease"), ("source.toolkit.fluxcd.io/v1", "GitRepository"))
    ]
    stated = json.dumps({"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "spec": {"kinds": kinds}})
    await shop.sync({**files, "reconciler.yaml": stated})
    named = "HelmRelease.helm.toolkit.fluxcd.io shop/app"
    assert shop.holds() == {"m1": [named], "m2": [named]}


async def test_a_release_that_is_gone_takes_its_children_with_it() -> None:
    files = release("HelmRelease", more={"other.yaml": config_file("other")})
    shop = await synced(files)
    del files["app/app.yaml"]
    await shop.sync(files)
    assert shop.holds() == {"m1": [], "m2": []}


def test_members_need_not_serve_the_kind_and_templates_do_not_see_it() -> None:
    served = frozenset({GroupVersionKind("apps", "v1", "Deployment")})
    member = RecordedCluster(ClusterName("m1"), "clusters/m1.yaml", apis=served, version="v1.36.3")
    compiled = compile_files(release("HelmRelease"), RecordedState(clusters={member.name: member}))
    key = ResourceKey("helm.toolkit.fluxcd.io", "HelmRelease", "shop", "app")
    assert [target.name for target in compiled.templates[key].placed.targets] == ["m1", "m2"]
    seen = {request.kube_version: request.apis for request in compiled.needs.missing}
    assert seen == {"": (), "v1.36.3": ("apps/v1", "apps/v1/Deployment")}


async def test_what_depends_on_a_release_waits_for_its_children() -> None:
    """The first release is written after the objects of the second one, where both are."""
    files = release(
        "HelmRelease",
        dependsOn=[{"name": "second"}],
        more={
            "app/second.yaml": document("HelmRelease", FLUX_HELM, "second", **RELEASE_SPEC),
            "app/second-policy.yaml": policy_file("second", "HelmRelease", on("m1"), api=FLUX_HELM),
        },
    )
    shop = playground("m1", "m2", renderer=WordRenderer())
    await shop.sync(files)
    written = [line for line in shop.requests()["m1"] if line.startswith("apply")]
    assert written == ["apply ConfigMap shop/second-color", f"apply {COLOR}"]
