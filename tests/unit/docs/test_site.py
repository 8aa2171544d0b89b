"""The documentation as a site: every page has one place in its navigation, and it loads nothing from elsewhere.

`make site`, which CI runs, builds it and refuses links and anchors that lead nowhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs import site

ROOT = Path(__file__).parents[3]


def places(navigation: Any) -> Iterator[str]:
    for entry in navigation:
        for value in entry.values():
            yield from [value] if isinstance(value, str) else places(value)


def test_every_page_of_the_documentation_has_one_place() -> None:
    found = Counter(places(site.navigation()))
    pages = {page.relative_to(ROOT).as_posix() for page in ROOT.glob("docs/**/*.md")}
    assert {page: found[page] for page in pages if found[page] != 1} == {}
    assert pages <= site.crawl().pages


def test_headings_are_sections() -> None:
    sections = [next(iter(entry)) for entry in site.navigation()]
    assert sections[:4] == ["Reconciler", "All pages", "Start", "How to"]
    (how_to,) = (entry["How to"] for entry in site.navigation() if "How to" in entry)
    assert {"Members"} <= {next(iter(entry)) for entry in how_to}


def test_pages_pictures_and_configuration_are_copied(tmp_path: Path) -> None:
    site.stage(tmp_path / "site")
    pages = tmp_path / "site/pages"
    assert (pages / "docs/tutorial.md").read_bytes() == (ROOT / "docs/tutorial.md").read_bytes()
    assert (pages / "docs/concepts.svg").is_file()
    assert not (pages / "docs/site.py").exists()
    written = json.loads((tmp_path / "site/mkdocs.yml").read_text())
    assert written["nav"] == site.navigation()
    assert Path(written["INHERIT"]).is_file()


def test_the_look_loads_nothing_from_elsewhere() -> None:
    """The plugin `offline` loads a script of another site, and fonts come from Google where they are not turned off."""
    text = (ROOT / "mkdocs.yml").read_text()
    assert "  font: false\n" in text
    assert "plugins: [search]\n" in text
    assert "http" not in text
