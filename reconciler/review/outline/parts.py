"""The parts in which two manifests differ, as small as they can be told: a field, or an item of a list by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.manifest import Manifest
from reconciler.render.trace import to_pointer

Steps = tuple[str | int, ...]
"""Field names and list positions, from the root."""


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part that differs."""

    path: tuple[str, ...]
    """Of the mapping or list that holds the part. An item of a list is named by its key: `spec`, `containers[app]`."""
    before: Mapping[str, Any] | list[Any] | None
    """The part, as the mapping or list with this field or item alone: `{"image": "app:8"}`. None if the part is new."""
    after: Mapping[str, Any] | list[Any] | None
    """None if the part is gone."""
    pointer: str = field(default="", compare=False)
    """RFC 6901 pointer of the part in the manifest that has it; in the new one if both have it."""


def changed_parts(before: Manifest, after: Manifest) -> tuple[PartChange, ...]:
    """Sorted by field name, in the order of the lists. Equal manifests give none."""
    return tuple(_fields((), (), before, after))


def _fields(path: tuple[str, ...], steps: Steps, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PartChange]:
    for name in sorted({*old, *new}):
        pointer = to_pointer((*steps, name))
        if name not in old:
            yield PartChange(path, None, {name: new[name]}, pointer)
        elif name not in new:
            yield PartChange(path, {name: old[name]}, None, pointer)
        else:
            yield from _field(path, (*steps, name), old[name], new[name])


def _field(path: tuple[str, ...], steps: Steps, old: Any, new: Any) -> Iterator[PartChange]:
    name = str(steps[-1])
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        yield from _fields((*path, name), steps, old, new)
    elif same(old, new):
        return
    elif isinstance(old, list) and isinstance(new, list) and (key := _key_of_items(old, new)):
        yield from _items((*path, name), steps, old, new, key)
    else:
        yield PartChange(path, {name: old}, {name: new}, to_pointer(steps))


def _items(path: tuple[str, ...], steps: Steps, old: list[Any], new: list[Any], key: str) -> Iterator[PartChange]:
    olds, news = ({item[key]: (place, item) for place, item in enumerate(items)} for items in (old, new))
    for name in dict.fromkeys([*olds, *news]):
        if name not in news:
            place, item = olds[name]
            yield PartChange(path, [item], None, to_pointer((*steps, place)))
        elif name not in olds:
            place, item = news[name]
            yield PartChange(path, None, [item], to_pointer((*steps, place)))
        else:
            place, item = news[name]
            yield from _fields((*path[:-1], f"{path[-1]}[{name}]"), (*steps, place), olds[name][1], item)


def _key_of_items(old: list[Any], new: list[Any]) -> str:
    """The field that names the items of both lists; empty if there is none, or if items changed places."""
    if not old or not new or not all(isinstance(item, dict) for item in (*old, *new)):
        return ""
    for key in _KEYS:
        olds, news = ([item.get(key) for item in items] for items in (old, new))
        if _are_names(olds) and _are_names(news):
            both = {*olds} & {*news}
            return key if [name for name in olds if name in both] == [name for name in news if name in both] else ""
    return ""


def _are_names(values: list[Any]) -> bool:
    """Whether each one names its item alone."""
    return all(isinstance(value, str | int) for value in values) and len(set(values)) == len(values)


def same(old: Any, new: Any) -> bool:
    """Whether two JSON values are equal; unlike Python's, a boolean equals no number."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(value, new[name]) for name, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


_KEYS = ("name", "key", "mountPath", "devicePath", "containerPort", "port", "type", "ip", "topologyKey", "id", "host", "path")
"""Fields that name the items of a list, best first: most of them are the merge keys of Kubernetes' own kinds."""
