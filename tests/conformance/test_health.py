"""Health as Argo CD judges it: what gitops-engine knows itself, then the custom kinds; and kstatus on all of these objects.

The verdict binds. The message binds where it is the object's own, for then it is the right place in the object that was found;
sentences about an object are our own.
"""

from __future__ import annotations

import json
from typing import Any

from reconciler.interpreter.registry import health_of
from reconciler.interpreter.verdict.judge import builtin_opinion
from reconciler.model.health import Opinion
from tests.conformance.replay import cases


@cases("health")
def test_kstatus_of(case: dict[str, Any]) -> None:
    assert health_of(case["input"]["object"]).status == case["expect"]["kstatus"]["status"], case["why"]


@cases("health", "builtin")
def test_builtin(case: dict[str, Any]) -> None:
    _check(case, builtin_opinion(case["input"]["object"]))


def _check(case: dict[str, Any], opinion: Opinion | None) -> None:
    expected = case["expect"]["health"]
    if expected is None or opinion is None:
        assert (expected, opinion) == (None, None), case["why"]
        return
    assert opinion.verdict == expected["status"], f"{case['why']}\n{opinion}"
    if json.dumps(expected.get("message")) in json.dumps(case["input"]["object"]):
        assert opinion.message == expected["message"], case["why"]
