"""Every page is made from the facts alone, and shows nothing of a name that is not text."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.identity.viewer import Viewer
from reconciler.dashboard.page import Asked, Page
from reconciler.dashboard.pages import PAGES
from reconciler.dashboard.rendering import render
from reconciler.dashboard.scope import EVERYTHING
from reconciler.pictures.svg import style
from tests.support.showcase import THEN

PATHS: dict[str, dict[str, str]] = {
    "/members/{name}": {"name": "us-east-1"},
    "/applications/{namespace}": {"namespace": "shop"},
    "/rollouts/{name}": {"name": "Configuration"},
    "/policies/{kind}/{namespace}/{name}": {"kind": "OverridePolicy", "namespace": "shop", "name": "us-currency"},
}
OBJECT = {"namespace": "shop", "kind": "Deployment.apps", "name": "web"}


def shown(page: Page, facts: Facts, gathered: Any = None, **query: str) -> str:
    path = PATHS.get(page.path, OBJECT if page.path.startswith("/objects") else {})
    view = page.view(Asked(facts, THEN, path, query, page.path), gathered)
    frame: dict[str, Any] = {"menu": [], "section": "", "viewer": Viewer("", EVERYTHING), "shown": "", "trouble": ""}
    static = {"dashboard.css": "", "dashboard.js": "", "icon.svg": ""}
    return render(page.template, page=view, facts=facts, now=THEN, live=False, static=static, **frame)


@pytest.mark.parametrize("page", [one for one in PAGES if one.gather is None], ids=lambda page: page.path)
def test_a_page_is_made_from_the_facts(page: Page, facts: Facts) -> None:
    text = shown(page, facts)
    assert text.startswith("\n<!doctype html>") or text.lstrip().startswith("<!doctype html>")
    assert " style=" not in text
    assert len(text) < 300_000


def test_every_class_of_a_drawing_has_a_rule_in_the_style_of_the_pages() -> None:
    """A part of a page has no style of its own."""
    ours = resources.files("reconciler.dashboard").joinpath("static/dashboard.css").read_text()
    classes = set(re.findall(r"\.([a-z]+)", style()))
    assert {name for name in classes if f".picture .{name}" not in ours} == set()
