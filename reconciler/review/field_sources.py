"""Where each field of a rendered manifest comes from: a line of the template, a line of an override rule, scheduling, our marks.

The sources are carried from one step of rendering to the next. What a step leaves as it is keeps its source; items of a list are
recognised by their content or their name when they move. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reconciler.documents.line_index import Place, Steps
from reconciler.model.manifest import get
from reconciler.model.origin import NOWHERE, Origin
from reconciler.render.override import Rule


@dataclass(frozen=True, slots=True)
class Source:
    """What wrote a field."""

    step: str
    """template, scheduling, override, cleaning, or marks for those that the program puts on every object."""
    origin: Origin = NOWHERE
    """The line that says so; NOWHERE for marks."""
    rule: Rule | None = None
    """Of an override step."""
    literal: bool = False
    """Whether the lines of the value, a text, follow this line in the file, one for one."""


SourceOf: TypeAlias = Callable[[Steps], Source]
"""The source of what a step writes at a path."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """The source of one value, and those of its fields or items."""

    source: Source
    inside: Mapping[str | int, Sourced] = field(default_factory=dict)

    def at(self, path: Steps) -> Source:
        """Of the value at a path, or of its nearest ancestor."""
        node = self
        for step in path:
            if step not in node.inside:
                break
            node = node.inside[step]
        return node.source


def template_source(origin: Origin, places: Mapping[Steps, Place]) -> SourceOf:
    """places: of the template's fields in its file; one that is missing has the place of its nearest ancestor."""

    def source(path: Steps) -> Source:
        for length in range(len(path), -1, -1):
            place = places.get(path[:length])
            if place is not None:
                return Source("template", Origin(origin.file, place.line), literal=place.literal and length == len(path))
        return Source("template", origin)

    return source


def written(value: Any, source_of: SourceOf, path: Steps = ()) -> Sourced:
    """A value of which everything has been written by one step."""
    if isinstance(value, Mapping):
        inside: dict[str | int, Sourced] = {name: written(one, source_of, (*path, name)) for name, one in value.items()}
    elif isinstance(value, list):
        inside = {place: written(one, source_of, (*path, place)) for place, one in enumerate(value)}
    else:
        inside = {}
    return Sourced(source_of(path), inside)


def carried(sourced: Sourced, before: Any, after: Any, source_of: SourceOf, path: Steps = ()) -> Sourced:
    """The sources of `after`, which a step made of `before`. sourced: of `before`."""
    if before is after:
        return sourced
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        inside: dict[str | int, Sourced] = {}
        for name, value in after.items():
            below = (*path, name)
            known = name in before and name in sourced.inside
            inside[name] = (
                carried(sourced.inside[name], before[name], value, source_of, below)
                if known
                else written(value, source_of, below)
            )
        return Sourced(sourced.source, inside)
    if isinstance(before, list) and isinstance(after, list):
        return Sourced(sourced.source, _items(sourced, before, after, source_of, path))
    if before == after and type(before) is type(after):
        return sourced
    return written(after, source_of, path)


def _items(sourced: Sourced, before: list[Any], after: list[Any], source_of: SourceOf, path: Steps) -> dict[str | int, Sourced]:
    left = dict(enumerate(before))
    inside: dict[str | int, Sourced] = {}
    for place, item in enumerate(after):
        former = _former(place, item, left, same_length=len(before) == len(after))
        if former is None or former not in sourced.inside:
            inside[place] = written(item, source_of, (*path, place))
        else:
            inside[place] = carried(sourced.inside[former], left.pop(former), item, source_of, (*path, place))
    return inside


def _former(place: int, item: Any, left: Mapping[int, Any], *, same_length: bool) -> int | None:
    """The place that an item had before: of the equal item, of the one with its name, or the same place in a list that did not
    grow or shrink; None for a new one."""
    if place in left and left[place] == item:
        return place
    equal = next((one for one, other in left.items() if other == item), None)
    if equal is not None:
        return equal
    name = get(item, "name") if isinstance(item, Mapping) else None
    if name is not None:
        named = (one for one, other in left.items() if isinstance(other, Mapping) and get(other, "name") == name)
        return next(named, None)
    return place if same_length and place in left else None
