"""The parts in which two manifests differ."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.manifest import get, without
from reconciler.review.outline.parts import PartChange, changed_parts, same

APP = {"name": "app", "image": "app:8", "args": ["-v"]}
SIDECAR = {"name": "sidecar", "image": "proxy:1"}


def changes(before: Any, after: Any) -> list[tuple[str, Any, Any, str]]:
    return [(".".join(one.path), one.before, one.after, one.pointer) for one in changed_parts({"spec": before}, {"spec": after})]


def test_a_field_with_its_values() -> None:
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3}) == [("spec", {"b": 2}, {"b": 3}, "/spec/b")]
    assert changes({"a": 1}, {"a": True}) == [("spec", {"a": 1}, {"a": True}, "/spec/a")]
    assert changes({"a": {"x": 1}}, {"a": {}}) == [("spec", {"a": {"x": 1}}, {"a": {}}, "/spec/a")]


def test_fields_that_come_and_go() -> None:
    assert changes({"a": 1}, {"b/c": 2}) == [("spec", {"a": 1}, None, "/spec/a"), ("spec", None, {"b/c": 2}, "/spec/b~1c")]


def test_items_are_known_by_their_names() -> None:
    before, after = {"containers": [APP, SIDECAR]}, {"containers": [SIDECAR | {"image": "proxy:2"}]}
    assert changes(before, after) == [
        ("spec.containers", [APP], None, "/spec/containers/0"),
        ("spec.containers[sidecar]", {"image": "proxy:1"}, {"image": "proxy:2"}, "/spec/containers/0/image"),
    ]


def test_items_that_change_places_are_one_change() -> None:
    before, after = {"containers": [APP, SIDECAR]}, {"containers": [SIDECAR, APP]}
    assert changes(before, after) == [("spec", before, after, "/spec/containers")]


def test_items_without_names_are_one_change() -> None:
    assert changes({"args": ["a", "b"]}, {"args": ["a"]}) == [("spec", {"args": ["a", "b"]}, {"args": ["a"]}, "/spec/args")]
    twice = [{"name": "a", "v": 1}, {"name": "a", "v": 2}]
    assert changes({"l": twice}, {"l": twice[:1]}) == [("spec", {"l": twice}, {"l": twice[:1]}, "/spec/l")]


def test_a_long_list_takes_time_in_proportion_to_its_length() -> None:
    before, after = ([{"name": f"n{place}", "v": value} for place in range(20_000)] for value in (1, 2))
    began = time.process_time()
    assert len(changes({"items": before}, {"items": after})) == 20_000
    assert time.process_time() - began < 5


SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", "b"])
NAMED = st.lists(st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"v": SCALARS}), max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3) | NAMED,
    max_leaves=8,
)
MANIFESTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@given(MANIFESTS, MANIFESTS)
def test_equal_manifests_have_no_changes_and_others_have_some(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert changed_parts(before, before) == ()
    assert bool(changed_parts(before, after)) is not same(before, after)


@given(MANIFESTS, MANIFESTS)
def test_what_is_told_of_a_part_is_what_the_manifests_hold(before: dict[str, Any], after: dict[str, Any]) -> None:
    for part in changed_parts(before, after):
        holder, side = (after, part.after) if part.after is not None else (before, part.before)
        assert side is not None
        (value,) = side if isinstance(side, list) else side.values()
        assert same(get(holder, *steps(part, holder)), value)


@given(MANIFESTS, MANIFESTS)
def test_without_its_changed_fields_nothing_differs(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Fields outside of lists: a change of a list that has no names is a change of the whole list."""
    fields = {part.pointer.split("/")[1] for part in changed_parts(before, after)}
    for name in fields:
        before, after = without(before, (name,)), without(after, (name,))
    assert same(before, after)


def steps(part: PartChange, holder: Any) -> list[str | int]:
    found: list[str | int] = []
    for word in part.pointer.removeprefix("/").split("/"):
        step = int(word) if isinstance(get(holder, *found), list) else word
        found.append(step)
    return found
