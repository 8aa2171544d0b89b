"""Whether a member holds a manifest already."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan.whole_object import content, same


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


def test_what_is_shown_of_a_live_object_is_what_people_decide_about() -> None:
    metadata = {"name": "a", "uid": "x", "resourceVersion": "1", "generation": 2, "managedFields": [], "creationTimestamp": "t"}
    live = {
        "kind": "X",
        "metadata": metadata,
        "spec": {"template": {"metadata": {"creationTimestamp": None}}},
        "status": {"a": 1},
    }
    assert content(live) == {"kind": "X", "metadata": {"name": "a"}, "spec": {"template": {"metadata": {}}}}
