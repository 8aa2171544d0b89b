"""A move relies on a copy that was recorded as Current, and is gone when the pass begins."""

from __future__ import annotations

import pytest

from reconciler.model.keys import ResourceKey
from reconciler.passes.options import Options
from reconciler.passes.passes import Pass, run_pass
from tests.support.in_memory_fleet import Files, Playground
from tests.support.shop import DIVIDED, SHOP, on, policy_file, workload

WEB = ResourceKey("apps", "Deployment", "shop", "web")
ONE_PASS = Options(wait=False)


def placed(placement: str) -> Files:
    files = {path: text for path, text in SHOP.items() if path.startswith(("clusters/", "namespace"))}
    return files | {"web.yaml": workload("web", 4), "policy.yaml": policy_file("web", "Deployment", placement)}


async def one_pass(fleet: Playground, files: Files) -> Pass:
    done = await run_pass(await fleet.reconciliation(files, ONE_PASS), fleet.recorded)
    fleet.recorded = done.recorded
    return done


@pytest.mark.parametrize("lost", ["deleted", "changed by another process"])
@pytest.mark.parametrize("divided", ["", f", {DIVIDED}"])
async def test_the_other_copies_stay_until_it_is_there_again(lost: str, divided: str) -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(placed(on("m1", "m2") + divided))
    member = fleet.members["m2"]
    if lost == "deleted":
        del member.objects[WEB]
    else:
        other = Playground("m2")
        await other.sync(placed(on("m2")) | {"web.yaml": workload("web", 1)})
        member.objects[WEB] = other.members["m2"].objects[WEB]

    await one_pass(fleet, placed(on("m2") + divided))
    assert WEB in fleet.members["m1"].objects, "it may be the only copy that runs"
    assert WEB in member.objects
    for _ in range(2):
        await one_pass(fleet, placed(on("m2") + divided))
    assert WEB not in fleet.members["m1"].objects
    assert not (await one_pass(fleet, placed(on("m2") + divided))).wrote


async def test_a_copy_that_somebody_deleted_is_made_again_in_one_pass_where_nothing_depends_on_it() -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(placed(on("m1", "m2")))
    del fleet.members["m2"].objects[WEB]
    done = await one_pass(fleet, placed(on("m1", "m2")))
    assert WEB in fleet.members["m2"].objects
    assert done.wrote
