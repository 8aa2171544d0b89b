"""The objects of one kind, kept up to date whatever happens to a watch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from reconciler.cluster import api_client as api_module
from reconciler.cluster import member_backoff
from reconciler.cluster import reflector as module
from reconciler.cluster.discovery import Resource
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.news import News
from reconciler.cluster.reflector import Reflector
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import key_of
from tests.support.apiserver import FakeServer, Handler, event, fails, opened, says, serving, status, streams
from tests.unit.cluster.doors import api_of

RESOURCE = Resource(GroupVersionKind("", "v1", "ConfigMap"), "configmaps", True)
PATH = "GET /api/v1/configmaps"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES", (0.005, 0.02))
    monkeypatch.setattr(api_module, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(member_backoff, "_PAUSES", (0.01, 0.02))


def item(name: str, version: int, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def listing(version: int, *items: dict[str, Any], goes_on: str = "") -> dict[str, Any]:
    """A list as servers write it: without the kind of each item."""
    bare = [{name: value for name, value in one.items() if name not in ("apiVersion", "kind")} for one in items]
    return {"kind": "ConfigMapList", "metadata": {"resourceVersion": str(version), "continue": goes_on}, "items": bare}


def bookmark(version: int) -> bytes:
    return event("BOOKMARK", {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"resourceVersion": str(version)}})


class Script:
    """The answers of the server to lists and to watches, each in turn; the last answer is repeated."""

    def __init__(self, server: FakeServer) -> None:
        self.lists: list[Handler] = []
        self.watches: list[Handler] = []
        self.queries: list[dict[str, str]] = []
        self.changes = 0
        self.named: list[str] = []
        """The objects that may have drifted."""
        server.answer(PATH, self._answer)

    async def _answer(self, request: Any) -> Any:
        self.queries.append(dict(request.query))
        turns = self.watches if "watch" in request.query else self.lists
        return await (turns.pop(0) if len(turns) > 1 else turns[0])(request)

    @property
    def watched_from(self) -> list[str]:
        return [query["resourceVersion"] for query in self.queries if "watch" in query]

    @property
    def listed(self) -> int:
        return sum("watch" not in query for query in self.queries)

    def changed(self, key: ResourceKey | None) -> None:
        self.changes += 1
        self.named += [key.name] if key is not None else []


@asynccontextmanager
async def following(selector: str = "", *, always_served: bool = False) -> AsyncIterator[tuple[Script, Reflector]]:
    """The script can be written until `synced` is awaited."""
    async with serving() as server, api_of(server) as api:
        script = Script(server)
        reflector = Reflector(api, RESOURCE, selector, script.changed, always_served=always_served)
        try:
            yield script, reflector
        finally:
            await reflector.close()


def versions(reflector: Reflector) -> dict[str, int]:
    return {key.name: record.version for key, record in reflector.records.items()}


async def until(reflector: Reflector, expected: dict[str, int]) -> None:
    async with asyncio.timeout(5):
        while versions(reflector) != expected:  # noqa: ASYNC110 -- what is waited for is the thing under test
            await asyncio.sleep(0.002)


def note(reflector: Reflector, document: dict[str, Any]) -> None:
    """Passes the document as the answer to a write of ours."""
    reflector.note(key_of(document), document)


STAY = streams(then="stay")
KEY_A, KEY_B = (key_of(item(name, 1)) for name in "ab")


async def test_what_is_listed_is_known() -> None:
    async with following("a=b") as (script, reflector):
        script.lists, script.watches = [says(listing(7, item("a", 3), item("b", 5)))], [STAY]
        await reflector.synced()
        assert versions(reflector) == {"a": 3, "b": 5}
        (record, _) = reflector.records.values()
        assert record.manifest == item("a", 3)
        assert script.queries[0]["labelSelector"] == "a=b"
        assert script.changes == 0, "the first list is no change"


async def test_a_list_in_pages() -> None:
    async with following() as (script, reflector):
        pages = [says(listing(7, item("a", 3), goes_on="next")), says(listing(7, item("b", 5)))]
        script.lists, script.watches = pages, [STAY]
        await reflector.synced()
        assert versions(reflector) == {"a": 3, "b": 5}
        assert [query.get("continue") for query in script.queries[:2]] == [None, "next"]


async def test_events_however_they_are_cut() -> None:
    """Several events in one chunk, one event in several, and a chunk that ends within a character."""
    text = (
        event("ADDED", item("b", 8, word="schön")) + event("MODIFIED", item("a", 9, word="new")) + event("DELETED", item("b", 10))
    )
    whole = text.replace(b"sch\\u00f6n", "schön".encode())
    pieces = [whole[start : start + 7] for start in range(0, len(whole), 7)]
    for chunks in ([whole], pieces):
        async with following() as (script, reflector):
            script.lists, script.watches = [says(listing(7, item("a", 3)))], [streams(*chunks, then="stay")]
            await reflector.synced()
            await until(reflector, {"a": 9})
            assert script.changes == 3


async def test_a_large_object_in_one_line() -> None:
    large = item("b", 8, value="x" * 300_000)
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7))], [streams(event("ADDED", large), then="stay")]
        await reflector.synced()
        await until(reflector, {"b": 8})
        (record,) = reflector.records.values()
        assert record.manifest == large


async def test_a_bookmark_moves_the_place_to_go_on_from() -> None:
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7))], [streams(bookmark(50)), STAY]
        await reflector.synced()
        async with asyncio.timeout(5):
            while len(script.watched_from) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert script.watched_from == ["7", "50"]
        assert (script.listed, script.changes) == (1, 0)


async def test_a_watch_that_ended_goes_on_where_it_was() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3)))]
        script.watches = [streams(event("MODIFIED", item("a", 9))), streams(event("ADDED", item("b", 12)), then="stay")]
        await reflector.synced()
        await until(reflector, {"a": 9, "b": 12})
        assert script.watched_from == ["7", "9"]
        assert script.listed == 1


async def test_after_a_lost_connection_the_list_counts_although_it_is_older() -> None:
    """So it is after etcd was restored from a backup: b did not exist then, c was deleted later, and a had its old content."""
    restored = [item("a", 3, word="old"), item("c", 4)]
    async with following() as (script, reflector):
        script.lists = [says(listing(90, item("a", 80, word="new"), item("b", 85))), says(listing(20, *restored))]
        script.watches = [streams(then="break"), streams(event("MODIFIED", item("c", 21, word="x")), then="stay")]
        await reflector.synced()
        await until(reflector, {"a": 3, "c": 21})
        assert script.watched_from == ["90", "20"]
        assert script.changes == 2, "one for the list, one for the event after it"


@pytest.mark.parametrize("how", ["end", "break"])
async def test_the_kind_is_listed_again_now_and_then(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that finds nothing new keeps the records and calls nobody."""
    monkeypatch.setattr(module, "_LIST_AGAIN", (0.05, 0.05))
    async with following() as (script, reflector):
        script.lists = [*[says(listing(7, item("a", 3), item("b", 4)))] * 3, says(listing(5, item("a", 3)))]
        script.watches = [streams(then=how)]
        await reflector.synced()
        (record, _) = reflector.records.values()
        async with asyncio.timeout(5):
            while script.listed < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert next(iter(reflector.records.values())) is record
        assert script.changes == 0
        await until(reflector, {"a": 3})
        assert {query["timeoutSeconds"] for query in script.queries if "watch" in query} == {"1"}, "a watch ends in time for it"


