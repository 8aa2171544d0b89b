"""Takes the pictures of the dashboard that the documents show: `python -m docs.screenshots`.

The fleet is that of `tests/support/showcase.py`, and the browser that of the tests. Live parts are of a real API server, with
Pods that kwok plays.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from playwright.async_api import async_playwright

from tests.controlplane.start import ControlPlane, running
from tests.parts.debian import chromium
from tests.support.dashboard import dashboard
from tests.support.fleet import config, placed, policy, selector
from tests.support.program import isolated_git
from tests.support.servers import ServerWorld, eventually
from tests.support.showcase import showcase

MEMBER = "eu-central-1"
CONFIGS = policy("configs", selector("ConfigMap"), MEMBER)
IMAGES = Path(__file__).parent / "images"
DESK, PHONE = (1440, 900), (390, 844)
WEB = "/objects/shop/Deployment.apps/web"
Picture = tuple[str, str, tuple[int, int], Literal["light", "dark"]]
PICTURES: tuple[Picture, ...] = (
    ("dashboard-overview", "/", DESK, "light"),
    ("dashboard-fleet", "/members", DESK, "light"),
    ("dashboard-application", "/applications/shop", DESK, "light"),
    ("dashboard-why", f"{WEB}/why", DESK, "dark"),
    ("dashboard-manifest", f"{WEB}/manifest", DESK, "light"),
    ("dashboard-phone", "/", PHONE, "light"),
    ("dashboard-phone-dark", "/applications/shop", PHONE, "dark"),
)
"""Name of the file, address, width and height, and scheme."""


LIVE: tuple[Picture, ...] = (
    ("dashboard-pods", "/applications/shop", DESK, "light"),
    ("dashboard-pods-phone", "/applications/shop", PHONE, "dark"),
    ("dashboard-live", "/live-from/eu-central-1/shop/ConfigMap/settings", DESK, "light"),
)
"""Those that need a token of the person who asks."""


async def take(url: str, pictures: Iterable[Picture], token: str = "") -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, address, (width, height), scheme in pictures:
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                http_credentials={"username": "me", "password": token} if token else None,
            )
            page = await context.new_page()
            await page.goto(url + address)
            await page.locator(".live").wait_for()
            for place, link in enumerate(await page.locator("a.pods").all()):
                await link.click()
                await page.locator(".owned").nth(place).wait_for()
            await page.screenshot(path=IMAGES / f"{name}.png")
            await context.close()
        await browser.close()


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with isolated_git(), tempfile.TemporaryDirectory() as folder, dashboard(showcase(Path(folder)).repo.path) as served:
        asyncio.run(take(served.url, PICTURES))
    with isolated_git(), tempfile.TemporaryDirectory() as folder, running([MEMBER], controllers=True) as (plane,):
        take_live(Path(folder), plane)


def take_live(folder: Path, plane: ControlPlane) -> None:
    """Somebody has changed a ConfigMap by hand."""
    world = ServerWorld(folder, [plane], named="shop")
    world.commit(
        {**placed("web", MEMBER), **placed("cart", MEMBER), "c.yaml": config("settings", currency="EUR"), "p.yaml": CONFIGS}
    )
    world.sync("--no-wait")
    eventually(lambda: len(plane.request(world.path("pods"))["items"]) == 4, seconds=120)
    world.sync("--no-wait")
    world.edit(MEMBER, "configmaps", "settings", {"data": {"currency": "USD"}})
    (folder / "ca.crt").write_bytes(plane.ca)
    settings = folder / "dashboard.yaml"
    settings.write_text(json.dumps({"members": {MEMBER: {"server": plane.url, "caFile": "ca.crt"}}}))
    with dashboard(world.repo.path, "--settings", str(settings)) as served:
        asyncio.run(take(served.url, LIVE, plane.token))


if __name__ == "__main__":
    main()
