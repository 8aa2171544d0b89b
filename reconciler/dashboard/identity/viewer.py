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
    signed_in_here: bool = False
    """Whether there is a session here that can be ended."""


class Doorkeeper(Protocol):
    """Finds out who asks."""

    async def viewer(self, request: web.Request) -> Viewer | None:
        """None where this one does not know him. Raises a web.HTTPException where he is sent elsewhere, or away."""


class OnLoopback:
    """Who reaches loopback may read the repository anyway."""

    async def viewer(self, request: web.Request) -> Viewer | None:
        return Viewer("", EVERYTHING)


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Asks several, one after the other."""

    doorkeepers: tuple[Doorkeeper, ...]

    async def viewer(self, request: web.Request) -> Viewer | None:
        for one in self.doorkeepers:
            if (found := await one.viewer(request)) is not None:
                return found
        return None
