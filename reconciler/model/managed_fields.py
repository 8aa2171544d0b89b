"""Who owns which field of a live object, as its API server keeps account (`metadata.managedFields`, FieldsV1).

An entry is a tree of the object's shape: `f:NAME` is a member of a mapping, `k:{...}` the item of a list with these keys,
`v:VALUE` a member of a set, `.` the place itself; what has no children is owned as a whole. When somebody else writes another
value to a field, or removes it, the server takes that field out of our entry. So our entry says which of our words still stand.

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
"""FieldsV1."""
FieldPath: TypeAlias = tuple[str, ...]
"""Steps as FieldsV1 spells them."""


def applied_fields(live: Manifest) -> Fields:
    """What we own by having applied it; empty where we own nothing."""
    for entry in sequence(live, "metadata", "managedFields"):
        if _is_ours(entry):
            return mapping(entry, "fieldsV1")
    return {}


def other_owners(live: Manifest, path: FieldPath) -> list[str]:
    """The managers beside us who own that field, or something in it, sorted."""
    entries = [entry for entry in sequence(live, "metadata", "managedFields") if not _is_ours(entry)]
    return sorted({text(entry, "manager") for entry in entries if get(entry, "fieldsV1", *path) is not None})


def spelled(path: FieldPath) -> str:
    """For people: `spec.template.spec.containers[name=web].image`."""
    said = ""
    for step in path:
        mark, _, rest = step.partition(":")
        if mark == "k":
            said += "[" + ",".join(f"{name}={value}" for name, value in json.loads(rest).items()) + "]"
        elif mark == "v":
            said += f"[{rest}]"
        else:
            said += f".{rest}" if said else rest
    return said


def deviations(stated: Manifest, live: Manifest) -> list[FieldPath]:
    """The fields in which a live object is not what we stated: another value, gone, owned by somebody else only, or still ours
    although we do not state it any more. In the order of `stated`. Empty: applying would change nothing.

    What we do not state may hold anything. A number that the server spells otherwise (`1000m`, `1`) is the same.
    """
    comparison = _Comparison()
    comparison.compare(_without_identity(stated), live, _of_content(applied_fields(live)), ())
    return comparison.found


@dataclass(slots=True)
class _Comparison:
    found: list[FieldPath] = field(default_factory=list)

    def compare(self, stated: Any, live: Any, owned: Fields, path: FieldPath) -> None:
        below = [step for step in owned if step != "."]
        if not below or _is_empty(stated):
            self.found.extend(_lacking(stated, live, path))
        elif isinstance(stated, Mapping) and isinstance(live, Mapping):
            self._compare_members(stated, live, owned, path)
        elif isinstance(stated, list) and isinstance(live, list):
            self._compare_items(stated, live, owned, path)
        else:
            self.found.append(path)

    def _compare_members(self, stated: Mapping[str, Any], live: Mapping[str, Any], owned: Fields, path: FieldPath) -> None:
        for name, value in stated.items():
            if value is not None:
                self._compare_one(value, live.get(name), owned.get(f"f:{name}"), (*path, f"f:{name}"))
        self._leftovers(owned, {f"f:{name}" for name, value in stated.items() if value is not None}, path)

    def _compare_items(self, stated: list[Any], live: list[Any], owned: Fields, path: FieldPath) -> None:
        """Items of lists and sets whose members the server tells apart."""
        wanted = set()
        for item in stated:
            step = _step_of(item, owned)
            if step is None:
                self.found.append(path)
                continue
            wanted.add(step)
            self._compare_one(item, _item_at(step, live), owned[step], (*path, step))
        self._leftovers(owned, wanted, path)

    def _compare_one(self, stated: Any, live: Any, owned: Fields | None, path: FieldPath) -> None:
        if owned is not None:
            self.compare(stated, live, owned, path)
        elif not (_is_zero(stated) and live is None):
            self.found.extend(_lacking(stated, live, path) or [path])

    def _leftovers(self, owned: Fields, wanted: set[str], path: FieldPath) -> None:
        self.found.extend((*path, step) for step in owned if step != "." and step not in wanted)


def _step_of(item: Any, owned: Fields) -> str | None:
    """The step of the list's item that this one is. A key that a file leaves out has the server's default."""
    for step in owned:
        mark, _, rest = step.partition(":")
        if mark == "v" and json.loads(rest) == item:
            return step
        if mark == "k" and all(get(item, name, default=value) == value for name, value in json.loads(rest).items()):
            return step
    return None


def _item_at(step: str, live: list[Any]) -> Any:
    mark, _, rest = step.partition(":")
    wanted = json.loads(rest)
    if mark == "v":
        return wanted if wanted in live else None
    return next((item for item in live if all(get(item, name) == value for name, value in wanted.items())), None)


def _lacking(stated: Any, live: Any, path: FieldPath) -> list[FieldPath]:
    """Where something that is stated is not there, as deep as mappings go."""
    if isinstance(stated, Mapping) and isinstance(live, Mapping):
        return [found for name in stated for found in _lacking(stated[name], live.get(name), (*path, f"f:{name}"))]
    return [] if _contains(live, stated) else [path]


def _contains(live: Any, stated: Any) -> bool:
    """Whether all that is stated is there; what the server filled in does not matter."""
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
    """What an API server leaves out when it writes an object."""
    return value is None or value is False or value in ("", 0, {}, [])


def _is_ours(entry: Any) -> bool:
    return text(entry, "manager") == MANAGER and text(entry, "operation") == "Apply" and not text(entry, "subresource")


def _without_identity(manifest: Manifest) -> Manifest:
    """Without what names the object: nobody owns that."""
    metadata = {name: value for name, value in mapping(manifest, "metadata").items() if name not in _IDENTITY}
    return {**{name: value for name, value in manifest.items() if name not in ("apiVersion", "kind")}, "metadata": metadata}


def _of_content(owned: Fields) -> Fields:
    return owned if "f:metadata" in owned else {**owned, "f:metadata": {".": {}}}


_IDENTITY = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
