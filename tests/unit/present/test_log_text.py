from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.present.log_text import RESET, log_text


@pytest.mark.parametrize(
    ("text", "coloured", "plain"),
    [
        ("plain\ttext", "plain\ttext", "plain\ttext"),
        ("\x1b[1;31mred\x1b[0m", f"\x1b[1;31mred\x1b[0m{RESET}", "red"),
        ("\x1b[38;5;8mgrey", f"\x1b[38;5;8mgrey{RESET}", "grey"),
        ("\x1b[8mhidden", "hidden", "hidden"),
        ("\x1b[31;8mhidden", "hidden", "hidden"),
        ("\x1b[2Jcleared", r"\x1b[2Jcleared", r"\x1b[2Jcleared"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("over\rwritten", r"over\rwritten", r"over\rwritten"),
        ("\u202eevil", r"\u202eevil", r"\u202eevil"),
        ("\x9b31m", r"\x9b31m", r"\x9b31m"),
    ],
)
def test_colours_stay_and_everything_else_is_shown(text: str, coloured: str, plain: str) -> None:
    assert log_text(text, coloured=True) == coloured
    assert log_text(text, coloured=False) == plain


@given(st.text() | st.text(alphabet="\x1b[]0;8m31HJK\x07\x9b\r\n"))
def test_no_other_control_character_reaches_the_terminal(text: str) -> None:
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", log_text(text, coloured=False))
    rest = re.sub(r"\x1b\[[0-9;]*m", "", log_text(text, coloured=True))
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", rest)
