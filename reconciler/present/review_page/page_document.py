"""A page as a document (`docs/output.md`: PAGE), and back.

`comment` reads one that a job wrote for a pull request, perhaps from a fork: anything may be in it. All of it is text, which the
printers escape; there is no HTML in it, no URL is followed, and nothing is computed from it.
"""

from __future__ import annotations

from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.present.review_page.page import Block, Page, Section
from reconciler.present.untrusted import MOST, ShapeError, fields, items, only_document, text, texts


class PageError(ReconcilerError):
    """There is no page in a document."""


def page_document(page: Page) -> dict[str, Any]:
    """The names of the fields are those of the classes."""
    return {
        "title": page.title,
        "compared": page.compared,
        "alerts": list(page.alerts),
        "sections": [{"title": one.title, "blocks": list(map(_block_document, one.blocks))} for one in page.sections],
        "notes": list(page.notes),
    }


def page_of(data: bytes, place: str) -> Page:
    """The page in the JSON of `diff -o json`. Raises PageError, which quotes nothing of it.

    place: what messages call the file.
    """
    if len(data) > MOST:
        remedy = f"Keep only the page of it: jq '{{page}}' {place}."
        raise PageError(f"{place}: more than {MOST // 1024**2} MiB", remedy=remedy)
    try:
        return _page(fields(only_document(data), "page", exactly=False)["page"])
    except ShapeError as error:
        raise _not_a_page(place, str(error)) from None


def _block_document(block: Block) -> dict[str, Any]:
    return {
        "effect": block.effect,
        "text": block.text,
        "lines": list(block.lines),
        "objects": list(block.objects),
        "clusters": list(block.clusters),
        "teams": list(block.teams),
    }


def _not_a_page(place: str, why: str) -> PageError:
    return PageError(f"{place}: {why}", remedy="Name a file that `reconciler diff -o json` of the same version wrote.")


def _page(value: Any) -> Page:
    of = fields(value, "title", "compared", "alerts", "sections", "notes")
    sections = tuple(map(_section, items(of, "sections")))
    return Page(text(of, "title"), text(of, "compared"), texts(of, "alerts"), sections, texts(of, "notes"))


def _section(value: Any) -> Section:
    of = fields(value, "title", "blocks")
    return Section(text(of, "title"), tuple(map(_block, items(of, "blocks"))))


def _block(value: Any) -> Block:
    of = fields(value, "effect", "text", "lines", "objects", "clusters", "teams")
    return Block(text(of, "effect"), text(of, "text"), *(texts(of, name) for name in ("lines", "objects", "clusters", "teams")))