async def test_a_list_without_need_does_not_read_what_has_the_same_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a lost connection, everything is read: a backup of etcd may have been restored."""
    monkeypatch.setattr(module, "_LIST_AGAIN", (0.05, 0.05))
    packed_names: list[str] = []
    pack = module.packed
    monkeypatch.setattr(
        module, "packed", lambda document, key: packed_names.append(document["metadata"]["name"]) or pack(document, key)
    )
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3), item("b", 4))), says(listing(9, item("a", 3), item("b", 8)))]
        script.watches = [streams()]
        await reflector.synced()
        await until(reflector, {"a": 3, "b": 8})
        assert packed_names == ["a", "b", "b"]
        replaced = {**item("a", 3)["metadata"], "uid": "another"}
        script.lists = [says(listing(9, {**item("a", 3), "metadata": replaced}))]
        await until(reflector, {"a": 3})
        assert next(iter(reflector.records.values())).uid == "another"


async def test_a_list_that_is_older_than_the_records_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIST_AGAIN", (0.05, 0.05))
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3, word="one"))), says(listing(5, item("a", 3, word="two")))]
        script.watches = [streams()]
        await reflector.synced()
        async with asyncio.timeout(5):
            while reflector.records[KEY_A].manifest["data"] != {"word": "two"}:  # noqa: ASYNC110
                await asyncio.sleep(0.002)


async def test_a_server_that_fails_at_a_list_without_need_is_watched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIST_AGAIN", (0.0, 0.0))
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3))), fails(500, "conversion webhook failed")]
        script.watches = [streams(), streams(event("MODIFIED", item("a", 9)), then="stay")]
        await reflector.synced()
        await until(reflector, {"a": 9})
        await reflector.synced()
        assert script.listed > 1


async def test_who_asked_in_vain_is_called_when_the_records_are_there() -> None:
    async with following() as (script, reflector):
        answer = asyncio.Event()

        async def late(request: Any) -> Any:
            await answer.wait()
            return await says(listing(7, item("a", 3)))(request)

        script.lists, script.watches = [late], [STAY]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await reflector.synced()
        answer.set()
        await until(reflector, {"a": 3})
        assert script.changes == 1


async def test_only_news_is_told() -> None:
    """And all is recorded."""
    async with following() as (script, reflector):
        reflector._news_of = lambda before, after: News(before["data"] != after["data"])
        script.lists = [says(listing(7, item("a", 3, word="one")))]
        script.watches = [
            streams(event("MODIFIED", item("a", 8, word="one")), event("MODIFIED", item("a", 9, word="two")), then="stay")
        ]
        await reflector.synced()
        await until(reflector, {"a": 9})
        assert script.changes == 1


async def test_an_object_that_may_have_drifted_is_named() -> None:
    """One whose status alone changed is not, nor one that is new: a pass has to look at them."""
    ready = {**item("a", 9, word="new"), "status": {"ready": True}}
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3), item("b", 4)))]
        happened = [
            ("MODIFIED", item("a", 8, word="new")),
            ("MODIFIED", ready),
            ("DELETED", item("b", 10)),
            ("ADDED", item("c", 11)),
        ]
        script.watches = [streams(*[event(kind, one) for kind, one in happened], then="stay")]
        await reflector.synced()
        await until(reflector, {"a": 9, "c": 11})
        assert (script.named, script.changes) == (["a", "b"], 4)


async def test_our_own_write_is_no_news_whatever_arrives_first() -> None:
    """The event of the write to `a` arrives before the answer; while `b` is written, somebody else writes it, too."""
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3), item("b", 4)))]
        events = [event("MODIFIED", item("a", 8, word="ours")), event("MODIFIED", item("b", 9, word="theirs"))]
        script.watches = [streams(*events, then="stay")]
        with reflector.writing(KEY_A), reflector.writing(KEY_B):
            await reflector.synced()
            await until(reflector, {"a": 8, "b": 9})
            assert script.changes == 0
            note(reflector, item("a", 8, word="ours"))
            note(reflector, item("b", 10, word="ours"))
        assert script.named == ["b"]


async def test_our_own_deletion_is_no_news() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3)))]
        script.watches = [streams(event("DELETED", item("a", 8)), then="stay")]
        with reflector.writing(KEY_A):
            await reflector.synced()
            await until(reflector, {})
            reflector.forget(KEY_A)
        assert script.changes == 0


async def test_what_arrives_while_a_write_fails_is_news() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3)))]
        script.watches = [streams(event("MODIFIED", item("a", 8, word="theirs")), then="stay")]
        with suppress(MemberError), reflector.writing(KEY_A):
            await reflector.synced()
            await until(reflector, {"a": 8})
            raise MemberError("refused")
        assert script.named == ["a"]


GONE = status(410, "Expired", "too old resource version")


@pytest.mark.parametrize("expired", [fails(410), streams(event("ERROR", GONE))], ids=["as an answer", "as an event"])
async def test_a_forgotten_place_means_a_new_list(expired: Handler) -> None:
    """Objects that were deleted meanwhile are gone, new ones are there."""
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3), item("b", 4))), says(listing(30, item("b", 4), item("c", 20)))]
        script.watches = [expired, STAY]
        await reflector.synced()
        await until(reflector, {"b": 4, "c": 20})
        await reflector.synced()
        async with asyncio.timeout(5):
            while len(script.watched_from) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert script.watched_from == ["7", "30"]
        assert script.changes == 1


async def test_an_error_event_that_may_pass() -> None:
    broken = status(500, "InternalError", "etcdserver: leader changed")
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3)))]
        script.watches = [streams(event("ERROR", broken)), streams(event("MODIFIED", item("a", 9)), then="stay")]
        await reflector.synced()
        await until(reflector, {"a": 9})
        assert script.listed == 1


async def test_old_news_is_no_news() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 6)))]
        late = [event("MODIFIED", item("a", 5)), event("DELETED", item("a", 4)), event("ADDED", item("b", 8))]
        script.watches = [streams(*late, then="stay")]
        await reflector.synced()
        await until(reflector, {"a": 6, "b": 8})


async def test_a_write_of_ours_is_known_before_the_watch_tells_it() -> None:
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7, item("a", 3)))], [streams(bookmark(50), then="stay")]
        await reflector.synced()
        async with asyncio.timeout(5):
            while reflector._version != "50":  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        note(reflector, item("a", 60))
        note(reflector, item("b", 61))
        assert versions(reflector) == {"a": 60, "b": 61}
        note(reflector, item("a", 55))
        assert versions(reflector)["a"] == 60, "an answer that was overtaken by a later one"
        note(reflector, item("c", 40))
        assert "c" not in versions(reflector), "the watch is at a later version and has no such object: it was deleted"
        assert script.changes == 0


async def test_a_list_that_is_older_than_a_write_of_ours() -> None:
    """a and b are written after the server made the list, c and d before; and d was deleted again."""
    async with following() as (script, reflector):

        async def overtaken(request: Any) -> Any:
            for name, version in (("a", 60), ("b", 61), ("c", 25), ("d", 26)):
                note(reflector, item(name, version))
            return await says(listing(30, item("a", 20), item("c", 28)))(request)

        script.lists = [says(listing(7, item("a", 3))), overtaken]
        script.watches = [streams(event("ERROR", GONE)), STAY]
        await reflector.synced()
        async with asyncio.timeout(5):
            while reflector._version != "30":  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert versions(reflector) == {"a": 60, "b": 61, "c": 28}


def as_servers_write(kind: str, document: dict[str, Any]) -> bytes:
    """With the fields in the order of their Go types, and without spaces."""
    metadata = {name: document["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion")}
    whole = {"kind": document["kind"], "apiVersion": document["apiVersion"], "metadata": metadata, "data": document["data"]}
    return json.dumps({"type": kind, "object": whole}, separators=(",", ":")).encode() + b"\n"


async def test_the_event_of_our_own_write_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its version is that of the record. What another client does afterwards is read."""
    read: list[bytes] = []
    parse = module._event
    monkeypatch.setattr(module, "_event", lambda line: read.append(line) or parse(line))
    noted = asyncio.Event()

    async def watch(request: Any) -> Any:
        response = await opened(request)
        await noted.wait()
        await response.write(as_servers_write("ADDED", item("a", 8, word="ours")))
        await response.write(as_servers_write("MODIFIED", item("a", 9, word="theirs")))
        await asyncio.sleep(3600)

    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7))], [watch]
        await reflector.synced()
        with reflector.writing(KEY_A):
            note(reflector, item("a", 8, word="ours"))
        noted.set()
        await until(reflector, {"a": 9})
        assert [json.loads(line)["object"]["data"] for line in read] == [{"word": "theirs"}]
        assert script.named == ["a"]


