"""What happens on many members after a look at them."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace

from reconciler.cluster.listing import Event, Listing, Selection, by_name
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import gvk_of, key_of
from reconciler.passes.fleet import Fleet
from reconciler.review import follow
from reconciler.review.follow import Change, Lost, follow_objects
from reconciler.review.get import list_objects
from tests.support.fakemember import FakeMember
from tests.support.fleet import config, secret

CONFIGS = Selection("cm", frozenset({"configmap"}), namespace="shop")


def seen(news: Change | Lost) -> tuple[str, str, str]:
    if isinstance(news, Lost):
        return news.cluster, "lost" if news.reason else "back", news.reason
    return news.cluster, news.event, news.row.name


def listed(name: str) -> Listing:
    item = json.loads(config(name))
    return by_name(gvk_of(item), True, [item])


async def test_events_differences_and_outages_are_told(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(follow, "_PAUSES", (0.0, 0.001))
    m1, m2 = FakeMember("m1", json.loads(config("a"))), FakeMember("m2", json.loads(config("b")), refuses={"look"})
    fleet = Fleet({member.name: member for member in (m1, m2)}, {ClusterName("m9"): "m9: no credential"})
    found = await list_objects(fleet, [CONFIGS])
    m1.told = [(Event.MODIFIED, listed("a"))]
    async with aclosing(follow_objects(fleet, [CONFIGS], found)) as news:
        assert seen(await anext(news)) == ("m1", "MODIFIED", "a")
        added, changed = json.loads(config("c")), json.loads(config("a", key="other"))
        m1.objects |= {key_of(added): added, key_of(changed): changed}
        assert {seen(await anext(news)) for _ in range(2)} == {("m1", "ADDED", "c"), ("m1", "MODIFIED", "a")}
        del m1.objects[key_of(added)]
        assert seen(await anext(news)) == ("m1", "DELETED", "c")
        m2.refuses.clear()
        assert [seen(await anext(news)) for _ in range(2)] == [("m2", "back", ""), ("m2", "ADDED", "b")]
        m2.refuses.add("look")
        assert seen(await anext(news)) == ("m2", "lost", "m2 does not answer")


async def test_several_kinds_are_followed_and_a_member_is_lost_once(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(follow, "_PAUSES", (0.0, 0.001))
    kept, hidden = json.loads(config("a")), json.loads(secret("s", password="x"))
    m1 = FakeMember("m1", kept, hidden)
    fleet = Fleet({m1.name: m1}, {})
    selections = [CONFIGS, Selection("secrets", frozenset({"secret"}), namespace="shop")]
    found = await list_objects(fleet, selections)
    assert [block.selection for block in found.blocks] == selections
    async with aclosing(follow_objects(fleet, selections, found)) as news:
        changed = {key_of(one): one for one in (json.loads(config("a", key="other")), json.loads(secret("s", password="y")))}
        m1.objects |= changed
        assert {seen(await anext(news)) for _ in range(2)} == {("m1", "MODIFIED", "a"), ("m1", "MODIFIED", "s")}
        m1.refuses.add("look")
        assert seen(await anext(news)) == ("m1", "lost", "m1 does not answer")
        m1.refuses.clear()
        m1.objects.pop(key_of(hidden))
        assert [seen(await anext(news)) for _ in range(2)] == [("m1", "back", ""), ("m1", "DELETED", "s")]


async def test_a_defect_ends_it(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(follow, "_PAUSES", (0.0, 0.001))
    member = FakeMember("m1", json.loads(config("a")))
    fleet = Fleet({member.name: member}, {})
    found = await list_objects(fleet, [CONFIGS])
    member.told = [(Event.ADDED, replace(listed("a"), rows=None))]  # type: ignore[arg-type]
    async with aclosing(follow_objects(fleet, [CONFIGS], found)) as news:
        raised = ""
        try:
            await anext(news)
        except BaseExceptionGroup as group:
            raised = repr(group.exceptions[0])
        except TypeError as error:
            raised = repr(error)
    assert "TypeError" in raised
