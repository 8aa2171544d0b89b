"""What a real forge shows of the status branch: its README, with the pictures as images."""

from __future__ import annotations

import asyncio
import urllib.request

from playwright.async_api import async_playwright

from tests.forge.pushed import Pushed
from tests.parts.debian import chromium
from tests.support.program import run_here

_DRAWN = """Promise.all([...document.querySelectorAll('.markdown img')]
    .map(one => one.decode().then(() => [one.alt, one.naturalWidth])))"""


def served(url: str) -> tuple[str, bytes]:
    """(type, content)."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - always loopback
        return answer.headers["Content-Type"], answer.read()


async def drawn(url: str) -> list[tuple[str, int]]:
    """(alternative text, width) of each image of the README."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(url, wait_until="domcontentloaded")
        images: list[tuple[str, int]] = await page.evaluate(_DRAWN)
        await browser.close()
        return images


def test_the_readme_shows_the_pictures(pushed: Pushed) -> None:
    ran = run_here("sync", "--repo", str(pushed.clone.path), "--member-root", str(pushed.members))
    assert ran.code == 0, ran.err
    branch = f"{pushed.forge.url}/{pushed.path}/src/branch/reconciler/status"
    kind, data = served(f"{branch}/pictures/members.svg".replace("/src/", "/raw/"))
    assert kind.startswith("image/svg+xml")
    assert b"3 of 3 ready" in data
    images = asyncio.run(drawn(branch))
    assert [alt for alt, _ in images] == [
        "fleet: 2 objects as declared",
        "members: 3 of 3 ready",
        "NotObserved: 2",
        "Where the workloads run",
    ]
    assert min(width for _, width in images) > 50


def test_a_second_sync_without_news_makes_no_commit(pushed: Pushed) -> None:
    words = ("sync", "--repo", str(pushed.clone.path), "--member-root", str(pushed.members))
    assert run_here(*words).code == 0
    before = pushed.clone.git("rev-parse", "reconciler/status")
    assert run_here(*words).code == 0
    assert pushed.clone.git("rev-parse", "reconciler/status") == before
