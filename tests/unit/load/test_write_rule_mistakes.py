"""What `validate` says about rules that leave something to members, with its line."""

from __future__ import annotations

import pytest

from reconciler.model.issues import Severity
from tests.support.in_memory_fleet import load
from tests.support.shop import config_file, text

HEAD = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n"


@pytest.mark.parametrize(
    ("spec", "line", "message"),
    [
        (
            "  ignoreDifferences:\n  - kind: Deployment\n    jsonPointers:\n    - /spec/replicas\n    - spec/replicas\n",
            8,
            "spec.ignoreDifferences[0].jsonPointers[1]: spec/replicas is no JSON pointer: a JSON pointer begins with '/'",
        ),
        (
            "  ignoreDifferences:\n  - jsonPaths:\n    - $.a\n    - '$.a['\n",
            7,
            "spec.ignoreDifferences[0].jsonPaths[1]: $.a[ is no JSONPath: unexpected end of query",
        ),
        ("  ignoreDifferences:\n  - jq: ['import \"a\" as a; .']\n", 5, "is no jq: a query cannot load modules"),
        ("  ignoreDifferences:\n  - kind: Deployment\n", 5, "spec.ignoreDifferences[0] says nothing about the objects"),
        ("  writePolicies:\n  - kind: Deployment\n", 5, "spec.writePolicies[0] says nothing about the objects"),
        ("  ignoreDifferences:\n  - managers: [reconciler]\n", 5, "must be the field manager of another client"),
        ("  driftPolicy: Ignore\n", 4, "driftPolicy"),
        ("  writePolicies:\n  - apply: Once\n", 5, "apply"),
        ("  ignoreDifferences:\n  - jsonPointers: [/a]\n    cluster: m1\n", 6, "cluster"),
    ],
)
def test_a_wrong_rule(spec: str, line: int, message: str) -> None:
    (issue,) = load({"reconciler.yaml": HEAD + spec}).issues
    assert issue.severity is Severity.ERROR
    assert message in issue.message
    assert issue.remedy
    assert (issue.origin.file, issue.origin.line) == ("reconciler.yaml", line)


def test_rules_that_are_right() -> None:
    spec = text("""
        ignoreDifferences:
        - group: apps
          kind: Deployment
          targetCluster: {clusterNames: [m1]}
          jsonPointers: [/spec/replicas]
        - {kind: "*WebhookConfiguration", jsonPaths: ["$.webhooks[*].clientConfig.caBundle"], jq: [".webhooks[].x"]}
        - {managers: [kube-controller-manager]}
        writePolicies: [{group: "", kind: ConfigMap, namespace: shop, name: seed, apply: CreateOnly, driftPolicy: Report}]
        driftPolicy: Report
    """)
    assert load({"reconciler.yaml": HEAD + "".join(f"  {line}\n" for line in spec.splitlines())}).issues == ()


@pytest.mark.parametrize(
    ("annotation", "severity", "message"),
    [
        ("apply: Once", Severity.WARNING, "has no effect here: its value is none of Always, CreateOnly"),
        ("drift-policy: Ignore", Severity.WARNING, "has no effect here: its value is none of Correct, Report"),
        ("ignore-differences: spec.replicas", Severity.ERROR, "spec.replicas is no JSON pointer"),
        ("ignore-differences: '$.a['", Severity.ERROR, "$.a[ is no JSONPath"),
    ],
)
def test_a_wrong_annotation(annotation: str, severity: Severity, message: str) -> None:
    content = config_file("a").replace("name: a,", f"name: a, annotations: {{reconciler.dev/{annotation}}},")
    (issue,) = [one for one in load({"a.yaml": content}).issues if "annotation" in one.message]
    assert issue.severity is severity
    assert message in issue.message
    assert issue.origin.line == 3
