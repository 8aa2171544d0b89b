"""The page of a document that anybody may have written: it is a page, or refused; its printed form has no effect at a forge."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.present.document import Format, document_text
from reconciler.present.review_page import page_document as module
from reconciler.present.review_page.markdown import LONGEST_COMMENT, MARKER, markdown_text
from reconciler.present.review_page.page import Block, Page, Section
from reconciler.present.review_page.page_document import PageError, page_document, page_of

PAGE = Page(
    "1 to change on 1 cluster",
    "a → b",
    ("a.yaml:1: error: no",),
    (Section("Changed", (Block("change", "ConfigMap a on m1", ("@@ data @@", "+k: 1"), ("ConfigMap a",), ("m1",), (".",)),)),),
    ("keep X",),
)
HOSTILE = st.text(st.characters(codec="utf-8") | st.sampled_from("`\n\r<>@#*[]()|~ !/:.&\\$"), max_size=60) | st.sampled_from(
    [
        "@everyone",
        "https://evil.example",
        "www.evil.example",
        "![x](https://evil.example/x.png)",
        "<img src=x>",
        "```\n/merge\n",
        "/merge",
        "  /approve",
        "\r/merge",
        "#1",
        "org/config#1",
        "mallory@evil.example",
        "-->",
        "\u202e",
    ]
)
TEXTS = st.lists(HOSTILE, max_size=4).map(tuple)
BLOCKS = st.builds(Block, HOSTILE, HOSTILE, TEXTS, st.lists(HOSTILE, max_size=6).map(tuple), TEXTS, TEXTS)
SECTIONS = st.builds(Section, HOSTILE, st.lists(BLOCKS, max_size=3).map(tuple))
PAGES = st.builds(Page, HOSTILE, HOSTILE, TEXTS, st.lists(SECTIONS, max_size=3).map(tuple), TEXTS)
HARMLESS = {
    *("heading", "inline", "text", "paragraph", "strong", "bullet_list", "list_item", "softbreak"),
    *("code_inline", "fence", "html_block"),
}
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})


def read(document: Any) -> Page:
    return page_of(json.dumps(document).encode(), "diff.json")


def without_code(text: str) -> str:
    """What a forge reads as text: everything outside code spans and code blocks."""
    tokens = [one for token in MARKDOWN.parse(text) for one in (token, *(token.children or ()))]
    assert {one.type.removesuffix("_open").removesuffix("_close") for one in tokens} <= HARMLESS
    html = {line for one in tokens if one.type == "html_block" for line in one.content.splitlines()}
    assert html <= {MARKER, "<details><summary>All of them</summary>", "</details>"}
    return "\n".join(one.content for one in tokens if one.type == "text")


def test_a_page_comes_back_from_both_forms() -> None:
    document = {"base": "0", "page": page_document(PAGE), "anything": [1]}
    assert page_of(document_text(document, Format.JSON).encode(), "diff.json") == PAGE


@given(PAGES)
def test_any_page_comes_back_and_is_harmless(page: Page) -> None:
    assert read({"page": page_document(page)}) == page
    text = markdown_text(page)
    assert text.startswith(f"{MARKER}\n")
    assert text.count(MARKER) == 1 or MARKER in str(page)
    assert len(text) <= LONGEST_COMMENT
    assert [line for line in text.splitlines() if line.lstrip().startswith("/")] == []
    seen = without_code(text)
    assert not set(seen) & set("@#/<>`[]()_\\&"), seen
    assert re.search(r"\.\S", seen) is None, "a forge makes links of such words"


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.pop("notes"),
        lambda page: page.update(more=""),
        lambda page: page.update(title=None),
        lambda page: page.update(title={"html": "<b>"}),
        lambda page: page.update(notes="text"),
        lambda page: page.update(notes=[1]),
        lambda page: page.update(sections={}),
        lambda page: page["sections"].append("Changed"),
        lambda page: page["sections"][0].pop("blocks"),
        lambda page: page["sections"][0]["blocks"][0].update(url="https://evil.example"),
        lambda page: page["sections"][0]["blocks"][0].update(lines=[["+"]]),
    ],
)
def test_another_shape_is_refused(change: Any) -> None:
    page = json.loads(json.dumps(page_document(PAGE)))
    assert read({"page": page}) == PAGE
    change(page)
    with pytest.raises(PageError) as refused:
        read({"page": page})
    assert "evil" not in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "data",
    [b"", b"secret", b"\xff", b"[]", b"{}", b"3", b'{"page": 1}', b"{} {}", b"[" * 100_000, b'{"page": {}, "page": {}}', b"NaN"],
)
def test_what_is_no_document_is_refused_without_quoting_it(data: bytes) -> None:
    with pytest.raises(PageError) as refused:
        page_of(data, "diff.json")
    assert str(refused.value).startswith("diff.json: ")
    assert "secret" not in str(refused.value)


def test_a_document_that_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1024 * 1024)
    with pytest.raises(PageError, match="more than 1 MiB") as refused:
        page_of(b"{" * (1024 * 1024 + 1), "diff.json")
    assert "jq '{page}' diff.json" in refused.value.remedy
