"""Objects whose record of owners was wiped."""

from __future__ import annotations

from dataclasses import replace

from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.packed_objects import packed
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, key_of, sequence
from reconciler.model.work import Work
from reconciler.passes.lost_owners import LostOwners
from reconciler.passes.pass_cache import MemberCache
from tests.support.builders import rendered
from tests.support.fakemember import FakeMember
from tests.support.managed_fields import entry, fields, live
from tests.unit.passes.test_dry_run import THERE

WIPED = live(THERE)
OWNED = live(THERE, entry(fields("data/a"), "helm", "Update"))
TAKEN = replace(rendered(THERE), conflict_resolution="Overwrite")


class Server(FakeMember):
    """Says whose the fields would be."""

    answer: Manifest | None = live(THERE, entry(fields("data/a"), "before-first-apply", "Update"))

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        self.log.append(f"preview {key_of(expected)}")
        assert "data" not in expected
        if self.answer is None:
            raise MemberError("no")
        return self.answer


class Asking:
    def __init__(self, manifest: Manifest, *, work: Work | None = None) -> None:
        self.lost, self.cache, self.member = LostOwners(), MemberCache(), Server("m1")
        self.view = LiveView.of_records(ClusterName("m1"), {key_of(THERE): packed(manifest)})
        self.work = work or Work(ClusterName("m1"), (TAKEN,))

    async def owners(self) -> list[str]:
        view = await self.lost.restore(self.view, self.work, "ours", self.member, self.cache)
        return [one["manager"] for one in sequence(view.objects[key_of(THERE)], "metadata", "managedFields")]


async def test_a_member_is_asked_once_whose_the_fields_are() -> None:
    asking = Asking(WIPED)
    assert [await asking.owners() for _ in range(3)] == [["before-first-apply"]] * 3
    assert len(asking.member.log) == 1
    asking.lost.forget_others(())
    await asking.owners()
    assert len(asking.member.log) == 2


async def test_nobody_is_asked_about_what_has_owners_or_is_not_written() -> None:
    refused = Work(ClusterName("m1"), (replace(TAKEN, conflict_resolution="Abort"),))
    for asking in (Asking(OWNED), Asking(WIPED, work=refused), Asking(WIPED, work=Work(ClusterName("m1"), ()))):
        assert await asking.owners() in ([], ["helm"])
        assert asking.member.log == []


async def test_a_member_without_an_answer_changes_nothing() -> None:
    for answer in (None, WIPED):
        asking = Asking(WIPED)
        asking.member.answer = answer
        assert await asking.owners() == []
