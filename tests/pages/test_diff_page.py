"""`diff -o html`: one file that needs nothing, filters with its script, is complete without, and runs nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from reconciler.present.review_page.html import html_text
from reconciler.present.review_page.page import Block, Section
from reconciler.present.review_page.page import Page as Content

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOSTILE = "</pre><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">'\"&"
CONTENT = Content(
    "3 to change on 2 clusters",
    "a → b",
    (f"a.yaml:1: error: {HOSTILE}",),
    (
        Section("Removed", (Block("remove", "ConfigMap shop/a on m1", (), ("ConfigMap shop/a",), ("m1",), ("team-a",)),)),
        Section(
            "Changed",
            (
                Block(
                    "change",
                    "ConfigMap shop/b on m1, m2",
                    ("@@ data @@", "-k: 1", f"+k: {HOSTILE}"),
                    ("ConfigMap shop/b",),
                    ("m1", "m2"),
                    ("web/",),
                ),
                Block("change", HOSTILE, (), (HOSTILE,), (HOSTILE,), (HOSTILE,)),
            ),
        ),
    ),
    (HOSTILE,),
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "diff.html"
    path.write_text(html_text(CONTENT), "utf-8")
    return path.as_uri()


async def visible(page: Page) -> list[str]:
    return [await one.inner_text() for one in await page.locator("article:visible h3").all()]


async def test_it_filters_and_runs_nothing_of_others(browser: Browser, file: str) -> None:
    page = await browser.new_page()
    problems: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    await page.goto(file)
    everything = ["remove ConfigMap shop/a on m1", "change ConfigMap shop/b on m1, m2", f"change {HOSTILE}"]
    assert await visible(page) == everything
    await page.get_by_label("Object").fill("shop/B")
    assert await visible(page) == everything[1:2]
    assert await page.locator("output").inner_text() == "1 of 3 entries"
    assert await page.get_by_role("heading", name="Removed").is_hidden()
    await page.get_by_label("Object").fill("")
    await page.get_by_label("Cluster").select_option("m1")
    assert await visible(page) == everything[:2]
    await page.get_by_label("Team").select_option("team-a")
    assert await visible(page) == everything[:1]
    await page.get_by_label("Cluster").select_option("")
    await page.get_by_label("Team").select_option(HOSTILE)
    assert await visible(page) == everything[2:]
    assert (await page.title(), problems, requests) == ("3 to change on 2 clusters", [], [file])


async def test_it_is_complete_without_scripts(browser: Browser, file: str) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(file)
    assert len(await visible(page)) == 3
    assert await page.locator("form").is_hidden()
    assert await page.locator("pre.diff .added").inner_text() == f"+k: {HOSTILE}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_has_enough_contrast_and_fits_a_telephone(browser: Browser, file: str, scheme: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1."""
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})  # type: ignore[arg-type]
    await page.goto(file)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    lowest = await page.evaluate(CONTRAST)
    assert lowest >= 4.5


CONTRAST = """() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const background = (element) => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const all = [...document.querySelectorAll("h1, h2, h3, p, small, label, output, summary, li, pre, pre span, .effect")];
  return Math.min(...all.map((element) => {
    const pair = [luminance(numbers(getComputedStyle(element).color)), luminance(background(element))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  }));
}"""
