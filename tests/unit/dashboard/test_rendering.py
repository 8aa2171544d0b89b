"""Every page is made from the facts alone."""

from __future__ import annotations

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Page
from reconciler.dashboard.pages import PAGES
from tests.unit.dashboard.pages import shown


@pytest.mark.parametrize("page", [one for one in PAGES if one.gather is None], ids=lambda page: page.path)
def test_a_page_is_made_from_the_facts(page: Page, facts: Facts) -> None:
    text = shown(page, facts)
    assert text.lstrip().startswith("<!doctype html>")
    assert " style=" not in text
    assert "<script>" not in text
    assert len(text) < 300_000
