"""Sessions of people who signed in: a signed cookie, which says who it is, in which groups, and until when.

The groups are those that the settings name; the others would only fill the cookie. Nothing is kept here, so that several
processes with the same key share sessions, and a session that was begun survives a restart.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from reconciler.dashboard.identity.viewer import Viewer
from reconciler.dashboard.settings import DashboardSettings

_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Cookies:
    """Signed values in cookies. `__Host-` binds a cookie to this very host, over TLS alone (RFC 6265bis)."""

    key: OctKey
    secure: bool
    """Whether it is only ever sent over TLS; not on loopback."""

    @classmethod
    def of(cls, settings: DashboardSettings) -> Cookies:
        return cls(OctKey.import_key(settings.session_key or secrets.token_bytes(32)), settings.is_https)

    def name(self, purpose: str) -> str:
        return f"__Host-{purpose}" if self.secure else purpose

    def set(self, response: web.StreamResponse, purpose: str, values: Mapping[str, Any], seconds: int) -> None:
        claims = {**values, "for": purpose, "exp": int(time.time()) + seconds}
        signed = jwt.encode({"alg": _ALGORITHM}, claims, self.key)
        # Lax: who comes back from the sign-in, or follows a link, is known; a request of another page is not.
        response.set_cookie(
            self.name(purpose), signed, max_age=seconds, path="/", httponly=True, secure=self.secure, samesite="Lax"
        )

    def get(self, request: web.Request, purpose: str) -> Mapping[str, Any] | None:
        """None where there is none, or one that is expired, of another purpose, or not signed by us."""
        try:
            claims = jwt.decode(request.cookies.get(self.name(purpose), ""), self.key, algorithms=[_ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        expires = claims.get("exp")
        is_valid = claims.get("for") == purpose and isinstance(expires, int) and time.time() < expires
        return claims if is_valid else None

    def delete(self, response: web.StreamResponse, purpose: str) -> None:
        response.del_cookie(self.name(purpose), path="/", secure=self.secure, httponly=True, samesite="Lax")


@dataclass(frozen=True, slots=True)
class BySession:
    cookies: Cookies
    settings: DashboardSettings
    purpose: str = field(default="dashboard-session")

    async def viewer(self, request: web.Request) -> Viewer | None:
        claims = self.cookies.get(request, self.purpose)
        if claims is None:
            return None
        groups = frozenset(str(one) for one in claims.get("groups", ()))
        return Viewer(str(claims.get("name", "")), self.settings.scope_of(groups), signed_in_here=True)

    def begin(self, response: web.StreamResponse, name: str, groups: frozenset[str]) -> None:
        known = sorted(groups & self.settings.groups.keys())
        self.cookies.set(response, self.purpose, {"name": name, "groups": known}, self.settings.session_hours * 3600)

    def end(self, response: web.StreamResponse) -> None:
        self.cookies.delete(response, self.purpose)
