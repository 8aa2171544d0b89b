"""The fields of an object that are left to the member, because its write policy says so (`model/write_policy.py`).

Queries are asked about both sides, what we apply and what the member holds, because a filter may match on one side only. Places
in lists differ between the sides, so a location becomes a path in the spelling of FieldsV1: items are known by their keys. A
manager's fields are those that `metadata.managedFields` attributes to it.

The values of these fields are taken from the live object (`with_live_values`). On an API server `leave_to_member.py` then leaves
them out, unless we are their only owner: then they would be removed. So such a field is never given another value, and as it does
not differ, it is no drift. A new object is created with everything that its template states.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.managed_fields import FieldPath, Fields, is_item, item_step, other_owners
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.ownership import identified_as
from reconciler.model.write_policy import WritePolicy
from reconciler.plan.whole_object import comparable
from reconciler.query.locate import locate
from reconciler.query.pointers import Location

ABSENT: Any = object()


def ignored_fields(configuration: Manifest, live: Manifest, policy: WritePolicy) -> tuple[FieldPath, ...]:
    """The fields that are left to the member, each once. Raises QueryError where a query has no result."""
    if not policy.ignores:
        return ()
    trees = [mapping(entry, "fieldsV1") for entry in sequence(live, "metadata", "managedFields")]
    found: dict[FieldPath, None] = {}
    for document in (configuration, live):
        found |= dict.fromkeys(field_path(location, document, trees) for location in locate(policy.queries, document))
    found |= dict.fromkeys(fields_of_managers(configuration, live, policy.managers))
    return tuple(found)


def fields_of_managers(configuration: Manifest, live: Manifest, managers: Collection[str]) -> Iterator[FieldPath]:
    """The fields of these field managers that the configuration states, too (Argo CD util/argo/managedfields)."""
    for entry in sequence(live, "metadata", "managedFields"):
        if text(entry, "manager") in managers:
            for path in _leaves(mapping(entry, "fieldsV1")):
                if value_at(configuration, path) is not ABSENT:
                    yield path


def with_live_values(configuration: Manifest, live: Manifest, paths: Sequence[FieldPath]) -> Manifest:
    """The configuration with the live values of these fields; without those that the live object does not have. What identifies
    the object, and our marks, stay."""
    if not paths:
        return configuration
    source, retained = comparable(live), configuration
    for path in paths:
        retained = _put(retained, path, value_at(source, path))
    return identified_as(retained, configuration)


def without_shared(configuration: Manifest, live: Manifest, paths: Sequence[FieldPath]) -> Manifest:
    """The configuration without those of the single values that another manager owns, too: it may change them without asking."""
    left = configuration
    for path in paths:
        value = value_at(configuration, path)
        if value is not ABSENT and not _has_parts(value) and other_owners(live, path):
            left = _put(left, path, ABSENT)
    return identified_as(left, configuration) if left is not configuration else configuration


def is_ignored(path: FieldPath, paths: Sequence[FieldPath]) -> bool:
    """Whether the field is one of these, or a part of one."""
    return any(path[: len(one)] == one for one in paths)


def field_path(location: Location, document: Any, trees: Sequence[Fields]) -> FieldPath:
    """A location in a document as a path. trees: of all managers of the live object; they show which lists have keys."""
    path: list[str] = []
    for place in location:
        step = f"f:{place}" if isinstance(place, str) else _item_step(document, place, trees)
        document = document[place]
        trees = [below for tree in trees if isinstance(below := tree.get(step), Mapping)]
        path.append(step)
    return tuple(path)


def value_at(value: Any, path: FieldPath) -> Any:
    """The value of a field; ABSENT where there is none."""
    for step in path:
        if step.startswith("f:"):
            value = value.get(step[2:], ABSENT) if isinstance(value, Mapping) else ABSENT
        else:
            place = _place(value, step)
            value = ABSENT if place is None else value[place]
        if value is ABSENT:
            return ABSENT
    return value


def _item_step(items: list[Any], place: int, trees: Sequence[Fields]) -> str:
    """The step to an item: by its keys where owners know it by keys, else by its name, else by its place."""
    item, known = items[place], [step for tree in trees for step in tree if step[:2] in ("k:", "v:")]
    owned = next((step for step in known if is_item(step, item)), None)
    if owned is not None:
        return owned
    if known and known[0].startswith("k:"):
        return "k:" + json.dumps({name: get(item, name) for name in json.loads(known[0][2:])}, separators=(",", ":"))
    if known:
        return f"v:{json.dumps(item)}"
    name = text(item, "name")
    unique = name and [text(one, "name") for one in items].count(name) == 1
    return item_step("name", name) if unique else f"i:{place}"


def _place(items: Any, step: str) -> int | None:
    """Where the item of this step is in a list; None where it is not."""
    if not isinstance(items, list):
        return None
    if step.startswith("i:"):
        place = int(step[2:])
        return place if place < len(items) else None
    return next((place for place, item in enumerate(items) if is_item(step, item)), None)


def _leaves(tree: Fields, path: FieldPath = ()) -> Iterator[FieldPath]:
    for step, below in tree.items():
        if step != ".":
            yield from _leaves(below, (*path, step)) if below else ((*path, step),)


def _put(value: Any, path: FieldPath, new: Any) -> Any:
    """The value with another one at this path, or with none (ABSENT). Mappings on the way are made; items of lists are not."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if step.startswith("f:"):
        return _put_member(value, step[2:], rest, new)
    if not isinstance(value, list):
        return value
    place = _place(value, step)
    if place is None:
        return value if rest or new is ABSENT or step.startswith("i:") else [*value, new]
    item = _put(value[place], rest, new)
    return [*value[:place], *([] if item is ABSENT else [item]), *value[place + 1 :]]


def _put_member(value: Any, name: str, rest: FieldPath, new: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    member = value.get(name, ABSENT)
    if member is ABSENT and rest:
        if new is ABSENT or not rest[0].startswith("f:"):
            return value
        member = {}
    member = _put(member, rest, new)
    others = {key: one for key, one in value.items() if key != name}
    if member is ABSENT:
        return others
    return {**value, name: member}


def _has_parts(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(item, Mapping) for item in value))
