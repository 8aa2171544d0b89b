"""Connections to the declared members."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.cluster.access import Access
from reconciler.cluster.client import MemberError, Wanted
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.passes.fleet import Fleet, connect
from reconciler.pipeline.works import make_works
from tests.support.builders import cluster
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import compile_files
from tests.support.shop import SHOP


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("https://10.0.0.1:6443", "its Cluster file names no credential"),
        ("", "its Cluster file names no credential"),
        ("file:../m1", "lies outside the member root"),
    ],
)
def test_a_connection_that_cannot_be_made_has_a_reason(tmp_path: Path, endpoint: str, said: str) -> None:
    fleet = connect([cluster("m1", apiEndpoint=endpoint), cluster("m2", apiEndpoint="file:m2")], Access(tmp_path), "reconciler")
    assert said in fleet.unreachable[ClusterName("m1")]
    assert "m2" in fleet.clients


def test_a_forgotten_member_root_stops_everything() -> None:
    """Otherwise the status of all members would be overwritten by "unreachable", and pushed."""
    with pytest.raises(MemberError, match="directory members need a root folder"):
        connect([cluster("m1", apiEndpoint="file:m1")], Access(), "reconciler")


async def test_all_are_looked_at_and_closed_whatever_one_says() -> None:
    members = [FakeMember("m1"), FakeMember("m2", refuses={"look"})]
    fleet = Fleet({member.name: member for member in members}, {ClusterName("m3"): "no root"})
    views = await fleet.look(make_works(compile_files(SHOP)), [ClusterName(name) for name in ("m1", "m2", "m3")])
    assert isinstance(views[ClusterName("m1")], LiveView)
    assert (views[ClusterName("m2")], views[ClusterName("m3")]) == ("m2 does not answer", "no root")
    await fleet.close()
    assert all(member.closed for member in members)


class SlowMember(FakeMember):
    async def look(self, wanted: Wanted) -> LiveView:
        await asyncio.sleep(60)
        raise AssertionError


async def test_nobody_waits_for_one_that_lets_them() -> None:
    members = [FakeMember("m1"), SlowMember("m2")]
    fleet = Fleet({member.name: member for member in members}, {})
    names = [member.name for member in members]
    views = await asyncio.wait_for(fleet.look(make_works(compile_files(SHOP)), names, timedelta(seconds=0.05)), 5)
    assert isinstance(views[names[0]], LiveView)
    assert views[names[1]] == "m2 lets the other members wait; it is looked at again in the next pass"
