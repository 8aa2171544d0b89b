"""A view and a template → HTML. Every value is escaped by Jinja; templates have no inline style or script.

Control and format characters of foreign text are shown as escapes, as in the terminal: a name must not hide or imitate another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.dashboard import addresses
from reconciler.model.moments import time_text
from reconciler.model.wording import plural, printable
from reconciler.pictures.flow import Move, flow_text
from reconciler.pictures.grid import Grid, grid_text
from reconciler.present.age import age_text
from reconciler.present.style import Style


def render(template: str, **values: Any) -> str:
    """values: what the template names."""
    return environment().get_template(template).render(values)


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reconciler.dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update({name: function for name, function in vars(addresses).items() if name.endswith("_address")})
    made.globals |= {"with_query": addresses.with_query, "Style": Style, "flow": flow, "grid": grid}
    made.filters |= {
        "age": age,
        "clock": clock,
        "minute": minute,
        "moment": moment,
        "plural": plural,
        "short": short,
        "number": number,
    }
    return made


def _visible(value: object) -> object:
    """Of text alone: what a macro made is HTML already."""
    return printable(value) if type(value) is str else value


def age(then: datetime | None, now: datetime) -> str:
    """`5m ago`; a dash where the time is not known."""
    return "–" if then is None else f"{age_text(max(now - then, timedelta()))} ago"


def moment(then: datetime | None) -> str:
    """RFC 3339, for `<time datetime>` and titles."""
    return "" if then is None else time_text(then.astimezone(UTC))


def clock(then: datetime) -> str:
    """`14:05`, in UTC."""
    return then.astimezone(UTC).strftime("%H:%M")


def minute(then: datetime) -> str:
    """`2026-11-30 14:05`, in UTC."""
    return then.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def flow(title: str, moves: Iterable[Move]) -> Markup:
    """The drawing of what moves, as a part of the page."""
    return Markup(flow_text(title, moves, alone=False))  # noqa: S704 - the drawing escapes what is foreign


def grid(drawn: Grid) -> Markup:
    """The drawing of a grid, as a part of the page."""
    return Markup(grid_text(drawn, alone=False))  # noqa: S704 - the drawing escapes what is foreign


def short(sha: str) -> str:
    """The first digits of the id of a commit."""
    return sha[:8]


def number(count: int) -> str:
    """With thin spaces between thousands, which every locale reads."""
    return f"{count:,}".replace(",", "\u202f")
