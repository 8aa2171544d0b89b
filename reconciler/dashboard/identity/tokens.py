"""Tokens that read: `Authorization: Bearer`, for programs and for screens on walls (RFC 6750).

The settings hold their digests. A token of 256 random bits needs no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from reconciler.dashboard.identity.viewer import Viewer
from reconciler.dashboard.settings import Token


@dataclass(frozen=True, slots=True)
class ByToken:
    tokens: Sequence[Token]

    async def viewer(self, request: web.Request) -> Viewer | None:
        """Raises HTTPUnauthorized for a token that is none of these."""
        kind, _, sent = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        digest = hashlib.sha256(sent.strip().encode("utf-8", "surrogateescape")).hexdigest()
        for one in self.tokens:
            if hmac.compare_digest(one.digest, digest):
                return Viewer(one.name, one.scope)
        raise web.HTTPUnauthorized(text="There is no such token.\n", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
