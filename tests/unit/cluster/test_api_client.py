"""One server and one credential: which requests are tried again, and when a server counts as unavailable."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from reconciler.cluster import api_client as module
from reconciler.cluster import member_backoff
from reconciler.cluster.api_client import Api
from reconciler.cluster.failures import TRANSPORT_ERRORS, ConnectionLostError, RefusedError, RequestFailedError
from reconciler.cluster.member_protocol import MemberUnreachableError
from reconciler.cluster.slots import Slots
from reconciler.model.keys import ResourceKey
from tests.support.apiserver import FakeServer, Handler, breaks, fails, hangs, says, serving, streams
from tests.unit.cluster.doors import api_of

THING = "GET /thing"
READY = "GET /readyz"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test can wait for; how they relate stays."""
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.005)


async def ask(api: Api) -> object:
    return (await api.request("GET", "/thing", what="get a thing")).document


@pytest.mark.parametrize("fault", [fails(429), fails(500), fails(502), fails(503), fails(504), fails(408), breaks])
async def test_what_may_pass_is_tried_again(server: FakeServer, fault: object) -> None:
    server.answer(THING, fault, fault, says({"a": 1}))  # type: ignore[arg-type]
    async with api_of(server) as api:
        assert await ask(api) == {"a": 1}
    assert server.count(THING) == 3


async def test_a_server_says_how_long_to_wait(server: FakeServer) -> None:
    server.answer(THING, fails(429, Retry_After="1"), says({"a": 1}))
    async with api_of(server) as api:
        began = time.monotonic()
        assert await ask(api) == {"a": 1}
        assert time.monotonic() - began >= 0.8


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", ""])
async def test_a_server_that_says_it_otherwise_is_asked_soon(server: FakeServer, said: str) -> None:
    server.answer(THING, fails(429, Retry_After=said), says({"a": 1}))
    async with api_of(server) as api:
        assert await asyncio.wait_for(ask(api), 2) == {"a": 1}


@pytest.mark.parametrize("code", [429, 503])
async def test_nobody_waits_for_what_takes_long(server: FakeServer, code: int) -> None:
    """A kind whose conversion does not work is answered with 429 and Retry-After: 30; the other kinds are not to wait for it."""
    server.answer(THING, fails(code, "storage is (re)initializing", Retry_After="30"))
    server.answer(READY, says({}))
    server.answer("GET /other", says({"a": 1}))
    async with api_of(server) as api:
        with pytest.raises(RequestFailedError):
            await asyncio.wait_for(ask(api), 5)
        assert server.count(THING) == 1
        assert (await api.request("GET", "/other")).document == {"a": 1}


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 410, 413, 415, 422])
async def test_a_refusal_is_no_trouble_of_the_server(server: FakeServer, code: int) -> None:
    server.answer(THING, fails(code, "the thing is wrong"))
    server.answer("GET /other", says({}))
    async with api_of(server) as api:
        with pytest.raises(RefusedError) as refused:
            await ask(api)
        assert (refused.value.status, refused.value.message) == (code, "m1: get a thing: the thing is wrong")
        assert server.count(THING) == 1
        assert (await api.request("GET", "/other")).status == 200


async def test_attempts_are_few_and_the_rest_is_told_at_once(server: FakeServer) -> None:
    server.answer(THING, fails(503, "overloaded"))
    server.answer(READY, fails(503))
    async with api_of(server) as api:
        with pytest.raises(MemberUnreachableError) as gone:
            await ask(api)
        assert "overloaded" in str(gone.value)
        assert str(gone.value).count("The next pass tries again") == 1
        assert server.count(THING) == 4
        with pytest.raises(MemberUnreachableError):
            await ask(api)
        assert server.count(THING) == 4


async def test_it_is_asked_again_after_a_while_and_each_time_later(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_backoff, "_PAUSES", (0.05, 0.4))
    server.answer(THING, fails(503))
    server.answer(READY, fails(503))
    async with api_of(server) as api:
        pauses = []
        for _ in range(5):
            with pytest.raises(MemberUnreachableError):
                await ask(api)
            pauses.append(api._backoff._until - time.monotonic())
            await asyncio.sleep(max(0, pauses[-1]) + 0.01)
        assert server.count(THING) == 20
        assert pauses == sorted(pauses) or max(pauses) <= 0.5
        assert max(pauses) <= 0.4 * 1.2
        server.answer(THING, says({}))
        await ask(api)
        server.answer(THING, fails(503))
        with pytest.raises(MemberUnreachableError):
            await ask(api)
        assert api._backoff._until - time.monotonic() <= 0.05 * 1.2, "having been well it is trusted anew"