@pytest.mark.parametrize(
    "line",
    [
        as_servers_write("DELETED", item("a", 8)),
        event("MODIFIED", item("a", 8)),
        b'{"type":"MODIFIED","object":{"apiVersion":"example.com/v1","data":{"uid":"u","resourceVersion":"3"},"kind":"ConfigMap"}}',
        b'{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"code":410}}',
        b'{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"9"}}}',
        b"null",
        b"",
    ],
)
async def test_any_other_line_is_read_to_its_end(line: bytes) -> None:
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(9, item("a", 9)))], [STAY]
        await reflector.synced()
        assert not reflector._is_known(line)


async def test_an_event_that_is_known_moves_the_place_to_go_on_from() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 9)))]
        script.watches = [streams(as_servers_write("MODIFIED", item("a", 8)), then="end"), STAY]
        await reflector.synced()
        async with asyncio.timeout(5):
            while len(script.watched_from) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert script.watched_from == ["7", "8"]


async def test_a_write_from_before_the_list_does_not_outlive_it() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3))), says(listing(30, item("a", 20)))]
        script.watches = [streams(bookmark(8), bookmark(9), then="break"), STAY]
        await reflector.synced()
        note(reflector, item("a", 60))
        await until(reflector, {"a": 20})


async def test_a_server_that_cannot_be_asked_is_told_and_then_it_is_in_step() -> None:
    async with following() as (script, reflector):
        script.lists, script.watches = [*[fails(503)] * 8, says(listing(7, item("a", 3)))], [STAY]
        with pytest.raises(MemberError):
            await reflector.synced()
        async with asyncio.timeout(5):
            while not versions(reflector):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        await reflector.synced()
        assert script.changes, "the caller is told that the server is back"


