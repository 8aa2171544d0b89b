"""Drift of single objects is corrected without a pass, and only what a pass would correct in the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.health import HealthStatus
from reconciler.passes import correction as module
from reconciler.passes.events import Contested, DriftCorrected, Failed
from tests.support.drifting_shop import SETTINGS, WEB, DriftingShop, replicas, value
from tests.support.shop import BROKEN, SHOP, config_file, on, policy_file

SUSPENDED = "suspension: {dispatching: true}"


@pytest.fixture
async def shop() -> DriftingShop:
    return await DriftingShop(SHOP).begin()


async def test_one_changed_object_is_corrected_recorded_and_told(shop: DriftingShop) -> None:
    shop.members["m2"].edit("ConfigMap", "settings", value("9"))
    done = await shop.correct()
    assert shop.log == {"m2": [f"preview {SETTINGS}", f"apply {SETTINGS}"]}, "nothing else is read or written"
    assert shop.members["m2"].objects[SETTINGS]["data"] == {"value": "2"}
    (event,) = done.events
    assert isinstance(event, DriftCorrected)
    assert (event.cluster, event.key) == ("m2", SETTINGS)
    assert event.reason == "the member drifted: data.value (by kubectl-edit)"
    assert shop.status(SETTINGS, "m2").corrected == event.reason
    assert not shop.status(SETTINGS, "m1").corrected
    assert done.complete
    after = await shop.run_pass()
    assert not after.wrote, "a pass finds nothing left to do"
    assert shop.status(SETTINGS, "m2").corrected == event.reason


async def test_a_deleted_object_is_created_again_and_does_not_count_as_ready(shop: DriftingShop) -> None:
    """A handover must not take the new copy for the one that ran before."""
    assert shop.status(WEB, "m1").health.status is HealthStatus.CURRENT
    shop.members["m1"].remove("Deployment", "web")
    done = await shop.correct()
    assert shop.log == {"m1": [f"apply {WEB}"]}
    (event,) = done.events
    assert isinstance(event, DriftCorrected)
    assert event.reason == "the member drifted: the object was deleted"
    assert shop.status(WEB, "m1").health.status is HealthStatus.IN_PROGRESS
    assert done.complete


async def test_several_objects_of_several_members(shop: DriftingShop) -> None:
    for name in ("m1", "m2"):
        shop.members[name].edit("ConfigMap", "settings", value("9"))
        shop.members[name].remove("Deployment", "web")
    done = await shop.correct()
    assert {(event.cluster, event.key) for event in done.events if isinstance(event, DriftCorrected)} == {
        (name, key) for name in ("m1", "m2") for key in (SETTINGS, WEB)
    }
    reasons = {event.reason for event in done.events if isinstance(event, DriftCorrected)}
    assert "the member drifted: the object was deleted" in reasons, "not that all objects of the member were"
    assert done.complete
    assert not (await shop.run_pass()).wrote


LEFT: dict[str, tuple[Mapping[str, str], Callable[[DriftingShop], None]]] = {
    "its policy suspends it": (
        {"settings/policy.yaml": policy_file("settings", "ConfigMap", on("m1", "m2"), api="v1", more=SUSPENDED)},
        lambda shop: shop.members["m1"].edit("ConfigMap", "settings", value("9")),
    ),
    "it is suspended and deleted": (
        {"settings/policy.yaml": policy_file("settings", "ConfigMap", on("m1", "m2"), api="v1", more=SUSPENDED)},
        lambda shop: shop.members["m1"].remove("ConfigMap", "settings"),
    ),
    "a file with an error governs it": (
        {"settings/policy.yaml": BROKEN},
        lambda shop: shop.members["m1"].edit("ConfigMap", "settings", value("9")),
    ),
    "it is not wanted any more, and protected": (
        {
            "settings/config.yaml": config_file("other"),
            "settings/policy.yaml": policy_file("other", "ConfigMap", on("m1"), api="v1"),
        },
        lambda shop: shop.members["m1"].edit("ConfigMap", "settings", value("9")),
    ),
}


def protect(shop: DriftingShop) -> None:
    for name in ("m1", "m2"):
        item = shop.members[name].objects[SETTINGS]
        item["metadata"]["annotations"]["reconciler.dev/prune"] = "disabled"  # type: ignore[index]
        shop.members[name]._store(item)


@pytest.mark.parametrize("case", LEFT)
async def test_what_a_pass_leaves_alone_is_left_alone(shop: DriftingShop, case: str) -> None:
    files, interfere = LEFT[case]
    protect(shop)
    await shop.put({**SHOP, **files})
    await shop.settle()
    interfere(shop)
    done = await shop.correct()
    assert (shop.log, done.events, done.complete) == ({}, (), False)
    assert not (await shop.run_pass()).wrote, "a pass leaves it alone, too"


async def test_a_protected_object_that_is_wanted_is_corrected(shop: DriftingShop) -> None:
    """The annotation protects it from pruning alone."""
    protect(shop)
    await shop.run_pass()
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    assert (await shop.correct()).complete
    assert shop.members["m1"].objects[SETTINGS]["data"] == {"value": "1"}


async def test_copies_of_a_handover_are_left_to_the_pass(shop: DriftingShop) -> None:
    await shop.put({**SHOP, "web/policy.yaml": policy_file("web", "Deployment", on("m3"))})
    done = await shop.run_pass()
    assert done.waits
    assert WEB in shop.members["m1"].objects
    assert WEB in shop.members["m3"].objects
    shop.members["m1"].edit("Deployment", "web", replicas(9))
    shop.members["m2"].remove("Deployment", "web")
    shop.members["m3"].remove("Deployment", "web")
    one = await shop.correct()
    assert (shop.log, one.complete) == ({}, False)
    await shop.run_pass()
    assert WEB in shop.members["m1"].objects, "the new copy is not there yet"
    assert WEB not in shop.members["m2"].objects, "a copy that leaves is not created again"
    await shop.settle()
    assert {name for name, member in shop.members.items() if WEB in member.objects} == {"m3"}


async def test_an_object_that_is_not_ours_any_more_is_no_drift(shop: DriftingShop) -> None:
    shop.members["m1"].edit("ConfigMap", "settings", lambda item: item["metadata"].pop("labels"))
    shop.reconciliation.fleet.note_change(shop.members["m1"].name, SETTINGS)
    done = await shop.correct()
    assert (shop.log, done.complete) == ({}, False)


async def test_an_object_that_lost_its_record_of_owners_is_left_to_the_pass(shop: DriftingShop) -> None:
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    item = shop.members["m1"].objects[SETTINGS]
    item["metadata"]["managedFields"] = []  # type: ignore[index]
    shop.members["m1"]._store(item)
    done = await shop.correct()
    assert (shop.log, done.complete) == ({}, False)


async def test_another_spelling_is_asked_about_once_and_left(shop: DriftingShop) -> None:
    def spell(stored: Any) -> None:
        if stored["kind"] == "ConfigMap":
            stored["data"]["value"] = "one"

    member = shop.members["m1"]
    member.spells = spell
    member.edit("ConfigMap", "settings", value("one"))
    done = await shop.correct()
    assert (shop.log, done.complete) == ({"m1": [f"preview {SETTINGS}"]}, False)
    shop.reconciliation.fleet.note_change(member.name, SETTINGS)
    await shop.correct()
    assert shop.log == {}, "the member has answered this"
    await shop.run_pass()
    assert shop.log["m1"] == ["look"], "the pass knows the answer, too"


async def test_a_fight_is_damped_named_and_recorded(shop: DriftingShop) -> None:
    told = []
    for number in range(12):
        shop.members["m1"].edit("ConfigMap", "settings", value(str(number + 3)))
        done = await shop.correct()
        told += [event for event in done.events if isinstance(event, Contested)]
        if not done.complete:
            assert not (await shop.run_pass()).wrote, "a pass waits, too"
        shop.seconds += 1.0
    # At 0, 1, 3, and 7 seconds, each pause twice as long as the one before.
    assert [event.fight.corrections for event in told] == [3, 4]
    assert "data.value (by kubectl-edit)" in shop.status(SETTINGS, "m1").message


async def test_a_refused_write_is_told_and_waits(shop: DriftingShop) -> None:
    shop.members["m1"].refuses.add(str(SETTINGS))
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    done = await shop.correct()
    (event,) = done.events
    assert isinstance(event, Failed)
    assert not done.complete
    assert not shop.status(SETTINGS, "m1").applied
    assert f"apply {SETTINGS}" not in (await shop.run_pass(), shop.log)[1]["m1"], "its pause holds in the pass"


async def test_many_objects_are_left_to_the_pass(shop: DriftingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    shop.members["m1"].edit("Deployment", "web", replicas(9))
    done = await shop.correct()
    assert (shop.log, done.complete) == ({}, False)


async def test_a_member_that_cannot_be_read_hides_no_other(shop: DriftingShop) -> None:
    for name in ("m1", "m2"):
        shop.members[name].edit("ConfigMap", "settings", value("9"))
    shop.members["m1"].refuses.add("look")
    done = await shop.correct()
    assert not done.complete
    assert [event.cluster for event in done.events if isinstance(event, DriftCorrected)] == ["m2"]


async def test_a_member_that_hangs_holds_up_no_other(shop: DriftingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(keys: Any) -> None:
        await asyncio.Event().wait()

    for name in ("m1", "m2"):
        shop.members[name].edit("ConfigMap", "settings", value("9"))
    monkeypatch.setattr(shop.members["m1"], "look_at", hang)
    options = replace(shop.reconciliation.options, straggler_timeout=timedelta(0))
    shop.reconciliation = replace(shop.reconciliation, options=options)
    async with asyncio.timeout(30):
        done = await shop.correct()
    assert not done.complete
    assert [event.cluster for event in done.events if isinstance(event, DriftCorrected)] == ["m2"]


async def test_nothing_begins_when_the_process_is_about_to_end(shop: DriftingShop) -> None:
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    shop.reconciliation.stop.set()
    done = await shop.correct()
    assert (done.events, done.outcomes, done.complete) == ((), {}, False)
    assert f"apply {SETTINGS}" not in shop.members["m1"].log
