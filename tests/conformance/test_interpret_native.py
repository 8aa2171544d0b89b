"""Kubernetes' own kinds as the reference interprets them: counts, needs, references, what a member keeps, status."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reconciler.interpreter.rules import MalformedObjectError
from tests.conformance.interpret import answer, comparable
from tests.conformance.replay import cases, check

_OPERATIONS = ("aggregate", "dependencies", "health", "reflect", "replicas", "retain", "revise")


@cases("interpret", *(f"native-{operation}" for operation in _OPERATIONS))
def test_interpret_native(case: dict[str, Any]) -> None:
    question = deepcopy(case["input"])
    check(comparable(case, case), lambda: comparable(case, answer(question)), MalformedObjectError)
    assert question == case["input"], "an input was changed"
