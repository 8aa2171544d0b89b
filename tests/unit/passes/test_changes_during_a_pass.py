"""What other clients change while a pass works is not lost between its two looks."""

from __future__ import annotations

from reconciler.cluster.member_protocol import OnChange
from reconciler.model.manifest import Manifest
from reconciler.model.recorded import RecordedState
from reconciler.passes.passes import run_pass
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Playground
from tests.support.shop import HOLDS, SHOP


class Interrupted(FakeMember):
    """As soon as the third object is written, another client deletes the second one. This happens once."""

    announce: OnChange

    def on_change(self, call: OnChange) -> None:
        self.announce = call

    async def apply(self, desired: Manifest, expected: Manifest, live: Manifest | None) -> None:
        await super().apply(desired, expected, live)
        if len(self.log) == 3:
            second = list(self.objects)[1]
            del self.objects[second]
            self.announce(second)


async def test_a_change_while_a_pass_writes_causes_another_pass() -> None:
    shop = Playground("m1", "m2", "m3")
    shop.members["m1"] = Interrupted("m1")
    reconciliation = await shop.reconciliation(SHOP)
    first = await run_pass(reconciliation, RecordedState())
    assert len(shop.holds()["m1"]) == 2
    assert reconciliation.fleet.named.is_set(), "no plan was made from the second look, so another pass is necessary"
    second = await run_pass(reconciliation, first.recorded)
    assert shop.holds() == HOLDS
    assert not reconciliation.fleet.named.is_set()
    assert not (await run_pass(reconciliation, second.recorded)).wrote
