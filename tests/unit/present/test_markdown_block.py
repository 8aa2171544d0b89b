"""Lines as Markdown: nothing in them can end the block, and it fits a comment."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.present.markdown_block import LIMIT, markdown_block
from reconciler.present.n_minus_1 import n_minus_1_markdown
from tests.support.shop import SHOP
from tests.unit.review.test_n_minus_1 import ALL, check


def test_a_block() -> None:
    assert markdown_block("1 to change", ["a", "-b", "+c"]) == "**1 to change**\n\n```diff\na\n-b\n+c\n```\n"
    assert markdown_block("No *differences*.", []) == "**No \\*differences\\*.**\n"


def test_lines_beyond_the_limit_are_counted() -> None:
    text = markdown_block("many", [f"line {number} {'x' * 100}" for number in range(1000)])
    assert len(text) <= LIMIT
    shown = text.count("\nline ")
    assert text.endswith(f"```\n\n{1000 - shown} more lines left out: run the command for all.\n")
    assert shown > 500


@given(st.lists(st.text(alphabet="`~a\n\r<#", max_size=20), max_size=6))
def test_no_line_ends_the_block(lines: list[str]) -> None:
    text = markdown_block("s", [line.replace("\n", " ").replace("\r", " ") for line in lines])
    if lines:
        fence = re.search(r"^(`{3,})diff$", text, re.MULTILINE)
        assert fence is not None
        closing = [line for line in text.splitlines() if re.fullmatch(rf"`{{{len(fence[1])},}}\s*", line)]
        assert closing == [fence[1]]


def test_an_n_minus_1_check() -> None:
    text = n_minus_1_markdown(check(SHOP, *ALL), ALL)
    assert text.startswith(
        "**1 of 2 workloads falls below its minimum if one of 3 clusters is lost. No Cluster states a zone or a region.**"
    )
    assert "\nDeployment.apps shop/api: 0 of 2 replicas left without cluster m3" in text
