"""What every page of the dashboard must keep to, whatever it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@asynccontextmanager
async def visit(browser: Browser, address: str, **context: Any) -> AsyncIterator[Page]:
    """A page in a browser without a past; whatever it complains about, or asks elsewhere for, fails the test:
    also what the policy of content stopped, which the console tells."""
    opened = await browser.new_context(**{"viewport": DESK, **context})
    page = await opened.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    origin = "/".join(address.split("/")[:3])
    page.on("request", lambda request: None if request.url.startswith(origin) else problems.append(request.url))
    try:
        answer = await page.goto(address)
        if answer is not None and answer.status >= 400:  # the console says so, too
            problems = [one for one in problems if "Failed to load resource" not in one]
        yield page
        assert problems == []
    finally:
        await opened.close()


async def complaints(page: Page) -> list[str]:
    """What axe finds: WCAG 2.2, A and AA, and its best practices."""
    found = await Axe().run(page)
    return [f"{one['id']}: {node['html'][:200]}" for one in found.response["violations"] for node in one["nodes"]]


async def width(page: Page) -> int:
    """Of the content; more than the window's where the page as a whole scrolls sideways."""
    return int(await page.evaluate("document.documentElement.scrollWidth"))
