"""Every page is made from the facts alone."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Page
from reconciler.dashboard.pages import PAGES
from reconciler.pictures.svg import style
from tests.unit.dashboard.pages import shown


@pytest.mark.parametrize("page", [one for one in PAGES if one.gather is None], ids=lambda page: page.path)
def test_a_page_is_made_from_the_facts(page: Page, facts: Facts) -> None:
    text = shown(page, facts)
    assert text.lstrip().startswith("<!doctype html>")
    assert " style=" not in text
    assert "<script>" not in text
    assert len(text) < 300_000


def test_every_class_of_a_drawing_has_a_rule_in_the_style_of_the_pages() -> None:
    """A part of a page has no style of its own."""
    ours = resources.files("reconciler.dashboard").joinpath("static/dashboard.css").read_text()
    classes = set(re.findall(r"\.([a-z]+)", style()))
    assert {name for name in classes if f".picture .{name}" not in ours} == set()
