"""The pages about what happens: rollouts, the timeline, the history, and what would move without a member."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser

from tests.pages.visits import visit
from tests.support.dashboard import Dashboard

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_would_move_is_asked_for_and_read_without_scripts(browser: Browser, served: Dashboard) -> None:
    async with visit(browser, served.url, java_script_enabled=False) as page:
        await page.get_by_role("link", name="What if").click()
        await page.get_by_label("Without these members").fill("us-east-1, us-east-2")
        await page.get_by_role("button", name="Simulate").click()
        said = await page.get_by_role("status").inner_text()
        assert re.fullmatch(r"\d+ objects would move: \d+ copies leave, \d+ come?\. .*", said)
        drawn = page.get_by_role("img", name=re.compile("Without 2 members: "))
        assert "payments/fraud" in (await drawn.text_content() or "")
        assert await drawn.locator("path.failing").count() > 3
        row = page.get_by_role("row", name="fraud")
        assert "us-east-3 +" in await row.inner_text()
        await page.get_by_role("link", name="us-east 3").click()
        assert "payments/fraud" in await page.get_by_role("region", name="Objects that could not be placed").inner_text()
        await page.get_by_role("link", name="us-east-1").first.wait_for(state="detached")


async def test_from_a_member_to_its_loss(browser: Browser, served: Dashboard) -> None:
    async with visit(browser, f"{served.url}/members/us-east-1") as page:
        await page.get_by_role("link", name="What if it is gone?").click()
        assert page.url.endswith("/simulate?lose=us-east-1")


async def test_from_an_event_to_the_object_and_from_the_history_to_a_commit(browser: Browser, served: Dashboard) -> None:
    async with visit(browser, f"{served.url}/timeline") as page:
        events = await page.locator(".event").all_inner_texts()
        assert any("2 objects leave ap-south-2" in one and "NoExecute" in one for one in events)
        await page.get_by_role("link", name="ConfigMap shop/settings was corrected on us-east-1").click()
        assert await page.locator("h1").inner_text() == "settings"
        await page.get_by_role("link", name="History").first.click()
        await page.goto(f"{served.url}/commits")
        await page.locator("tbody th a").nth(1).click()
        assert "scaled on" in await page.get_by_role("region", name="Objects").inner_text()


async def test_pictures_follow_the_scheme_of_the_page(browser: Browser, served: Dashboard) -> None:
    fills = set()
    for scheme in ("light", "dark"):
        async with visit(browser, f"{served.url}/placement", color_scheme=scheme) as page:
            fills.add(await page.locator("svg.picture rect.card").evaluate("one => getComputedStyle(one).fill"))
            assert await page.locator("svg.picture rect.failing").count() == 2  # A tile, and the legend.
    assert len(fills) == 2
