"""What an explanation adds to what was compiled; Secrets stay masked."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.record.next_state import assume_applied
from reconciler.render.trace import FieldChange
from reconciler.review.explain import Explanation, explain
from tests.support.in_memory_fleet import NOW, Files, compile_files, load
from tests.support.shop import DIVIDED, SHOP, on, policy_file, text, workload

CLUSTERS = tuple(map(ClusterName, ("m1", "m2", "m3")))


def explained(name: str, files: Files = SHOP, recorded: RecordedState | None = None) -> Explanation:
    compiled = compile_files(files, recorded)
    (item,) = [item for key, item in compiled.templates.items() if str(key).endswith(f" {name}")]
    return explain(item, compiled, CLUSTERS)


def failing(found: Explanation) -> dict[str, list[str]]:
    return {name: [verdict.filter for verdict in each if not verdict.passes] for name, each in found.filters.items()}


def edits(found: Explanation) -> dict[str, list[tuple[str, tuple[FieldChange, ...]]]]:
    return {name: [(edit.step, edit.changes) for edit in each if edit.changes] for name, each in found.edits.items()}


def test_a_divided_workload() -> None:
    found = explained("shop/web")
    assert [(str(one.policy), one.rank_criteria) for one in found.candidates] == [
        ("PropagationPolicy shop/web", "priority 0, names the object")
    ]
    assert failing(found) == {"m1": [], "m2": [], "m3": ["ClusterAffinity"]}
    assert found.arithmetic[1] == "m1: 4 × 1/2 = 2.00, gets 2 (no weight matches)"
    share = [("scheduling", (FieldChange("/spec/replicas", 4, 2),))]
    assert edits(found) == {"m1": share, "m2": share}


def test_an_override_acts_where_it_is_meant() -> None:
    found = explained("shop/settings")
    assert edits(found) == {"m1": [], "m2": [("override", (FieldChange("/data/value", "1", "2"),))]}
    rules = [edit.rule for edit in found.edits[ClusterName("m2")] if edit.rule]
    assert [(str(rule.policy), str(rule.rule.origin)) for rule in rules] == [("OverridePolicy shop/tier", "settings/tier.yaml:7")]


def test_candidates_are_ranked() -> None:
    everything = policy_file("all", "Deployment", "", target="web").replace("name: web}]", "labelSelector: {}}]")
    found = explained("shop/web", SHOP | {"all.yaml": everything})
    assert [(one.policy.name, one.origin.file, one.rank_criteria) for one in found.candidates] == [
        ("web", "web/policy.yaml", "priority 0, names the object"), ("all", "all.yaml", "priority 0, selects it by label"),
    ]  # fmt: skip


def test_what_needs_no_policy_and_what_finds_none() -> None:
    found = explained("shop/web", {path: content for path, content in SHOP.items() if path != "web/policy.yaml"})
    assert (found.candidates, found.filters, found.arithmetic, found.edits) == ((), {}, (), {})
    assert list(explained("shop").edits) == ["m1", "m2", "m3"]


def test_what_fits_nowhere() -> None:
    found = explained("shop/web", SHOP | {"web/policy.yaml": policy_file("web", "Deployment", f"{on('m9')}, {DIVIDED}")})
    assert failing(found) == {name: ["ClusterAffinity"] for name in ("m1", "m2", "m3")}
    assert found.arithmetic == ()


def test_it_is_told_from_the_decision_before() -> None:
    compiler = Compiler()
    state = assume_applied(compiler.compile(load(SHOP, compiler), RecordedState(), NOW))
    found = explained("shop/web", recorded=state)
    assert (
        found.arithmetic[0] == "nothing changed, so the recorded division stays; after a rebalance, it would be made like this:"
    )
    with_taints = SHOP["clusters/m1.yaml"].replace("spec: {", "spec: {taints: [{key: a, effect: NoSchedule}], ")
    (taint,) = [
        one for one in explained("shop/web", SHOP | {"clusters/m1.yaml": with_taints}, state).filters[CLUSTERS[0]] if one.reason
    ]
    assert (taint.filter, taint.passes) == ("TaintToleration", True)


def test_a_fresh_start_is_reckoned_as_one() -> None:
    compiler = Compiler()
    state = assume_applied(compiler.compile(load(SHOP, compiler), RecordedState(), NOW))
    rebalancer = text("""
        apiVersion: apps.karmada.io/v1alpha1
        kind: WorkloadRebalancer
        metadata: {name: again}
        spec: {workloads: [{apiVersion: apps/v1, kind: Deployment, namespace: shop, name: web}]}
    """)
    found = explained("shop/web", SHOP | {"again.yaml": rebalancer}, state)
    assert found.arithmetic[0] == "4 replicas divided by weight (the weights sum to 2)"


def test_a_rule_that_fails_is_the_last_edit() -> None:
    broken = SHOP["settings/tier.yaml"].replace("/data/value", "/nowhere/deep")
    found = explained("shop/settings", SHOP | {"settings/tier.yaml": broken})
    assert [edit.error != "" for edit in found.edits[ClusterName("m2")]] == [False, True]


VALUE, OTHER = "hidden-value", "other-value"
SECRET = text(f"""
    apiVersion: v1
    kind: Secret
    metadata: {{name: keys, namespace: shop}}
    data: {{token: {base64.b64encode(VALUE.encode()).decode()}}}
    stringData: {{plain: {VALUE}}}
""")


@pytest.mark.parametrize(
    "operation",
    [
        f'{{path: /stringData/plain, operator: replace, value: "{OTHER}"}}',
        f'{{path: /stringData, operator: add, value: {{plain: "{OTHER}"}}}}',
        f'{{path: /stringData/new, operator: add, value: "{OTHER}"}}',
        f'{{path: /metadata/annotations, operator: add, value: {{note: "{OTHER}"}}}}',
        "{path: /data/token, operator: remove}",
        "{path: /kind, operator: replace, value: ConfigMap}",
    ],
)
def test_values_of_a_secret_stay_hidden(operation: str) -> None:
    rule = SHOP["settings/tier.yaml"].replace("kind: ConfigMap, name: settings", "kind: Secret, name: keys")
    rule = rule[: rule.index("plaintext: [")] + f"plaintext: [{operation}]}}\n"
    files = SHOP | {
        "keys.yaml": SECRET,
        "keys-policy.yaml": policy_file("keys", "Secret", "", api="v1"),
        "settings/tier.yaml": rule,
    }
    found = explained("shop/keys", files)
    assert any(edit.step == "override" for edit in found.edits[ClusterName("m2")])
    changes = repr([edit.changes for each in found.edits.values() for edit in each])
    for value in (VALUE, OTHER, base64.b64encode(VALUE.encode()).decode()):
        assert value not in changes


def test_explaining_changes_nothing() -> None:
    compiled = compile_files(SHOP)
    templates = dict(compiled.templates)
    for item in compiled.templates.values():
        assert explain(item, compiled, CLUSTERS) == explain(replace(item), compiled, CLUSTERS)
    assert compiled.templates == templates


def test_many_replicas() -> None:
    found = explained("shop/web", SHOP | {"web/deployment.yaml": workload("web", 5)})
    assert found.arithmetic[-1].startswith("the last replica goes to m")
    assert "a tie, broken by a hash of the object's identity" in found.arithmetic[-1]
