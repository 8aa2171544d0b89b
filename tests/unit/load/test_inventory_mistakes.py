"""Rules of an inventory that make no sense are errors of the Configuration."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.load.inventory_mistakes import find_inventory_mistakes
from reconciler.model.keys import GroupVersionKind

CONFIGURATION = GroupVersionKind.parse("reconciler.dev/v1alpha1", "Configuration")


def reasons(*rules: dict[str, Any]) -> list[str]:
    return [one.reason for one in find_inventory_mistakes({"spec": {"inventory": {"rules": list(rules)}}}, CONFIGURATION)]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"source": "ClusterProfile", "kubeconfig": "hub"}, "ForeignClusterProfile"),
        ({"source": "ClusterAPI", "region": {"property": "x"}}, "NoProperties"),
        ({"source": "ClusterAPI", "labels": {"-": "x"}}, "InvalidLabel"),
    ],
)
def test_of_one_rule(rule: dict[str, Any], reason: str) -> None:
    assert reasons({"name": "a", **rule}) == [reason]


def test_of_two_rules() -> None:
    one = {"name": "a", "source": "ClusterAPI", "kubeconfig": "hub", "labels": {"a": "b"}, "zone": {"label": "z"}}
    assert reasons(one, {**one, "name": "b"}) == []
    assert reasons(one, one) == ["DuplicateRule"]
