"""Rules declared in Lua, the functions and the limits that scripts have, and which of several rules answers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reconciler.interpreter.rules import MalformedObjectError
from tests.conformance.interpret import answer, comparable
from tests.conformance.replay import cases, check


@cases("interpret", "customized", "lua-values", "lua-sandbox", "lua-kube-library", "order-of-rules", "hooks")
def test_interpret_lua(case: dict[str, Any]) -> None:
    question = deepcopy(case["input"])
    check(comparable(case, case), lambda: comparable(case, answer(question)), MalformedObjectError)
    assert question == case["input"], "an input was changed"
