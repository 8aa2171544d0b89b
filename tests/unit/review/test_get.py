"""What many members say to one question."""

from __future__ import annotations

import json

from reconciler.cluster.listing import Selection
from reconciler.model.keys import ClusterName
from reconciler.passes.fleet import Fleet
from reconciler.review.get import list_objects
from tests.support.fakemember import FakeMember
from tests.support.fleet import config, workload

CONFIGS = Selection("cm", frozenset({"configmap"}), namespace="shop")
WIDGETS = Selection("widgets", frozenset({"widget"}), ("one",), namespace="shop")


def fleet(*members: FakeMember) -> Fleet:
    return Fleet({member.name: member for member in members}, {ClusterName("m9"): "m9: no credential"})


async def test_members_are_sorted_and_each_is_told_of() -> None:
    members = [
        FakeMember("m3", refuses={"look"}),
        FakeMember("m2", json.loads(config("b")), json.loads(config("a"))),
        FakeMember("m1", json.loads(workload("web"))),
    ]
    found = await list_objects(fleet(*members), [CONFIGS, WIDGETS])
    (block,) = found.blocks
    assert {name: [row.name for row in listing.rows] for name, listing in block.listings.items()} == {"m2": ["a", "b"]}
    assert found.unanswered == {"m3": "m3 does not answer", "m9": "m9: no credential"}
    assert found.unserved == {"cm": ("m1",), "widgets": ("m1", "m2")}
    assert found.unknown == ("widgets",)
    assert found.missing == ()  # Where nobody knows the kind, that is what is wrong.


async def test_a_member_that_an_agent_keeps_is_told_of() -> None:
    found = await list_objects(Fleet({}, {}, pulled={ClusterName("m1"): "no report"}), [CONFIGS])
    assert found.unanswered == {"m1": "m1: an agent keeps it, and this command does not reach it (spec.syncMode: Pull)"}


async def test_what_is_named_and_nowhere_is_missing() -> None:
    named = Selection("cm", frozenset({"configmap"}), ("a", "x"), "shop")
    members = [FakeMember("m1", json.loads(config("a"))), FakeMember("m2", json.loads(config("b")))]
    found = await list_objects(fleet(*members), [named])
    assert [str(key) for key in found.missing] == ["ConfigMap shop/x"]
