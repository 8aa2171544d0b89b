"""What a pass finds that writes nothing, from pass to pass."""

from __future__ import annotations

import json

from reconciler.cluster.member_protocol import MemberError, Wanted
from reconciler.cluster.packed_objects import packed
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, key_of
from reconciler.passes.options import Options
from reconciler.passes.passes import run_pass
from tests.support.fakemember import FakeMember
from tests.support.fleet import document, fleet, placed
from tests.support.in_memory_fleet import Playground

M1 = ClusterName("m1")


class Webhook(FakeMember):
    """A member whose webhook does not answer."""

    silent = True

    async def look(self, wanted: Wanted) -> LiveView:
        return LiveView.of_records(M1, {key: packed(one) for key, one in (await super().look(wanted)).objects.items()})

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        self.log.append(f"preview {key_of(expected)}")
        if self.silent and key_of(expected).kind == "Deployment":
            raise MemberError("failed calling webhook")
        return expected


async def test_a_refusal_is_asked_again_and_everything_else_once() -> None:
    playground = Playground("m1")
    member = playground.members["m1"] = Webhook("m1", json.loads(document("Namespace", "shop", "")))
    overwrite = document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec={"conflictResolution": "Overwrite"})
    files = {**fleet("m1"), **placed("web", "m1"), "reconciler.yaml": overwrite}
    reconciliation = await playground.reconciliation(files, Options(shadow=True))
    first = await run_pass(reconciliation, playground.recorded)
    assert first.differences is not None
    assert len(first.differences[M1].blocked) == 1
    member.silent = False
    second = await run_pass(reconciliation, first.recorded)
    assert second.differences is not None
    assert second.differences[M1].blocked == ()
    member.log.clear()
    await run_pass(reconciliation, second.recorded)
    assert [line for line in member.log if "Deployment" in line] == []
