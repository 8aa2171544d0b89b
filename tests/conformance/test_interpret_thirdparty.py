"""Rules shipped for third-party kinds."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reconciler.interpreter.rules import MalformedObjectError
from tests.conformance.interpret import answer, comparable
from tests.conformance.replay import cases, check

_OPERATIONS = ("aggregate", "components", "dependencies", "health", "reflect", "replicas", "retain", "revise")


@cases("interpret", *(f"thirdparty-{operation}" for operation in _OPERATIONS))
def test_interpret_thirdparty(case: dict[str, Any]) -> None:
    question = deepcopy(case["input"])
    check(comparable(case, case), lambda: comparable(case, answer(question)), MalformedObjectError)
    assert question == case["input"], "an input was changed"
