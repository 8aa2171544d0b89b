"""What a registry may do that a real one does not offer on demand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from reconciler.model.semver import parse_range
from reconciler.repo.secret_folder import Credentials
from reconciler.sources.failures import DigestMismatchError, SourceError
from reconciler.sources.http_get import HttpGet
from reconciler.sources.options import Limits
from reconciler.sources.registry import Registry
from tests.support.apiserver import FakeServer, serving

ADA = Credentials(Path("/credentials/registry"), username="ada", password="canary")
DIGEST = f"sha256:{'a' * 64}"
LAYER = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": DIGEST, "size": 10}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as one:
        yield one


@pytest.fixture
async def other() -> AsyncIterator[FakeServer]:
    async with serving() as one:
        yield one


@pytest.fixture
async def http(server: FakeServer, other: FakeServer) -> AsyncIterator[HttpGet]:
    async with HttpGet(frozenset({host(server), host(other)})) as one:
        yield one


def host(server: FakeServer) -> str:
    return urlsplit(server.url).netloc


def gives(document: object, status: int = 200, **headers: str) -> Handler:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return handler


def registry(http: HttpGet, server: FakeServer, credentials: Credentials | None = ADA) -> Registry:
    return Registry(http, f"oci://{host(server)}/team/web", credentials, Limits())


async def newest(one: Registry) -> str:
    return await one.newest(parse_range("1.x"), "1.x")


async def test_tags_come_in_pages(http: HttpGet, server: FakeServer) -> None:
    pages = {"": (["1.0.0"], "/v2/team/web/tags/list?last=1.0.0&n=1000"), "1.0.0": (["1.2.0", "no", 5], "")}

    async def tags(request: web.Request) -> web.StreamResponse:
        found, after = pages[request.query.get("last", "")]
        return web.json_response({"tags": found}, headers={"Link": f'<{after}>; rel="next"'} if after else {})

    server.answer("GET /v2/team/web/tags/list", tags)
    assert await newest(registry(http, server)) == "1.2.0"
    assert server.requests == ["GET /v2/team/web/tags/list?n=1000", "GET /v2/team/web/tags/list?last=1.0.0&n=1000"]


async def test_pages_without_end(http: HttpGet, server: FakeServer) -> None:
    server.answer("GET /v2/team/web/tags/list", gives({"tags": ["1.0.0"]}, Link='</v2/team/web/tags/list?n=1000>; rel="next"'))
    with pytest.raises(SourceError, match=r"the tags of oci://.*: more than 200 pages"):
        await newest(registry(http, server))
    assert len(server.requests) == 200


async def test_a_page_on_another_host(http: HttpGet, server: FakeServer, other: FakeServer) -> None:
    server.answer("GET /v2/team/web/tags/list", gives({"tags": ["1.0.0"]}, Link=f'<{other.url}/v2/x>; rel="next"'))
    with pytest.raises(SourceError, match="the next page is on another host"):
        await newest(registry(http, server))
    assert other.requests == []


async def test_a_challenge_after_a_redirect_is_not_answered(http: HttpGet, server: FakeServer, other: FakeServer) -> None:
    """Whoever a registry redirects to must not learn its password."""
    server.answer("GET /v2/team/web/tags/list", gives({}, 302, Location=f"{other.url}/x"))
    other.answer("GET /x", gives({}, 401, WWW_Authenticate='Basic realm="x"'))
    with pytest.raises(SourceError, match=r"\(401\)"):
        await newest(registry(http, server))
    assert other.tokens == [""]
    assert server.tokens == [""]


async def test_a_password_is_sent_only_when_it_is_asked_for(http: HttpGet, server: FakeServer) -> None:
    server.answer("GET /v2/team/web/tags/list", gives({}, 401, WWW_Authenticate='Basic realm="x"'), gives({"tags": ["1.0.0"]}))
    assert await newest(registry(http, server)) == "1.0.0"
    assert [bool(token) for token in server.tokens] == [False, True]


async def test_a_token_of_a_folder_is_sent_at_once(http: HttpGet, server: FakeServer) -> None:
    server.answer("GET /v2/team/web/tags/list", gives({"tags": ["1.0.0"]}))
    await newest(registry(http, server, Credentials(Path("/x"), bearer_token="canary")))
    assert server.tokens == ["Bearer canary"]


@pytest.mark.parametrize(
    "answer", [[], {}, {"token": 5}, {"token": ""}, {"token": "a b"}, {"token": "a\r\nX: y"}, b"no json", b"[" * 100_000]
)
async def test_a_token_that_is_none(http: HttpGet, server: FakeServer, answer: object) -> None:
    challenge = f'Bearer realm="{server.url}/token",service="registry"'
    server.answer("GET /v2/team/web/tags/list", gives({}, 401, WWW_Authenticate=challenge))
    server.answer("GET /token", gives(answer))
    with pytest.raises(SourceError, match=r"the token server of the registry gave no token|wants|refuses") as caught:
        await newest(registry(http, server))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("challenge", ["", "Bearer", 'Bearer realm=""', "Negotiate", 'Bearer service="x"'])
async def test_a_challenge_that_nobody_can_answer(http: HttpGet, server: FakeServer, challenge: str) -> None:
    server.answer("GET /v2/team/web/tags/list", gives({}, 401, WWW_Authenticate=challenge))
    with pytest.raises(SourceError, match="refuses the credentials of /credentials/registry"):
        await newest(registry(http, server))
    assert len(server.requests) == 1


@pytest.mark.parametrize("realm", ["ftp://tokens.test/x", "nonsense", "https://ada@tokens.test/", "http://tokens.test/x"])
async def test_a_token_server_that_is_not_asked(http: HttpGet, server: FakeServer, realm: str) -> None:
    server.answer("GET /v2/team/web/tags/list", gives({}, 401, WWW_Authenticate=f'Bearer realm="{realm}"'))
    with pytest.raises(SourceError) as caught:
        await newest(registry(http, server))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"layers": [LAYER]}, ""),
        ({"layers": [LAYER, LAYER]}, "the artifact has 2 archives"),
        ({"layers": [{**LAYER, "digest": "sha512:" + "a" * 128}]}, "an archive without a sha256 digest or a size"),
        ({"layers": [{**LAYER, "size": -1}]}, "an archive without a sha256 digest or a size"),
        ({"layers": [5, {"mediaType": []}]}, "the artifact has no archive"),
        ({"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}, "but application/vnd.oci.image.index.v1"),
        (b"<html>", "is not JSON"),
        ([], "is not JSON"),
    ],
)
async def test_manifests(http: HttpGet, server: FakeServer, manifest: object, message: str) -> None:
    server.answer("GET /v2/team/web/manifests/1.0.0", gives(manifest))
    if not message:
        assert (await registry(http, server).layer("1.0.0")).digest == DIGEST
        return
    with pytest.raises(SourceError, match=message):
        await registry(http, server).layer("1.0.0")


async def test_a_manifest_with_another_digest(http: HttpGet, server: FakeServer) -> None:
    server.answer(f"GET /v2/team/web/manifests/{DIGEST}", gives({"layers": [LAYER]}))
    server.answer("GET /v2/team/web/manifests/1.0.0", gives({"layers": [LAYER]}, Docker_Content_Digest=DIGEST))
    for reference in (DIGEST, "1.0.0"):
        with pytest.raises(DigestMismatchError, match=f"and not {DIGEST}"):
            await registry(http, server).layer(reference)


async def test_an_archive_that_is_gone_or_longer_than_it_should_be(http: HttpGet, server: FakeServer) -> None:
    with pytest.raises(SourceError, match="is not in the registry any more"):
        await registry(http, server).archive(DIGEST, 10)
    server.answer(f"GET /v2/team/web/blobs/{DIGEST}", gives(b"x" * 11))
    with pytest.raises(SourceError, match="is too large: 11 bytes; the limit is 10 bytes"):
        await registry(http, server).archive(DIGEST, 10)


@pytest.mark.parametrize("reference", ["../../x", "a/b", "", "a" * 129, "sha256:abc", "ü"])
async def test_a_tag_that_is_none(http: HttpGet, server: FakeServer, reference: str) -> None:
    with pytest.raises(SourceError, match="is no tag"):
        await registry(http, server).layer(reference)
    assert server.requests == []
