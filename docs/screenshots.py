"""Takes the pictures of the dashboard that the documents show: `python -m docs.screenshots`.

The fleet is that of `tests/support/showcase.py`, and the browser that of the tests.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Literal

from playwright.async_api import async_playwright

from tests.parts.debian import chromium
from tests.support.dashboard import dashboard
from tests.support.program import isolated_git
from tests.support.showcase import showcase

IMAGES = Path(__file__).parent / "images"
DESK, PHONE = (1440, 900), (390, 844)
WEB = "/objects/shop/Deployment.apps/web"
PICTURES: tuple[tuple[str, str, tuple[int, int], Literal["light", "dark"]], ...] = (
    ("dashboard-overview", "/", DESK, "light"),
    ("dashboard-fleet", "/members", DESK, "light"),
    ("dashboard-application", "/applications/shop", DESK, "light"),
    ("dashboard-why", f"{WEB}/why", DESK, "dark"),
    ("dashboard-manifest", f"{WEB}/manifest", DESK, "light"),
    ("dashboard-phone", "/", PHONE, "light"),
    ("dashboard-phone-dark", "/applications/shop", PHONE, "dark"),
)
"""Name of the file, address, width and height, and scheme."""


async def take(url: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, address, (width, height), scheme in PICTURES:
            context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = await context.new_page()
            await page.goto(url + address)
            await page.locator(".live").wait_for()
            await page.screenshot(path=IMAGES / f"{name}.png")
            await context.close()
        await browser.close()


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with isolated_git(), tempfile.TemporaryDirectory() as folder, dashboard(showcase(Path(folder)).repo.path) as served:
        asyncio.run(take(served.url))


if __name__ == "__main__":
    main()
