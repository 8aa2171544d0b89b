"""A survey of a proposal: what is not read is compared with nothing, and nothing is concluded from it."""

from __future__ import annotations

from reconciler.model.changes import Create
from reconciler.model.keys import ClusterName
from reconciler.passes.options import Options
from reconciler.passes.survey import survey
from tests.support.in_memory_fleet import NOW, Playground, load
from tests.support.shop import SHOP, on, policy_file


async def test_a_member_that_only_the_proposal_declares_has_not_drifted() -> None:
    """It was synced once, so the record says that its objects were there."""
    files = SHOP | {"web/policy.yaml": policy_file("web", "Deployment", on("m3"))}
    shop = Playground("m1", "m2", "m3")
    await shop.sync(files)
    del shop.members["m3"]
    base = {path: text for path, text in files.items() if path != "clusters/m3.yaml"}
    reconciliation = await shop.reconciliation(base, Options(dry_run=True))
    surveyed = await survey(reconciliation, shop.recorded, NOW, proposal=load(files))
    created = [change for change in surveyed.plans[ClusterName("m3")].writes if isinstance(change, Create)]
    assert "web" in [change.key.name for change in created]
    assert {(change.drift, change.reason) for change in created} == {(False, "")}
