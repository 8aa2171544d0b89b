"""Another client that writes a field back for ten minutes, on a scaled clock: how often we write and record, and what we say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.record.branch_layout import files_of
from tests.support.drifting_shop import SETTINGS, DriftingShop, value
from tests.support.in_memory_fleet import NOW
from tests.support.shop import SHOP

MINUTES = 10
MOST = 10
"""The goal, for writes and for commits."""


class Fought(DriftingShop):
    """Counts what we do while another client writes `theirs` again, `period` seconds after each of our writes."""

    writes = commits = 0

    async def fight(self, period: float, by: str = "stubborn") -> None:
        await self.begin()
        before, end = self.documents, self.seconds + MINUTES * 60
        while self.seconds < end:
            if self.members["m2"].objects[SETTINGS]["data"] != {"value": "9"}:
                self.members["m2"].edit("ConfigMap", "settings", value("9"), by=by)
            moment = NOW + timedelta(seconds=self.seconds)
            self.reconciliation = replace(self.reconciliation, clock=lambda moment=moment: moment)
            done = await self.run_pass()
            self.writes += done.wrote
            self.commits += self.documents != before
            before = self.documents
            self.seconds += period if done.wrote else done.retry_in or period

    @property
    def documents(self) -> object:
        return files_of(self.recorded)


@pytest.mark.parametrize("period", [0.01, 1, 30, 61, 90, 200])
async def test_writes_commits_and_what_the_status_says(period: float) -> None:
    shop = Fought(SHOP)
    await shop.fight(period)
    assert shop.writes <= MOST
    assert shop.commits <= MOST
    message = shop.status(SETTINGS, "m2").message
    assert "reconciler and another client change the same fields again and again: data.value (by stubborn)" in message
    assert "ignoreDifferences" in message
    drift = shop.status(SETTINGS, "m2").drift
    assert drift is not None
    assert drift.since == NOW
    assert drift.times == shop.writes


async def test_it_is_forgotten_after_a_while_without_a_correction() -> None:
    shop = Fought(SHOP)
    await shop.fight(1)
    shop.seconds += 3600
    await shop.run_pass()
    await shop.run_pass()
    assert shop.status(SETTINGS, "m2").message == ""
