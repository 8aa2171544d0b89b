"""Which ways there are to say who one is, by the settings of the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from reconciler.dashboard.identity.proxies import ByProxy
from reconciler.dashboard.identity.tokens import ByToken
from reconciler.dashboard.identity.viewer import Doorkeeper, FirstOf, OnLoopback, Viewer
from reconciler.dashboard.settings import DashboardSettings, SettingsError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


@dataclass(frozen=True, slots=True)
class Doors:
    doorkeeper: Doorkeeper
    routes: Mapping[str, Handler] = field(default_factory=dict)
    """Of the sign-in: path → handler of GET."""
    sign_in: str = ""
    """Where people without a session are sent; empty: they are sent away."""

    async def viewer(self, request: web.Request) -> Viewer:
        """Raises a web.HTTPException where nobody is let in."""
        found = await self.doorkeeper.viewer(request)
        if found is not None:
            return found
        if self.sign_in and "text/html" in request.headers.get("Accept", "text/html"):
            raise web.HTTPFound(f"{self.sign_in}?next={quote(request.path_qs, safe='/')}")
        raise web.HTTPUnauthorized(text="Sign in first.\n", headers={"WWW-Authenticate": "Bearer"})


def doors_of(settings: DashboardSettings) -> Doors:
    """Raises SettingsError where what a sign-in needs is not installed."""
    if not settings.signs_in:
        return Doors(OnLoopback())
    doorkeepers: list[Doorkeeper] = [ByToken(settings.tokens)]
    if settings.proxy is not None:
        doorkeepers.append(ByProxy(settings.proxy, settings))
    if settings.oidc is None:
        return Doors(FirstOf(tuple(doorkeepers)))
    try:
        from reconciler.dashboard.identity import oidc, sessions
    except ModuleNotFoundError as error:
        remedy = "Install it: pip install 'reconciler[dashboard]'."
        raise SettingsError(f"the sign-in by OIDC needs a library that is not installed ({error.name})", remedy=remedy) from error
    cookies = sessions.Cookies.of(settings)
    session = sessions.BySession(cookies, settings)
    sign_in = oidc.SignIn(settings, settings.oidc, cookies, session)
    routes = {oidc.SIGN_IN: sign_in.begin, oidc.CALLBACK: sign_in.end, oidc.SIGN_OUT: sign_in.leave}
    return Doors(FirstOf((*doorkeepers, session)), routes, oidc.SIGN_IN)
