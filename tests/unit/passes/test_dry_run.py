"""What each write would come to, by dry runs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError
from reconciler.cluster.packed_objects import packed
from reconciler.model.changes import Action, ChangeSet, Configure, Create, DeletionPropagation, Prune, Unchanged
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, key_of
from reconciler.passes.dry_run import preview_writes
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
    assert await preview_writes(plan, LiveView(folder.name), folder) == plan
    assert folder.log == []


async def test_a_take_over_in_a_folder_lists_the_fields_that_go() -> None:
    live = {**WANTED, "data": {"colour": "red", "size": "large"}, "metadata": {**WANTED["metadata"], "labels": {"team": "a"}}}
    wanted = {**WANTED, "data": {"colour": "blue"}}
    change = Configure(rendered(wanted), wanted, live, taken_over=True)
    folder = Server("m2")
    (taken,) = (await preview_writes(ChangeSet(folder.name, ((change,),)), LiveView(folder.name), folder)).changes
    assert isinstance(taken, Configure)
    assert set(taken.removed) == {"data.size", "metadata.labels"}
