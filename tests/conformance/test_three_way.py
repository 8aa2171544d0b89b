"""Whether an object differs that was written by client-side apply (family `diff`, three-way).

We do not compare in three ways. What another deployer applied, by its annotation, becomes ours when we take the object over
(`model/former_managers.py`), and then the fields that are ours tell what differs. So each object is judged as if its server had
recorded that: what was applied last and is there, and what is stated now, is ours.

The reference compares quantities in the spelling of the server, in which an exponent stays one. For us equal amounts are equal.
It can show the rules that a controller computes for an aggregated role; we always leave them to it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from reconciler.model.managed_fields import MANAGER, item_step
from reconciler.model.manifest import annotations_of, text, without
from reconciler.model.write_policy import Language, Query
from reconciler.plan.apply_configuration import apply_configuration
from reconciler.plan.drift import deviations
from reconciler.query.locate import locate
from tests.conformance.replay import cases

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
EXPONENT = re.compile(r'"\d+(\.\d+)?[eE]\d+"')


@cases("diff", "three-way")
def test_three_way(case: dict[str, Any]) -> None:
    given, modified = case["input"], case["expect"]["modified"]
    only_spelled = bool(EXPONENT.search(json.dumps(given["config"])))
    computed = "aggregationRule" in given["config"] and not given.get("ignoreAggregatedRoles")
    assert modified or not differs(given), case["why"]
    assert differs(given) or not modified or only_spelled or computed, case["why"]


def differs(given: dict[str, Any]) -> bool:
    live, config = given["live"], given["config"]
    if live is None:
        return True
    for pointer in given.get("ignore", ()):
        for path in locate([Query(Language.POINTER, pointer)], config):
            config = without(config, path)
    config = applied(config)
    last = annotations_of(live).get(LAST_APPLIED)
    before = applied(json.loads(last)) if last else config
    ours = union(owned(there(before, live), live), owned(config, live))
    metadata = {step: tree for step, tree in ours.get("f:metadata", {}).items() if step in ("f:labels", "f:annotations")}
    entry = {"manager": MANAGER, "operation": "Apply", "fieldsV1": {**ours, "f:metadata": metadata}}
    return bool(deviations(config, {**live, "metadata": {**live["metadata"], "managedFields": [entry]}}))


def applied(manifest: Any) -> Any:
    configuration = apply_configuration(manifest, None, autoscaled=False)
    return {name: value for name, value in configuration.items() if name not in ("apiVersion", "kind")}


def there(before: Any, live: Any) -> Any:
    """What was applied and has not gone; nothing of what is empty."""
    if not isinstance(before, Mapping) or not isinstance(live, Mapping):
        return before
    kept = {name: there(value, live[name]) for name, value in before.items() if name in live}
    return {name: value for name, value in kept.items() if value not in (None, {}, [])}


def owned(value: Any, live: Any) -> Any:
    """FieldsV1 of what is stated. Items of a list to which somebody added others are told apart by their names."""
    if isinstance(value, Mapping):
        below = live if isinstance(live, Mapping) else {}
        return {f"f:{name}": owned(one, below.get(name)) for name, one in value.items()}
    if isinstance(value, list) and isinstance(live, list) and value:
        by_name = {name: item for item in live if (name := text(item, "name"))}
        if all(text(item, "name") in by_name for item in value) and (len(live) > len(value) or _deeper(value, by_name)):
            names = [text(item, "name") for item in value]
            steps = zip(names, value, strict=True)
            return {item_step("name", name): {".": {}, **owned(item, by_name[name])} for name, item in steps}
    return {}


def _deeper(items: list[Any], live: Mapping[str, Any]) -> bool:
    """Whether somebody added items to a list of one of these items."""
    pairs = [(one, live[item["name"]].get(name)) for item in items for name, one in item.items() if isinstance(one, list)]
    return any(
        isinstance(there, list) and all(text(each, "name") for each in there) and len(there) > len(one) for one, there in pairs
    )


def union(one: Any, other: Any) -> Any:
    return {step: union(one.get(step, {}), other.get(step, {})) for step in {**one, **other}}
