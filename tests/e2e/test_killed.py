"""`sync` is idempotent, and one that dies at any step is finished by the next.

The steps are enumerated: for each k the process dies at its k-th step, and a fresh one must bring about the very same
member folders and status documents as one that was left alone. What cannot be enumerated (a kill in the middle of git, or
between two instructions) is tried with real kills at random moments.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.cluster.access import Access
from reconciler.passes.options import Options
from reconciler.passes.sync import sync as sync_fleet
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from tests.support.crash_points import Death, Fate, fated
from tests.support.fleet import (
    DEPLOYMENT,
    STATUS,
    World,
    branch_files,
    config,
    contents,
    copy_of,
    document,
    fleet,
    override,
    placed,
    policy,
    selector,
    stamps,
    without_generations,
)
from tests.support.program import PROGRAM, clean_environment, popen, run_here

Facts = tuple[dict[str, bytes], dict[str, bytes]]
"""The members' folders and the status branch."""

FOREIGN = {
    "m1/foreign/theirs.yaml": config("theirs", key="value"),
    "m1/shop/ConfigMap/neighbour.yaml": config("neighbour", key="value"),
    "m2/notes.txt": "Somebody's notes: not a manifest at all",
    "m2/.hidden.yaml": "kind: [",
}


def registry(host: str) -> str:
    change = {"component": "Registry", "operator": "replace", "value": host}
    return override("registry", selector("Deployment", api=DEPLOYMENT), "m1", imageOverrider=[change])


START = {
    **fleet("m1", "m2"),
    **placed("web", "m1"),
    **placed("db", "m1", kind="StatefulSet"),
    **placed("api", "m1", "m2", divided=True, replicas=4),
    "overrides/registry.yaml": registry("eu.example.com"),
    "old/namespace.yaml": document("Namespace", "old", ""),
    "old/config.yaml": config("extra", key="value"),
    "old/policy.yaml": policy("extra", selector("ConfigMap"), "m2"),
}


@dataclass(frozen=True)
class Scenario:
    """A commit, and what stands before it."""

    files: dict[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    before: dict[str, str] | None = field(default_factory=lambda: START)
    """Committed and synced beforehand; None: nothing was."""


SCENARIOS = {
    "first sync": Scenario(START, before=None),
    "move": Scenario({**placed("web", "m2"), **placed("db", "m2", kind="StatefulSet")}),
    "scale": Scenario(placed("api", "m1", "m2", divided=True, replicas=7)),
    "override": Scenario({"overrides/registry.yaml": registry("us.example.com")}),
    "removal": Scenario(gone=("old/namespace.yaml", "old/config.yaml", "old/policy.yaml", "apps/web/workload.yaml")),
}


def sync(world: Path) -> str | None:
    """As a process of its own would: nothing is remembered from one run to the next."""

    async def run() -> str | None:
        async with await Repository.open(str(world / "config")) as repository:
            clock = lambda: datetime.now(UTC)  # noqa: E731 -- read where it is used
            root = world / "config.members"
            return (await sync_fleet(repository, ThreadCompiler(), "HEAD", Access(root), clock, Options(), push=False)).commit

    return asyncio.run(run())


def facts(world: Path) -> Facts:
    """What members hold and the status branch says; half a file of a killed process stays for a while, and declares nothing."""
    held, status = everything(world)
    return {path: data for path, data in held.items() if not path.endswith(".reconciler-tmp")}, without_generations(status)


def everything(world: Path) -> Facts:
    return contents(world / "config.members"), branch_files(world / "config", STATUS)


def prepare(folder: Path, scenario: Scenario) -> Path:
    """The world at the moment when the sync begins."""
    world = World(folder, scenario.before)
    for path, text in FOREIGN.items():
        file = world.members / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    if scenario.before is not None:
        sync(folder)
    world.commit(scenario.files, *scenario.gone)
    return folder


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_killed_at_any_step(tmp_path: Path, scenario: Scenario) -> None:
    start = prepare(tmp_path / "start", scenario)
    whole = copy_of(start, tmp_path / "undisturbed")
    fate = Fate()
    with fated(fate, whole / "config.members"):
        sync(whole)
    before, after = facts(start), facts(whole)
    assert before != after
    converged: list[Facts] = [after]
    for last in range(len(fate.steps)):
        world, killed = copy_of(start, tmp_path / "killed"), Fate(last)
        with fated(killed, world / "config.members"), suppress(Death):
            sync(world)
        if not killed.dead:  # Two threads that make the same folder at once take a step or two more than one after the other.
            assert last > len(fate.steps) - 6
            assert facts(world) == after
            break
        left = everything(world)
        if left == before or left in converged:
            continue  # What a fresh process makes of that was seen already, or is the undisturbed run.
        converged.append(left)
        sync(world)
        assert facts(world) == after, f"killed at step {last}, {fate.steps[last]}"
    assert len(converged) > 3


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_second_sync_changes_nothing(tmp_path: Path, scenario: Scenario) -> None:
    world = prepare(tmp_path, scenario)
    members = world / "config.members"
    foreign = {path: stamp for path, stamp in stamps(members).items() if path in FOREIGN}
    assert sync(world) is not None
    before = facts(world), stamps(members), stamps(world / "config")
    assert sync(world) is None
    assert (facts(world), stamps(members), stamps(world / "config")) == before
    assert {path: stamp for path, stamp in stamps(members).items() if path in FOREIGN} == foreign
    assert {path: (members / path).read_text() for path in FOREIGN} == FOREIGN


MANY = 150
"""ConfigMaps on each of two members: enough for a kill to fall between."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    many = "---\n".join(config(f"c{number}", key="value" * 50) for number in range(MANY))
    World(folder, {**fleet("m1", "m2"), "many.yaml": many, "policy.yaml": policy("many", selector("ConfigMap"))})
    return folder


def kill_points() -> Iterator[tuple[int, float]]:
    """How many files are to be there when the kill comes, and how many seconds later it does."""
    dice = random.Random(20260101)  # noqa: S311 -- guards nothing
    yield 2 * MANY + 2, 0.0  # everything is written, nothing recorded yet
    for _ in range(4):
        yield dice.randrange(1, 2 * MANY), dice.random() / 50


def test_killed_for_real(large: Path, tmp_path: Path) -> None:
    """The last words are git's: its processes live on for the moment that they need, as after a real kill."""
    whole = copy_of(large, tmp_path / "undisturbed")
    sync(whole)
    for files, delay in kill_points():
        world = copy_of(large, tmp_path / "killed")
        _kill_when(world, files, delay)
        assert run_here("sync", "--repo", str(world / "config")).code == 0
        assert facts(world) == facts(whole)


def _kill_when(world: Path, files: int, delay: float) -> None:
    members = world / "config.members"
    command = [*PROGRAM, "sync", "--repo", str(world / "config")]
    with popen(command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and sum(1 for _ in members.rglob("*.yaml")) < files:
            time.sleep(0.001)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.2)
