"""A page as one HTML file: it loads nothing, and it is complete without its script, which only filters.

Every value is escaped by Jinja. The Content-Security-Policy of the page allows its own style and script alone, by their
digests, so that a name that escaped nevertheless could load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from reconciler.model.wording import on_one_line, printable
from reconciler.present.review_page.page import Page


def html_text(page: Page) -> str:
    """The whole file, with a line break at its end."""
    style, script = _resource("diff.css"), _resource("diff.js")
    blocks = [block for section in page.sections for block in section.blocks]
    return _template().render(
        page=page,
        clusters=sorted({name for block in blocks for name in block.clusters}),
        teams=sorted({name for block in blocks for name in block.teams}),
        role=_role,
        style=Markup(style),  # noqa: S704 - our own files
        style_hash=_digest(style),
        script=Markup(script),  # noqa: S704
        script_hash=_digest(script),
    )


def _role(line: str) -> str:
    return {"+": "added", "-": "removed", "@": "hunk"}.get(line[:1], "same")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("reconciler.present.review_page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        keep_trailing_newline=True,
    )
    return environment.get_template("diff.html.jinja")


def _visible(value: object) -> object:
    """Control characters of foreign text are shown as escapes, as in the terminal."""
    return on_one_line(printable(value)) if type(value) is str else value


def _resource(name: str) -> str:
    return resources.files("reconciler.present.review_page").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    """The source expression of CSP for an inline element (W3C Content Security Policy 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
