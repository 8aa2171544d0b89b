"""Kubernetes' own kinds as the reference interprets them: one cluster's number, and what a member keeps."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reconciler.interpreter import registry
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest, gvk_of
from tests.conformance.replay import cases, check


@cases("interpret", "native-revise", "native-retain")
def test_interpret_native(case: dict[str, Any]) -> None:
    question = deepcopy(case["input"])
    check(case, lambda: {"object": _answer(question)}, MalformedObjectError)
    assert question == case["input"], "an input was changed"


def _answer(question: dict[str, Any]) -> Manifest:
    subject = question.get("object") or question["desired"]
    gvk = gvk_of(subject)
    rules = registry.rules_for(gvk.group, gvk.kind)
    if question["operation"] == "ReviseReplica":
        _expect(rules and rules.revise)
        return registry.revise(subject, question["replicas"])
    _expect(rules and rules.retain)
    return registry.retain(subject, question["observed"])


def _expect(rule: object) -> None:
    """Asking for an operation that the kind has no rule for is an error in the reference; here such an object stays as it is."""
    if not rule:
        raise MalformedObjectError("no rule")
