"""The sign-in by OpenID Connect, at an issuer on loopback that signs what it is told: what is not for us lets nobody in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from reconciler.dashboard.identity.oidc import Issuer, SignInError, own_path
from reconciler.dashboard.settings import Oidc


@dataclass
class Forger:
    """An issuer whose tokens a test changes."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signed_with: Any = None
    algorithm: str = "RS256"
    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.about)
        app.router.add_get("/keys", self.keys)
        app.router.add_post("/token", self.token)
        return app

    async def about(self, _: web.Request) -> web.Response:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        found = {name: f"{self.url}/{path}" for name, path in ends.items()}
        return web.json_response({"issuer": self.url, "id_token_signing_alg_values_supported": ["RS256", "HS256"], **found})

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def token(self, request: web.Request) -> web.Response:
        self.asked = parse_qs(await request.text())
        signed = jwt.encode({"alg": self.algorithm, "kid": "1"}, self.claims, self.signed_with or self.key)
        return web.json_response({"access_token": "a", "token_type": "Bearer", "id_token": signed})


@pytest.fixture
async def forger() -> AsyncIterator[Forger]:
    forger = Forger()
    async with TestServer(forger.application()) as server:
        forger.url = str(server.make_url("")).rstrip("/")
        now = int(time.time())
        forger.claims = {"iss": forger.url, "aud": "us", "sub": "7", "iat": now, "exp": now + 60, "nonce": "n", "groups": ["a"]}
        yield forger


async def claims(forger: Forger) -> Any:
    issuer = Issuer(Oidc(forger.url, "us", "secret"), "http://127.0.0.1:1/signed-in")
    return await asyncio.to_thread(issuer.claims, "code", "n", "v" * 48)


async def test_what_the_issuer_signed_for_us_counts(forger: Forger) -> None:
    assert (await claims(forger))["groups"] == ["a"]
    assert forger.asked["code_verifier"] == ["v" * 48]
    assert forger.asked["redirect_uri"] == ["http://127.0.0.1:1/signed-in"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("iss", "https://else.example"), ("aud", "others"), ("nonce", "another"), ("exp", 1), ("sub", None), ("azp", "others")],
)
async def test_what_is_not_meant_for_us_does_not(forger: Forger, name: str, value: Any) -> None:
    forger.claims = {key: one for key, one in {**forger.claims, name: value}.items() if one is not None}
    with pytest.raises(SignInError):
        await claims(forger)


async def test_another_key_signs_nothing(forger: Forger) -> None:
    forger.signed_with = RSAKey.generate_key(2048, {"kid": "1"})
    with pytest.raises(SignInError):
        await claims(forger)


async def test_a_secret_signs_nothing(forger: Forger) -> None:
    """Although the issuer offers HS256: whoever has the secret of the client could sign then."""
    forger.signed_with, forger.algorithm = OctKey.import_key("secret-of-the-client" * 2), "HS256"
    with pytest.raises(SignInError):
        await claims(forger)


async def test_the_browser_is_sent_with_state_nonce_and_challenge(forger: Forger) -> None:
    issuer = Issuer(Oidc(forger.url, "us", "secret"), "http://127.0.0.1:1/signed-in")
    query = parse_qs(urlsplit(await asyncio.to_thread(issuer.authorization, "s", "n", "v" * 48)).query)
    assert (query["state"], query["nonce"], query["code_challenge_method"]) == (["s"], ["n"], ["S256"])
    assert query["scope"] == ["openid profile email groups"]


@pytest.mark.parametrize("path", ["//else.example", "/\\else.example", "https://else.example", "else", "/a\nb"])
def test_nobody_is_sent_elsewhere_afterwards(path: str) -> None:
    assert own_path(path) == "/"
