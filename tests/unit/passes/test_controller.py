"""A process that stays: what it keeps between passes and revisions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.access import Access
from reconciler.passes import object_backoff
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.passes.preflight import ConfigurationBrokenError
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from reconciler.repo.command import GitCommand
from tests.support.fleet import STATUS, World, document
from tests.support.shop import SHOP, workload

WEB = "m1/shop/Deployment.apps/web.yaml"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, SHOP)


@asynccontextmanager
async def opened(world: World, options: Options) -> AsyncIterator[Controller]:
    async with (
        await Repository.open(str(world.repo.path)) as repository,
        Controller(
            repository,
            ThreadCompiler(),
            Access(world.members),
            lambda: datetime.now(UTC),
            "HEAD",
            options,
            push=False,
        ) as controller,
    ):
        yield controller


@pytest.fixture
async def controller(world: World) -> AsyncIterator[Controller]:
    async with opened(world, Options(wait=False)) as controller:
        yield controller


async def refresh(controller: Controller) -> bool:
    await controller.fetch()
    return await controller.adopt()


def subject(world: World) -> str:
    return world.repo.git("log", "-1", "--format=%s", STATUS)


async def test_a_revision_is_applied_and_recorded_once(world: World, controller: Controller) -> None:
    assert await refresh(controller)
    assert (await controller.reconcile()).wrote
    assert await controller.record() == world.repo.git("rev-parse", STATUS)
    assert not await refresh(controller)
    assert (await controller.reconcile()).events == ()
    assert await controller.record() is None


async def test_what_git_is_asked_between_a_push_and_its_pass(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question is a process, which takes as long as the rest of the way where the machine is busy."""
    commands: list[str] = []
    start = GitCommand._start

    def counted(git: GitCommand, arguments: tuple[str, ...], *others: Any) -> Any:
        commands.append(arguments[0])
        return start(git, arguments, *others)

    monkeypatch.setattr(GitCommand, "_start", counted)
    async with (
        await Repository.open(f"file://{world.repo.path}", cache=tmp_path / "cache") as repository,
        Controller(
            repository, ThreadCompiler(), Access(world.members), lambda: datetime.now(UTC), "HEAD", Options(wait=False), push=True
        ) as controller,
    ):
        controller.pushed = True  # Before the first fetch, it says nothing.
        await refresh(controller)
        await controller.reconcile()
        await controller.record()
        world.commit({"web/deployment.yaml": workload("web", 6)})
        commands.clear()
        controller.pushed = True
        assert await refresh(controller)
        assert commands == ["fetch", "cat-file", "ls-tree", "cat-file", "merge-base"]
        assert (await controller.reconcile()).wrote
        commands.clear()
        await refresh(controller)
        assert commands == ["ls-remote", "fetch", "symbolic-ref", "cat-file", "symbolic-ref"]


async def test_drift_that_is_corrected_again_and_again_is_counted_and_not_kept(
    world: World, controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_backoff, "_FIRST", 0.0)
    await refresh(controller)
    await controller.reconcile()
    await controller.record()
    good = (world.members / WEB).read_text()
    for number in range(5):
        (world.members / WEB).write_text(good.replace("replicas: 2", "replicas: 7"))
        assert (await controller.reconcile()).wrote
        commit = await controller.record()
        assert (commit is not None) == (number in (0, 2)), "the first correction is news, and that it has become a fight"
    assert len(controller._recorder._unrecorded) == 1
    world.commit({"README.md": "New"})
    await refresh(controller)
    await controller.reconcile()
    await controller.record()
    assert subject(world).endswith(": 2 configured on m1")


async def test_a_broken_configuration_leaves_the_revision_in_force(world: World, controller: Controller) -> None:
    await refresh(controller)
    good = controller.revision
    world.commit({"reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: [\n"})
    with pytest.raises(ConfigurationBrokenError):
        await refresh(controller)
    assert controller.revision == good
    assert (await controller.reconcile()).wrote


async def test_a_revision_that_is_left_is_not_adopted_again(world: World, controller: Controller) -> None:
    await refresh(controller)
    good = controller.revision
    assert not await controller.revert(), "no pass has succeeded yet"
    await controller.reconcile()
    assert not await controller.revert(), "it is in force already"
    world.commit({"README.md": "New"})
    assert await refresh(controller)
    assert await controller.revert()
    assert controller.revision == good
    assert not await refresh(controller)
    assert (await controller.reconcile()).events == ()
    world.commit({"README.md": "Newer"})
    assert await refresh(controller)


async def test_a_shadow_starts_from_what_another_process_records(world: World) -> None:
    async with opened(world, Options(shadow=True)) as shadow:
        await refresh(shadow)
        first = await shadow.reconcile()
        assert (await asyncio.to_thread(world.sync)).code == 0
        world.commit({"README.md": "New"})
        await refresh(shadow)
        second = await shadow.reconcile()
    assert [bool(one.recorded.decisions) for one in (first, second)] == [False, True]
    since = [
        {name: one.observed.since for name, one in done.recorded.clusters.items() if one.observed} for done in (first, second)
    ]
    assert since[0] == since[1] != {}
    assert first.recorded.revision != second.recorded.revision


async def test_a_revision_that_is_left_and_says_to_observe_stops_writes_all_the_same(
    world: World, controller: Controller
) -> None:
    await refresh(controller)
    await controller.reconcile()
    world.commit({"reconciler.yaml": document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec={"mode": "Observe"})})
    assert await refresh(controller)
    assert await controller.revert()
    (world.members / WEB).unlink()
    done = await controller.reconcile()
    assert (controller.observes, done.wrote, (world.members / WEB).exists()) == (True, False, False)


async def test_what_happens_while_the_status_is_recorded_is_recorded_next(world: World, controller: Controller) -> None:
    await refresh(controller)
    await controller.reconcile()
    recording = asyncio.create_task(controller.record())
    await asyncio.sleep(0)
    (world.members / WEB).unlink()
    assert (await controller.reconcile()).wrote
    assert await recording is not None
    world.commit({"README.md": "New"})
    await refresh(controller)
    await controller.reconcile()
    await controller.record()
    assert subject(world).endswith(": 1 created on m1")
