"""Field selectors, as kubectl writes them."""

from __future__ import annotations

import pytest

from reconciler.model.field_selector import parse_field_selector
from reconciler.model.selector import InvalidSelectorError

POD = {"metadata": {"name": "web,1", "namespace": "shop"}, "spec": {"host": True, "n": 3}, "status": {"phase": "Running"}}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True), ("status.phase=Running", True), ("status.phase==Running,metadata.namespace=shop", True),
        ("status.phase!=Running", False), ("metadata.name=web\\,1", True), ("spec.host=true", True), ("spec.n=3", True),
        ("spec.absent=", True), ("spec.absent!=x", True), ("metadata.namespace=other", False),
    ],
)  # fmt: skip
def test_what_matches(text: str, matches: bool) -> None:
    assert parse_field_selector(text).matches(POD) is matches


@pytest.mark.parametrize("text", ["a", "=b", "a=b=c", "a in (b)", ",a=b", "a=b,"])
def test_texts_that_are_none(text: str) -> None:
    with pytest.raises(InvalidSelectorError, match=r"field selector|comma"):
        parse_field_selector(text)
