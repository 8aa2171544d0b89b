"""The pictures of the status branch as images in a page: drawn in light and dark, and nothing of a name runs."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.async_api import Browser

from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.record.fleet_pictures import picture_files
from tests.support.builders import binding, deployment, recorded, recorded_state, status

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "</text><script>document.title='run'</script>]]><image href='http://198.51.100.1/x'/>"


def hostile_state() -> RecordedState:
    names = [*(f"m{at}" for at in range(20)), HOSTILE]
    shares = dict.fromkeys(names, 2)
    web = binding(deployment(HOSTILE, namespace=HOSTILE), **shares)
    statuses = [status(name, list(HealthStatus)[at % 6], message=HOSTILE) for at, name in enumerate(names)]
    clusters = [RecordedCluster(ClusterName(name), HOSTILE, ready=at % 2 == 0, message=HOSTILE) for at, name in enumerate(names)]
    return recorded_state(recorded(web, *statuses), recorded(binding(m1=3)), clusters=clusters, revision=HOSTILE)


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    files = picture_files(hostile_state())
    for path, data in files.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
    page = tmp_path / "index.html"
    inline = {path: base64.b64encode(data).decode() for path, data in files.items()}
    images = (f'<p><img id="{path}" src="data:image/svg+xml;base64,{data}" alt="">' for path, data in inline.items())
    page.write_text("<!doctype html><title>quiet</title>" + "".join(images))
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_picture_is_drawn_in_the_scheme_of_the_reader(browser: Browser, page_file: Path, scheme: str) -> None:
    context = await browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(page_file.as_uri())
    widths = await page.evaluate("Promise.all([...document.images].map(one => one.decode().then(() => one.naturalWidth)))")
    assert len(widths) == 10
    assert min(widths) > 50
    corner = """async () => {
        const image = document.getElementById('pictures/placement.svg'), canvas = document.createElement('canvas')
        canvas.width = canvas.height = 40
        const context = canvas.getContext('2d')
        context.drawImage(image, 0, 0)
        return [...context.getImageData(8, 8, 1, 1).data]
    }"""
    try:
        colour = await page.evaluate(corner)
    finally:
        await context.close()
    assert colour[:3] == ([255, 255, 255] if scheme == "light" else [13, 17, 23])
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


async def test_opened_as_a_document_it_is_well_formed_and_runs_nothing(browser: Browser, page_file: Path) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto((page_file.parent / "pictures/placement.svg").as_uri())
    assert await page.evaluate("document.documentElement.tagName") == "svg"
    assert await page.evaluate("[...new Set([...document.querySelectorAll('*')].map(one => one.tagName))].sort().join()") == (
        "g,path,rect,style,svg,text,title"
    )
    assert await page.title() == "Where the workloads run: 2 workloads on 21 members, with the replicas on each"
    outside = """() => {
        const all = document.documentElement.getBoundingClientRect()
        return [...document.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()])
            .filter(([, box]) => box.right > all.right + 1 || box.bottom > all.bottom + 1 || box.left < 0 || box.top < 0)
            .map(([text]) => text)
    }"""
    assert await page.evaluate(outside) == []
    assert asked == [(page_file.parent / "pictures/placement.svg").as_uri()]
