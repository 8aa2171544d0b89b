"""Retention on an API server: for any object, owners and rule, what the member keeps is as before, and the rest as Git says."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.plan.drift import deviations
from reconciler.plan.leave_to_member import leave_to_member
from tests.support.managed_fields import entry, fields, live

LEAVES = st.sampled_from(["size", "paused", "scale/min", "scale/max", "scale/policy/period"])
VALUES = st.dictionaries(LEAVES, st.integers(1, 9), min_size=1)
"""A spec, by the paths of its numbers."""


def document(values: dict[str, int]) -> dict[str, Any]:
    spec: dict[str, Any] = {}
    for path, value in values.items():
        *above, name = path.split("/")
        place = spec
        for step in above:
            place = place.setdefault(step, {})
        place[name] = value
    return {"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": {"name": "a"}, "spec": spec}


def values_of(spec: Any, prefix: str = "") -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in spec.items():
        found |= values_of(value, f"{prefix}{name}/") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def there(values: dict[str, int], ours: set[str], theirs: set[str]) -> dict[str, Any]:
    """The live object. It has a field that we own, as every object that we applied."""
    own = entry({**fields("metadata/labels/x"), **fields(*(f"spec/{path}" for path in ours), *["metadata/labels/x"])})
    other = [entry(fields(*(f"spec/{path}" for path in theirs)), "controller", "Update")] if theirs else []
    result = live(document(values), own, *other)
    result["metadata"]["labels"] = {"x": "y"}
    return result


@example(
    {"scale/min": 1},
    {"size": 1, "scale/min": 2, "scale/policy/period": 1},
    {"size", "scale/policy/period"},
    set(),
    {"scale/min", "size"},
)
@given(VALUES, VALUES, st.sets(LEAVES), st.sets(LEAVES), st.sets(LEAVES))
def test_kept_fields_stay_and_the_rest_is_as_git_says(
    desired: dict[str, int], current: dict[str, int], ours: set[str], theirs: set[str], kept: set[str]
) -> None:
    ours, theirs = ours & current.keys(), theirs & current.keys()
    retained = {path: value for path, value in desired.items() if path not in kept}
    retained |= {path: value for path, value in current.items() if path in kept}
    labelled = {"labels": {"x": "y"}}
    wanted, rule = document(desired), document(retained)
    wanted["metadata"] |= labelled
    rule["metadata"] |= labelled
    configuration = leave_to_member(wanted, rule, there(current, ours, theirs))
    applied = values_of(configuration.get("spec", {}))
    # As a server applies it: what we owned and leave out goes, unless somebody else owns it.
    gone = {path for path in ours - applied.keys() if path not in theirs}
    after = {path: value for path, value in current.items() if path not in gone} | applied
    for path in kept:
        assert after.get(path) == current.get(path), path
    for path in desired.keys() - kept:
        assert after[path] == desired[path]
    for path in theirs & kept:
        assert path not in applied or desired.get(path) == current[path]
    # Applied once, it differs no more.
    changed = {path for path, value in applied.items() if current.get(path) != value}
    settled = there(after, set(applied), theirs - changed)
    again = leave_to_member(wanted, rule, settled)
    assert [step for step in deviations(again, settled) if step[0] == "f:spec"] == []
