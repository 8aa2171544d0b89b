"""Fields that are left to members (family `diff`, ignore-paths and trusted-managers): which ones these are."""

from typing import Any

from reconciler.interpreter.left_fields import contested, left_to_member
from reconciler.model.manifest import without
from reconciler.model.settings import LeftFields
from tests.conformance.replay import cases


@cases("diff", "ignore-paths")
def test_paths(case: dict[str, Any]) -> None:
    """Compared with an object that has none of the fields, what is left to it is what the reference takes out."""
    given = case["input"]
    rules = [LeftFields(**{**rule, "paths": tuple(rule["paths"])}) for rule in given["rules"]]
    assert left_to_member(rules, given["object"], {}) == case["expect"]["object"], case["why"]


@cases("diff", "trusted-managers")
def test_managers(case: dict[str, Any]) -> None:
    """The reference takes the contested fields out of both sides. A mapping that is empty then is null there."""
    given, expected = case["input"], case["expect"]
    found = list(contested(given["managers"], given["config"], given["live"]))
    for number, side in enumerate(("config", "live")):
        rest = given[side]
        for places in found:
            rest = without(rest, places[number])
        rest = without(rest, ("metadata", "managedFields"))
        assert without_nothing(rest) == without_nothing(expected[side]), case["why"]


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rest for name, item in value.items() if (rest := without_nothing(item)) not in (None, {})}
    return list(map(without_nothing, value)) if isinstance(value, list) else value