async def test_requests_under_way_learn_of_it_too(server: FakeServer) -> None:
    """Those that pause between two attempts do not go on asking a server that others have given up."""
    server.answer(THING, fails(503))
    server.answer(READY, fails(503))
    async with api_of(server) as api:
        asked = await asyncio.gather(*[ask(api) for _ in range(50)], return_exceptions=True)
    assert all(isinstance(one, MemberUnreachableError) for one in asked)
    assert server.count(THING) <= 200


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (500, 'Internal error occurred: failed calling webhook "w": failed to call webhook: connection refused'),
        (500, "failed to allocate a nodePort: range is full"),
        (500, "request to convert CR to an invalid group/version"),
        (429, "the webhook is overloaded"),
        (502, "bad gateway"),
        (503, "the server is currently unable to handle the request"),
        (504, "Timeout: request did not complete within the requested timeout"),
    ],
)
@pytest.mark.parametrize("ready", [says("ok"), fails(403)])
async def test_a_failure_for_many_objects_does_not_stop_the_others(
    server: FakeServer, code: int, message: str, ready: Handler
) -> None:
    """However many objects fail: a server that answers other requests is available."""
    server.answer(READY, ready)
    server.answer("GET /other", says({}))
    bad = [f"/bad-{number}" for number in range(3)]
    for path in bad:
        server.answer(f"GET {path}", fails(code, message))
    async with api_of(server) as api:
        for path in bad:
            with pytest.raises(RequestFailedError, match=message.split(":", maxsplit=1)[0]):
                await api.request("GET", path)
            assert server.count(f"GET {path}") == 4
            assert (await api.request("GET", "/other")).status == 200


@pytest.mark.parametrize("ready", [fails(500, "etcd failed"), fails(503), breaks])
async def test_a_server_that_fails_at_everything_is_unavailable(server: FakeServer, ready: Handler) -> None:
    server.answer(THING, fails(500, "etcdserver: request timed out"))
    server.answer(READY, ready)
    server.answer("GET /other", says({}))
    async with api_of(server) as api:
        for path in ("/thing", "/other"):
            with pytest.raises(MemberUnreachableError, match="etcdserver"):
                await api.request("GET", path)
    assert server.count("GET /other") == 0


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ('failed to create typed patch object (x): .env: duplicate entries for key [name="LOG"]', "Keep one of them"),
        ("failed to create typed patch object (x): associative list with keys has an element that omits key field", "its key"),
        (
            "failed to create typed patch object (x): .spec.replicas: expected numeric (int or float), got string",
            "Correct the field",
        ),
    ],
)
async def test_an_object_that_cannot_be_merged_is_a_refusal_although_it_comes_as_500(
    server: FakeServer, message: str, remedy: str
) -> None:
    server.answer(THING, fails(500, message))
    async with api_of(server) as api:
        with pytest.raises(RefusedError) as refused:
            await ask(api)
    assert remedy in refused.value.remedy
    assert server.count(THING) == 1


async def test_an_unknown_field_is_a_refusal_although_it_comes_as_500(server: FakeServer) -> None:
    server.answer(THING, fails(500, "failed to create typed patch object: .spec.siez: field not declared in schema"))
    async with api_of(server) as api:
        with pytest.raises(RefusedError) as refused:
            await ask(api)
    assert "Correct the name of the field" in refused.value.remedy
    assert server.count(THING) == 1


async def test_a_credential_that_expired_is_replaced(server: FakeServer) -> None:
    server.answer(THING, fails(401), says({"a": 1}))
    async with api_of(server, "old", "new") as api:
        assert await ask(api) == {"a": 1}
    assert server.tokens == ["Bearer old", "Bearer new"]


async def test_a_credential_that_is_not_accepted_is_a_refusal(server: FakeServer) -> None:
    server.answer(THING, fails(401, "Unauthorized"))
    async with api_of(server, "old", "new") as api:
        with pytest.raises(RefusedError) as refused:
            await ask(api)
    assert "`reconciler join m1 --kubeconfig FILE --rotate`" in refused.value.remedy
    assert server.count(THING) == 2


