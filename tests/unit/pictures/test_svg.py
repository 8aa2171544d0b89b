"""The frame of every drawing."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from reconciler.pictures.svg import DARK, LIGHT, Tone, columns, counted, drawing, fitted, number, shown, style, text

HOSTILE = "</text><script>alert(1)</script>\"'&]]>\x1b\u202e\x00\n<!--"


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("of", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_fill_and_outlines_can_be_seen(of: dict[str, str]) -> None:
    assert [tone.style for tone in Tone if contrast(of["ink"], of[tone.style]) < 7] == []
    assert contrast(of["ink"], of["card"]) > 7
    assert contrast(of["dim"], of["card"]) >= 4.5
    assert contrast(of["dim"], of["plain"]) >= 4.5
    for tone in ("unknown", "moving", "failing"):
        assert contrast(of[f"{tone}-line"], of["card"]) >= 3, tone


def test_both_schemes_have_the_same_roles_and_a_scope_stands_before_each_rule() -> None:
    assert LIGHT.keys() == DARK.keys()
    rules = [one.strip() for one in style(".picture").replace("@media(prefers-color-scheme:dark){", "").split("}") if one.strip()]
    assert [one for one in rules if not one.startswith(".picture ")] == []


def test_what_names_say_stays_text() -> None:
    drawn = drawing(100, 50, HOSTILE, [text(1, 2, HOSTILE, "name")])
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    assert {one.tag.rpartition("}")[2] for one in root.iter()} == {"svg", "title", "style", "rect", "text"}
    assert root.get("aria-label") == shown(HOSTILE)
    assert shown("a\x1b\u202eb\nc") == r"a\x1b\u202eb\nc"


def test_a_part_of_a_page_has_no_style_of_its_own() -> None:
    assert "<style>" in drawing(1, 1, "x", [])
    assert "<style>" not in drawing(1, 1, "x", [], alone=False)


@pytest.mark.parametrize(
    ("name", "most", "expected"),
    [
        ("shop/web", 8, "shop/web"),
        ("shop/payment-gateway", 12, "shop/…ateway"),
        ("一二三四五", 10, "一二三四五"),
        ("一二三四五六", 10, "一二…五六"),
        ("x" * 300, 5, "xx…xx"),
    ],
)
def test_a_name_is_cut_in_its_middle(name: str, most: int, expected: str) -> None:
    assert fitted(name, most) == expected
    assert columns(fitted(name, most)) <= most


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0"), (999, "999"), (1000, "1k"), (1999, "1.9k"), (34_567, "34k"), (5_600_000, "5.6M"), (2**31, "2.1G")],
)
def test_large_numbers_are_short(count: int, expected: str) -> None:
    assert counted(count) == expected


def test_numbers_are_as_short_as_they_can_be() -> None:
    assert [number(one) for one in (12.0, 0.5, 1 / 3, 1200, 123456.0)] == ["12", "0.5", "0.33", "1200", "123456"]
