"""One cluster's manifest, step by step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from reconciler.load.parse import parse_override_policy
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import gvk_of, key_of
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.render.digest import digest_of
from reconciler.render.render_template import RenderContext, render_template
from reconciler.render.trace import ABSENT, FieldChange, RenderStep, changed_fields, trace

M1 = ClusterName("m1")
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "prod", "labels": {"tier": "gold"}},
    "spec": {"replicas": 5, "template": {"spec": {"containers": [{"name": "web", "image": "nginx:1", "args": ["-a"]}]}}},
    "status": {"replicas": 5},
}
TEMPLATE = ResourceTemplate(key_of(DEPLOYMENT), gvk_of(DEPLOYMENT), DEPLOYMENT, Origin("app.yaml", 7))
SHARES = (TargetCluster(M1, 3), TargetCluster(ClusterName("m2"), 2))
BINDING = Binding(TEMPLATE.key, None, SHARES, 5, divided=True, workload=True)


def policy(name: str, *rules: Any, namespace: str = "prod") -> Any:
    kind = "OverridePolicy" if namespace else "ClusterOverridePolicy"
    document = {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": {"overrideRules": list(rules)}}
    return parse_override_policy(document, Origin(f"{name}.yaml"))


def plaintext(path: str, operator: str = "replace", value: Any = None, *clusters: str) -> Any:
    rule: dict[str, Any] = {"overriders": {"plaintext": [{"path": path, "operator": operator, "value": value}]}}
    return rule | ({"targetCluster": {"clusterNames": list(clusters)}} if clusters else {})


def context(*policies: Any) -> RenderContext:
    return RenderContext((Cluster(M1), Cluster(ClusterName("m2"))), policies, "fleet", Memo())


def traced(*policies: Any, cluster: str = "m1") -> tuple[RenderStep, ...]:
    return trace(TEMPLATE, BINDING, ClusterName(cluster), context(*policies))


def told(steps: tuple[RenderStep, ...]) -> list[tuple[str, list[FieldChange]]]:
    names = [f"{step.name} {step.rule.policy.name}[{step.rule.position}]" if step.rule else step.name for step in steps[1:]]
    pairs = pairwise(steps)
    return [(name, list(changed_fields(old.manifest, new.manifest))) for name, (old, new) in zip(names, pairs, strict=True)]


IMAGE = "/spec/template/spec/containers/0/image"
ARGS = "/spec/template/spec/containers/0/args"


def test_each_step_with_before_and_after() -> None:
    steps = traced(
        policy("wide", plaintext("/metadata/labels/tier", value="iron"), namespace=""),
        policy("image", plaintext(IMAGE, value="nginx:2", ), plaintext(IMAGE, "replace", "nginx:3", "m2")),
        policy("more", plaintext(f"{ARGS}/-", "add", "-b"), plaintext("/metadata/annotations", "add", {"a": "b"})),
    )  # fmt: skip
    assert told(steps) == [
        ("scheduling", [FieldChange("/spec/replicas", 5, 3)]),
        ("override wide[0]", [FieldChange("/metadata/labels/tier", "gold", "iron")]),
        ("override image[0]", [FieldChange(IMAGE, "nginx:1", "nginx:2")]),
        ("override more[0]", [FieldChange(ARGS, ["-a"], ["-a", "-b"])]),
        ("override more[1]", [FieldChange("/metadata/annotations", ABSENT, {"a": "b"})]),
        ("cleaning", [FieldChange("/status", {"replicas": 5}, ABSENT)]),
    ]


@pytest.mark.parametrize("cluster", ["m1", "m2"])
def test_ends_with_what_is_rendered(cluster: str) -> None:
    policies = (policy("image", plaintext(IMAGE, "replace", "nginx:3", "m2")), policy("wide", namespace=""))
    steps = traced(*policies, cluster=cluster)
    rendered = render_template(TEMPLATE, BINDING, "", context(*policies)).manifests[ClusterName(cluster)]
    assert digest_of(steps[-1].manifest) == rendered.digest
    assert [step.rule.policy for step in steps if step.rule] == [rule.policy for rule in rendered.overrides]


def test_a_step_that_fails_is_the_last() -> None:
    steps = traced(policy("wrong", plaintext("/spec/nowhere/deep", value="a value")), policy("zzz", plaintext(IMAGE, value="x")))
    assert [step.name for step in steps] == ["template", "scheduling", "override"]
    assert "rule 0 of OverridePolicy prod/wrong" in steps[-1].error
    assert "a value" not in steps[-1].error


@pytest.mark.parametrize("cluster", ["m3", "nowhere"])
def test_nothing_for_a_cluster_that_is_no_target(cluster: str) -> None:
    assert traced(cluster=cluster) == ()


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [FieldChange("/a", 1, True)]),
        ({"a/b~": 1}, {}, [FieldChange("/a~1b~0", 1, ABSENT)]),
        ({"a": None}, {}, [FieldChange("/a", None, ABSENT)]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, [FieldChange("/a/1/b", 2, 3)]),
        ({"a": {}}, {"a": []}, [FieldChange("/a", {}, [])]),
    ],
)
def test_changed_fields(before: Any, after: Any, changes: list[FieldChange]) -> None:
    assert list(changed_fields(before, after)) == changes
