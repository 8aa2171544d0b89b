"""A policy for one version of a kind selects templates in every other version that API servers serve of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.scope import scope_of
from reconciler.load.served_versions import served_versions, with_other_versions
from reconciler.model.keys import ResourceKey
from tests.support.builders import crd
from tests.support.in_memory_fleet import compile_files
from tests.support.shop import SHOP, text
from tests.unit.claim.builders import policy


def test_the_table_has_every_kind_of_kubernetes_with_several_versions() -> None:
    published: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for folder in kubernetes_kinds._folders():
        for gvk in kubernetes_kinds._index(folder):
            if scope_of(gvk.group, gvk.kind) is not None:
                published[gvk.group, gvk.kind].add(gvk.version)
    assert served_versions(()) == {kind: tuple(sorted(found)) for kind, found in published.items() if len(found) > 1}


def widgets(*versions: str, **unserved: bool) -> dict[str, Any]:
    entries = [{"name": name, "served": True} for name in versions] + [{"name": name, "served": False} for name in unserved]
    return crd() | {"spec": crd()["spec"] | {"versions": entries}}


@pytest.mark.parametrize(
    ("api_version", "kind", "others"),
    [
        ("autoscaling/v2", "HorizontalPodAutoscaler", ("autoscaling/v1", "autoscaling/v2beta1", "autoscaling/v2beta2")),
        ("autoscaling/v1", "HorizontalPodAutoscaler", ("autoscaling/v2", "autoscaling/v2beta1", "autoscaling/v2beta2")),
        ("autoscaling/v9", "HorizontalPodAutoscaler", ()),
        ("apps/v1", "Deployment", ("apps/v1beta1", "apps/v1beta2")),
        ("batch/v1", "CronJob", ("batch/v1beta1",)),
        ("batch/v1", "Job", ()),
        ("apps/v9", "Deployment", ()),
        ("apps/v1beta1", "Deployment", ()),
        ("extensions/v1beta1", "Ingress", ()),
        ("example.com/v1", "Widget", ("example.com/v1beta1",)),
        ("example.com/v1alpha1", "Widget", ()),
        ("example.org/v1", "Widget", ()),
    ],
)
def test_other_versions(api_version: str, kind: str, others: tuple[str, ...]) -> None:
    plain = policy("p", {"apiVersion": api_version, "kind": kind})
    versions = served_versions([widgets("v1", "v1beta1", v1alpha1=False)])
    changed = with_other_versions(plain, versions)
    assert changed.selectors[0].other_versions == others
    assert (changed is plain) is (not others)


WIDGETS = text("""
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.com}
    spec:
      group: example.com
      names: {kind: Widget, plural: widgets}
      scope: Namespaced
      versions:
        - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
        - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
""")
SCALER = "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}"


def file(api_version: str, kind: str, more: str = "") -> str:
    return text(f"""
        apiVersion: {api_version}
        kind: {kind}
        metadata: {{name: odd, namespace: shop}}
        {more}
    """)


def policies_for(api_version: str, kind: str) -> str:
    selector = f"resourceSelectors: [{{apiVersion: {api_version}, kind: {kind}, name: odd}}]"
    add = "overriders: {annotationsOverrider: [{operator: add, value: {here: 'yes'}}]}"
    rest = f"spec: {{{selector}, overrideRules: [{{{add}}}]}}"
    return (
        file("policy.karmada.io/v1alpha1", "PropagationPolicy", f"spec: {{{selector}, placement: {{}}}}")
        + "---\n"
        + file("policy.karmada.io/v1alpha1", "OverridePolicy", rest)
    )


@pytest.mark.parametrize(
    ("kind", "written", "selected", "more"),
    [
        ("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2", SCALER),
        ("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1", SCALER),
        ("Widget", "example.com/v1beta1", "example.com/v1", ""),
        ("Widget", "example.com/v1", "example.com/v1beta1", ""),
    ],
)
def test_both_kinds_of_policies_act_on_a_template_in_another_version(kind: str, written: str, selected: str, more: str) -> None:
    files = {**SHOP, "crd.yaml": WIDGETS, "odd.yaml": file(written, kind, more), "policy.yaml": policies_for(selected, kind)}
    compiled = compile_files(files)
    item = compiled.templates[ResourceKey(written.partition("/")[0], kind, "shop", "odd")]
    assert item.rendering.manifests
    for rendered in item.rendering.manifests.values():
        assert rendered.manifest["apiVersion"] == written
        assert rendered.manifest["metadata"]["annotations"]["here"] == "yes"
    assert not [issue for issue in compiled.issues if "odd" in issue.message]
