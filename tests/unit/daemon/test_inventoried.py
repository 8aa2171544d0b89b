"""When a look counts as the second one that does not find a member."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.daemon import inventoried
from reconciler.membership.inventory.plan import InventoryPlan, MemberPlan, Outcome
from reconciler.membership.inventory.planned import PlannedInventory
from reconciler.model.desired import DesiredState
from reconciler.model.image_policy import UpdateMode, UpdateSettings
from reconciler.model.keys import ClusterName

M1 = ClusterName("m1")


class Hosts:
    async def close(self) -> None:
        """Nothing is open."""


async def test_a_look_that_follows_at_once_is_not_the_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def planned(*given: Any) -> PlannedInventory:
        asked.append(set(given[-1]))
        return PlannedInventory(InventoryPlan((MemberPlan(M1, "fleet", "x", Outcome.VANISHED),)), {}, {})

    monkeypatch.setattr(inventoried, "planned_inventory", planned)
    hosts: Any = lambda access: Hosts()  # noqa: E731 - in place of a class
    nothing: Any = None
    moments = iter([0.0, 1.0, 60.0])
    finder = inventoried.Inventoried(nothing, nothing, hosts, lambda: next(moments))
    desired = DesiredState()
    settings = replace(desired.settings.inventory, updates=UpdateSettings(UpdateMode.COMMIT, timedelta(minutes=1)))
    desired = replace(desired, settings=replace(desired.settings, inventory=settings))
    for _ in range(3):
        await finder.find(nothing, desired)
    assert asked == [set(), set(), {M1}]
