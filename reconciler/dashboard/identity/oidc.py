"""Sign-in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636), by authlib.

authlib has no client for aiohttp, so its client for requests runs in a thread; a sign-in takes two requests a day and person.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from reconciler.dashboard.identity.sessions import BySession, Cookies
from reconciler.dashboard.settings import DashboardSettings, Oidc
from reconciler.errors import TemporaryError

SIGN_IN, CALLBACK, SIGN_OUT = "/sign-in", "/signed-in", "/sign-out"
_PURPOSE = "dashboard-sign-in"
_MINUTES = 10
"""That a sign-in may take."""
_TIMEOUT = 10.0
_LEEWAY = 60
"""Seconds by which the clock of the issuer may differ."""
_KEPT = 3600.0
"""Seconds for which what the issuer says about itself is kept."""
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
"""With a key pair: a secret that is shared would let this process sign, too."""


class SignInError(TemporaryError):
    """The issuer could not be asked, or its answer cannot be trusted."""


@dataclass
class Issuer:
    """What the issuer says about itself, and the requests to it. Its methods block; call them in a thread."""

    oidc: Oidc
    redirect_uri: str
    _metadata: Mapping[str, Any] | None = None
    _read: float = 0.0
    _keys: KeySet | None = None

    def authorization(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser. Raises SignInError."""
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def claims(self, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """What the issuer says about the person, checked. Raises SignInError."""
        try:
            with self._session() as session:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    code=code,
                    grant_type="authorization_code",
                    code_verifier=verifier,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                )
        except (OSError, OAuthError, ValueError) as error:
            raise SignInError("the issuer did not take the sign-in") from error
        try:
            return self._checked(token, nonce)
        except (JoseError, ValueError, KeyError) as error:
            raise SignInError(f"the token of the issuer cannot be trusted: {type(error).__name__}") from error

    def _checked(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        signed = str(token["id_token"])
        try:
            decoded = jwt.decode(signed, self._key_set(), registry=self._registry())
        except InvalidKeyIdError:  # the issuer has new keys
            decoded = jwt.decode(signed, self._key_set(again=True), registry=self._registry())
        wanted = {"iss": self.oidc.issuer, "aud": self.oidc.client_id}
        options = {name: {"essential": True, "value": value} for name, value in wanted.items()}
        params = {"nonce": nonce, "client_id": self.oidc.client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(leeway=_LEEWAY)
        return dict(claims)

    def _registry(self) -> JWSRegistry:
        stated = self._about().get("id_token_signing_alg_values_supported") or ["RS256"]
        return JWSRegistry(algorithms=sorted(_ALGORITHMS.intersection(stated)), strict_check_header=False)

    def _key_set(self, *, again: bool = False) -> KeySet:
        if self._keys is None or again:
            found: Any = self._json(self._endpoint("jwks_uri"))
            self._keys = KeySet.import_key_set(found)
        return self._keys

    def _endpoint(self, name: str) -> str:
        url = self._about().get(name)
        if not isinstance(url, str) or not url.startswith(("https://", self.oidc.issuer)):
            raise SignInError(f"{self.oidc.issuer} names no {name} that can be used")
        return url

    def _about(self) -> Mapping[str, Any]:
        """Raises SignInError also where another issuer answers (OpenID Connect Discovery 1.0, section 4.3)."""
        if self._metadata is None or time.monotonic() - self._read > _KEPT:
            found = self._json(f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.oidc.issuer:
                raise SignInError(f"{self.oidc.issuer} says that it is {found.get('issuer')}")
            self._metadata, self._read, self._keys = found, time.monotonic(), None
        return self._metadata

    def _json(self, url: str) -> dict[str, Any]:
        try:
            with self._session() as session:
                answer = session.get(url, withhold_token=True, timeout=_TIMEOUT)
                answer.raise_for_status()
                found = answer.json()
        except (OSError, ValueError) as error:
            raise SignInError(f"{self.oidc.issuer} could not be asked: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise SignInError(f"{url} is not a JSON object")
        return found

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self.oidc.client_id,
            self.oidc.client_secret or None,
            scope=" ".join(self.oidc.scopes),
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )
        session.verify = self.oidc.ca_file or True
        return session


@dataclass
class SignIn:
    """The three routes of a sign-in; all of them are GET, and set no more than cookies."""

    settings: DashboardSettings
    oidc: Oidc
    cookies: Cookies
    session: BySession
    issuer: Issuer = field(init=False)

    def __post_init__(self) -> None:
        self.issuer = Issuer(self.oidc, f"{self.settings.url}{CALLBACK}")

    async def begin(self, request: web.Request) -> web.StreamResponse:
        state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
        url = await asyncio.to_thread(self.issuer.authorization, state, nonce, verifier)
        response = web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})
        values = {"state": state, "nonce": nonce, "verifier": verifier, "next": own_path(request.query.get("next", "/"))}
        self.cookies.set(response, _PURPOSE, values, _MINUTES * 60)
        return response

    async def end(self, request: web.Request) -> web.StreamResponse:
        """After the issuer sent the browser back."""
        begun = self.cookies.get(request, _PURPOSE)
        state, code = request.query.get("state", ""), request.query.get("code", "")
        if begun is None or not code or not hmac.compare_digest(state.encode(), str(begun["state"]).encode()):
            raise web.HTTPForbidden(text="This sign-in was not begun here, or took too long. Begin again: /sign-in\n")
        claims = await asyncio.to_thread(self.issuer.claims, code, str(begun["nonce"]), str(begun["verifier"]))
        groups = claims.get(self.oidc.groups_claim, [])
        named = frozenset(str(one) for one in groups) if isinstance(groups, list) else frozenset({str(groups)})
        response = web.Response(status=302, headers={"Location": str(begun["next"]), "Cache-Control": "no-store"})
        self.session.begin(response, str(claims.get(self.oidc.name_claim) or claims["sub"]), named)
        self.cookies.delete(response, _PURPOSE)
        return response

    async def leave(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(text="You are signed out.\n")
        self.session.end(response)
        return response


def own_path(path: str) -> str:
    """A path of this site; the first page in place of an address elsewhere."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_own else "/"
