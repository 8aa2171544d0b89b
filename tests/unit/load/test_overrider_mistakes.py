"""Plaintext operations that mean something else than they seem to."""

from __future__ import annotations

import pytest

from reconciler.model.issues import Issue
from tests.support.in_memory_fleet import load
from tests.support.shop import text

POLICY = """
    apiVersion: policy.karmada.io/v1alpha1
    kind: OverridePolicy
    metadata: {name: o, namespace: shop}
    spec:
      overrideRules:
      - overriders:
          plaintext:
          - {path: /spec/paused, operator: add, value: true}
          - OPERATION
"""


def issues(operation: str) -> list[Issue]:
    return [issue for issue in load({"o.yaml": text(POLICY.replace("OPERATION", operation))}).issues if issue.origin.line > 1]


@pytest.mark.parametrize(
    ("operation", "reason", "message", "remedy"),
    [
        (
            "{path: spec/replicas, operator: replace, value: 3}",
            "IncompletePath",
            "plaintext[1].path does not begin with /",
            "/spec/replicas",
        ),
        ("{path: replicas, operator: replace, value: 3}", "IncompletePath", "does not begin with /", "Write /replicas if"),
        (
            "{path: /spec/replicas, operator: replace}",
            "MissingValue",
            "plaintext[1] has no value, so the field becomes null",
            "remove",
        ),
        ("{path: /spec/replicas, operator: add}", "MissingValue", "has no value", "Write the value."),
    ],
)
def test_the_line_is_named_and_what_to_write(operation: str, reason: str, message: str, remedy: str) -> None:
    (issue,) = issues(operation)
    assert (issue.reason, issue.origin.line) == (reason, 9)
    assert message in issue.message
    assert remedy in issue.remedy


@pytest.mark.parametrize(
    "operation",
    [
        "{path: /spec/replicas, operator: remove}",
        "{path: /spec/replicas, operator: replace, value: null}",
        "{path: /spec/replicas, operator: replace, value: 0}",
    ],
)
def test_what_means_what_it_says_is_no_mistake(operation: str) -> None:
    assert issues(operation) == []
