"""The replicas of a Chart are a value that it names."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter import registry
from reconciler.interpreter.rules import MalformedObjectError


def chart(pointer: str = "", **values: Any) -> dict[str, Any]:
    replicas = {"replicas": {"path": pointer}} if pointer else {}
    return {"apiVersion": "reconciler.dev/v1alpha1", "kind": "Chart", "spec": {"values": values, **replicas}}


@pytest.mark.parametrize(
    ("pointer", "values", "number"),
    [
        ("/count", {"count": 3}, 3),
        ("/web/a~1b", {"web": {"a/b": 2}}, 2),
        ("/count", {"count": 0}, 0),
        ("", {"count": 3}, 0),
    ],
)
def test_the_number_is_at_the_pointer(pointer: str, values: dict[str, Any], number: int) -> None:
    assert registry.replicas_of(chart(pointer, **values)) == number


@pytest.mark.parametrize("values", [{}, {"count": "3"}, {"count": True}, {"count": -1}, {"count": {"a": 1}}])
def test_what_is_no_number_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(MalformedObjectError, match="/count"):
        registry.replicas_of(chart("/count", **values))


def test_the_number_of_a_cluster_is_written_there_and_nothing_else_changes() -> None:
    manifest = chart("/web/count", web={"count": 3, "other": 1})
    assert registry.revise(manifest, 5) == chart("/web/count", web={"count": 5, "other": 1})
    assert registry.revise(manifest, 3) is manifest
    assert registry.revise(chart("", count=3), 5) == chart("", count=3)
