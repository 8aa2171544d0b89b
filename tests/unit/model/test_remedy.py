"""What a Remedy asks for: any match is enough, and what is missing never holds."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.parse import parse_remedy
from reconciler.model.remedy import remedy_actions

DNS = "ServiceDomainNameResolutionReady"


def match(operator: str = "Equal", status: str = "False", kind: str = DNS) -> dict[str, Any]:
    return {"clusterConditionMatch": {"conditionType": kind, "operator": operator, "conditionStatus": status}}


@pytest.mark.parametrize(
    ("spec", "acts"),
    [
        ({}, True),
        ({"decisionMatches": None}, True),
        ({"decisionMatches": []}, False),
        ({"decisionMatches": [{}]}, False),
        ({"decisionMatches": [match()]}, True),
        ({"decisionMatches": [match("NotEqual")]}, False),
        ({"decisionMatches": [match("NotEqual", "True")]}, True),
        ({"decisionMatches": [match("Other")]}, False),
        ({"decisionMatches": [match("Equal", "True"), match()]}, True),
        ({"decisionMatches": [match("NotEqual", "True", "Missing")]}, False),
        ({"clusterAffinity": {}}, False),
        ({"clusterAffinity": {"clusterNames": ["m2"]}}, False),
        ({"clusterAffinity": {"clusterNames": ["m1"]}, "decisionMatches": [match()]}, True),
    ],
)
def test_when_a_remedy_acts(spec: dict[str, Any], acts: bool) -> None:
    remedy = parse_remedy({"metadata": {"name": "r"}, "spec": {**spec, "actions": ["TrafficControl"]}})
    assert remedy_actions([remedy, remedy], "m1", {DNS: "False"}) == (("TrafficControl",) if acts else ())
