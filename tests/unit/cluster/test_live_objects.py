"""What is known of a member where one kind, one object or one group cannot be read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from reconciler.cluster import api_client as api_module
from reconciler.cluster import reflector as reflector_module
from reconciler.cluster.cached_discovery import CachedDiscovery
from reconciler.cluster.live_objects import LiveObjects
from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError, OnChange
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import gvk_of
from tests.support.apiserver import FakeServer, Handler, breaks, event, fails, opened, says, serving, streams
from tests.support.builders import INSTANCE, config, key, manifest, namespace, ours
from tests.unit.cluster.doors import api_of
from tests.unit.cluster.test_discovery import group, resource, version

CONFIG, SECRET, SPACE = ours(config()), ours(manifest("Secret")), ours(namespace())
WANTED = {key(item): gvk_of(item) for item in (CONFIG, SECRET, SPACE)}
REFUSALS = [fails(403, "forbidden"), fails(500, "conversion webhook failed"), fails(503, "down"), says({"no": "list"})]


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_module, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(reflector_module, "_PAUSES", (0.005, 0.02))
    monkeypatch.setattr(reflector_module, "_AFTER_REFUSAL", 0.02)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        core = [resource(f"{kind.lower()}s", kind) for kind in ("ConfigMap", "Secret")]
        core.append(resource("namespaces", "Namespace", scope="Cluster"))
        started.answer("GET /version", says({"gitVersion": "v1.36.3"}))
        started.answer("GET /api", says({"items": [group("", version("v1", *core))]}))
        started.answer("GET /apis", says({"items": []}))
        for item in (CONFIG, SECRET, SPACE):
            serves(started, item)
        yield started


def serves(server: FakeServer, item: dict[str, Any]) -> None:
    """The kind of this object, with a list and a watch."""
    listing = says({"kind": "List", "metadata": {"resourceVersion": "7"}, "items": [item]})
    answers(server, item["kind"], listing, streams(then="stay"))


def answers(server: FakeServer, kind: str, listing: Handler, watch: Handler) -> None:
    async def answer(request: Any) -> Any:
        return await (watch if "watch" in request.query else listing)(request)

    server.answer(f"GET /api/v1/{kind.lower()}s", answer)


@asynccontextmanager
async def live(server: FakeServer, changed: OnChange = lambda key: None) -> AsyncIterator[LiveObjects]:
    async with api_of(server) as api:
        objects = LiveObjects(api, CachedDiscovery(api), INSTANCE, changed)
        try:
            yield objects
        finally:
            await objects.close()


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_kind_that_cannot_be_listed_is_named_and_hides_no_other(server: FakeServer, refusal: Handler) -> None:
    answers(server, "Secret", refusal, refusal)
    async with live(server) as objects:
        records, unread = await objects.look(WANTED)
    assert records.keys() == {key(CONFIG), key(SPACE)}
    assert unread.kinds.keys() == {("", "Secret")}
    assert unread.reason(key(SECRET))
    assert not unread.reason(key(CONFIG))


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_kind_that_nobody_wants_is_named_too(server: FakeServer, refusal: Handler) -> None:
    """It may have objects of ours; a Namespace that may hold some stays."""
    answers(server, "Secret", refusal, refusal)
    server.answer("GET /api/v1/namespaces/shop/secrets", refusal)
    server.answer("GET /api/v1/namespaces/shop/configmaps", says({"items": []}))
    async with live(server) as objects:
        records, unread = await objects.look({key(CONFIG): gvk_of(CONFIG)})
    assert key(CONFIG) in records
    assert unread.contents.keys() == {key(SPACE)}


async def test_an_object_that_cannot_be_read_is_named_alone(server: FakeServer) -> None:
    other = manifest("Secret", "broken")
    server.answer("GET /api/v1/namespaces/shop/secrets/broken", fails(500, "cannot decrypt"))
    async with live(server) as objects:
        records, unread = await objects.look({**WANTED, key(other): gvk_of(other)})
    assert records.keys() == WANTED.keys()
    assert list(unread.objects) == [key(other)]
    assert not unread.kinds


async def test_a_group_that_is_not_answered_for_is_named(server: FakeServer) -> None:
    widget = manifest("Widget", api="example.com/v1")
    server.answer("GET /apis", says({"items": [group("example.com", version("v1", freshness="Stale"))]}))
    async with live(server) as objects:
        records, unread = await objects.look({**WANTED, key(widget): GroupVersionKind("example.com", "v1", "Widget")})
    assert records.keys() == WANTED.keys()
    assert "example.com/v1 does not answer" in unread.reason(key(widget))


async def test_a_kind_that_can_be_read_again_is_complete(server: FakeServer) -> None:
    answers(server, "Secret", fails(403, "forbidden"), fails(403))
    async with live(server) as objects:
        await objects.look(WANTED)
        serves(server, SECRET)
        while (await objects.look(WANTED))[1].kinds:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        records, unread = await objects.look(WANTED)
    assert records.keys() == WANTED.keys()
    assert not unread.kinds


async def test_namespaces_of_others_are_forgotten_when_nothing_is_wanted_there(server: FakeServer) -> None:
    """They are read once, and each pull request may have one of its own."""
    spaces = [namespace(f"pr-{number}") for number in range(3)]
    for space in spaces:
        server.answer(f"GET /api/v1/namespaces/{space['metadata']['name']}", says(space))
        server.answer(f"GET /api/v1/namespaces/{space['metadata']['name']}/configmaps/settings", fails(404))
    answers(server, "Namespace", says({"metadata": {"resourceVersion": "7"}, "items": []}), streams(then="stay"))
    async with live(server) as objects:
        for space in spaces:
            item = manifest("ConfigMap", "settings", space["metadata"]["name"])
            wanted = {key(item): gvk_of(item)}
            for _ in range(2):
                records, _ = await objects.look(wanted)
                assert key(space) in records
            assert server.count(f"GET /api/v1/namespaces/{space['metadata']['name']}") == 1
            assert objects._namespaces.keys() == {key(space)}


async def test_many_namespaces_of_others_are_read_by_one_list(server: FakeServer) -> None:
    """It is enough that they exist, and that they are not being deleted."""
    spaces = [namespace(f"team-{number}") for number in range(12)]
    items = [ours(manifest("ConfigMap", "settings", space["metadata"]["name"])) for space in spaces]
    there = [{name: value for name, value in space.items() if name == "metadata"} for space in spaces[:-1]]

    async def answer(request: Any) -> Any:
        if "PartialObjectMetadataList" in request.headers["Accept"]:
            return await says({"metadata": {"resourceVersion": "7"}, "items": there})(request)
        empty = {"metadata": {"resourceVersion": "7"}, "items": []}
        return await (streams(then="stay") if "watch" in request.query else says(empty))(request)

    server.answer("GET /api/v1/namespaces", answer)
    wanted = {key(item): gvk_of(item) for item in items}
    async with live(server) as objects:
        records, unread = await objects.look(wanted)
    assert not unread
    assert {key(space) for space in spaces} & records.keys() == {key(space) for space in spaces[:-1]}
    assert not [one for one in server.requests if "/api/v1/namespaces/team" in one.partition("?")[0] and "configmaps" not in one]


@pytest.mark.parametrize(("refusal", "error"), [(fails(401, "who"), MemberError), (breaks, MemberUnreachableError)])
async def test_a_member_that_cannot_be_read_at_all_is_an_error(
    server: FakeServer, refusal: Handler, error: type[MemberError]
) -> None:
    answers(server, "Secret", refusal, refusal)
    async with live(server) as objects:
        with pytest.raises(error):
            await objects.look(WANTED)


async def test_an_object_in_the_way_is_followed_and_not_read_again(server: FakeServer) -> None:
    """Its status is no news; its deletion is."""
    theirs = manifest("Secret", "theirs")
    theirs["metadata"] |= {"uid": "u1", "resourceVersion": "5"}
    followed, deleted = asyncio.Event(), asyncio.Event()

    async def watch(request: Any) -> Any:
        assert request.query["fieldSelector"] == "metadata.name=theirs"
        followed.set()
        touched = {**theirs, "status": {}, "metadata": {**theirs["metadata"], "resourceVersion": "8"}}
        response = await opened(request, event("MODIFIED", touched))
        await deleted.wait()
        await response.write(event("DELETED", {**theirs, "metadata": {**theirs["metadata"], "resourceVersion": "9"}}))
        await asyncio.sleep(3600)
        return response

    listing = says({"kind": "List", "metadata": {"resourceVersion": "7"}, "items": [theirs]})
    server.answer(
        "GET /api/v1/namespaces/shop/secrets", lambda request: (watch if "watch" in request.query else listing)(request)
    )
    server.answer("GET /api/v1/namespaces/shop/secrets/theirs", says(theirs))
    wanted = {**WANTED, key(theirs): gvk_of(theirs)}
    async with live(server) as objects:
        calls: list[int] = []
        objects._foreign._changed = lambda key: calls.append(1)
        records, _ = await objects.look(wanted)
        await asyncio.wait_for(followed.wait(), 5)
        await asyncio.sleep(0.1)
        again, _ = await objects.look(wanted)
        assert key(theirs) in records
        assert key(theirs) in again
        assert server.count("GET /api/v1/namespaces/shop/secrets/theirs") == 1
        assert calls == []
        server.answer("GET /api/v1/namespaces/shop/secrets/theirs", fails(404))
        deleted.set()
        async with asyncio.timeout(5):
            while not calls:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert key(theirs) not in (await objects.look(wanted))[0]
        assert not objects._foreign._watches


async def test_single_objects_are_known_without_a_request(server: FakeServer) -> None:
    """With the Namespace that they are in, and without other objects."""
    async with live(server) as objects:
        assert await objects.look_at([key(CONFIG)]) is None, "nobody has looked at the member"
        await objects.look(WANTED)
        asked = len(server.requests)
        records = await objects.look_at([key(CONFIG)])
        assert records is not None
        assert records.keys() == {key(CONFIG), key(SPACE)}
        assert len(server.requests) == asked
        assert await objects.look_at([key(config("unwanted"))]) is None


async def test_a_single_object_without_our_label_is_read(server: FakeServer) -> None:
    theirs = manifest("Secret", "theirs")
    server.answer("GET /api/v1/namespaces/shop/secrets/theirs", fails(404))
    async with live(server) as objects:
        await objects.look({**WANTED, key(theirs): gvk_of(theirs)})
        server.answer("GET /api/v1/namespaces/shop/secrets/theirs", says(theirs))
        records = await objects.look_at([key(theirs)])
        assert records is not None
        assert key(theirs) in records
        server.answer("GET /api/v1/namespaces/shop/secrets/theirs", fails(500, "cannot decrypt"))
        assert await objects.look_at([key(theirs)]) is None


async def test_a_single_object_of_a_kind_that_cannot_be_read_is_unknown(server: FakeServer) -> None:
    answers(server, "Secret", fails(403), fails(403))
    async with live(server) as objects:
        await objects.look(WANTED)
        assert await objects.look_at([key(SECRET)]) is None
        assert await objects.look_at([key(CONFIG)]) is not None


async def test_a_look_is_the_same_value_while_nothing_changes(server: FakeServer) -> None:
    changed = ours(config(data={"a": "2"}))
    changed["metadata"]["resourceVersion"] = "9"
    go = asyncio.Event()

    async def watch(request: Any) -> Any:
        response = await opened(request)
        await go.wait()
        await response.write(event("MODIFIED", changed))
        await asyncio.sleep(3600)
        return response

    listing = says({"kind": "List", "metadata": {"resourceVersion": "7"}, "items": [CONFIG]})
    answers(server, "ConfigMap", listing, watch)
    async with live(server) as objects:
        first, second = await objects.look(WANTED), await objects.look(WANTED)
        assert second[0] is first[0]
        assert second[1] is first[1]
        go.set()
        async with asyncio.timeout(5):
            while (records := (await objects.look(WANTED))[0]) is first[0]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert records[key(CONFIG)].manifest["data"] == {"a": "2"}
        assert (await objects.look(WANTED))[0] is records
        assert (await objects.look(dict(WANTED)))[0] is not records, "other objects are wanted"


async def test_a_look_that_needs_requests_is_made_each_time(server: FakeServer) -> None:
    missing = manifest("Secret", "missing")
    server.answer("GET /api/v1/namespaces/shop/secrets/missing", fails(404))
    wanted = {**WANTED, key(missing): gvk_of(missing)}
    async with live(server) as objects:
        for _ in range(3):
            assert key(missing) not in (await objects.look(wanted))[0]
        assert server.count("GET /api/v1/namespaces/shop/secrets/missing") == 3


def asked(server: FakeServer) -> set[str]:
    """The kinds that were listed or watched, by their plurals."""
    return {request.split()[1].partition("?")[0].rpartition("/")[2] for request in server.requests if " /api/v1/" in request}


async def test_a_sweep_that_is_postponed_comes_later_and_tells_what_it_finds(server: FakeServer) -> None:
    told: list[object] = []
    wanted = {key(item): gvk_of(item) for item in (CONFIG, SPACE)}
    async with live(server, told.append) as objects:
        objects.sweeps.postpone()
        assert (await objects.look(wanted))[0].keys() == wanted.keys()
        assert objects.sweeps.are_owed
        assert "secrets" not in asked(server)
        await objects.sweep(await CachedDiscovery(objects._api).served())
        assert told == [None]
        assert (await objects.look(wanted))[0].keys() == WANTED.keys()
        objects.sweeps.postpone()
        assert not objects.sweeps.are_owed, "it was made"


async def test_a_sweep_that_finds_nothing_tells_nothing(server: FakeServer) -> None:
    told: list[object] = []
    async with live(server, told.append) as objects:
        objects.sweeps.postpone()
        before, _ = await objects.look(WANTED)
        await objects.sweep(await CachedDiscovery(objects._api).served())
        assert told == []
        assert (await objects.look(WANTED))[0].keys() == before.keys()


async def test_an_object_that_may_be_removed_makes_the_sweep_that_was_postponed(server: FakeServer) -> None:
    """What is removed is decided by all that the member holds."""
    other = ours(config("other"))
    async with live(server) as objects:
        objects.sweeps.postpone()
        records, _ = await objects.look({key(other): gvk_of(other), key(SPACE): gvk_of(SPACE)})
        assert records.keys() == WANTED.keys()
        assert not objects.sweeps.are_owed


async def test_a_sweep_that_fails_is_made_again_by_the_next_look(server: FakeServer) -> None:
    wanted = {key(item): gvk_of(item) for item in (CONFIG, SPACE)}
    async with live(server) as objects:
        objects.sweeps.postpone()
        await objects.look(wanted)
        answers(server, "Secret", fails(401, "expired"), fails(401, "expired"))
        with pytest.raises(MemberError, match="expired"):
            await objects.sweep(await CachedDiscovery(objects._api).served())
        objects.sweeps.postpone()
        serves(server, SECRET)
        assert (await objects.look(wanted))[0].keys() == WANTED.keys()


async def test_what_is_read_ahead_is_there_when_it_is_looked_for(server: FakeServer) -> None:
    async with live(server) as objects:
        objects.read_ahead(await objects._discovery.served(), [gvk_of(CONFIG), GroupVersionKind("example.com", "v1", "Widget")])
        async with asyncio.timeout(5):
            while not objects.is_watched or server.count("GET /api/v1/configmaps") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        records, unread = await objects.look(WANTED)
        assert records.keys() == WANTED.keys()
        assert not unread
        assert server.count("GET /api/v1/configmaps") == 2  # A list and a watch, as before.
