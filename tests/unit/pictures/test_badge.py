"""One fact as a badge."""

from __future__ import annotations

from xml.etree import ElementTree

from reconciler.pictures.badge import badge
from reconciler.pictures.svg import Tone

SVG = "{http://www.w3.org/2000/svg}"


def test_it_says_both_words_and_is_as_wide_as_they_are() -> None:
    short, long = (ElementTree.fromstring(badge("members", value, Tone.WELL)) for value in ("3", "3 of 30 ready"))  # noqa: S314
    assert [one.text for one in long.iter(f"{SVG}text")] == ["members", "3 of 30 ready"]
    assert long.get("aria-label") == "members: 3 of 30 ready"
    assert float(long.get("width", "")) > float(short.get("width", "")) + 40
    assert [one.get("class") for one in long.iter(f"{SVG}path")] == ["well"]


def test_it_is_small() -> None:
    assert len(badge("InProgress", "12", Tone.MOVING)) < 2500