async def test_many_requests_renew_an_expired_credential_without_losing_each_other(server: FakeServer) -> None:
    async def by_token(request: object) -> object:
        old = request.headers["Authorization"].endswith("old")  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
        return await (fails(401) if old else says({}))(request)  # type: ignore[arg-type]

    server.answer(THING, by_token)  # type: ignore[arg-type]
    async with api_of(server, "old", "new") as api:
        assert await asyncio.gather(*[ask(api) for _ in range(20)]) == [{}] * 20


async def test_what_a_proxy_answers_is_not_taken_for_the_servers_word(server: FakeServer) -> None:
    async def page(request: object) -> aiohttp.web.Response:
        return aiohttp.web.Response(text="<html>Please log in</html>", content_type="text/html")

    server.answer(THING, page)
    async with api_of(server) as api:
        with pytest.raises(RequestFailedError) as odd:
            await ask(api)
    assert "Please log in" in str(odd.value)


WEB = ResourceKey("", "ConfigMap", "shop", "web")


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"items": []}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}]
)
async def test_json_that_is_not_the_object_is_an_error(server: FakeServer, body: object) -> None:
    server.answer(THING, says(body))
    async with api_of(server) as api:
        with pytest.raises(RequestFailedError, match="is not ConfigMap shop/web"):
            (await api.request("GET", "/thing")).object(WEB)


@pytest.mark.parametrize("body", [None, [], "text", {}, {"items": {}}, {"items": [None]}, {"items": [{"metadata": {}}]}])
async def test_json_that_is_not_a_list_is_an_error(server: FakeServer, body: object) -> None:
    server.answer(THING, says(body))
    async with api_of(server) as api:
        with pytest.raises(RequestFailedError, match="is not a list"):
            _ = (await api.request("GET", "/thing")).page


async def test_an_empty_list_of_go_has_no_items(server: FakeServer) -> None:
    server.answer(THING, says({"kind": "ThingList", "items": None}))
    async with api_of(server) as api:
        assert (await api.request("GET", "/thing")).page == ([], {})


async def test_a_server_that_hangs_counts_as_away(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=5, sock_read=0.1))
    server.answer(THING, hangs)
    server.answer(READY, hangs)
    async with api_of(server) as api:
        with pytest.raises(ConnectionLostError) as gone:
            await ask(api)
        assert "did not answer in time" in str(gone.value)
        assert server.count(THING) == 1, "one wait is enough"
        began = time.monotonic()
        with pytest.raises(MemberUnreachableError):
            await ask(api)
        assert time.monotonic() - began < 0.05


async def test_a_request_that_is_cancelled_leaves_no_connection(server: FakeServer) -> None:
    """A process that is not the leader any more must not have its request read by a server that was slow."""
    asked, left = asyncio.Event(), asyncio.Event()

    async def slow(request: aiohttp.web.Request) -> aiohttp.web.Response:
        asked.set()
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 -- aiohttp has no event
            await asyncio.sleep(0.01)
        left.set()
        return aiohttp.web.Response()

    server.answer(THING, slow)
    async with api_of(server) as api:
        request = asyncio.create_task(ask(api))
        await asked.wait()
        request.cancel()
        async with asyncio.timeout(2):
            await left.wait()


async def test_a_connection_that_is_closed_while_its_reader_is_busy_is_a_broken_one(server: FakeServer) -> None:
    """Nothing wakes the reader: it finds the connection closed when it wants to read on."""
    server.answer(THING, streams(b"one", then="stay"))
    async with api_of(server) as api:

        async def read() -> None:
            async with api.stream("/thing", {}) as chunks:
                async for _ in chunks:
                    session = (await api.connected()).session
                    assert session is not None
                    assert session.connector is not None
                    await session.connector.close(abort_ssl=True)

        with pytest.raises(TRANSPORT_ERRORS):
            await read()


