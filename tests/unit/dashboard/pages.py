"""A page as HTML, made from facts alone."""

from __future__ import annotations

from typing import Any

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.forge_pages import ForgePages
from reconciler.dashboard.identity.viewer import Viewer
from reconciler.dashboard.page import Asked, Page
from reconciler.dashboard.rendering import render
from reconciler.dashboard.scope import EVERYTHING
from tests.support.showcase import THEN

PATHS: dict[str, dict[str, str]] = {
    "/members/{name}": {"name": "us-east-1"},
    "/applications/{namespace}": {"namespace": "shop"},
    "/rollouts/{name}": {"name": "Configuration"},
    "/policies/{kind}/{namespace}/{name}": {"kind": "OverridePolicy", "namespace": "shop", "name": "us-currency"},
}
"""What the addresses of pages name."""
OBJECT = {"namespace": "shop", "kind": "Deployment.apps", "name": "web"}


def shown(
    page: Page,
    facts: Facts,
    gathered: Any = None,
    path: dict[str, str] | None = None,
    forge: ForgePages | None = None,
    **query: str,
) -> str:
    path = path if path is not None else PATHS.get(page.path, OBJECT if page.path.startswith("/objects") else {})
    view = page.view(Asked(facts, THEN, path, query, page.path, forge), gathered)
    frame: dict[str, Any] = {"menu": [], "section": "", "viewer": Viewer("", EVERYTHING), "shown": "", "trouble": ""}
    static = {"dashboard.css": "", "dashboard.js": "", "icon.svg": ""}
    return render(page.template, page=view, facts=facts, now=THEN, live=(), static=static, **frame)
