"""The noun of a page: its address, what it asks for, its view, and its template."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.forge_pages import ForgePages
from reconciler.dashboard.questions import Questions
from reconciler.errors import ReconcilerError


class NotThereError(ReconcilerError):
    """What the address names is not there, or not for this person: the answer is the same page, with the status 404."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a view is made from."""

    facts: Facts
    """Only what this person may see."""
    now: datetime
    path: Mapping[str, str] = field(default_factory=dict)
    """The parts of the address that the route names, decoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    """After the question mark; the first value of each name."""
    address: str = "/"
    """The path that was asked for, for links to other parts of the same page."""
    forge: ForgePages | None = None
    """The pages of the forge about the repository; None where the forge is not known."""
    live: Collection[str] = ()
    """Members of which this process was told the server, for what is read with a token of the user's own."""

    def word(self, name: str, default: str = "") -> str:
        """A value of the query without white space around it."""
        return self.query.get(name, default).strip()


@dataclass(frozen=True, slots=True)
class Crumb:
    """A link above the heading: from the whole to the part."""

    text: str
    href: str


class View(Protocol):
    """What a template shows as `page`: a frozen dataclass with these, and whatever else its template needs."""

    @property
    def title(self) -> str:
        """The heading, and the name of the window."""

    @property
    def crumbs(self) -> tuple[Crumb, ...]:
        """Without the page itself."""


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    """As aiohttp's router reads it: `/members/{name}`."""
    template: str
    """The name of a file in `templates/`."""
    view: Callable[[Asked, Any], View]
    """Pure. The second argument is what `gather` returned; None without it. Raises NotThereError."""
    gather: Callable[[Questions, Asked], Awaitable[Any]] | None = None
    """Asks for what the facts do not have. Raises NotThereError, and errors of Git, which become a page with their message."""
    menu: str = ""
    """What the menu says; empty: the page is reached from others only."""
    section: str = ""
    """The entry of the menu that is marked on this page; by default its own."""
