"""Whether a member holds what it should."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan.diff import same


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        (1, 1, True),
        (True, 1, False),
        ([0], [False], False),
        ({"b": True}, {"b": 1}, False),
        ({"b": None}, {}, True),
    ],
)
def test_values_are_compared_as_json(ours: Any, theirs: Any, equal: bool) -> None:
    assert same({"spec": ours}, {"spec": theirs}) is equal


def test_what_only_a_server_writes_does_not_count() -> None:
    assert same({"metadata": {"name": "a"}}, {"metadata": {"name": "a", "uid": "x", "resourceVersion": "1"}})
