"""What members say to a dry run."""

from __future__ import annotations

import json
from dataclasses import replace

from reconciler.cluster.client import MemberError, MemberUnreachableError
from reconciler.cluster.packed_objects import packed
from reconciler.model.changes import Action, ChangeSet, Configure, Create, DeletionPropagation, Prune, Unchanged
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, key_of
from reconciler.passes.dry_run import previewed
from tests.support.builders import rendered
from tests.support.fakemember import FakeMember
from tests.support.fleet import config, document

THERE = json.loads(config("there", a="1"))
WANTED = {**THERE, "data": {"a": "2"}}


class Server(FakeMember):
    """Says how it would be, or why not."""

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


async def test_each_write_with_what_it_would_come_to_and_each_refusal_in_the_members_words() -> None:
    refusing = MemberError("m2: apply ConfigMap shop/there: no such luck")
    servers = {ClusterName("m1"): Server("m1"), ClusterName("m2"): Server("m2", refusing)}
    plans = {name: ChangeSet(name, ((CONFIGURE,), (Unchanged(CONFIGURE.desired),))) for name in servers}
    told, silent = await previewed(plans, {name: view(name) for name in servers}, servers)
    first, second = (told[ClusterName(name)].changes for name in ("m1", "m2"))
    assert first[0] == replace(CONFIGURE, expected={**WANTED, "immutable": False})
    assert (second[0].action, second[0].reason) == (Action.SKIP, "the member would refuse it: no such luck")
    assert [changes[1].action for changes in (first, second)] == [Action.UNCHANGED] * 2
    assert silent == {}


async def test_one_that_stops_answering_refuses_nothing() -> None:
    servers = {ClusterName("m1"): Server("m1"), ClusterName("m2"): Server("m2", MemberUnreachableError("m2 does not answer"))}
    plans = {name: ChangeSet(name, ((CONFIGURE,),)) for name in servers}
    told, silent = await previewed(plans, {name: view(name) for name in servers}, servers)
    assert list(told) == ["m1"]
    assert silent == {"m2": "m2 does not answer"}


async def test_nothing_is_tried_that_waits_for_something_else_nor_in_a_folder() -> None:
    namespace = json.loads(document("Namespace", "shop", ""))
    server, folder = Server("m1"), Server("m2")
    creating = ((Create(rendered(namespace), namespace),), (Create(rendered(WANTED), WANTED),), (PRUNE,))
    waits = {key_of(WANTED): (key_of(namespace),)}
    plans = {member.name: ChangeSet(member.name, creating, waits) for member in (server, folder)}
    views = {server.name: view("m1"), folder.name: LiveView(folder.name)}
    told, _ = await previewed(plans, views, {server.name: server, folder.name: folder})
    assert server.log == ["preview Namespace shop"]
    assert folder.log == []
    assert told[folder.name] is plans[folder.name]
