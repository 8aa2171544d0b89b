"""A fight shows in the status, the events, the log and the metrics, and its end does, too."""

from __future__ import annotations

import io
import json

from reconciler.daemon.log import log_events, logger
from reconciler.daemon.metrics import Metrics
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import with_value
from reconciler.model.recorded import RecordedState
from reconciler.passes.events import Contested
from reconciler.passes.object_backoff import Attempts
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.reconciliation import Reconciliation
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

M1 = ClusterName("m1")


class Struggle:
    """A client that changes one object of m1 before each pass; passes come after the longest pause."""

    def __init__(self, shop: Playground, reconciliation: Reconciliation) -> None:
        self.shop, self.reconciliation = shop, reconciliation
        self.now = 1000.0
        self.reconciliation.attempts._clock = lambda: self.now
        self.recorded = RecordedState()

    async def run_pass(self, *, interfere: bool, later: float = 0.0) -> Pass:
        if interfere:
            objects = self.shop.members["m1"].objects
            self.key = next(key for key in sorted(objects) if key.kind != "Namespace")
            objects[self.key] = with_value(objects[self.key], ("metadata", "annotations", "stolen"), "yes")
        self.now += later
        done = await run_pass(self.reconciliation, self.recorded)
        self.recorded = done.recorded
        return done

    def message(self) -> str:
        status = self.recorded.report_of(self.key).status_in(M1)
        assert status is not None
        return status.message


async def test_a_fight_is_named_everywhere_until_it_ends() -> None:
    shop = Playground("m1", "m2", "m3")
    reconciliation = await shop.reconciliation(SHOP)
    assert isinstance(reconciliation.attempts, Attempts)
    struggle = Struggle(shop, reconciliation)
    await struggle.run_pass(interfere=False)
    for corrections in (1, 2, 3):
        done = await struggle.run_pass(interfere=True, later=5)
        assert [event.fight.corrections for event in done.events if isinstance(event, Contested)] == [3] * (corrections == 3)
        assert bool(struggle.message()) is (corrections == 3)
    assert "another client change the same fields again and again" in struggle.message()
    assert done.fights == {"m1": 1, "m2": 0, "m3": 0}
    text, metrics = io.StringIO(), Metrics()
    log_events(logger(as_json=True, to=text), done.events, "3f2c1ab", 0.1)
    (line,) = [
        line for line in map(json.loads, text.getvalue().splitlines()) if line["event"] == "two clients write the same object"
    ]
    assert (line["cluster"], line["resource"], line["corrections"], line["next_in"]) == ("m1", str(struggle.key), 3, 4.0)
    assert line["remedy"]
    metrics.passed(done, 0.1)
    assert 'reconciler_fights{cluster="m1"} 1.0' in metrics.text().decode()

    postponed = await struggle.run_pass(interfere=True)
    assert not postponed.wrote
    assert "again and again" in struggle.message(), "while the correction waits, too"
    await struggle.run_pass(interfere=False, later=10)
    done = await struggle.run_pass(interfere=False, later=700)
    assert (struggle.message(), done.fights["m1"]) == ("", 0)
