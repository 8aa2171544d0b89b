"""What happened in a pass, as events, and what a commit message makes of them."""

from __future__ import annotations

from collections import Counter

from reconciler.model.changes import Action
from reconciler.model.keys import ClusterName
from reconciler.passes.commit_message import commit_message, count_writes
from reconciler.passes.events import Applied, Failed, IssueReported, MemberUnreachable, writes_in
from reconciler.passes.options import Options
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP


async def test_every_write_is_an_event_and_what_is_unchanged_is_none() -> None:
    fleet = Playground("m1", "m2", "m3")
    done = await fleet.sync(SHOP)
    created = {(event.cluster, str(event.key)) for event in done.events if isinstance(event, Applied)}
    assert created == {(name, key) for name, keys in fleet.holds().items() for key in keys}
    assert {event.action for event in writes_in(done.events)} == {Action.CREATE}
    assert (await fleet.sync(SHOP)).events == ()


async def test_a_refused_write_an_unreachable_member_and_an_error_in_the_repository() -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    fleet.members["m1"].objects.clear()
    fleet.members["m1"].refuses.add("Namespace shop")
    fleet.members["m2"].refuses.add("look")
    done = await fleet.sync({**SHOP, "broken.yaml": "kind: ["}, options=Options(wait=False))
    failed = [event for event in done.events if isinstance(event, Failed)]
    assert (failed[0].cluster, str(failed[0].key), failed[0].error) == ("m1", "Namespace shop", "Namespace shop is refused")
    assert MemberUnreachable(ClusterName("m2"), "m2 does not answer") in done.events
    (issue,) = [event.issue for event in done.events if isinstance(event, IssueReported)]
    assert issue.origin.file == "broken.yaml"
    assert done.failed


async def test_a_dry_run_has_no_writes() -> None:
    done = await Playground("m1", "m2", "m3").sync(SHOP, options=Options(dry_run=True))
    assert (done.events, done.wrote) == ((), False)


async def test_the_commit_message_counts_the_writes_of_all_passes() -> None:
    fleet = Playground("m1", "m2", "m3")
    first = await fleet.sync(SHOP)
    message = commit_message("3f2c1ab4d5", count_writes(first.events))
    count = sum(map(len, fleet.holds().values()))
    assert message.splitlines() == [
        f"sync 3f2c1ab: {count} created on m1, m2, m3",
        "",
        "Revision: 3f2c1ab4d5",
        "Cluster: m1",
        "Cluster: m2",
        "Cluster: m3",
    ]


def test_the_subject_names_five_members_and_the_trailers_all() -> None:
    names = [ClusterName(f"m{number}") for number in range(7)]
    writes = Counter({(name, action): 2 for name in names for action in (Action.PRUNE, Action.CREATE)})
    subject, _, *trailers = commit_message("3f2c1ab", writes).splitlines()
    assert subject == "sync 3f2c1ab: 14 created, 14 pruned on m0, m1, m2, m3, m4 and 2 more"
    assert trailers[1:] == [f"Cluster: {name}" for name in names]


def test_without_writes_the_status_changed() -> None:
    assert commit_message("3f2c1ab", Counter()).startswith("sync 3f2c1ab: status changed\n")
