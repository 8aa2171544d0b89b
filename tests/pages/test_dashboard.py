"""The dashboard in Chromium: every page keeps to the same rules, in light and dark, on a desk and a telephone, with and without
its script."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser

from reconciler.model.health import Health, HealthStatus
from reconciler.model.recorded import RecordedState
from tests.pages.visits import DESK, PHONE, complaints, visit, width
from tests.support.dashboard import Dashboard, dashboard
from tests.support.fleet import World, fleet, placed
from tests.support.showcase import record

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEB = "/objects/shop/Deployment.apps/web"
EVERY_PAGE = {
    "/": "Overview",
    "/members": "Fleet",
    "/members?health=Not+ready&region=ap-south": "Fleet",
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
    "/applications": "Applications",
    "/applications?health=unwell": "Applications",
    "/applications/shop": "shop",
    WEB: "web",
    "/objects/shop/ConfigMap/settings": "settings",
    f"{WEB}/why": "web",
    f"{WEB}/manifest?member=us-east-1": "web",
    f"{WEB}/history": "web",
    f"{WEB}/suspend": "Suspend web",
    "/members/lab/cordon": "Cordon lab",
    "/policies": "Policies",
    "/policies/PropagationPolicy/shop/web": "web",
    "/policies/OverridePolicy/shop/us-currency": "us-currency",
    "/search?q=web": "Search",
    "/nowhere": "Not there",
}
"""Address → heading. A new page gets a line."""


@pytest.mark.parametrize("address", EVERY_PAGE)
async def test_a_page_is_accessible_and_fits_a_telephone(browser: Browser, served: Dashboard, address: str) -> None:
    problems = []
    for scheme, size in (("light", DESK), ("dark", PHONE)):
        async with visit(browser, served.url + address, color_scheme=scheme, viewport=size) as page:
            assert await page.locator("h1").inner_text() == EVERY_PAGE[address]
            assert (await page.title()).startswith(EVERY_PAGE[address])
            assert await width(page) <= size["width"]
            problems += [f"{scheme}: {one}" for one in await complaints(page)]
    assert problems == []


async def test_everything_is_reached_without_scripts(browser: Browser, served: Dashboard) -> None:
    async with visit(browser, served.url, java_script_enabled=False) as page:
        await page.get_by_role("link", name="Fleet").click()
        await page.get_by_label("Name, place or label").fill("eu-north")
        await page.get_by_role("button", name="Filter").click()
        assert await page.locator("tbody th").all_inner_texts() == ["eu-north-1", "eu-north-2", "eu-north-3"]
        await page.get_by_role("link", name="Applications").click()
        await page.get_by_role("link", name="payments").click()
        await page.get_by_role("link", name="fraud", exact=True).first.click()
        assert "ImagePullBackOff" in await page.get_by_role("row", name="us-east-3").inner_text()
        await page.get_by_role("link", name="Why here").click()
        assert "TaintToleration" in await page.get_by_role("region", name="Why not there").inner_text()
        await page.get_by_role("link", name="Manifest").click()
        await page.get_by_label("Member", exact=True).select_option("us-east-2")
        await page.get_by_role("button", name="Show").click()
        assert "member=us-east-2" in page.url
        assert "kind: Deployment" in await page.get_by_role("region", name="Manifest").inner_text()
        assert await page.locator(".live").is_hidden()


async def test_the_keyboard_reaches_content_and_search(browser: Browser, served: Dashboard) -> None:
    async with visit(browser, f"{served.url}/members") as page:
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await page.keyboard.press("/")
        await page.keyboard.type("us-currency")
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="us-currency").click()
        assert await page.locator("h1").inner_text() == "us-currency"


async def test_search_finds_names_labels_files_and_messages(browser: Browser, served: Dashboard) -> None:
    for words, name in (
        ("eu-central-2", "eu-central-2"),
        ("part-of=cart", "cart"),
        ("shop/settings.yaml", "settings"),
        ("imagepullbackoff", "fraud"),
        ("overridepolicy shop", "us-currency"),
    ):
        async with visit(browser, f"{served.url}/search?q={words}") as page:
            assert name in await page.locator("tbody th a").all_inner_texts(), words
    async with visit(browser, f"{served.url}/search?q=there-is-no-such-thing") as page:
        assert "Nothing matches" in await page.locator("main").inner_text()


async def test_a_button_shows_the_commit_and_makes_none(browser: Browser, served: Dashboard, shown: World) -> None:
    before = shown.repo.git("for-each-ref")
    async with visit(browser, served.url + WEB) as page:
        await page.get_by_role("link", name="Suspend …").click()
        assert "reconciler suspend deployment/web -n shop" in await page.locator("main").inner_text()
        assert "reconciler.dev/suspended" in await page.locator("pre.diff ins").first.inner_text()
    assert shown.repo.git("for-each-ref") == before


@pytest.fixture
def small(tmp_path: Path) -> World:
    world = World(tmp_path, {**fleet("m1", "m2"), **placed("web", "m1", "m2")})
    world.sync()
    return world


def failing(state: RecordedState) -> RecordedState:
    health = Health(HealthStatus.FAILED, "Pod web-1: CrashLoopBackOff", "CrashLoopBackOff")
    reports = {
        key: replace(one, statuses=tuple(replace(status, health=health) for status in one.statuses))
        for key, one in state.reports.items()
        if key.name == "web"
    }
    return replace(state, reports={**state.reports, **reports})


async def test_an_open_page_follows_the_status_branch(browser: Browser, small: World) -> None:
    with dashboard(small.repo.path) as running:
        async with visit(browser, f"{running.url}/applications/shop") as page:
            await page.locator(".live").wait_for()
            link = page.get_by_role("link", name="web", exact=True)
            await link.focus()
            waiting = asyncio.create_task(page.get_by_text("Failed").first.wait_for(timeout=20_000))
            await record(small, failing, datetime.now(UTC))
            await waiting
            assert await page.evaluate("document.activeElement.textContent") == "web"
