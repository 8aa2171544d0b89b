"""When members are searched for objects of kinds that nothing wants there."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reconciler.cluster.member_protocol import MemberUnreachableError
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.passes import sweeps as sweeps_module
from reconciler.passes.options import Options
from reconciler.passes.passes import run_pass
from reconciler.passes.sweeps import LaterSweeps, may_wait, must_not_wait, other_servers
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Playground, compile_files
from tests.support.shop import SHOP

WEB = "web/deployment.yaml"
ALL = {"m1", "m2", "m3"}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps_module, "_PAUSE", 0.001)


@pytest.fixture
async def recorded() -> RecordedState:
    """After a sync of the shop."""
    playground = Playground(*sorted(ALL))
    await playground.sync(SHOP)
    return playground.recorded


def test_without_a_record_nothing_waits() -> None:
    assert may_wait(RecordedState()) == set()
    assert must_not_wait(compile_files(SHOP)) == ALL


def test_where_the_record_and_the_revision_agree_all_members_may_wait(recorded: RecordedState) -> None:
    assert may_wait(recorded) == ALL
    assert must_not_wait(compile_files(SHOP, recorded)) == set()


def test_a_member_that_was_never_read_does_not_wait(recorded: RecordedState) -> None:
    clusters = {name: replace(one, read=name != "m2") for name, one in recorded.clusters.items()}
    state = replace(recorded, clusters=clusters)
    assert may_wait(state) == {"m1", "m3"}
    assert must_not_wait(compile_files(SHOP, state)) == {"m2"}


def test_a_member_with_another_identity_does_not_wait(recorded: RecordedState) -> None:
    another = replace(recorded.clusters[ClusterName("m2")], id="another")
    now = replace(recorded, clusters={**recorded.clusters, ClusterName("m2"): another, ClusterName("m4"): another})
    assert other_servers(recorded, now) == {"m2", "m4"}
    assert other_servers(recorded, recorded) == set()


def test_a_member_that_holds_what_git_does_not_name_any_more_does_not_wait(recorded: RecordedState) -> None:
    gone = {path: text for path, text in SHOP.items() if path != WEB}
    assert gone != SHOP
    assert must_not_wait(compile_files(gone, recorded)) == {"m1", "m2"}
    reported = replace(recorded, decisions={})
    assert must_not_wait(compile_files(gone, reported)) >= {"m1", "m2"}


class Searched(FakeMember):
    """One that notes when it was searched."""

    def __init__(self, name: str, *, fails: bool = False) -> None:
        super().__init__(name)
        self.fails = fails
        self.postponed = 0
        self.searches = 0

    def postpone_sweep(self) -> None:
        self.owes_sweep = not self.searches
        self.postponed += 1

    async def sweep(self) -> None:
        self.owes_sweep = False
        self.searches += 1
        if self.fails:
            raise MemberUnreachableError(f"{self.name} does not answer")


def members(playground: Playground) -> list[Searched]:
    made = {name: Searched(name) for name in playground.members}
    for name, member in made.items():
        member.objects = playground.members[name].objects
    playground.members = dict(made)
    return list(made.values())


@pytest.mark.parametrize(
    ("later", "files", "searched"),
    [
        (True, SHOP, set()),
        (True, {path: text for path, text in SHOP.items() if path != WEB}, {"m1", "m2"}),
        (False, SHOP, set()),
    ],
    ids=["nothing to remove", "something to remove", "not postponed"],
)
async def test_what_a_pass_postpones(later: bool, files: dict[str, str], searched: set[str]) -> None:
    playground = Playground(*sorted(ALL))
    await playground.sync(SHOP)
    found = members(playground)
    await playground.sync(files, options=Options(sweeps_later=later))
    assert {one.name for one in found if one.searches} == searched
    assert all(bool(one.postponed) is later for one in found)


async def test_a_lost_record_postpones_nothing() -> None:
    playground = Playground(*sorted(ALL))
    found = members(playground)
    await run_pass(await playground.reconciliation(SHOP, Options(sweeps_later=True)), RecordedState())
    assert not any(one.postponed for one in found)


async def test_after_the_pass_each_member_is_searched_once_and_one_that_fails_holds_up_no_other() -> None:
    clients = {ClusterName(name): Searched(name, fails=name == "m1") for name in sorted(ALL)}
    later = LaterSweeps(lambda: clients)
    later.begin()  # Nothing is owed.
    for client in clients.values():
        client.postpone_sweep()
    later.begin()
    later.begin()
    async with asyncio.timeout(5):
        while any(client.owes_sweep for client in clients.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    await later.close()
    assert [client.searches for client in clients.values()] == [1, 1, 1]
