"""Owners of the fields of a live object, as recorded by its API server (`metadata.managedFields`, FieldsV1).

An entry is a tree with the shape of the object: `f:NAME` is a field of a mapping, `k:{...}` the item of a list with these keys,
`v:VALUE` an item of a set, `.` the field itself; a field without children is owned as a whole. When another manager changes or
removes a field, the server removes the field from our entry. So our entry shows which of the fields that we applied are still
ours.

Source: Kubernetes, sigs.k8s.io/structured-merge-diff `fieldpath`; API reference "Server-Side Apply".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.ownership import ID_ANNOTATION

MANAGER = "reconciler"
"""The field manager of all our writes."""
RELEASED = "reconciler-released"
"""The field manager of an object that we gave back and that nobody else owned a field of."""

Fields: TypeAlias = Mapping[str, Any]
"""A tree in the FieldsV1 format."""
FieldPath: TypeAlias = tuple[str, ...]
"""Steps in the spelling of FieldsV1."""


def applied_fields(live: Manifest) -> Fields:
    """The fields that we own because we applied them; empty if we own none."""
    for entry in sequence(live, "metadata", "managedFields"):
        if is_ours(entry):
            return mapping(entry, "fieldsV1")
    return {}


def owners_without_us(live: Manifest) -> list[Any]:
    """`metadata.managedFields` without our entries, as a write states it: never empty.

    An empty list would change nothing. After one empty entry, the next apply would make `before-first-apply` an owner of all that
    the object holds, so that whoever applies could not remove a field later. So where nobody else is left, `RELEASED` owns the
    uid, which no manifest states: all other fields have no owner.
    Source: Kubernetes, "Server-Side Apply", clearing managedFields; apimachinery `managedfields/internal/skipnonapplied.go`.
    """
    nobody = {
        "manager": RELEASED,
        "operation": "Update",
        "apiVersion": text(live, "apiVersion"),
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:uid": {}}},
    }
    return [entry for entry in sequence(live, "metadata", "managedFields") if text(entry, "manager") != MANAGER] or [nobody]


def is_written_by_us(live: Manifest) -> bool:
    """Whether the server records that we wrote the object: by an apply, or by the request of a take-over that only changed our
    marks (`cluster/server_side_apply.py`), where an apply would own nothing else."""
    entries = sequence(live, "metadata", "managedFields")
    return bool(applied_fields(live)) or any(
        text(entry, "manager") == MANAGER and get(entry, "fieldsV1", *_ID) is not None for entry in entries
    )


_ID = ("f:metadata", "f:annotations", f"f:{ID_ANNOTATION}")


def fields_of_others(live: Manifest) -> list[Fields]:
    """The fields of each other manager, with those that we wrote by other requests than an apply."""
    return [mapping(entry, "fieldsV1") for entry in sequence(live, "metadata", "managedFields") if not is_ours(entry)]


def other_owners(live: Manifest, path: FieldPath) -> list[str]:
    """The other managers that own this field, a part of it, or the whole around it (the selector of a Service); sorted.

    A server does not record who removed a field, nor who set the number of replicas to 0 by `scale` (which omits the 0).
    """
    entries = [entry for entry in sequence(live, "metadata", "managedFields") if not is_ours(entry)]
    return sorted({text(entry, "manager") for entry in entries if _owns(mapping(entry, "fieldsV1"), path)})


def applied_alone(live: Manifest, path: FieldPath) -> bool:
    """Whether we applied this field or item, and no other manager owns it: its value comes from Git, not from the member."""
    return _owns(applied_fields(live), path) and not any(_owns(fields, path) for fields in fields_of_others(live))


def _owns(fields: Fields, path: FieldPath) -> bool:
    for step in path:
        if not isinstance(fields, Mapping) or step not in fields:
            return False
        fields = fields[step]
        if not fields:
            break  # Owned as a whole.
    return True


def item_step(key: str, value: str) -> str:
    """The step to the item of a list with keys whose only key has this value."""
    return f"k:{json.dumps({key: value}, separators=(',', ':'), ensure_ascii=False)}"


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


def lost_fields(before: Any, after: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    """The fields and items that one value has and the other has not; of a mapping or an item that goes, only itself.

    Items of lists are known by their names, scalars by their values; other items count as the list around them.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name, value in before.items():
            step = (*path, f"f:{name}")
            yield from lost_fields(value, after[name], step) if name in after else (step,)
    elif isinstance(before, list) and isinstance(after, list):
        rest = {_step(item): item for item in after}
        for item in before:
            step = (*path, _step(item) or "")
            if step[-1]:
                yield from lost_fields(item, rest[step[-1]], step) if step[-1] in rest else (step,)
        if sum(not _step(item) for item in before) > sum(not _step(item) for item in after):
            yield path


def _step(item: Any) -> str:
    """The step to the item of a list; empty for an item that only its place tells apart."""
    if isinstance(item, Mapping):
        return item_step("name", text(item, "name")) if text(item, "name") else ""
    return "" if isinstance(item, list) else f"v:{json.dumps(item)}"


def is_item(step: str, item: Any) -> bool:
    """Whether the item of a list is the one that the step names. A key that the item omits has the server's default."""
    mark, _, rest = step.partition(":")
    if mark == "v":
        return bool(json.loads(rest) == item)
    return mark == "k" and all(get(item, name, default=value) == value for name, value in json.loads(rest).items())


def is_ours(entry: Any) -> bool:
    """Whether an entry shows what we applied."""
    return text(entry, "manager") == MANAGER and text(entry, "operation") == "Apply" and not text(entry, "subresource")
