"""When a process takes the reports of agents: whatever else is refused, and without its remote except where it fetches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.cluster.access import Access
from reconciler.model.keys import ClusterName
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.passes.preflight import ConfigurationBrokenError
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from reconciler.repo.failures import RepositoryError
from tests.support.fleet import World
from tests.support.gitrepo import run_git
from tests.support.program import run_here
from tests.support.shop import SHOP, cluster_file
from tests.unit.passes.test_member_branches import put, report

M3 = ClusterName("m3")
UNHEARD = "its agent has not reported yet"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""When `report` reports."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, SHOP | {"clusters/m3.yaml": cluster_file("m3").replace("Push", "Pull")})


@pytest.fixture
def clone(world: World) -> Path:
    """Of the world, which is its remote."""
    folder = world.folder / "clone"
    run_git(world.folder, "clone", "--quiet", str(world.repo.path), str(folder))
    return folder


@asynccontextmanager
async def controlling(world: World, folder: Path, *, push: bool = True) -> AsyncIterator[Controller]:
    async with (
        await Repository.open(str(folder)) as repository,
        Controller(
            repository, ThreadCompiler(), Access(world.members), lambda: NOW, "HEAD", Options(wait=False), push=push
        ) as controller,
    ):
        yield controller


async def test_reports_are_taken_although_the_newest_revision_is_refused(world: World) -> None:
    async with controlling(world, world.repo.path) as controller:
        await controller.fetch()
        await controller.adopt()
        assert UNHEARD in (await controller.reconcile()).unreadable[M3]
        world.commit({"reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: [\n"})
        put(world.repo, "m3", report("m3"))
        await controller.fetch()
        with pytest.raises(ConfigurationBrokenError):
            await controller.adopt()
        assert controller.changed.is_set()
        assert M3 not in (await controller.reconcile()).unreadable


async def test_only_a_fetch_asks_the_remote_for_reports(world: World, clone: Path) -> None:
    put(world.repo, "m3", report("m3"))
    async with controlling(world, clone) as controller:
        await controller.fetch()
        await controller.adopt()
        assert M3 not in (await controller.reconcile()).unreadable
        run_git(clone, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "--message=New")
        await controller.fetch()
        world.repo.path.rename(world.folder / "away")
        assert await controller.adopt()
        assert await controller.revert()
        assert M3 not in (await controller.reconcile()).unreadable
        with pytest.raises(RepositoryError):
            await controller.fetch()


async def test_a_local_process_needs_no_remote(world: World, clone: Path) -> None:
    world.repo.path.rename(world.folder / "away")
    async with controlling(world, clone, push=False) as controller:
        await controller.fetch()
        assert await controller.adopt()


@pytest.mark.parametrize(("options", "code"), [(["--local"], 3), (["--dry-run", "--local"], 0)])
def test_a_local_sync_needs_no_remote(world: World, clone: Path, options: list[str], code: int) -> None:
    world.repo.path.rename(world.folder / "away")
    ran = run_here("sync", "--repo", str(clone), "--member-root", str(world.members), *options)
    assert (ran.code, "\nm3 " in ran.out) == (code, True), ran.err
