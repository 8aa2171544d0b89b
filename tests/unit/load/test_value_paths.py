"""Single values of Helm at a path."""

from __future__ import annotations

import pytest

from reconciler.load.value_paths import merged, path_steps, typed


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        (r"a\.b.c", ("a.b", "c")),
        ("a[0]", None),
        ("a.", None),
        ("", None),
        ("a,b", None),
        ("a=b", None),
    ],
)
def test_paths(path: str, steps: tuple[str, ...] | None) -> None:
    assert path_steps(path) == steps


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2", -2),
        ("01", "01"),
        ("1.5", "1.5"),
        ("true", True),
        ("null", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_values(text: str, value: object) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_mappings_are_merged_and_everything_else_is_replaced() -> None:
    one = {"a": {"b": 1, "c": [1]}, "d": {"e": 1}}
    assert merged(one, {"a": {"c": [2]}, "d": 3}) == {"a": {"b": 1, "c": [2]}, "d": 3}
    assert one == {"a": {"b": 1, "c": [1]}, "d": {"e": 1}}
