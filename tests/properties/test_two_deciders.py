"""Two processes that decide at once for one fleet, without an election: whatever the order of their passes and pushes, nothing is
harmed, and the members end as the newest revision says.

Where single requests of two passes are interleaved, or one process still applies an older revision, a move may go on while the
other process undoes it: then nothing but the end is promised. An election keeps such passes apart.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.changes import DeletionPropagation
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, key_of
from reconciler.passes.fleet import Fleet
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.status_recorder import StatusRecorder
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.record.branch_layout import state_of
from reconciler.repo.client import Repository
from reconciler.repo.failures import ConflictError, UnreachableError
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import NOW, Files, Playground, committed
from tests.support.shop import DIVIDED, NAMESPACE, cluster_file, config_file, on, policy_file, workload
from tests.support.virtual_time import VirtualTimeLoop

MEMBERS = ["m1", "m2", "m3"]
WANTED = 4
"""Replicas of each workload, in all revisions."""
WEB, WIDE = (ResourceKey("apps", "Deployment", "shop", name) for name in ("web", "wide"))
STAYS = ResourceKey("", "ConfigMap", "shop", "stays")
"""On every member in every revision."""
STATUS = "reconciler/status"


def revision(number: int, web: tuple[str, ...], wide: tuple[str, ...]) -> Files:
    """web: the members that have a whole copy each. wide: those that share one number of replicas."""
    return {
        **{f"clusters/{name}.yaml": cluster_file(name) for name in MEMBERS},
        "namespace.yaml": NAMESPACE,
        "stays.yaml": config_file("stays", str(number)),
        "stays-policy.yaml": policy_file("stays", "ConfigMap", on(*MEMBERS), api="v1"),
        "web.yaml": workload("web", WANTED),
        "web-policy.yaml": policy_file("web", "Deployment", on(*web)),
        "wide.yaml": workload("wide", WANTED),
        "wide-policy.yaml": policy_file("wide", "Deployment", f"{on(*wide)}, {DIVIDED}"),
    }


@dataclass
class Branch:
    """The status branch of a remote, as a Repository shows it to `StatusRecorder`. A push, or its answer, is lost where it is
    told."""

    author = None
    commits: list[tuple[str, Mapping[str, bytes], str]] = field(default_factory=list)
    """Id, files and message of each commit, the oldest first."""
    faults: Iterator[str] = field(default_factory=lambda: cycle([""]))

    @property
    def tip(self) -> str | None:
        return self.commits[-1][0] if self.commits else None

    async def remotes(self) -> dict[str, str]:
        return {"origin": "https://git.example.com/fleet.git"}

    async def fetch_status(self, _branch: str) -> str | None:
        await asyncio.sleep(0.01)
        return self.tip

    async def read_branch_files(self, _branch: str) -> tuple[str | None, Mapping[str, bytes]]:
        return self.tip, self.commits[-1][1] if self.commits else {}

    async def commit_files(self, _branch: str, *, parent: str | None, changes: Any, message: str, by: Any, publish: bool) -> str:
        assert publish
        fault = next(self.faults)
        await asyncio.sleep(0.01)
        if fault == "lost":
            raise UnreachableError("the remote does not answer")
        if parent != self.tip:
            raise ConflictError("the branch moved")
        before = self.commits[-1][1] if self.commits else {}
        files = {path: data for path, data in {**before, **changes}.items() if data is not None}
        commit = hashlib.sha256(repr((parent, sorted(files.items()), message, by.when)).encode()).hexdigest()
        self.commits.append((commit, files, message))
        await asyncio.sleep(0.01)
        if fault == "answer lost":
            raise UnreachableError("the remote does not answer")
        return commit


class Member(FakeMember):
    """Every request takes a while, and what it does to the fleet is watched."""

    def __init__(self, name: str, world: World) -> None:
        super().__init__(name)
        self.world = world

    async def look(self, wanted: Any) -> Any:
        await asyncio.sleep(next(self.world.delays))
        view = await super().look(wanted)
        await asyncio.sleep(next(self.world.delays))
        return view

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        await asyncio.sleep(next(self.world.delays))
        await super().apply(desired, expected, live)
        self.world.watch(f"{key_of(desired)} came to {self.name}")

    async def delete(self, key: ResourceKey, live: Manifest, propagation: DeletionPropagation) -> None:
        await asyncio.sleep(next(self.world.delays))
        await super().delete(key, live, propagation)
        if key == STAYS:
            self.world.harm.append(f"{key} is wanted on {self.name} by every revision")
        self.world.watch(f"{key} went from {self.name}")


class World:
    def __init__(self, revisions: list[Files], delays: list[float], faults: list[str]) -> None:
        self.delays = cycle(delays)
        self.revisions = revisions
        self.members = {name: Member(name, self) for name in MEMBERS}
        self.branch = Branch(faults=cycle(faults))
        self.served: set[ResourceKey] = set()
        """Workloads that had their number once."""
        self.harm: list[str] = []
        self.history: list[str] = []

    def watch(self, what: str) -> None:
        self.history.append(what)
        for key in (WEB, WIDE):
            running = self.running(key)
            if running >= WANTED:
                self.served.add(key)
            elif key in self.served:
                self.harm.append(f"{key} has {running} replicas after: {what}")

    def running(self, key: ResourceKey) -> int:
        copies = [member.objects[key] for member in self.members.values() if key in member.objects]
        return sum(cast(int, get(copy, "spec", "replicas")) for copy in copies)

    def holds(self) -> dict[str, Any]:
        return {name: member.holds() for name, member in self.members.items()}


class Decider:
    """One process: what `Controller` does with a revision, a fleet and the status branch."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seconds = 0
        self.start()

    def start(self) -> None:
        """Also again: what a process knew is lost with it."""
        self.compiler = ThreadCompiler()
        self.recorder = StatusRecorder(cast(Repository, self.world.branch), lambda: NOW, push=True)
        self.reconciliation: Reconciliation | None = None
        self.number = -1

    async def adopt(self, number: int) -> None:
        """number: of the revision; a process may be slow to see a newer one, and never goes back by itself."""
        if not self.recorder.was_read:
            await self.recorder.read(STATUS)
        number = max(self.number, min(number, len(self.world.revisions) - 1))
        if number != self.number:
            fleet = Fleet({ClusterName(name): member for name, member in self.world.members.items()}, {})
            desired = await self.compiler.load(*committed(self.world.revisions[number]))
            self.number = number
            self.reconciliation = Reconciliation(
                desired, f"revision-{number}", fleet, self.compiler, lambda: NOW, Options(wait=False)
            )

    async def reconcile(self) -> Pass:
        assert self.reconciliation is not None
        before = self.recorder.state
        done = await run_pass(self.reconciliation, before)
        self.recorder.take(before, done.recorded, done.events)
        return done

    async def record(self) -> None:
        try:
            await self.recorder.commit(STATUS, f"revision-{self.number}")
        except (ConflictError, UnreachableError):
            return

    async def act(self, script: list[tuple[str, int]]) -> None:
        for action, number in script:
            if action == "restart":
                self.start()
            await self.adopt(number)
            await self.reconcile()
            if action != "silent":
                await self.record()


