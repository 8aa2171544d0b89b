"""On an API server, fields that the member keeps are left out, or applied with the live value while only we own them."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan.leave_to_member import leave_to_member
from tests.support.managed_fields import entry, fields, live


def pool(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "lab.example/v1", "kind": "Pool", "metadata": {"name": "a"}, "spec": spec}


def left(desired: dict[str, Any], retained: dict[str, Any], there: dict[str, Any], *entries: dict[str, Any]) -> Any:
    """The spec of the configuration."""
    return leave_to_member(pool(**desired), pool(**retained), live(pool(**there), *entries)).get("spec")


def ours(*paths: str) -> dict[str, Any]:
    return entry(fields(*paths))


def theirs(*paths: str) -> dict[str, Any]:
    return entry(fields(*paths), "pool-autoscaler", "Update")


def test_a_field_is_left_out_once_another_manager_owns_it() -> None:
    assert left({"size": 1, "image": "x"}, {"size": 7, "image": "x"}, {"size": 7}, ours("spec/image"), theirs("spec/size")) == {
        "image": "x"
    }


def test_a_field_that_only_we_own_keeps_its_live_value() -> None:
    assert left({"size": 1}, {"size": 7}, {"size": 7}, ours("spec/size")) == {"size": 7}


def test_a_field_that_two_own_is_handed_over() -> None:
    assert left({"size": 1, "image": "x"}, {"size": 7, "image": "x"}, {"size": 7}, ours("spec/size"), theirs("spec/size")) == {
        "image": "x"
    }


def test_a_field_that_the_server_filled_in_is_left_out() -> None:
    """Nobody owns it, so leaving it out does not remove it."""
    desired, retained = {"image": "x"}, {"image": "x", "address": "10.0.0.1"}
    assert left(desired, retained, retained, ours("spec/image")) == desired


def test_what_nobody_of_ours_applied_is_left_out() -> None:
    """An object that is taken over, and one that only its status has owners of."""
    there = {"size": 7, "image": "x"}
    assert left({"size": 1, "image": "x"}, there, there, theirs("spec/image")) == {"image": "x"}
    status = entry(fields("status/ready"), "controller", "Update", "status")
    assert left({"size": 1, "image": "x"}, there, there, status) == there


def test_a_field_that_git_leaves_out_is_handed_over() -> None:
    """Only we own it: leaving it out would remove it, although the member is to keep it."""
    there = {"size": 7, "image": "x"}
    assert left({"image": "x"}, there, there, ours("spec/size", "spec/image")) == there
    assert left({"image": "x"}, there, there, ours("spec/image"), theirs("spec/size")) == {"image": "x"}


def test_a_value_that_the_server_omits_stays_applied() -> None:
    """The live object has it, although it does not show it."""
    assert left({"paused": False}, {}, {}, ours("spec/paused")) == {"paused": False}
    assert left({"paused": True}, {}, {}, ours("spec/paused")) is None
    assert left({"paused": False}, {}, {}, theirs("spec/paused")) is None


def test_what_the_rule_removes_is_left_out() -> None:
    assert left({"paused": True, "image": "x"}, {"image": "x"}, {"image": "x"}, ours("spec/paused", "spec/image")) == {
        "image": "x"
    }


def test_a_value_that_the_rule_computed_is_applied() -> None:
    assert left({"size": 1}, {"size": 4}, {"size": 7}, theirs("spec/size")) == {"size": 4}


def test_nothing_remains_of_a_mapping_that_is_left_to_the_member() -> None:
    """An empty mapping would still be applied, and would empty an atomic one."""
    desired, retained = {"scale": {"size": 1}, "image": "x"}, {"scale": {"size": 7}, "image": "x"}
    assert left(desired, retained, retained, ours("spec/image"), theirs("spec/scale/size")) == {"image": "x"}
    assert left({"selector": {}}, {"selector": {"a": "b"}}, {"selector": {"a": "b"}}, ours("spec/image")) is None


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([theirs("spec/selector")], None),
        ([ours("spec/selector")], {"selector": {"app": "web", "uid": "u"}}),
        ([ours("spec/selector"), theirs("spec/selector")], None),
    ],
)
def test_an_atomic_mapping_is_one_value(entries: list[Any], expected: Any) -> None:
    """A part of it, applied alone, would remove the rest."""
    there = {"selector": {"app": "web", "uid": "u"}}
    assert left({"selector": {"app": "web"}}, there, there, *entries) == expected


def test_an_atomic_mapping_that_git_changes_is_applied_with_what_is_kept() -> None:
    desired, retained, there = {"app": "shop"}, {"app": "shop", "uid": "u"}, {"app": "web", "uid": "u"}
    assert left({"m": desired}, {"m": retained}, {"m": there}, theirs("spec/m")) == {"m": retained}


def test_where_no_owner_is_known_the_mapping_could_be_atomic() -> None:
    there = {"m": {"app": "web", "uid": "u"}}
    assert left({"m": {"app": "web"}}, there, there) == there


@pytest.mark.parametrize(("owner", "expected"), [(theirs, None), (ours, {"hosts": ["a", "b"]})])
def test_an_atomic_list_is_one_value(owner: Any, expected: Any) -> None:
    there = {"hosts": ["a", "b"]}
    assert left({"hosts": ["a"]}, there, there, owner("spec/hosts")) == expected


def test_items_are_told_apart_by_their_keys() -> None:
    desired = {"hooks": [{"name": "a", "url": "x"}, {"name": "b", "ca": "placeholder"}]}
    kept = {"hooks": [{"name": "b", "ca": "real"}, {"name": "a", "url": "x"}, {"name": "injected"}]}
    steps = ['spec/hooks/k:{"name":"a"}/url', 'spec/hooks/k:{"name":"b"}/name', 'spec/hooks/k:{"name":"injected"}/name']
    result = left(desired, kept, kept, ours(steps[0], steps[1]), theirs('spec/hooks/k:{"name":"b"}/ca', steps[2]))
    assert result == {"hooks": [{"name": "a", "url": "x"}, {"name": "b"}]}


def test_an_item_of_ours_that_the_member_keeps_stays() -> None:
    there = {"hooks": [{"name": "a"}, {"name": "b"}]}
    step = 'spec/hooks/k:{"name":"%s"}/name'
    assert left({"hooks": [{"name": "a"}]}, there, there, ours(step % "a", step % "b")) == there


def test_a_new_item_beside_one_that_the_member_added() -> None:
    desired, kept = {"hooks": [{"name": "new"}]}, {"hooks": [{"name": "new"}, {"name": "theirs"}]}
    there = {"hooks": [{"name": "theirs"}]}
    assert left(desired, kept, there, theirs('spec/hooks/k:{"name":"theirs"}/name')) == desired


def test_items_of_a_set() -> None:
    kept = {"zones": ["a", "b"]}
    assert left({"zones": ["a"]}, kept, kept, ours('spec/zones/v:"a"'), theirs('spec/zones/v:"b"')) == {"zones": ["a"]}
    assert left({"zones": ["a"]}, kept, kept, ours('spec/zones/v:"a"', 'spec/zones/v:"b"')) == kept


def test_the_live_value_of_another_type_is_another_value() -> None:
    """In Python, 1 equals True."""
    assert left({"on": False}, {"on": True}, {"on": 1}, theirs("spec/on")) == {"on": True}
