"""Fields of objects of Flux and Argo CD that have an effect there and none here: one warning for each, at its own line.

A field is listed where it is honoured, or where its work is done by this program itself, such as how often something is read.
Everything else is reported, so that nothing is ignored in silence. Fields without content request nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.load.schemas.explain_violations import field_path

Path = tuple[str | int, ...]
FIELD_NOT_EXPANDED = "FieldNotExpanded"
Honoured = Mapping[str, Any]
"""Field → True, or the honoured fields below it. Of a list, those of its items."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said about one field."""

    path: Path
    message: str
    """A clause that begins with the field."""
    remedy: str


def fields_without_effect(spec: Any, honoured: Honoured, remedies: Mapping[str, str]) -> list[Note]:
    """spec: of the object. remedies: by the path of a field, such as `spec.kubeConfig`; what to do in place of it."""
    found: dict[str, Note] = {}
    for path in _others(spec, honoured, ("spec",)):
        name = field_path(tuple(step for step in path if isinstance(step, str)))
        if name not in found:
            remedy = remedies.get(name, "Remove it, or accept that it has no effect.")
            found[name] = Note(path, f"{name} has no effect where the object is expanded here", remedy)
    return list(found.values())


def _others(value: Any, honoured: Honoured | bool, path: Path) -> Iterator[Path]:
    if honoured is True or value in (None, False, "", {}, []):
        return
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from _others(item, honoured, (*path, position))
    elif isinstance(value, Mapping) and isinstance(honoured, Mapping):
        for name, below in value.items():
            yield from _others(below, honoured.get(name, False), (*path, name))
    else:
        yield path
