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
IMAGES = POLICY.replace("plaintext:", "imageOverrider:").replace(
    "{path: /spec/paused, operator: add, value: true}", "{component: Tag, operator: replace, value: v1}"
)


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
        (
            "{path: spec.replicas, operator: replace, value: 3}",
            "IncompletePath",
            "does not begin with /",
            "Write /spec/replicas if",
        ),
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


@pytest.mark.parametrize(
    ("component", "operator", "value", "wrong"),
    [
        ("Repository", "replace", "team/web app", True),
        ("Repository", "replace", "Team/web", True),
        ("Registry", "add", "{{ .Values.registry }}", True),
        ("Registry", "replace", "", False),
        ("Registry", "replace", "mirror.Example:5000/team", False),
        ("Registry", "replace", "[::1]:5000", False),
        ("Repository", "add", "-cache", False),
        ("Repository", "remove", "Not Asked", False),
    ],
)
def test_an_image_that_cannot_be_pulled(component: str, operator: str, value: str, wrong: bool) -> None:
    overrider = f'{{component: {component}, operator: {operator}, value: "{value}"}}'
    found = load({"o.yaml": text(IMAGES.replace("OPERATION", overrider))}).issues
    told = [(issue.reason, issue.origin.line) for issue in found if issue.reason == "InvalidImage"]
    assert told == ([("InvalidImage", 9)] if wrong else [])
