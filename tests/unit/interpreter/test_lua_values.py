"""Documents that went through Lua."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.lua import Script, call
from reconciler.interpreter.lua_values import decode, restore

THROUGH = Script("a rule", "function F(o) return o end")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": None, "b": [None, 1, None, 2]}, {"b": [1, 2]}),
        ({"t": True, "f": False, "s": "", "n": -3, "x": 0.25, "big": 2**53}, None),
        ({"keys.with": {"a/b": 1, "1": 2}}, None),
        ({"text": 'q" \\ \n \t \x7f \u00fc \U0001f6f6'}, None),
        ({"a": 1e300, "b": -0.0, "c": 1.0}, {"a": 1e300, "b": 0, "c": 1}),
    ],
)
def test_values_pass_through(value: Any, expected: Any) -> None:
    (found,) = call(THROUGH, "F", value)
    assert found == (value if expected is None else expected)
    assert not any(isinstance(item, float) and item.is_integer() and abs(item) < 2**63 for item in found.values())


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert decode(b'["a\xff\xfe"]') == ["a\ufffd\ufffd"]


@pytest.mark.parametrize(
    ("value", "references", "expected"),
    [
        ({"a": [], "b": {"c": []}}, (), {"b": {}}),
        ({"a": [], "b": []}, ({"a": {}, "b": []},), {"a": {}, "b": []}),
        ({"l": [{"v": []}, {"v": []}]}, ({"l": [{"v": {}}, {"v": []}]},), {"l": [{"v": {}}, {"v": {}}]}),
        ({"m": [[], [1]]}, ({"m": [[], [{}]]},), {"m": [{}, [1]]}),
        ({"m": [[], [1]]}, ({"m": [1]},), {"m": [[1]]}),
        ({"a": []}, ({"x": 1}, {"a": []}), {"a": []}),
        ({"a.b": []}, ({"a": {"b": {}}},), {}),
    ],
)
def test_empty_tables_are_told_apart_by_the_references(value: Any, references: tuple[Any, ...], expected: Any) -> None:
    assert restore(value, *references) == expected


def test_members_are_sorted() -> None:
    (found,) = call(THROUGH, "F", {"b": 1, "a": {"d": 1, "c": 2}})
    assert [list(found), list(found["a"])] == [["a", "b"], ["c", "d"]]


def test_a_document_nested_too_deeply_is_refused() -> None:
    script = Script("a rule", "function F() local t = {1} for i = 1, 5000 do t = {t} end return t end")
    with pytest.raises(Exception, match="nested too deeply"):
        call(script, "F")
