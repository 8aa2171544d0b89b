"""Owners of the fields of a live object, as recorded by its API server (`metadata.managedFields`, FieldsV1).

An entry is a tree with the shape of the object: `f:NAME` is a field of a mapping, `k:{...}` the item of a list with these keys,
`v:VALUE` an item of a set, `.` the field itself; a field without children is owned as a whole. When another manager changes or
removes a field, the server removes the field from our entry. So our entry shows which of the fields that we applied are still
ours.

Source: Kubernetes, sigs.k8s.io/structured-merge-diff `fieldpath`; API reference "Server-Side Apply".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError, compare

MANAGER = "reconciler"
"""The field manager of all our writes."""

Fields: TypeAlias = Mapping[str, Any]
"""A tree in the FieldsV1 format."""
FieldPath: TypeAlias = tuple[str, ...]
"""Steps in the spelling of FieldsV1."""


def applied_fields(live: Manifest) -> Fields:
    """The fields that we own because we applied them; empty if we own none."""
    for entry in sequence(live, "metadata", "managedFields"):
        if _is_ours(entry):
            return mapping(entry, "fieldsV1")
    return {}


def other_owners(live: Manifest, path: FieldPath) -> list[str]:
    """The other managers that own this field, or a part of it, sorted."""
    entries = [entry for entry in sequence(live, "metadata", "managedFields") if not _is_ours(entry)]
    return sorted({text(entry, "manager") for entry in entries if get(entry, "fieldsV1", *path) is not None})


def spelled(path: FieldPath) -> str:
    """The path for people: `spec.template.spec.containers[name=web].image`."""
    printed = ""
    for step in path:
        mark, _, rest = step.partition(":")
        if mark == "k":
            printed += "[" + ",".join(f"{name}={value}" for name, value in json.loads(rest).items()) + "]"
        elif mark == "v":
            printed += f"[{rest}]"
        else:
            printed += f".{rest}" if printed else rest
    return printed


def deviations(stated: Manifest, live: Manifest) -> list[FieldPath]:
    """The fields in which a live object differs from the manifest that we state, in the order of `stated`.

    A field differs if it has another value, does not exist, is owned only by others, or is still ours although the manifest does
    not state it any more. If there are none, an apply would change nothing. Fields that the manifest does not state may have any
    value. Numbers that the server writes in another form (`1000m`, `1`) are equal.
    """
    comparison = _Comparison()
    comparison.compare(_without_identity(stated), live, _of_content(applied_fields(live)), ())
    return comparison.paths


@dataclass(slots=True)
class _Comparison:
    paths: list[FieldPath] = field(default_factory=list)

    def compare(self, stated: Any, live: Any, owned: Fields, path: FieldPath) -> None:
        below = [step for step in owned if step != "."]
        if not below or _is_empty(stated):
            self.paths.extend(_lacking(stated, live, path))
        elif isinstance(stated, Mapping) and isinstance(live, Mapping):
            self._compare_members(stated, live, owned, path)
        elif isinstance(stated, list) and isinstance(live, list):
            self._compare_items(stated, live, owned, path)
        else:
            self.paths.append(path)

    def _compare_members(self, stated: Mapping[str, Any], live: Mapping[str, Any], owned: Fields, path: FieldPath) -> None:
        for name, value in stated.items():
            if value is not None:
                self._compare_one(value, live.get(name), owned.get(f"f:{name}"), (*path, f"f:{name}"))
        self._leftovers(owned, {f"f:{name}" for name, value in stated.items() if value is not None}, path)

    def _compare_items(self, stated: list[Any], live: list[Any], owned: Fields, path: FieldPath) -> None:
        """Items of lists and sets that the server distinguishes by key or value."""
        stated_steps = set()
        for item in stated:
            step = _step_of(item, owned)
            if step is None:
                self.paths.append(path)
                continue
            stated_steps.add(step)
            self._compare_one(item, _item_at(step, live), owned[step], (*path, step))
        self._leftovers(owned, stated_steps, path)

    def _compare_one(self, stated: Any, live: Any, owned: Fields | None, path: FieldPath) -> None:
        if owned is not None:
            self.compare(stated, live, owned, path)
        elif not (_is_zero(stated) and live is None):
            self.paths.extend(_lacking(stated, live, path) or [path])

    def _leftovers(self, owned: Fields, stated_steps: set[str], path: FieldPath) -> None:
        """Fields that are still ours although the manifest does not state them."""
        self.paths.extend((*path, step) for step in owned if step != "." and step not in stated_steps)


def _step_of(item: Any, owned: Fields) -> str | None:
    """The step of the owned item that this item is. A key that the item omits has the server's default."""
    for step in owned:
        mark, _, rest = step.partition(":")
        if mark == "v" and json.loads(rest) == item:
            return step
        if mark == "k" and all(get(item, name, default=value) == value for name, value in json.loads(rest).items()):
            return step
    return None


def _item_at(step: str, live: list[Any]) -> Any:
    mark, _, rest = step.partition(":")
    identity = json.loads(rest)
    if mark == "v":
        return identity if identity in live else None
    return next((item for item in live if all(get(item, name) == value for name, value in identity.items())), None)


def _lacking(stated: Any, live: Any, path: FieldPath) -> list[FieldPath]:
    """The paths of stated values that the live object does not have, as deep as mappings go."""
    if isinstance(stated, Mapping) and isinstance(live, Mapping):
        return [missing for name in stated for missing in _lacking(stated[name], live.get(name), (*path, f"f:{name}"))]
    return [] if _contains(live, stated) else [path]


def _contains(live: Any, stated: Any) -> bool:
    """Whether the live value contains all stated values; values that the server added do not matter."""
    if _is_zero(stated) and live is None:
        return True
    if isinstance(stated, Mapping):
        return isinstance(live, Mapping) and all(_contains(live.get(name), value) for name, value in stated.items())
    if isinstance(stated, list):
        return isinstance(live, list) and len(live) == len(stated) and all(map(_contains, live, stated))
    return _same(stated, live)


def _same(stated: Any, live: Any) -> bool:
    if isinstance(stated, bool) or isinstance(live, bool):
        return stated is live
    if stated == live:
        return True
    try:
        return stated is not None and live is not None and compare(Quantity.parse(str(stated)), Quantity.parse(str(live))) == 0
    except QuantityError:
        return False


def _is_empty(value: Any) -> bool:
    return value in ({}, [])


def _is_zero(value: Any) -> bool:
    """Whether an API server omits the value when it writes an object."""
    return value is None or value is False or value in ("", 0, {}, [])


def _is_ours(entry: Any) -> bool:
    return text(entry, "manager") == MANAGER and text(entry, "operation") == "Apply" and not text(entry, "subresource")


def _without_identity(manifest: Manifest) -> Manifest:
    """The manifest without the fields that identify the object, which no manager owns."""
    metadata = {name: value for name, value in mapping(manifest, "metadata").items() if name not in _IDENTITY}
    return {**{name: value for name, value in manifest.items() if name not in ("apiVersion", "kind")}, "metadata": metadata}


def _of_content(owned: Fields) -> Fields:
    return owned if "f:metadata" in owned else {**owned, "f:metadata": {".": {}}}


_IDENTITY = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
