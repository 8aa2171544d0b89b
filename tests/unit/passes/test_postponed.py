"""What a pass does not begin keeps what is known of it, and one object is one outcome, however often it is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.changes import Outcome
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import RecordedState
from reconciler.passes import passes
from reconciler.passes.events import Failed, Postponed, Skipped
from reconciler.passes.options import Options
from reconciler.passes.pass_backoff import pause_after_pass
from reconciler.passes.passes import run_pass
from reconciler.passes.progress import NobodyWatches
from reconciler.passes.result import Result, Verdict, verdict_of
from tests.support.builders import config
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP, config_file

CHANGED = SHOP | {"settings/config.yaml": config_file("settings").replace("value: ", "value: new-")}
REFUSED = "ConfigMap shop/settings"


async def test_a_pass_that_is_stopped_keeps_what_was_recorded() -> None:
    shop = Playground("m1", "m2", "m3")
    await shop.sync(SHOP)
    reconciliation = await shop.reconciliation(CHANGED)
    reconciliation.stop.set()
    done = await run_pass(reconciliation, shop.recorded)
    assert done.outcomes["m1"]
    assert list(done.recorded.statuses) == list(shop.recorded.statuses)
    assert [(event.cluster, event.changes) for event in done.events if isinstance(event, Postponed)] == [("m1", 1)]
    assert not any(isinstance(event, Failed) for event in done.events)
    assert done.failed


async def test_a_refused_object_waits_whatever_causes_the_next_pass() -> None:
    shop = Playground("m1", "m2", "m3")
    shop.members["m1"].refuses = {REFUSED}
    reconciliation = await shop.reconciliation(SHOP)
    done = await run_pass(reconciliation, RecordedState())
    requests = len(shop.members["m1"].log)
    status = [one for one in done.recorded.statuses if not one.applied]
    assert pause_after_pass(done, 0) == pytest.approx(1, abs=0.5)
    done = await run_pass(reconciliation, done.recorded)
    assert len(shop.members["m1"].log) == requests
    assert [one for one in done.recorded.statuses if not one.applied] == status
    assert verdict_of(done) is Verdict.FAILED
    assert done.events == ()


async def test_a_refused_object_is_one_line_and_one_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "_PAUSE", 0.1)
    shop = Playground("m1", "m2", "m3")
    shop.members["m1"].refuses = {REFUSED}
    for member in shop.members.values():
        member.tells_health = True  # The Deployments never become ready, so that the sync makes many passes.
    reconciliation = await shop.reconciliation(SHOP, Options(timeout=timedelta(seconds=40)))
    lines: list[str] = []
    totals: list[int] = []

    class Watcher(NobodyWatches):
        def begin(self, planned: Mapping[ClusterName, int]) -> None:
            totals.append(sum(planned.values()))

        def done(self, cluster: ClusterName, outcome: Outcome) -> None:
            if outcome.error:
                lines.append(str(outcome.change.key))

    reconciliation = replace(reconciliation, progress=Watcher())
    done = await passes.run_passes(reconciliation, RecordedState())
    assert len(done) > 5
    assert lines == [REFUSED]
    assert totals[0] == sum(map(len, shop.holds().values())) + 1
    assert totals[1] == 0, "nothing is tried before its pause is over"
    outcomes = Result("3f2c1ab", tuple(done), None, False).outcomes(shop.members["m1"].name)
    assert [str(one.change.key) for one in outcomes if one.error] == [REFUSED]
    assert len(shop.members["m1"].log) < 10


async def test_a_skipped_object_is_reported_once_and_looked_at_again() -> None:
    shop = Playground("m1", "m2", "m3")
    foreign: Manifest = config("settings", data={"value": "theirs"})
    key = next(key for key in (await shop.sync(SHOP)).compiled.templates if key.name == "settings")
    shop.members["m1"].objects[key] = foreign
    reconciliation = await shop.reconciliation(SHOP)
    done = await run_pass(reconciliation, shop.recorded)
    assert [str(event.key) for event in done.events if isinstance(event, Skipped)] == [REFUSED]
    assert done.retry_in == pytest.approx(1, abs=0.5)
    done = await run_pass(reconciliation, done.recorded)
    assert done.events == ()
    del shop.members["m1"].objects[key]
    assert (await run_pass(reconciliation, done.recorded)).wrote
