"""labelsOverrider and annotationsOverrider."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model.overrides import LabelAnnotationOverrider
from reconciler.render.overriders.labels import override_labels


@pytest.mark.parametrize(
    ("before", "operator", "values", "after", "paths"),
    [
        ({"a": "1"}, "add", {"b": "2"}, {"a": "1", "b": "2"}, ("/metadata/labels/b",)),
        ({"a": "1"}, "add", {"a": "1"}, {"a": "1"}, ()),
        ({"a": "1"}, "replace", {"a": "2", "z": "2"}, {"a": "2"}, ("/metadata/labels/a",)),
        ({"a": "1"}, "remove", {"a": "2", "z": "2"}, {}, ("/metadata/labels/a",)),
        ({"x/a": "1"}, "replace", {"x/a": "2"}, {"x/a": "2"}, ("/metadata/labels/x~1a",)),
        (None, "add", {"a": "1"}, {"a": "1"}, ("/metadata/labels/a",)),
        (None, "add", {}, None, ()),
        (None, "remove", {"a": "1"}, None, ()),
        ({"a": 1}, "add", {"b": "2"}, {"b": "2"}, ("/metadata/labels/b",)),
        ({"a": 1}, "remove", {"a": ""}, {"a": 1}, ()),
    ],
)
def test_the_objects_own_labels(before: Any, operator: str, values: dict[str, str], after: Any, paths: Any) -> None:
    given = {"kind": "ConfigMap", "metadata": {"labels": before}}
    edit = override_labels(LabelAnnotationOverrider("labels", operator, tuple(values.items())), given)
    assert edit == ({"kind": "ConfigMap", "metadata": {"labels": after}}, paths)


def test_metadata_is_created_where_absent_and_skipped_where_malformed() -> None:
    overrider = LabelAnnotationOverrider("annotations", "add", (("a", "1"),))
    assert override_labels(overrider, {"kind": "X"}).manifest == {"kind": "X", "metadata": {"annotations": {"a": "1"}}}
    assert override_labels(overrider, {"kind": "X", "metadata": "m"}).manifest == {"kind": "X", "metadata": "m"}


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(ReconcilerError):
        override_labels(LabelAnnotationOverrider("labels", "move", (("a", "1"),)), {"kind": "X"})
