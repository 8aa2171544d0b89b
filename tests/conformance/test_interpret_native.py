"""Kubernetes' own kinds as the reference interprets them: counts, needs, references, what a member keeps, status."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from reconciler.interpreter import registry
from reconciler.interpreter.registry import Operation
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.manifest import Manifest, text
from tests.conformance.replay import cases, check

NOW, NOW_TEXT = datetime(2026, 5, 6, 7, 8, 9, 123, tzinfo=UTC), "2026-05-06T07:08:09Z"


@cases(
    "interpret",
    "native-aggregate",
    "native-dependencies",
    "native-health",
    "native-reflect",
    "native-replicas",
    "native-retain",
    "native-revise",
)
def test_interpret_native(case: dict[str, Any]) -> None:
    question = deepcopy(case["input"])
    check(_at_now(case), lambda: _answer(question), MalformedObjectError)
    assert question == case["input"], "an input was changed"


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    subject = question.get("object") or question["desired"]
    match question["operation"]:
        case "GetReplicas":
            replicas, requirements = registry.replicas_and_requirements(subject)
            return {"replicas": replicas, "requirements": requirements}
        case "ReviseReplica":
            _expect_rule(subject, Operation.REVISE)
            return {"object": registry.revise(subject, question["replicas"])}
        case "Retain":
            _expect_rule(subject, Operation.RETAIN)
            return {"object": registry.retain(subject, question["observed"])}
        case "AggregateStatus":
            return {"object": registry.aggregate(subject, question.get("statusItems"), NOW)}
        case "GetDependencies":
            _expect_rule(subject, Operation.DEPENDENCY)
            return {"dependencies": registry.dependencies_of(subject)}
        case "ReflectStatus":
            return {"status": registry.reflect(subject)}
        case "InterpretHealth":
            return {"healthy": registry.healthy(subject)}
    raise AssertionError(question["operation"])


def _expect_rule(subject: Manifest, operation: Operation) -> None:
    """Asking without a rule is an error in the reference; here such an object stays as it is, or refers to nothing."""
    if not registry.has_rule(text(subject, "apiVersion"), text(subject, "kind"), operation):
        raise MalformedObjectError("no rule")


def _at_now(value: Any) -> Any:
    """The recorded case, with `{{NOW}}` replaced by our now."""
    if isinstance(value, dict):
        return {name: _at_now(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_at_now(item) for item in value]
    return NOW_TEXT if value == "{{NOW}}" else value