async def test_no_answer_while_out_of_step() -> None:
    """The records of a broken watch are not used."""
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3)))]
        script.watches = [streams(then="end"), fails(503)]
        await reflector.synced()
        async with asyncio.timeout(5):
            while reflector._synced.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        with pytest.raises(MemberError):
            await reflector.synced()
        script.watches = [STAY]
        async with asyncio.timeout(5):
            while not reflector._synced.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        await reflector.synced()
        assert versions(reflector) == {"a": 3}


async def test_a_kind_that_nobody_serves_has_no_objects() -> None:
    async with following() as (script, reflector):
        script.lists, script.watches = [fails(404)], [STAY]
        await reflector.synced()
        assert versions(reflector) == {}


async def test_a_404_for_a_kind_that_every_server_has_says_nothing_about_its_objects() -> None:
    """Such as that of a proxy that lost its route to the server."""
    async with following(always_served=True) as (script, reflector):
        script.lists, script.watches = [says(listing(7, item("a", 3))), fails(404)], [fails(404)]
        await reflector.synced()
        async with asyncio.timeout(5):
            while reflector.is_synced:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert versions(reflector) == {"a": 3}
        assert reflector._task is not None
        assert not reflector._task.done()


async def test_a_watch_that_breaks_in_the_middle_of_a_line() -> None:
    half = event("ADDED", item("b", 8))
    async with following() as (script, reflector):
        script.lists = [says(listing(7))]
        script.watches = [streams(half[:40], then="break"), streams(half, then="stay")]
        await reflector.synced()
        await until(reflector, {"b": 8})
        assert script.watched_from == ["7", "7"]


