"""What members answer to dry runs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.cluster.client import MemberError, MemberUnreachableError
from reconciler.cluster.packed_objects import packed
from reconciler.model.changes import Action, ChangeSet, Configure, Create, DeletionPropagation, Prune, Unchanged
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, key_of
from reconciler.passes.dry_run import DriftCheck, preview_writes
from tests.support.builders import rendered
from tests.support.fakemember import FakeMember
from tests.support.fleet import config, document

THERE = json.loads(config("there", a="1"))
WANTED = {**THERE, "data": {"a": "2"}}


class Server(FakeMember):
    """Answers with the object that it would store, or with an error."""

    def __init__(self, name: str, error: MemberError | None = None) -> None:
        super().__init__(name)
        self.error = error

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        self.log.append(f"preview {key_of(expected)}")
        if self.error:
            raise self.error
        return {**expected, "immutable": False}


def view(name: str) -> LiveView:
    return LiveView.of_records(ClusterName(name), {key_of(THERE): packed(THERE)})


PRUNE = Prune(ResourceKey("", "X", "", "x"), {}, DeletionPropagation.BACKGROUND)
CONFIGURE = Configure(rendered(WANTED), WANTED, THERE)
UNCHANGED = Unchanged(rendered(json.loads(config("other"))))


async def test_each_write_shows_the_object_that_the_member_would_store() -> None:
    plan = ChangeSet(ClusterName("m1"), ((CONFIGURE,), (UNCHANGED,)))
    previewed = await preview_writes(plan, view("m1"), Server("m1"))
    assert previewed.stages == ((replace(CONFIGURE, expected={**WANTED, "immutable": False}),), (UNCHANGED,))


async def test_a_refused_write_is_skipped_with_the_message_of_the_member() -> None:
    server = Server("m2", MemberError("m2: apply ConfigMap shop/there: no such luck"))
    (change,) = (await preview_writes(ChangeSet(server.name, ((CONFIGURE,),)), view("m2"), server)).changes
    assert (change.action, change.reason) == (Action.SKIP, "the member would refuse it: no such luck")


async def test_a_member_that_stops_answering_refuses_nothing() -> None:
    server = Server("m2", MemberUnreachableError("m2 does not answer"))
    with pytest.raises(MemberUnreachableError):
        await preview_writes(ChangeSet(server.name, ((CONFIGURE,),)), view("m2"), server)


async def test_nothing_is_tried_that_needs_another_new_object_nor_in_a_folder() -> None:
    namespace = json.loads(document("Namespace", "shop", ""))
    server, folder = Server("m1"), Server("m2")
    creating = ((Create(rendered(namespace), namespace),), (Create(rendered(WANTED), WANTED),), (PRUNE,))
    waits = {key_of(WANTED): (key_of(namespace),)}
    await preview_writes(ChangeSet(server.name, creating, waits), view("m1"), server)
    assert server.log == ["preview Namespace shop"]
    plan = ChangeSet(folder.name, creating, waits)
    assert await preview_writes(plan, LiveView(folder.name), folder) is plan
    assert folder.log == []


class Spelling(FakeMember):
    """Stores the object in another spelling than we apply it, or with another value."""

    stored: Manifest = THERE

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        self.log.append(f"preview {key_of(expected)}")
        return self.stored


DRIFT = replace(CONFIGURE, drift=True)


async def test_drift_that_the_member_does_not_confirm_is_asked_about_once() -> None:
    check, member, seen = DriftCheck(), Spelling("m1"), view("m1")
    for _ in range(3):
        (change,) = (await check.confirm(ChangeSet(member.name, ((DRIFT,),)), seen, member)).changes
        assert change.action is Action.UNCHANGED
    assert len(member.log) == 1
    await check.confirm(ChangeSet(member.name, ((DRIFT,),)), view("m1"), member)
    assert len(member.log) == 2, "the object has changed since"


async def test_drift_that_the_member_confirms_stays_in_the_plan() -> None:
    check, member = DriftCheck(), Spelling("m1")
    member.stored = WANTED
    plan = ChangeSet(member.name, ((DRIFT, UNCHANGED),))
    assert await check.confirm(plan, view("m1"), member) == plan


async def test_an_answer_is_forgotten_with_its_object_and_with_its_member() -> None:
    check, member, seen = DriftCheck(), Spelling("m1"), view("m1")
    drifted, nothing = ChangeSet(member.name, ((DRIFT,),)), ChangeSet(member.name, ())
    await check.confirm(drifted, seen, member)
    await check.confirm(nothing, LiveView.of_records(member.name, {}), member)
    await check.confirm(drifted, seen, member)
    assert len(member.log) == 2
    check.forget_others({ClusterName("m2")})
    await check.confirm(drifted, seen, member)
    assert len(member.log) == 3
