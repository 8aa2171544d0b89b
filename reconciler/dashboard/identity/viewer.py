"""A person who asks, and the interface of what finds out who it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from reconciler.dashboard.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Viewer:
    name: str
    """As it is shown; empty on loopback, where nobody signs in."""
    scope: Scope


class Doorkeeper(Protocol):
    """Finds out who asks."""

    async def viewer(self, request: web.Request) -> Viewer:
        """Raises a web.HTTPException where nobody is let in: a redirect to the sign-in, or a refusal."""


class OnLoopback:
    """Who reaches loopback may read the repository anyway."""

    async def viewer(self, request: web.Request) -> Viewer:
        return Viewer("", EVERYTHING)
