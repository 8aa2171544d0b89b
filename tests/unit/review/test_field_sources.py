"""The source of each field, carried through steps that change, add, remove and move."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.documents.line_index import Place
from reconciler.model.origin import Origin
from reconciler.review.field_sources import Source, carried, template_source, written

OLD, NEW = Source("template"), Source("override")
POD = {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}], "args": ["1", "2"]}


def changed_by(before: Any, after: Any) -> set[tuple[Any, ...]]:
    """The paths of the values that the step wrote."""
    sources = carried(written(before, lambda path: OLD), before, after, lambda path: NEW)

    def paths(value: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        own = {path} if sources.at(path) is NEW else set()
        return own.union(*[paths(one, (*path, step)) for step, one in inside])

    return paths(after)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (POD, set()),
        (POD | {"args": ["1", "3"]}, {("args", 1)}),
        (POD | {"args": ["0", "1", "2"]}, {("args", 0)}),
        (POD | {"args": ["2"]}, set()),
        (POD | {"containers": [{"name": "b", "image": "z"}, {"name": "a", "image": "x"}]}, {("containers", 0, "image")}),
        (POD | {"containers": [{"name": "c"}]}, {("containers", 0), ("containers", 0, "name")}),
        (POD | {"more": {"x": [1]}}, {("more",), ("more", "x"), ("more", "x", 0)}),
        ({"args": ["1", "2"]}, set()),
        (POD | {"args": "text"}, {("args",)}),
        (POD | {"args": [1, "2"]}, {("args", 0)}),
    ],
)  # fmt: skip
def test_only_what_a_step_wrote_has_its_source(after: Any, expected: set[tuple[Any, ...]]) -> None:
    assert changed_by(POD, after) == expected


def test_true_is_not_one() -> None:
    assert changed_by({"a": 1}, {"a": True}) == {("a",)}


def test_a_field_that_the_file_lacks_has_the_line_of_what_is_around_it() -> None:
    source_of = template_source(Origin("web.yaml", 3), {(): Place(3), ("metadata",): Place(5, literal=True)})
    assert source_of(("metadata",)) == Source("template", Origin("web.yaml", 5), literal=True)
    assert source_of(("metadata", "namespace")) == Source("template", Origin("web.yaml", 5))
    assert template_source(Origin("web.json", 3), {})(("a",)) == Source("template", Origin("web.json", 3))
