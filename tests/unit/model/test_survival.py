"""Minimums as a PodDisruptionBudget states them."""

from __future__ import annotations

import pytest

from reconciler.model.survival import MinAvailable


@pytest.mark.parametrize(
    ("text", "replicas", "left"),
    [("1", 4, 1), ("0", 4, 0), ("9", 4, 4), ("50%", 4, 2), ("50%", 5, 3), ("1%", 4, 1), ("100%", 4, 4), ("0%", 4, 0)],
)
def test_a_percentage_is_rounded_up_and_no_more_is_needed_than_there_is(text: str, replicas: int, left: int) -> None:
    minimum = MinAvailable.parse(text)
    assert minimum.of(replicas) == left
    assert str(minimum) == text


@pytest.mark.parametrize("text", ["", "-1", "x", "101%", "1.5", "50 %", "%"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a number nor a percentage"):
        MinAvailable.parse(text)
