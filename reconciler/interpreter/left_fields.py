"""Fields that the Configuration leaves to members (`spec.leftToMembers`): by their paths, or by who owns them.

A field counts from the moment that the object exists; it is created as Git says. Argo CD calls the same `ignoreDifferences`, with
`jsonPointers` and `managedFieldsManagers` (argo-cd: util/argo/normalizers, util/argo/managedfields).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from reconciler.model.managed_fields import Fields, is_item
from reconciler.model.manifest import Manifest, get, gvk_of, mapping, sequence, text, with_value, without
from reconciler.model.settings import LeftFields

Place = tuple[str | int, ...]
_ABSENT: Any = object()


def left_to_member(rules: Iterable[LeftFields], desired: Manifest, live: Manifest) -> Manifest:
    """`desired` with the live values of the fields that are left to the member, and without those that the live object lacks; the
    same object where no rule changes anything."""
    for rule in rules:
        if not _concerns(rule, desired):
            continue
        for pointer in rule.paths:
            desired = _as_in(live, desired, pointer)
        for path, there in tuple(contested(rule.managers, desired, live)):
            desired = with_value(desired, path, get(live, *there))
    return desired


def contested(managers: Iterable[str], desired: Manifest, live: Manifest) -> Iterator[tuple[Place, Place]]:
    """The fields that both objects have with different values, and that one of these managers owns: the place of each in the one
    and in the other object. Of lists whose items have keys, the fields of the items; other lists count as a whole."""
    trusted = frozenset(managers)
    found: dict[tuple[Place, Place], None] = {}
    for entry in sequence(live, "metadata", "managedFields") if trusted else ():
        if text(entry, "manager") in trusted:
            found |= dict.fromkeys(_contested_below(mapping(entry, "fieldsV1"), desired, live, ((), ())))
    yield from found


def _contested_below(tree: Fields, desired: Any, live: Any, places: tuple[Place, Place]) -> Iterator[tuple[Place, Place]]:
    for step, below in tree.items():
        mine, theirs = _step_in(step, desired), _step_in(step, live)
        if mine is None or theirs is None:
            continue
        one, other = desired[mine], live[theirs]
        deeper = ((*places[0], mine), (*places[1], theirs))
        keyed = isinstance(one, list) and isinstance(other, list) and any(name.startswith("k:") for name in below)
        if keyed or (isinstance(one, Mapping) and isinstance(other, Mapping)):
            yield from _contested_below(below, one, other, deeper)
        elif (not below or "." in below) and not _identical(one, other):
            yield deeper


def _step_in(step: str, value: Any) -> Any:
    """The name of the field, or the place of the item, to which a step of FieldsV1 leads; None where there is none."""
    mark, _, name = step.partition(":")
    if mark == "f":
        return name if isinstance(value, Mapping) and name in value else None
    items = value if mark == "k" and isinstance(value, list) else []
    return next((number for number, item in enumerate(items) if is_item(step, item)), None)


def _identical(ours: Any, theirs: Any) -> bool:
    return bool(ours == theirs) and isinstance(ours, bool) == isinstance(theirs, bool)


def _concerns(rule: LeftFields, manifest: Manifest) -> bool:
    gvk = gvk_of(manifest)
    return (
        fnmatchcase(gvk.group, rule.group)
        and fnmatchcase(gvk.kind, rule.kind)
        and rule.name in ("", text(manifest, "metadata", "name"))
        and rule.namespace in ("", text(manifest, "metadata", "namespace"))
    )


def _as_in(live: Manifest, desired: Manifest, pointer: str) -> Manifest:
    """With the live value of one field. pointer: RFC 6901; one that leads nowhere changes nothing."""
    path = _resolved(pointer, desired)
    if path is None:
        return desired
    there = _resolved(pointer, live)
    value = _ABSENT if there is None else get(live, *there, default=_ABSENT)
    if value is _ABSENT:
        return without(desired, path)  # type: ignore[no-any-return]
    return with_value(desired, path, value)  # type: ignore[no-any-return]


def _resolved(pointer: str, document: Any) -> Place | None:
    """The steps of a pointer in this document; None where it leads to no place in a list, or below a value without members. The
    last steps may be of mappings that do not exist."""
    path: list[str | int] = []
    value = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not name.isdecimal() or int(name) >= len(value):
                return None
            path.append(int(name))
            value = value[int(name)]
        elif isinstance(value, Mapping) or value is None:
            path.append(name)
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            return None
    return tuple(path) or None
