"""The aiohttp application: every page is a route, and every route is GET. Nothing here writes anything."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from aiohttp import web

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.facts_reader import FactsReader
from reconciler.dashboard.forge_pages import ForgePages
from reconciler.dashboard.identity.doors import doors_of
from reconciler.dashboard.identity.viewer import Viewer
from reconciler.dashboard.live_parts import LIVE, Look, look, member_server, token_of
from reconciler.dashboard.live_tree import LIVE_TREE, look_below
from reconciler.dashboard.live_updates import LiveUpdates, event_id
from reconciler.dashboard.page import Asked, NotThereError, Page
from reconciler.dashboard.pages import PAGES
from reconciler.dashboard.pages.objects import object_page
from reconciler.dashboard.protection import add_headers, hosts_of, refuse_other_hosts
from reconciler.dashboard.questions import Questions, UnknownObjectError
from reconciler.dashboard.rendering import render
from reconciler.dashboard.scope import NOTHING, Scope, visible
from reconciler.dashboard.settings import DashboardSettings
from reconciler.errors import ReconcilerError

_LOG = logging.getLogger(__name__)
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SCOPES = 32
"""Different scopes for which facts are kept."""
_A_YEAR = "public, max-age=31536000, immutable"


@dataclass
class Site:
    """What the pages are made from."""

    reader: FactsReader
    clock: Callable[[], datetime]
    settings: DashboardSettings = field(default_factory=DashboardSettings)
    forge: ForgePages | None = None
    """Where the settings name no forge: that of the remote, if it is one that everybody knows."""

    def __post_init__(self) -> None:
        """Raises SettingsError."""
        self.live = LiveUpdates(self.reader)
        self.doors = doors_of(self.settings)
        self._whole: Facts | None = None
        self._parts: dict[Scope, Facts] = {}

    def application(self) -> web.Application:
        app = web.Application(
            middlewares=[refuse_other_hosts(hosts_of(self.settings.url, self.settings.hosts)), self._with_errors]
        )
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(lambda _: self.live.close())
        for page in PAGES:
            app.router.add_get(page.path, self._handler(page))
        for path, sign_in in self.doors.routes.items():
            app.router.add_get(path, sign_in)
        app.router.add_get("/live", self._live)
        app.router.add_get(LIVE, self._live_handler(look, "live.html.jinja"))
        app.router.add_get(LIVE_TREE, self._live_handler(look_below, "live_tree.html.jinja"))
        app.router.add_get("/static/{name}", _static)
        return app

    def _handler(self, page: Page) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.StreamResponse:
            viewer = await self.doors.viewer(request)
            if viewer.scope == NOTHING:
                return self._answer("problem.html.jinja", Problem("Nothing to see", _NO_GROUP), viewer, None, status=403)
            whole = await self.reader.facts()
            facts, now = self._facts(whole, viewer.scope), self.clock()
            asked = self._asked(request, facts, now)
            gathered = await page.gather(Questions(facts, self.reader, now), asked) if page.gather is not None else None
            return self._answer(page.template, page.view(asked, gathered), viewer, facts, page.section or page.menu)

        return handler

    def _asked(self, request: web.Request, facts: Facts, now: datetime) -> Asked:
        path, query = dict(request.match_info), _first_values(request)
        return Asked(facts, now, path, query, request.path, self.settings.forge or self.forge, self.settings.members.keys())

    def _live_handler(self, look: Look, template: str) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.StreamResponse:
            viewer = await self.doors.viewer(request)
            facts = self._facts(await self.reader.facts(), viewer.scope)
            now = self.clock()
            asked = self._asked(request, facts, now)
            object_page(asked, "live")  # Who may not see it is not asked for a token.
            member, server = member_server(asked, self.settings.members)
            token = token_of(request)
            view = await look(asked, Questions(facts, self.reader, now), member, server, token)
            response = self._answer(template, view, viewer, facts, "Applications")
            response.headers["Cache-Control"] = "no-store"
            return response

        return handler

    def _facts(self, whole: Facts, scope: Scope) -> Facts:
        """What a person of this scope may see; made once for each scope, of the newest facts."""
        if self._whole is not whole or len(self._parts) >= _SCOPES:
            self._whole, self._parts = whole, {}
        if scope not in self._parts:
            self._parts[scope] = visible(whole, scope)
        return self._parts[scope]

    def _answer(
        self, template: str, view: object, viewer: Viewer, facts: Facts | None, section: str = "", status: int = 200
    ) -> web.Response:
        text = render(
            template,
            page=view,
            menu=[page for page in PAGES if page.menu],
            section=section,
            viewer=viewer,
            facts=facts,
            now=self.clock(),
            shown="" if facts is None else event_id(facts),
            trouble=self.reader.trouble,
            live=self.settings.members.keys(),
            static=_versions(),
        )
        response = web.Response(text=text, content_type="text/html", charset="utf-8", status=status)
        response.enable_compression()
        return response

    async def _live(self, request: web.Request) -> web.StreamResponse:
        await self.doors.viewer(request)
        return await self.live.answer(request)

    @web.middleware
    async def _with_errors(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Errors as pages, with no more in them than the person may see."""
        try:
            answer: web.StreamResponse = await handler(request)
        except (NotThereError, UnknownObjectError) as error:
            return await self._problem(request, "Not there", _NOT_THERE, 404, error)
        except web.HTTPNotFound:
            return await self._problem(request, "Not there", _NOT_THERE, 404)
        except ReconcilerError as error:
            _LOG.warning("the page %s could not be made: %s", request.path, error)
            return await self._problem(request, "This page cannot be made now", _NOT_NOW, 503, error)
        return answer

    async def _problem(
        self, request: web.Request, title: str, text: str, status: int, error: ReconcilerError | None = None
    ) -> web.Response:
        # A sign-in that failed must not begin another one: an issuer that is down would be asked without an end.
        viewer = _NOBODY if request.path in self.doors.routes else await self.doors.viewer(request)
        detail = (error.message, error.remedy) if error is not None and viewer.scope.is_everything else ("", "")
        return self._answer("problem.html.jinja", Problem(title, text, *detail), viewer, None, status=status)


_NOBODY = Viewer("", NOTHING)
_NOT_THERE = "The repository and its status branch have nothing of this name, or you may not see it."
_NO_GROUP = "None of your groups may see anything here. The settings of the dashboard say which group sees what."
_NOT_NOW = "Something that the page needs could not be read. The next try may succeed."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no page."""

    title: str
    text: str
    detail: str = ""
    """For people who may see everything."""
    remedy: str = ""
    crumbs: tuple[()] = ()


def _first_values(request: web.Request) -> dict[str, str]:
    return {name: request.query[name] for name in request.query}


@cache
def _files() -> dict[str, bytes]:
    """The files of `static/`, by name."""
    folder = resources.files("reconciler.dashboard").joinpath("static")
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in _TYPES}


@cache
def _versions() -> dict[str, str]:
    """By name, its address, which is another one when the file is."""
    return {name: f"/static/{name}?v={hashlib.sha256(data).hexdigest()[:12]}" for name, data in _files().items()}


async def _static(request: web.Request) -> web.Response:
    data = _files().get(request.match_info["name"])
    if data is None:
        raise web.HTTPNotFound
    name = request.match_info["name"]
    kept = _A_YEAR if request.path_qs == _versions()[name] else "public, max-age=60"
    return web.Response(body=data, content_type=_TYPES[name.rpartition(".")[2]], charset="utf-8", headers={"Cache-Control": kept})