PLACES = st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=2, unique=True).map(lambda names: tuple(sorted(names)))
REVISIONS = st.lists(st.tuples(PLACES, PLACES), min_size=2, max_size=4).map(
    lambda places: [revision(number, *place) for number, place in enumerate(places)]
)
ACTIONS = st.sampled_from(["record", "record", "silent", "restart"])
"""What a process does at a pass: it records what it did, it does not come to that, or it was started again before."""
DELAYS = st.lists(st.sampled_from([0.0, 0.001, 0.02, 0.3]), min_size=1, max_size=12)
FAULTS = st.lists(st.sampled_from(["", "", "lost", "answer lost"]), min_size=1, max_size=5)
NEWEST = 99


@pytest.fixture(scope="module", autouse=True)
def in_this_thread() -> Iterator[None]:
    """The order of the steps is that of the clock of the loop alone."""

    async def here(function: Any, /, *arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "to_thread", here)
        yield


async def end_well(world: World, deciders: list[Decider]) -> None:
    """Once the remote answers, both come to agree on the newest revision, and nobody writes any more."""
    world.branch.faults = cycle([""])
    for _ in range(8):
        before, tip = len(world.history), world.branch.tip
        for one in deciders:  # Twice: after a push that lost, a process only reads what the other one recorded.
            await one.act([("record", NEWEST), ("record", NEWEST)])
        if (len(world.history), world.branch.tip) == (before, tip):
            break
    else:
        raise AssertionError(f"they do not agree: {world.history}")
    reference = Playground(*MEMBERS)
    await reference.sync(world.revisions[-1])
    assert world.holds() == {name: member.holds() for name, member in reference.members.items()}
    assert not [one for one in world.harm if one.startswith(str(STAYS))]
    states = [state_of(files) for _, files, _ in world.branch.commits]
    messages = [message for _, _, message in world.branch.commits]
    assert all(f"Revision: {state.revision}\n" in message for state, message in zip(states, messages, strict=True))
    assert states[-1].revision == f"revision-{len(world.revisions) - 1}"


@given(REVISIONS, st.lists(st.tuples(st.booleans(), ACTIONS, st.booleans()), max_size=10), FAULTS)
@settings(max_examples=60)
def test_passes_and_pushes_in_any_order(revisions: list[Files], steps: list[tuple[bool, str, bool]], faults: list[str]) -> None:
    """One takes over from the other at any moment. steps: whether the second one makes a pass, as it always does from then on,
    what is done then, and whether somebody pushes the next revision before.

    Not promised: that a workload keeps its number where the first one acts once more on what it remembers. How that ends well
    is in the next test."""

    async def run() -> None:
        world = World(revisions[:1], [0.0], faults)
        deciders = [Decider(world), Decider(world)]
        taken_over = False
        for second, action, pushed in steps:
            taken_over |= second
            if pushed:
                world.revisions = revisions[: len(world.revisions) + 1]
            await deciders[taken_over].act([(action, NEWEST)])
        await end_well(world, deciders)
        assert world.harm == [], world.history

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())


SCRIPTS = st.lists(st.tuples(ACTIONS, st.integers(0, 3)), max_size=5)


@given(REVISIONS, SCRIPTS, SCRIPTS, DELAYS, FAULTS)
@settings(max_examples=40)
def test_requests_in_any_order_also_for_an_older_revision(
    revisions: list[Files], one: list[tuple[str, int]], other: list[tuple[str, int]], delays: list[float], faults: list[str]
) -> None:
    """one, other: what each of the two does, and up to which revision it has read."""

    async def run() -> None:
        world = World(revisions, delays, faults)
        deciders = [Decider(world), Decider(world)]
        await asyncio.gather(deciders[0].act(one), deciders[1].act(other))
        await end_well(world, deciders)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())
