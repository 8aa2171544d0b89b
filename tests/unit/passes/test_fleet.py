"""Connections to the declared members."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.cluster.access import Access
from reconciler.cluster.member_protocol import Discovery, Wanted
from reconciler.cluster.open_members import Members
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest
from reconciler.passes.connections import Connections, open_fleet
from reconciler.passes.fleet import Fleet
from reconciler.passes.options import Options
from reconciler.pipeline.works import make_works
from tests.support.builders import cluster
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Playground, compile_files
from tests.support.shop import HOLDS, SHOP


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("https://10.0.0.1:6443", "its Cluster file names no credential"),
        ("", "its Cluster file names no credential"),
        ("file:../m1", "lies outside the member root"),
    ],
)
async def test_a_connection_that_cannot_be_made_has_a_reason(tmp_path: Path, endpoint: str, said: str) -> None:
    clusters = [cluster("m1", apiEndpoint=endpoint), cluster("m2", apiEndpoint="file:m2")]
    async with open_fleet(clusters, Access(tmp_path), "reconciler") as fleet:
        assert said in fleet.unreachable[ClusterName("m1")]
        assert "m2" in fleet.clients


async def test_what_this_process_is_not_configured_to_reach_is_told_from_what_does_not_answer(tmp_path: Path) -> None:
    """Nothing may be recorded of it: the status of all members would be overwritten, and pushed."""
    clusters = [cluster("m1", apiEndpoint="file:m1"), cluster("m2", apiEndpoint="https://10.0.0.1"), cluster("m3")]
    async with open_fleet(clusters, Access(), "reconciler") as fleet:
        assert fleet.not_configured == fleet.unreachable.keys() == {"m1", "m2", "m3"}
        assert "directory members need a root folder" in fleet.unreachable[ClusterName("m1")]
    async with open_fleet([cluster("m1", apiEndpoint="file:../m1")], Access(tmp_path), "reconciler") as fleet:
        assert (fleet.not_configured, fleet.unreachable.keys()) == (set(), {"m1"})


async def test_all_members_are_read_whatever_one_of_them_answers() -> None:
    members = [FakeMember("m1"), FakeMember("m2", refuses={"look"})]
    fleet = Fleet({member.name: member for member in members}, {ClusterName("m3"): "no root"})
    views = await fleet.look(make_works(compile_files(SHOP)), [ClusterName(name) for name in ("m1", "m2", "m3")])
    assert isinstance(views[ClusterName("m1")], LiveView)
    assert (views[ClusterName("m2")], views[ClusterName("m3")]) == ("m2 does not answer", "no root")


class Defective(FakeMember):
    """This program has an error in the code that reads this member."""

    async def look(self, wanted: Wanted) -> LiveView:
        raise ZeroDivisionError("a value that may be secret")


class DefectiveWhenDiscovered(Defective):
    async def discover(self, *, lacking: bool = False) -> Discovery:
        raise ZeroDivisionError("a value that may be secret")


class DefectiveWhenWritten(FakeMember):
    """This program has an error in the code that writes to this member."""

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        raise ZeroDivisionError("a value that may be secret")


@pytest.mark.parametrize("defective", [Defective, DefectiveWhenDiscovered, DefectiveWhenWritten])
async def test_an_unexpected_exception_at_one_member_does_not_stop_the_others(defective: type[FakeMember]) -> None:
    shop = Playground("m1", "m2", "m3")
    shop.members["m2"] = defective("m2")
    done = await shop.sync(SHOP, options=Options(wait=False))
    assert done.failed
    assert shop.holds() == {**HOLDS, "m2": []}
    messages = {str(getattr(event, "error", "")) for event in done.events if getattr(event, "cluster", "") == "m2"}
    assert any("internal error" in message and "ZeroDivisionError at passes/test_fleet.py:" in message for message in messages)
    assert not any("a value" in message for message in messages)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[FakeMember]:
    """Every connection that is made, in order: a new one for each Cluster without a connection."""
    members: list[FakeMember] = []

    def open_member(_: Members, cluster: Cluster, instance: str, before: FakeMember | None = None) -> FakeMember:
        if before is None:
            members.append(FakeMember(cluster.name))
        return before or members[-1]

    monkeypatch.setattr(Members, "open", open_member)
    return members


async def test_the_connections_of_a_fleet_are_closed_even_after_an_error(opened: list[FakeMember]) -> None:
    async def fail() -> None:
        async with open_fleet([cluster("m1"), cluster("m2")], Access(), "reconciler") as fleet:
            assert not any(member.closed for member in opened)
            raise KeyError(fleet)

    with pytest.raises(KeyError):
        await fail()
    assert [(member.name, member.closed) for member in opened] == [("m1", True), ("m2", True)]


async def test_a_member_keeps_its_connection_from_revision_to_revision(opened: list[FakeMember]) -> None:
    async with Connections(Access()) as connections:
        first = await connections.to([cluster("m1"), cluster("m2")], "reconciler")
        second = await connections.to([cluster("m2"), cluster("m3")], "reconciler")
        assert second.clients[ClusterName("m2")] is first.clients[ClusterName("m2")]
        assert {member.name: member.closed for member in opened} == {"m1": True, "m2": False, "m3": False}
    assert all(member.closed for member in opened)


class SlowMember(FakeMember):
    async def look(self, wanted: Wanted) -> LiveView:
        await asyncio.sleep(60)
        raise AssertionError


async def test_a_straggler_holds_up_nobody() -> None:
    members = [FakeMember("m1"), SlowMember("m2")]
    fleet = Fleet({member.name: member for member in members}, {})
    names = [member.name for member in members]
    views = await asyncio.wait_for(fleet.look(make_works(compile_files(SHOP)), names, timedelta(seconds=0.05)), 5)
    assert isinstance(views[names[0]], LiveView)
    assert views[names[1]] == "m2 is slower than the other members; the next pass reads it again"
