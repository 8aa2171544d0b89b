"""Fields that are left to members (family `diff`, ignore-paths and trusted-managers): which rules are about an object, where
their pointers lead, and which fields are contested with a manager. The peer removes these fields from what it compares."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from reconciler.load.parse_settings import parse_settings
from reconciler.model.managed_fields import FieldPath
from reconciler.model.manifest import key_of
from reconciler.plan.ignored_fields import ABSENT, fields_of_managers, value_at
from reconciler.query.locate import locate
from tests.conformance.replay import cases, same


@cases("diff", "ignore-paths")
def test_ignored_paths(case: dict[str, Any]) -> None:
    given = case["input"]
    left = deepcopy(given["object"])
    items = [
        {**{name: value for name, value in rule.items() if name != "paths"}, "jsonPointers": rule["paths"]}
        for rule in given["rules"]
    ]
    rules = parse_settings({"spec": {"ignoreDifferences": items}}).write_rules.ignored
    for rule in rules:
        if rule.selector.names(key_of(given["object"])):
            for query in rule.queries:  # One after the other, as the peer removes them.
                for *above, last in locate([query], left):
                    place = left
                    for step in above:
                        place = place[step]
                    del place[last]
    assert same(left, case["expect"]["object"]), case["why"]


@cases("diff", "trusted-managers")
def test_trusted_managers(case: dict[str, Any]) -> None:
    given, managers = case["input"], case["input"]["managers"]
    sides = {name: deepcopy(given[name]) for name in ("config", "live")}
    found = dict.fromkeys(fields_of_managers(given["config"], given["live"], managers))
    contested = [path for path in found if differs(given, path)]
    for side in sides.values():
        side["metadata"].pop("managedFields", None)
        for *above, last in contested:
            place = value_at(side, tuple(above))
            del place[last.removeprefix("f:")]
    assert same(sides, case["expect"]), case["why"]


def differs(given: dict[str, Any], path: FieldPath) -> bool:
    """Whether both sides have the field, and with different values."""
    config, live = (value_at(given[name], path) for name in ("config", "live"))
    return config is not ABSENT and live is not ABSENT and not same(config, live)
