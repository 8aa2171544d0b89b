"""The verdict about a fleet."""

from __future__ import annotations

import pytest

from reconciler.passes.options import Options
from reconciler.passes.result import Result
from reconciler.passes.verdict import Verdict
from tests.support.in_memory_fleet import Files, Playground
from tests.support.shop import SHOP, on, policy_file


def result(fleet: Playground) -> Result:
    return Result("3f2c1ab", tuple(fleet.passes), None, False)


async def verdict(files: Files, refuses: str = "", *, options: Options | None = None) -> Verdict:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    if refuses:
        fleet.members["m1"].objects.clear()
        fleet.members["m1"].refuses.add(refuses)
    await fleet.sync(files, options=options)
    return result(fleet).verdict


async def test_a_healthy_fleet_is_done() -> None:
    assert await verdict(SHOP) is Verdict.DONE


@pytest.mark.parametrize("refuses", ["look", "Namespace shop"])
async def test_an_unreachable_member_or_a_refused_write_is_a_failure(refuses: str) -> None:
    assert await verdict(SHOP, refuses) is Verdict.FAILED


async def test_an_error_in_the_repository_is_a_no() -> None:
    assert await verdict({**SHOP, "broken.yaml": "kind: ["}) is Verdict.NO


async def test_a_handover_that_waits_is_a_no_until_it_is_complete() -> None:
    moved = SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))}
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    fleet.members["m1"].tells_health = True  # Nobody says there that the new copy is ready.
    await fleet.sync(moved, options=Options(wait=False))
    assert result(fleet).verdict is Verdict.NO
    fleet.members["m1"].tells_health = False
    await fleet.sync(moved)
    assert result(fleet).verdict is Verdict.DONE


async def test_only_members_that_were_touched_count() -> None:
    only = Options(only=frozenset({"m2", "m3"}))
    assert await verdict(SHOP, "look", options=only) is Verdict.DONE


async def test_what_an_earlier_pass_wrote_is_not_unchanged() -> None:
    """A move is written in one pass and found unchanged in the next."""
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    await fleet.sync(SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))})
    assert len(fleet.passes) > 1
    (name,) = [name for name in fleet.passes[-1].works if name == "m1"]
    actions = [str(item.change.action) for item in result(fleet).outcomes(name) if item.change.key.name == "api"]
    assert actions == ["create"]