async def test_after_a_defect_the_next_look_begins_anew() -> None:
    """An exception that nobody expected ends the task. What is known is out of date then, and whoever asks learns of it."""
    async with following() as (script, reflector):
        script.lists = [says(listing(7)), says(listing(9, item("a", 8)))]
        script.watches = [streams(event("ADDED", item("a", 8)), then="stay"), STAY]
        defects = [ZeroDivisionError()]

        def changed(key: ResourceKey | None) -> None:
            script.changed(key)
            if defects:
                raise defects.pop()

        reflector._changed = changed
        await reflector.synced()
        assert reflector._task is not None
        await asyncio.wait([reflector._task], timeout=5)
        assert not reflector.is_synced
        assert script.changes == 2, "one for the event, one so that a pass looks at it"
        await reflector.synced()
        await until(reflector, {"a": 8})


async def test_a_defect_is_raised_to_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7, item("a", 3)))], [STAY]
        with monkeypatch.context() as broken:
            broken.setattr(module, "packed", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await asyncio.wait_for(reflector.synced(), 5)
        await reflector.synced()
        assert versions(reflector) == {"a": 3}


async def test_what_is_no_json_breaks_the_watch_and_no_more() -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7))]
        script.watches = [streams(b"<html>a proxy's excuse</html>\n"), streams(event("ADDED", item("b", 8)), then="stay")]
        await reflector.synced()
        await until(reflector, {"b": 8})