async def test_reads_wait_for_a_slot_and_writes_do_not(server: FakeServer) -> None:
    asked = asyncio.Event()

    async def slow(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        asked.set()
        return await hangs(request)

    server.answer("GET /slow", slow)
    server.answer("PATCH /thing", says({}))
    server.answer(THING, says({"a": 1}))
    async with api_of(server) as api:
        api._slots = Slots(1, 60)
        slow_read = asyncio.create_task(api.request("GET", "/slow"))
        await asked.wait()
        read = asyncio.create_task(ask(api))
        assert (await api.request("PATCH", "/thing")).status == 200
        assert not read.done()
        slow_read.cancel()
        assert await asyncio.wait_for(read, 5) == {"a": 1}


@pytest.mark.parametrize("busy", [False, True])
async def test_one_request_without_an_answer_does_not_stop_the_others(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    """Such as an object whose webhook takes too long. busy: the server answers other requests in that time, and is not ready in
    time itself."""
    monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=5, sock_read=0.1))
    server.answer(THING, hangs)
    server.answer(READY, hangs if busy else says("ok"))
    server.answer("GET /other", says({}))
    async with api_of(server) as api:

        async def go_on() -> None:
            for _ in range(6):
                await asyncio.sleep(0.02)
                await api.request("GET", "/other")

        others = asyncio.create_task(go_on() if busy else asyncio.sleep(0))
        with pytest.raises(RequestFailedError, match="get a thing: no answer in time"):
            await ask(api)
        await others
        assert (await api.request("GET", "/other")).status == 200
    assert server.count(READY) == (0 if busy else 1)


@pytest.mark.parametrize("busy", [False, True])
async def test_a_connection_that_takes_long_is_tried_again_where_others_work(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    """busy: whether the server answers other requests meanwhile."""
    server.answer(THING, says({"a": 1}))
    server.answer(READY, fails(503))
    send, sent = Api._send, []

    async def late(api: Api, request: Any, *more: Any) -> Any:
        sent.append(request.path)
        if len(sent) == 1:
            await asyncio.sleep(0.01)
            if busy:
                api._probe.heard()
            raise aiohttp.ConnectionTimeoutError
        return await send(api, request, *more)

    monkeypatch.setattr(Api, "_send", late)
    async with api_of(server) as api:
        if busy:
            assert await ask(api) == {"a": 1}
        else:
            with pytest.raises(MemberUnreachableError):
                await ask(api)
    assert sent == ["/thing", "/thing" if busy else "/readyz"]


async def test_a_server_that_is_gone_counts_as_away() -> None:
    async with serving() as server:
        pass
    async with api_of(server) as api:
        with pytest.raises(ConnectionLostError) as gone:
            await ask(api)
        assert gone.value.message == f"m1 does not answer at {server.url.removeprefix('http://')}: connection refused"
        for _ in range(100):
            with pytest.raises(MemberUnreachableError):
                await ask(api)


@pytest.mark.parametrize("body", [b"", b"<html>proxy</html>", b"\xff\xfe", b"[]", b'"text"', b"{}"])
async def test_an_answer_that_is_no_status_is_told_as_it_is(server: FakeServer, body: bytes) -> None:
    async def odd(request: object) -> aiohttp.web.Response:
        return aiohttp.web.Response(status=403, body=body)

    server.answer(THING, odd)
    async with api_of(server) as api:
        with pytest.raises(RefusedError) as refused:
            await ask(api)
    assert refused.value.status == 403
    assert "get a thing" in refused.value.message


@pytest.mark.parametrize(
    ("code", "message", "remedy"),
    [
        (403, 'deployments.apps "web" is forbidden: User "x" cannot patch resource "deployments"', "permission"),
        (403, 'admission webhook "w" denied the request: no', "as this policy of the member requires"),
        (422, "services is forbidden: ValidatingAdmissionPolicy 'p' denied request: no", "as this policy of the member requires"),
        (403, 'pods "a" is forbidden: exceeded quota: few', "raise this quota"),
        (403, "namespace x because it is being terminated", "being deleted"),
        (422, "spec.selector: Invalid value: field is immutable", "Put the old value back"),
        (422, "spec.replicas: must be greater than or equal to 0", ""),
        (401, "Unauthorized", "expired, was revoked"),
    ],
)
async def test_a_refusal_has_its_own_remedy(server: FakeServer, code: int, message: str, remedy: str) -> None:
    server.answer(THING, fails(code, message))
    async with api_of(server) as api:
        with pytest.raises(RefusedError) as refused:
            await ask(api)
    assert remedy in refused.value.remedy
    assert bool(refused.value.remedy) is bool(remedy)
