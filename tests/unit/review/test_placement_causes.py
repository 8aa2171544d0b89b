"""A move names the line that moves the object."""

from __future__ import annotations

import pytest

from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled, with_causes
from tests.support.fleet import cluster, config, document
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import DIVIDED, on, policy_file, workload

POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: web
  namespace: shop
spec:
  resourceSelectors:
    - apiVersion: v1
      kind: ConfigMap
  placement:
    clusterAffinity:
      clusterNames:
        - m1
        - m2
      exclude: []
"""
BY_LABEL = POLICY[: POLICY.index("      clusterNames")] + "      labelSelector:\n        matchLabels:\n          tier: a\n"
BASE = {
    "m1.yaml": cluster("m1", tier="a"),
    "m2.yaml": cluster("m2"),
    "namespace.yaml": document("Namespace", "shop", ""),
    "c.yaml": config("c"),
    "policy.yaml": POLICY,
}


def causes(base: Files, head: Files) -> set[tuple[str, str]]:
    """(object, cause) of all differences."""
    compiler = Compiler()
    before = compiler.compile(load({**BASE, **base}, compiler), RecordedState(), NOW, settled=True)
    files = {path: text for path, text in {**BASE, **base, **head}.items() if text}
    after = compiler.compile(load(files, compiler), assume_applied(before), NOW, settled=True)
    found = with_causes(diff_compiled(before, after), before, after, compiler.place)
    return {(one.key.name, str(one.cause)) for one in found}


OTHER = POLICY.replace("name: web", "name: other")


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (
            {},
            {"policy.yaml": POLICY.replace("- m1\n", "- m3\n"), "m3.yaml": cluster("m3")},
            {("c", "policy.yaml:13"), ("shop", "m3.yaml:1")},
        ),
        ({}, {"policy.yaml": POLICY.replace("        - m1\n", "")}, {("c", "policy.yaml:13")}),
        ({}, {"policy.yaml": POLICY.replace("        - m2\n", "")}, {("c", "policy.yaml:12")}),
        ({}, {"policy.yaml": POLICY.replace("exclude: []", "exclude: [m1]")}, {("c", "policy.yaml:15")}),
        ({}, {"policy.yaml": BY_LABEL}, {("c", "policy.yaml:12")}),
        ({"policy.yaml": BY_LABEL}, {"m2.yaml": cluster("m2", tier="a")}, {("c", "m2.yaml:1")}),
        ({}, {"policy.yaml": "", "other.yaml": OTHER.replace("        - m1\n", "")}, {("c", "other.yaml:1")}),
        ({}, {"d.yaml": config("d")}, {("d", "")}),
        ({}, {"c.yaml": config("c", key="new")}, {("c", "")}),
        ({}, {"c.yaml": ""}, {("c", "")}),
    ],
    ids=["item", "removed item", "last item", "exclude", "field", "Cluster", "new policy", "new", "changed", "removed"],
)
def test_the_cause_of_a_move_is_a_line_of_the_policy_or_a_cluster(
    base: Files, head: Files, expected: set[tuple[str, str]]
) -> None:
    assert causes(base, head) == expected


def test_replicas_that_are_divided_anew_name_the_line_that_divides_them() -> None:
    policy = policy_file("divided", "Deployment", on("m1", "m2"), target="web")
    base = {"w.yaml": workload("web", 4), "w-policy.yaml": policy}
    head = {"w-policy.yaml": policy_file("divided", "Deployment", f"{on('m1', 'm2')}, {DIVIDED}", target="web")}
    line = 1 + next(number for number, one in enumerate(policy.splitlines()) if "placement" in one)
    assert causes(base, head) == {("web", f"w-policy.yaml:{line}")}
    assert causes(base, {"w.yaml": workload("web", 5)}) == {("web", "")}
    assert causes(base, {**head, "w.yaml": workload("web", 6)}) == {("web", "")}
