"""What a first pass reads of members while it is decided what they must hold."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from reconciler.cluster.member_protocol import Discovery, MemberUnreachableError
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.recorded import RecordedState
from reconciler.passes.options import Options
from reconciler.passes.passes import run_pass
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

NAMESPACE, CONFIG = GroupVersionKind("", "v1", "Namespace"), GroupVersionKind("", "v1", "ConfigMap")
DEPLOYMENT = GroupVersionKind("apps", "v1", "Deployment")
SERVED = frozenset({NAMESPACE, CONFIG, DEPLOYMENT})
RECORDED = {"m1": {NAMESPACE, CONFIG, DEPLOYMENT}, "m2": {NAMESPACE, CONFIG, DEPLOYMENT}, "m3": {NAMESPACE, DEPLOYMENT}}
NOTHING: dict[str, set[GroupVersionKind]] = {name: set() for name in RECORDED}


class Server(FakeMember):
    """It tells what it serves."""

    async def discover(self, *, lacking: bool = False) -> Discovery:  # type: ignore[override]
        if "discover" in self.refuses:
            raise MemberUnreachableError(f"{self.name} does not answer")
        return Discovery("v1.36.3", SERVED)

    async def read_ahead(self, kinds: Collection[GroupVersionKind]) -> None:
        await super().read_ahead(kinds)
        if "read" in self.refuses:
            raise ZeroDivisionError


def restarted(before: Playground, refuses: str = "") -> Playground:
    """What a new process finds."""
    after = Playground()
    for name, member in before.members.items():
        server = Server(name, refuses={refuses} if name == "m2" else ())
        server.objects = dict(member.objects)
        after.members[name] = server
    after.recorded = before.recorded
    return after


def read_before(playground: Playground) -> dict[str, set[GroupVersionKind]]:
    return {name: member.read_before for name, member in playground.members.items()}


@pytest.fixture
async def before() -> Playground:
    playground = Playground(*RECORDED)
    await playground.sync(SHOP)
    return playground


async def test_the_kinds_that_each_member_holds_by_the_record(before: Playground) -> None:
    after = restarted(before)
    assert not (await after.sync(SHOP)).wrote
    assert read_before(after) == RECORDED


async def test_a_kind_of_which_git_says_nothing_any_more_is_not_among_them(before: Playground) -> None:
    after = restarted(before)
    await after.sync({path: text for path, text in SHOP.items() if not path.startswith("settings/")})
    assert read_before(after) == {name: {NAMESPACE, DEPLOYMENT} for name in RECORDED}


async def test_nothing_of_a_member_that_the_user_left_out(before: Playground) -> None:
    after = restarted(before)
    await after.sync(SHOP, options=Options(only=frozenset({ClusterName("m1")})))
    assert read_before(after) == NOTHING | {"m1": RECORDED["m1"]}


async def test_without_a_record_nothing(before: Playground) -> None:
    after = restarted(before)
    await run_pass(await after.reconciliation(SHOP), RecordedState())
    assert read_before(after) == NOTHING


async def test_a_second_pass_reads_nothing_ahead(before: Playground) -> None:
    after = restarted(before)
    reconciliation = await after.reconciliation(SHOP)
    recorded = (await run_pass(reconciliation, after.recorded)).recorded
    for member in after.members.values():
        member.read_before.clear()
    await run_pass(reconciliation, recorded)
    assert read_before(after) == NOTHING


@pytest.mark.parametrize(("refuses", "asked"), [("discover", NOTHING["m2"]), ("read", RECORDED["m2"])])
async def test_a_member_that_fails_meanwhile_holds_up_no_other(
    before: Playground, refuses: str, asked: set[GroupVersionKind]
) -> None:
    after = restarted(before, refuses)
    done = await after.sync(SHOP)
    assert not done.wrote
    assert read_before(after) == RECORDED | {"m2": asked}
