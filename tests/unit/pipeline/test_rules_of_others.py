"""Documented rules of Flux and Argo CD: what each object expands to is what helm or kustomize prints for the command line that
its documentation stands for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.parts.build import binary
from tests.support.expanding import BareRenderer, playground
from tests.support.shop import cluster_file, on, policy_file

OWN = "https://git.example.com/shop/deploy.git"
FLUX_HELM, FLUX_KUSTOMIZE, ARGO = "helm.toolkit.fluxcd.io/v2", "kustomize.toolkit.fluxcd.io/v1", "argoproj.io/v1alpha1"
FILES = {
    "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
    "chart/values.yaml": "a: {x: own, w: own}\nz: own\n",
    "chart/prod.yaml": "a: {w: prod}\n",
    "chart/templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\n"
        "data: {values: {{ toJson .Values | quote }}}\n"
    ),
    "folder/kustomization.yaml": "resources: [web.yaml]\n",
    "folder/web.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
        "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
        "spec: {containers: [{name: a, image: 'example.com/a:1'}]}}}\n"
    ),
}
_NAMED = "apiVersion: v1\nkind: {}\nmetadata: {{name: {}, namespace: shop}}\n"
VALUES = {
    "one.yaml": _NAMED.format("ConfigMap", "one") + "data: {values.yaml: 'a: {x: one, w: one}'}\n",
    "two.yaml": _NAMED.format("Secret", "two") + "stringData: {own: 'a: {x: two}', k: '7'}\n",
}
SHOP = ("-n", "shop")
CHART = {"chart": {"spec": {"chart": "chart", "sourceRef": {"kind": "GitRepository", "name": "own"}}}}
PROD = {"chart": {"spec": {**CHART["chart"]["spec"], "valuesFiles": ["chart/values.yaml", "chart/prod.yaml"]}}}
FROM = [{"kind": "ConfigMap", "name": "one"}, {"kind": "Secret", "name": "two", "valuesKey": "own"}]
TARGET = [{"kind": "Secret", "name": "two", "valuesKey": "k", "targetPath": "a.k"}]
FOLDER = {"path": "folder", "sourceRef": {"kind": "GitRepository", "name": "own"}}
HELM = ("template", "app", "chart")


def application(**source: Any) -> dict[str, Any]:
    return {"source": {"repoURL": OWN, **source}, "destination": {"namespace": "shop"}}


RULES: list[Any] = [
    pytest.param(FLUX_HELM, CHART, (*HELM, *SHOP), id="release name"),
    pytest.param(FLUX_HELM, {**CHART, "targetNamespace": "x"}, ("template", "x-app", "chart", "-n", "x"), id="target namespace"),
    pytest.param(FLUX_HELM, {**CHART, "releaseName": "r"}, ("template", "r", "chart", *SHOP), id="stated release name"),
    pytest.param(
        FLUX_HELM, {**PROD, "values": {"z": 1}}, (*HELM, *SHOP, "-f", "chart/prod.yaml", "--set", "z=1"), id="valuesFiles",
    ),
    pytest.param(
        FLUX_HELM, {**CHART, "valuesFrom": FROM, "values": {"a": {"w": "last"}}},
        (*HELM, *SHOP, "--set", "a.x=two", "--set", "a.w=last"), id="valuesFrom in order, values last",
    ),
    pytest.param(FLUX_HELM, {**CHART, "valuesFrom": TARGET}, (*HELM, *SHOP, "--set", "a.k=7"), id="targetPath"),
    pytest.param(ARGO, application(path="chart"), (*HELM, *SHOP), id="name of an Application"),
    pytest.param(
        ARGO,
        application(path="chart", helm={
            "releaseName": "r", "valueFiles": ["prod.yaml"], "values": "z: text", "valuesObject": {"z": "object"},
            "parameters": [{"name": "a.x", "value": "5"}, {"name": "a.w", "value": "5", "forceString": True}],
        }),
        ("template", "r", "chart", *SHOP, "-f", "chart/prod.yaml", "--set", "z=object,a.x=5", "--set-string", "a.w=5"),
        id="helm of an Application",
    ),
]  # fmt: skip
OVERLAYS: list[Any] = [
    pytest.param(
        FLUX_KUSTOMIZE,
        {**FOLDER, "targetNamespace": "x", "namePrefix": "p-", "images": [{"name": "example.com/a", "newTag": "2"}]},
        {"namespace": "x", "namePrefix": "p-", "images": [{"name": "example.com/a", "newTag": "2"}]},
        id="targetNamespace, namePrefix, images",
    ),
    pytest.param(
        ARGO,
        application(path="folder", kustomize={"namePrefix": "p-", "images": ["example.com/a=b:3"], "commonLabels": {"l": "m"}}),
        {"namePrefix": "p-", "images": [{"name": "example.com/a", "newName": "b", "newTag": "3"}], "commonLabels": {"l": "m"}},
        id="kustomize of an Application",
    ),
]  # fmt: skip
KINDS = {FLUX_HELM: "HelmRelease", FLUX_KUSTOMIZE: "Kustomization", ARGO: "Application"}


def document(api: str, kind: str, name: str, spec: Any) -> str:
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})


async def expanded(api: str, spec: Any) -> list[Any]:
    """What the member gets of it, without our marks."""
    source = document("source.toolkit.fluxcd.io/v1", "GitRepository", "own", {"url": OWN, "ref": {"branch": "main"}})
    configuration = {"expand": list(KINDS.values()), "repository": OWN}
    shop = playground("m1", renderer=BareRenderer())
    done = await shop.sync({
        **FILES,
        **VALUES,
        "m1.yaml": cluster_file("m1"),
        "reconciler.yaml": json.dumps({"apiVersion": "reconciler.dev/v1alpha1", "kind": "Configuration", "spec": configuration}),
        "own.yaml": source,
        "app.yaml": document(api, KINDS[api], "app", spec),
        "policy.yaml": policy_file("app", KINDS[api], on("m1"), api=api),
    })  # fmt: skip
    assert [one.message for one in done.compiled.issues if one.severity == "error"] == []
    return [_content(one) for one in shop.members["m1"].holds().values()]


def printed(folder: Path, program: str, *arguments: str) -> list[Any]:
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    ran = subprocess.run([binary(program), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [_content(one) for one in yaml.safe_load_all(ran.stdout) if one]


def _content(manifest: Any) -> tuple[Any, ...]:
    metadata = manifest["metadata"]
    labels = {
        name: one
        for name, one in metadata.get("labels", {}).items()
        if not name.startswith(("reconciler.dev/", "app.kubernetes.io/"))
    }
    data = json.loads(manifest["data"]["values"]) if "data" in manifest else None
    return manifest["kind"], metadata["name"], metadata["namespace"], labels, manifest.get("spec"), data


@pytest.mark.parametrize(("api", "spec", "arguments"), RULES)
async def test_a_chart_is_what_helm_prints(tmp_path: Path, api: str, spec: Any, arguments: tuple[str, ...]) -> None:
    assert await expanded(api, spec) == printed(tmp_path, "helm4", *arguments)


@pytest.mark.parametrize(("api", "spec", "overlay"), OVERLAYS)
async def test_a_folder_is_what_kustomize_prints(tmp_path: Path, api: str, spec: Any, overlay: Any) -> None:
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay/kustomization.yaml").write_text(json.dumps({"resources": ["../folder"], **overlay}))
    assert await expanded(api, spec) == printed(tmp_path, "kustomize", "build", "overlay")
