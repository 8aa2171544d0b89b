"""A page as a document (`docs/output.md`: PAGE), and back.

`comment` reads one that a job wrote for a pull request, perhaps from a fork: anything may be in it. All of it is text, which the
printers escape; there is no HTML in it, no URL is followed, and nothing is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.json_reader import read_json
from reconciler.errors import ReconcilerError
from reconciler.present.review_page.page import Block, Page, Section

MOST = 32 * 1024 * 1024
"""Bytes of a document that is read."""


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
    documents, errors = read_json(data)
    if errors or len(documents) != 1:
        raise _not_a_page(place, "it is not one JSON document")
    try:
        return _page(_fields(documents[0].value, "page", exactly=False)["page"])
    except _ShapeError as error:
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


class _ShapeError(Exception):
    """A value is not what it has to be. The message consists of our own words."""


def _page(value: Any) -> Page:
    of = _fields(value, "title", "compared", "alerts", "sections", "notes")
    sections = tuple(map(_section, _items(of, "sections")))
    return Page(_text(of, "title"), _text(of, "compared"), _texts(of, "alerts"), sections, _texts(of, "notes"))


def _section(value: Any) -> Section:
    of = _fields(value, "title", "blocks")
    return Section(_text(of, "title"), tuple(map(_block, _items(of, "blocks"))))


def _block(value: Any) -> Block:
    of = _fields(value, "effect", "text", "lines", "objects", "clusters", "teams")
    return Block(
        _text(of, "effect"), _text(of, "text"), *(_texts(of, name) for name in ("lines", "objects", "clusters", "teams"))
    )


def _fields(value: Any, *names: str, exactly: bool = True) -> Mapping[str, Any]:
    """A mapping that has these fields, and exactly these unless told otherwise."""
    if not isinstance(value, dict) or not set(names) <= value.keys() or (exactly and len(value) != len(names)):
        raise _ShapeError(f"a mapping does not have the fields {', '.join(names)}")
    return value


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of[name]
    if not isinstance(value, str):
        raise _ShapeError(f"{name} is not a text")
    return value


def _texts(of: Mapping[str, Any], name: str) -> tuple[str, ...]:
    if not all(isinstance(one, str) for one in _items(of, name)):
        raise _ShapeError(f"{name} is not a list of texts")
    return tuple(of[name])


def _items(of: Mapping[str, Any], name: str) -> list[Any]:
    value = of[name]
    if not isinstance(value, list):
        raise _ShapeError(f"{name} is not a list")
    return value
