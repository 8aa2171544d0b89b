"""Which rules act, in which order, and what an error says."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.parse import parse_override_policy
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.work import AppliedRule
from reconciler.render.override import OverrideError, matching, rules_of
from tests.support.overriding import apply_overrides

M1, M2 = Cluster(ClusterName("m1")), Cluster(ClusterName("m2"))
OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "prod"}, "trace": []}


def policy(name: str, *operations: dict[str, Any], kind: str = "OverridePolicy", **spec: Any) -> OverridePolicy:
    rules = [{"targetCluster": spec.pop("target", None), "overriders": {"plaintext": list(operations)}}]
    metadata = {"name": name, "namespace": spec.pop("namespace", "prod")}
    document = {"kind": kind, "metadata": metadata, "spec": {"overrideRules": rules, **spec}}
    return parse_override_policy(document, Origin(f"{name}.yaml", 3))


def step(value: str) -> dict[str, Any]:
    return {"path": "/trace/-", "operator": "add", "value": value}


def select(**selector: Any) -> list[dict[str, Any]]:
    return [{"apiVersion": "v1", "kind": "ConfigMap", **selector}]


def test_what_acts_later_wins() -> None:
    policies = [
        policy("a", step("name"), resourceSelectors=select(name="c")),
        policy("b", step("label"), resourceSelectors=select(labelSelector={})),
        policy("d", step("kind"), resourceSelectors=select()),
        policy("c", step("all")),
        policy("z", step("cluster-wide"), kind="ClusterOverridePolicy"),
        policy("other namespace", step("never"), namespace="dev"),
        policy("other object", step("never"), resourceSelectors=select(name="d")),
        policy("other cluster", step("never"), target={"clusterNames": ["m2"]}),
    ]
    overridden = apply_overrides(OBJECT, M1, policies)
    assert overridden.manifest["trace"] == ["cluster-wide", "all", "kind", "label", "name"]
    assert overridden == apply_overrides(OBJECT, M1, policies[::-1])


def test_a_policy_of_the_namespace_sees_labels_that_a_cluster_wide_one_set() -> None:
    label = {"path": "/metadata/labels", "operator": "add", "value": {"x": "y"}}
    wide = policy("w", label, kind="ClusterOverridePolicy")
    by_label = policy("n", step("seen"), resourceSelectors=select(labelSelector={"matchLabels": {"x": "y"}}))
    assert apply_overrides(OBJECT, M1, [by_label, wide]).manifest["trace"] == ["seen"]
    assert apply_overrides(OBJECT, M1, [by_label]).manifest["trace"] == []


def test_an_object_without_namespace_has_cluster_wide_policies_only() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}, "trace": []}
    policies = [policy("a", step("n")), policy("b", step("w"), kind="ClusterOverridePolicy")]
    assert apply_overrides(namespace, M1, policies).manifest["trace"] == ["w"]


def test_each_rule_is_noted_with_what_it_changed() -> None:
    quiet = policy("b", {"path": "/kind", "operator": "replace", "value": "ConfigMap"})
    loud = policy("a", step("x"))
    assert apply_overrides(OBJECT, M1, [quiet, loud]).applied == (
        AppliedRule(loud.ref, 0, Origin("a.yaml", 3), ("/trace/0",), may_spoil=True),
        AppliedRule(quiet.ref, 0, Origin("b.yaml", 3), (), may_spoil=True),
    )


def test_an_error_names_object_policy_and_place_but_no_value() -> None:
    broken = policy("p", {"path": "/nope/x", "operator": "add", "value": "s3cret"})
    with pytest.raises(OverrideError) as caught:
        apply_overrides(OBJECT, M1, [broken])
    text = str(caught.value)
    assert all(part in text for part in ("ConfigMap prod/c", "OverridePolicy prod/p", "p.yaml:3", "/nope/x"))
    assert "s3cret" not in text


def test_clusters_with_the_same_rules_share_one_signature() -> None:
    rules = rules_of([policy("a", step("x"), target={"clusterNames": ["m1"]}), policy("b", step("y"))])
    m3 = Cluster(ClusterName("m3"))
    answers = matching(rules, (M1, M2, m3))
    assert [rule.policy.name for rule in answers[M1.name]] == ["a", "b"]
    assert answers[M2.name] is answers[m3.name]


def test_an_integer_beyond_signed_64_bits_is_stored_as_a_float() -> None:
    huge = policy("p", {"path": "/x", "operator": "add", "value": {"n": [18446744073709551616, -(2**63), 2**63, True]}})
    values = apply_overrides(OBJECT, M1, [huge]).manifest["x"]["n"]
    assert values == [1.8446744073709552e19, -(2**63), 2.0**63, True]
    assert [type(value) for value in values] == [float, int, float, bool]
