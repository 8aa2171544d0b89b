"""The pages of the documentation as a site: what `make site` builds with MkDocs.

The pages are those that people read at a forge. So that their relative links stay as they are, they are copied with the folders
that they are in. The navigation is the index (`README.md` beside this file): a heading is a section, a link is a page. A link
that leads nowhere, or to an anchor that no page has, fails the build.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
INDEX = "docs/README.md"
HOME = "README.md"
_LINK = re.compile(r"\[(?P<text>(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r"""(?:src|srcset)=["'](?P<target>[^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Site:
    """What is copied."""

    pages: frozenset[str]
    """Paths from the top of the repository, with `/`."""
    files: frozenset[str]
    """Pictures and other files that pages link to."""


def targets(page: str) -> Iterator[str]:
    """The paths that a page links to, from the top of the repository; those of other sites are left out."""
    text = _CODE.sub("", (ROOT / page).read_text())
    found = [match["target"] for pattern in (_LINK, _SOURCE) for match in pattern.finditer(text)]
    found += [match["target"] for match in re.finditer(r"!\[[^\]]*\]\((?P<target>[^)\s]+)\)", text)]
    for target in found:
        path = target.partition("#")[0]
        if path and not re.match(r"[a-z]+:", target):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


def crawl() -> Site:
    """Everything that the home page and the index lead to. Raises ValueError for a link that leads to no file."""
    pages, files, waiting = set[str](), set[str](), [HOME, INDEX]
    while waiting:
        page = waiting.pop()
        if page in pages:
            continue
        pages.add(page)
        for target in targets(page):
            if target.startswith("..") or not (ROOT / target).is_file():
                raise ValueError(f"{page}: the link to {target} leads to no file of the repository")
            if target.endswith(".md"):
                waiting.append(target)
            else:
                files.add(target)
    return Site(frozenset(pages), frozenset(files))


def navigation() -> list[dict[str, Any]]:
    """Of MkDocs: the sections of the index, with their pages and sections."""
    top: list[dict[str, Any]] = [{"Reconciler": HOME}]
    section: list[dict[str, Any]] = top
    below: list[dict[str, Any]] = top
    for line in (ROOT / INDEX).read_text().splitlines():
        if line.startswith("## "):
            section = below = []
            top.append({line.removeprefix("## "): section})
        elif line.startswith("### "):
            below = []
            section.append({line.removeprefix("### "): below})
        elif line.startswith("- "):
            for match in _LINK.finditer(line):
                path = match["target"].partition("#")[0]
                if path.endswith(".md"):
                    title = match["text"].replace("`", "")
                    below.append({title[:1].upper() + title[1:]: posixpath.normpath(posixpath.join("docs", path))})
    return [{"Reconciler": HOME}, {"All pages": INDEX}, *top[1:]]


def stage(folder: Path) -> None:
    """Writes the pages below `folder/pages`, and the configuration of MkDocs beside them."""
    shutil.rmtree(folder, ignore_errors=True)
    site = crawl()
    for path in sorted(site.pages | site.files):
        place = folder / "pages" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, place)
    configuration = {"INHERIT": str(ROOT / "mkdocs.yml"), "docs_dir": "pages", "site_dir": "site", "nav": navigation()}
    (folder / "mkdocs.yml").write_text(json.dumps(configuration, indent=2) + "\n")


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