@pytest.mark.parametrize(
    "line", [b"null\n", b"{}\n", b'{"type": "ADDED"}\n', b'{"type": "ADDED", "object": {}}\n', b"[]\n", b"7\n"]
)
async def test_a_line_that_is_not_an_event_begins_the_watch_anew(line: bytes) -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7))]
        script.watches = [streams(line), streams(event("ADDED", item("b", 8)), then="stay")]
        await reflector.synced()
        task = reflector._task
        await until(reflector, {"b": 8})
        assert reflector._task is task, "the same task goes on"


@pytest.mark.parametrize("refusal", [fails(410), streams(event("ERROR", GONE)), streams(then="end"), streams(then="break")])
async def test_a_watch_that_never_lives_is_tried_less_and_less(refusal: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES", (0.02, 10.0))
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7, item("a", 3)))], [refusal]
        await reflector.synced()
        await asyncio.sleep(1)
        assert 2 <= len(script.watched_from) <= 8, "twenty a second without pauses that grow"


async def test_a_watch_that_lived_is_replaced_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIVES", 0.0)
    monkeypatch.setattr(module, "_PAUSES", (0.01, 10.0))
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7))], [streams(then="end")]
        await reflector.synced()
        async with asyncio.timeout(10):
            while len(script.watched_from) < 15:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("code", [403, 405])
async def test_a_kind_that_can_be_listed_and_not_watched_is_not_synced(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AFTER_REFUSAL", 0.01)
    async with following() as (script, reflector):
        script.lists, script.watches = [says(listing(7, item("a", 3)))], [fails(code, "cannot watch")]
        await reflector.synced()
        async with asyncio.timeout(5):
            while script.listed < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        for _ in range(5):
            with pytest.raises(MemberError, match="cannot watch"):
                await reflector.synced()
            await asyncio.sleep(0.01)
        script.watches = [STAY]
        async with asyncio.timeout(5):
            while not reflector._synced.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert versions(reflector) == {"a": 3}


@pytest.mark.parametrize("body", [{}, None, [], {"items": [None]}])
async def test_json_that_is_not_a_list_does_not_empty_the_records(body: object) -> None:
    async with following() as (script, reflector):
        script.lists = [says(listing(7, item("a", 3))), says(body)]
        script.watches = [fails(410)]
        await reflector.synced()
        async with asyncio.timeout(5):
            while not reflector._troubled.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert versions(reflector) == {"a": 3}
        with pytest.raises(MemberError, match="is not a list"):
            await reflector.synced()


def test_events_are_what_servers_write() -> None:
    assert json.loads(bookmark(3))["object"]["metadata"] == {"resourceVersion": "3"}
