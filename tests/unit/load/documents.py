"""The sample documents of this folder, and ways of spoiling them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

WRONG: tuple[Any, ...] = (None, True, 7, 1.5, "canary-hunter2", [], {}, ["canary-hunter2"], {"canary": "canary-hunter2"})


def documents(file: str) -> list[Document]:
    return list(yaml.safe_load_all((Path(__file__).parent / file).read_text()))


def name_of(document: Document) -> str:
    return f"{document['kind']}-{document.get('metadata', {}).get('name', '')}"


def spoiled(document: Document, offset: int = 0) -> Iterator[tuple[tuple[str | int, ...], Document]]:
    """One spoiled copy for each place of a document: there a member is lost, unknown, or of a wrong value, in turn."""
    for number, path in enumerate(_paths(document), start=offset):
        changed = copy.deepcopy(document)
        parent: Any = changed
        for step in path[:-1]:
            parent = parent[step]
        kind = number % (len(WRONG) + 2)
        if kind < len(WRONG):
            parent[path[-1]] = WRONG[kind]
        elif kind == len(WRONG):
            del parent[path[-1]]
        elif isinstance(parent, dict):
            parent["unknownField"] = "canary-hunter2"
        yield path, changed


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield (*path, step)
        yield from _paths(member, (*path, step))
