"""The lines in which two texts differ."""

from __future__ import annotations

import difflib
import time

from hypothesis import given
from hypothesis import strategies as st

from reconciler.present.line_diff import GAP, line_diff

TEXTS = st.lists(st.sampled_from("abcde"), max_size=30)


@given(old=TEXTS, new=TEXTS, context=st.integers(0, 3))
def test_it_is_a_unified_diff_without_headers(old: list[str], new: list[str], context: int) -> None:
    lines = list(difflib.unified_diff(old, new, lineterm="", n=context))[3:]
    assert list(line_diff(old, new, context)) == [GAP if line.startswith("@@") else line for line in lines]


def test_texts_that_repeat_their_lines_take_bounded_time_and_lose_none() -> None:
    old, new = ([str(number * factor % 101) for number in range(8_000)] for factor in (1, 7))
    began = time.process_time()
    lines = list(line_diff(old, new, context=8_000))
    assert time.process_time() - began < 10
    assert [line[1:] for line in lines if line[0] != "+"] == old
    assert [line[1:] for line in lines if line[0] != "-"] == new
