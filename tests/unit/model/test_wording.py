"""Phrases that many messages share."""

from __future__ import annotations

import pytest

from reconciler.model.wording import first_few, plural


@pytest.mark.parametrize(
    ("items", "limit", "phrase"),
    [
        ([], 2, ""),
        (["a"], 1, "a"),
        (["a", "b"], 2, "a, b"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
        (["a", "b", "c"], 1, "a and 2 more"),
    ],
)
def test_first_few(items: list[str], limit: int, phrase: str) -> None:
    assert first_few(items, limit) == phrase


def test_plural() -> None:
    assert [plural(count, "error") for count in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]
    assert [plural(count, "policy", "policies") for count in (0, 1)] == ["0 policies", "1 policy"]
