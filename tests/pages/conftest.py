"""Pages in a real Chromium: one browser and one server of the dashboard for all tests of a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.parts.debian import chromium
from tests.support.dashboard import Dashboard, dashboard
from tests.support.fleet import World
from tests.support.showcase import record, showcase
from tests.support.showcase_events import LATER, eventful


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What the dashboard shows; tests leave it as it is."""
    world = showcase(tmp_path_factory.mktemp("showcase"))
    asyncio.run(record(world, eventful, LATER))
    return world


@pytest.fixture(scope="session")
def served(shown: World) -> Iterator[Dashboard]:
    with dashboard(shown.repo.path) as running:
        yield running
