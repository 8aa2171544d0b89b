"""Taking over what a former deployer wrote (family `diff`, adopt-managers): whose the fields are then, and what the next apply
removes because Git does not state it.

The reference takes over from the managers that it is told; ours are known by name, and more may be named.
"""

from typing import Any

from reconciler.model.former_managers import OWNERS, taken_over, without_given_up
from reconciler.model.managed_fields import applied_fields, is_item, is_ours
from reconciler.model.manifest import sequence, with_value, without
from tests.conformance.replay import cases


@cases("diff", "adopt-managers")
def test_adopt(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expect"]
    live, config = given["live"], given["config"]
    named = {one["name"] for one in given["takeFrom"]}
    after = taken_over(live, named)
    entries = sequence(after, *OWNERS)
    assert (after is not live) == expected["patched"], case["why"]
    assert sorted(map(identity, entries)) == sorted(map(identity, expected["managedFields"])), case["why"]
    for entry in entries:
        (theirs,) = [one for one in expected["managedFields"] if identity(one) == identity(entry)]
        assert entry["fieldsV1"] == theirs["fieldsV1"], case["why"]
    applied = with_value(live, OWNERS, [as_applied(entry, config) for entry in entries])
    assert without(without_given_up(applied, entries), OWNERS) == expected["afterForcedApply"]["object"], case["why"]
    assert applied_fields(after) or not expected["patched"], case["why"]


def identity(entry: Any) -> tuple[str, ...]:
    return tuple(str(entry.get(name, "")) for name in ("manager", "operation", "apiVersion", "subresource"))


def as_applied(entry: Any, config: Any) -> Any:
    """Our entry as a server writes it after the apply: with what is stated, and nothing else."""
    return {**entry, "fieldsV1": stated(entry["fieldsV1"], config)} if is_ours(entry) else entry


def stated(tree: Any, config: Any) -> Any:
    fields = {}
    for step, below in tree.items():
        value = config if step == "." else at(step, config)
        if value is not None:
            fields[step] = stated(below, value)
    return fields


def at(step: str, config: Any) -> Any:
    if step.startswith("f:"):
        return config.get(step[2:]) if isinstance(config, dict) else None
    return next((item for item in config if is_item(step, item)), None) if isinstance(config, list) else None
