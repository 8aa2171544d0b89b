"""Markdown for a comment: it fits, and foreign text stays text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.present.n_minus_1 import shortfall_lines
from reconciler.present.review_page.markdown import LONGEST_COMMENT, MARKER, markdown_text
from reconciler.present.review_page.page import Block, Page, Section, n_minus_1_page
from tests.support.shop import SHOP
from tests.unit.review.test_n_minus_1 import ALL, check


def page(*blocks: Block, alerts: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> Page:
    return Page("2 to change on 3 clusters", "a → b", alerts, (Section("Changed", blocks),) if blocks else (), notes)


def block(text: str, lines: tuple[str, ...] = (), objects: tuple[str, ...] = ("ConfigMap a",)) -> Block:
    return Block("change", text, lines, objects, ("m1",), ("apps",))


def code_of(text: str) -> list[str]:
    """The contents of code spans and code blocks, as a forge shows them."""
    tokens = [one for token in MarkdownIt("commonmark").parse(text) for one in (token, *(token.children or ()))]
    return [one.content for one in tokens if one.type in ("code_inline", "fence")]


def test_what_it_says() -> None:
    text = markdown_text(page(block("ConfigMap a on m1", ("@@ data @@", "-k: 1", "+k: 2")), notes=("keep X",)))
    assert (
        text
        == f"""{MARKER}

### 2 to change on 3 clusters

a → b

#### Changed

**change** `ConfigMap a on m1`

```diff
@@ data @@
-k: 1
+k: 2
```

#### Notes

```text
keep X
```
"""
    )


def test_many_objects_are_folded_below_their_entry() -> None:
    names = tuple(f"ConfigMap c{number}" for number in range(50))
    text = markdown_text(page(block("50 ConfigMaps", (), names)))
    assert "<details><summary>All of them</summary>" in text
    assert all(name in text for name in names)


def test_what_does_not_fit_is_left_out_whole_and_counted() -> None:
    blocks = [block(f"ConfigMap c{number} on m1", ("@@ data @@", f"+k: {'x' * 500}")) for number in range(1000)]
    text = markdown_text(page(*blocks))
    shown = text.count("**change**")
    assert len(text) <= LONGEST_COMMENT
    assert shown > 80
    assert text.endswith(f"**Left out: {1000 - shown} more entries.** `reconciler diff` shows all.\n")
    assert text.count("```") % 2 == 0


def test_many_long_problems_leave_room_for_what_changes() -> None:
    problems = tuple(f"a.yaml:{number}: error: {'x' * 5000}" for number in range(500))
    text = markdown_text(page(block("ConfigMap a on m1", ("@@ data @@", f"+k: {'y' * 5000}")), alerts=problems))
    assert len(text) <= LONGEST_COMMENT
    assert "@@ 440 more lines @@" in text
    assert "**change** `ConfigMap a on m1`" in text
    assert "… and 4404 more characters" in text


def test_no_title_without_its_entries() -> None:
    text = markdown_text(page(block("x" * 500), notes=("n" * 500,)), longest=400)
    assert "####" not in text
    assert "Left out: 2 more entries" in text


FOREIGN = st.text(st.characters(codec="utf-8") | st.sampled_from("`\n<>@#*[]()|~ "), max_size=40)


@given(FOREIGN)
def test_foreign_text_is_code_whatever_it_is(foreign: str) -> None:
    text = markdown_text(page(block(f"x{foreign}x", (f"+{foreign}",)), alerts=(foreign,), notes=(foreign,)))
    found = code_of(text)
    assert len(found) == 4
    assert "change" in foreign or all("change" not in one for one in found[1:2])
    html = MarkdownIt("commonmark").render(text)
    assert html.count("<strong>change</strong>") == 1
    assert html.count("<h4>") == 2
    assert "<a " not in html
    assert "<em>" not in html


def test_a_check_of_losses_is_a_page_too() -> None:
    result = check(SHOP, *ALL)
    text = markdown_text(n_minus_1_page(result, ALL))
    assert all(line in code_of(text)[-1] for line in shortfall_lines(result))
