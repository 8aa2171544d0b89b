"""The dashboard in Chromium: every page keeps to the same rules, in light and dark, on a desk and a telephone, with and without
its script."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.pages.visits import DESK, PHONE, complaints, visit, width
from tests.support.dashboard import Dashboard

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERY_PAGE = {
    "/": "Overview",
    "/members": "Fleet",
    "/members/eu-central-1": "eu-central-1",
    "/placement": "Placement",
    "/rollouts": "Rollouts",
    "/rollouts/Configuration": "Configuration",
    "/rollouts/PropagationPolicy%20payments%2Ffraud": "PropagationPolicy payments/fraud",
    "/timeline": "Timeline",
    "/timeline?kind=failover": "Timeline",
    "/commits": "History",
    "/simulate": "What if",
    "/simulate?lose=eu-central-1": "What if",
    "/simulate?lose=nobody": "What if",
    "/nowhere": "Not there",
}
"""Address → heading. A new page gets a line."""


@pytest.mark.parametrize("address", EVERY_PAGE)
async def test_a_page_is_accessible_in_both_schemes_and_fits_a_telephone(
    browser: Browser, served: Dashboard, address: str
) -> None:
    problems = []
    for scheme, size in (("light", DESK), ("dark", PHONE)):
        async with visit(browser, served.url + address, color_scheme=scheme, viewport=size) as page:
            assert await page.locator("h1").inner_text() == EVERY_PAGE[address]
            assert (await page.title()).startswith(EVERY_PAGE[address])
            assert await width(page) <= size["width"]
            problems += [f"{scheme}: {one}" for one in await complaints(page)]
    assert problems == []
