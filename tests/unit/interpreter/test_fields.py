"""Strict access: absent, null and wrong are three things."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter import fields
from reconciler.interpreter.rules import MalformedObjectError


@pytest.mark.parametrize("document", [{}, {"spec": {}}, {"spec": None}])
def test_absent(document: dict[str, Any]) -> None:
    assert fields.lookup(document, "spec", "a") is fields.ABSENT
    assert fields.integer_at(document, "spec", "a") is None
    assert fields.text_at(document, "spec", "a") is None
    assert fields.list_at(document, "spec", "a") is None
    assert fields.text_map_at(document, "spec", "a") is None


def test_null_is_a_value_at_the_end_of_a_path() -> None:
    assert fields.lookup({"spec": {"a": None}}, "spec", "a") is None


@pytest.mark.parametrize("value", [None, True, 1.0, "1", 1 << 63, []])
def test_no_integer(value: object) -> None:
    with pytest.raises(MalformedObjectError, match=r"spec\.a is .*, not an integer"):
        fields.integer_at({"spec": {"a": value}}, "spec", "a")


@pytest.mark.parametrize("spec", ["text", [], 0, False])
def test_a_step_that_is_no_mapping(spec: object) -> None:
    with pytest.raises(MalformedObjectError, match=r"spec is .*, not a mapping"):
        fields.lookup({"spec": spec}, "spec", "a")


def test_put_creates_what_is_absent_and_shares_the_rest() -> None:
    document = {"other": {"x": 1}, "spec": {"b": 2}}
    changed = fields.put(document, ("spec", "a", "c"), 1)
    assert changed == {"other": {"x": 1}, "spec": {"b": 2, "a": {"c": 1}}}
    assert changed["other"] is document["other"]
    assert document["spec"] == {"b": 2}


@pytest.mark.parametrize("spec", [None, "text", []])
def test_put_replaces_no_other_shape(spec: object) -> None:
    with pytest.raises(MalformedObjectError):
        fields.put({"spec": spec}, ("spec", "a"), 1)
