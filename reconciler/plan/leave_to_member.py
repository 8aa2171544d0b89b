"""Retention on an API server: fields that the member keeps are left to it.

A whole object can be written with the live values of the fields that the member keeps (`retain.py`). Server-side apply knows who
owns each field, so there is a better way: a field that another manager owns, or that the server filled in, is left out of the
configuration and stays as it is. Only where we are the sole owner would leaving it out remove it, or reset it to its default;
there we apply the live value until another manager owns the field.

What is left out as a whole depends on the type: of a mapping each field, of a list with keys each item. An atomic list or mapping
is replaced as a whole, so it is left out or applied as a whole. `metadata.managedFields` shows which of them a value is.

Source: Kubernetes, API reference "Server-Side Apply" (merge strategy; transferring ownership).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.managed_fields import Fields, applied_fields, fields_of_others
from reconciler.model.manifest import Manifest, get
from reconciler.plan.drift import is_zero
from reconciler.plan.whole_object import comparable, identical


def leave_to_member(configuration: Manifest, retained: Manifest, live: Manifest) -> Manifest:
    """The configuration without the fields that the member keeps, or with their live value where we are the only owner.

    retained: the configuration as a whole object would be written, with the live values of the fields that the member keeps.
    Where a rule computed a value that is neither the desired nor the live one, that value is applied.
    """
    owned = _Owned(applied_fields(live) or None, tuple(filter(None, fields_of_others(live))))
    left: Manifest = _reconcile(configuration, retained, comparable(live), owned, may_leave_out=True)
    return left


_ABSENT: Any = object()
"""An absent value, also one that is left out."""


@dataclass(frozen=True, slots=True)
class _Owned:
    """What managers own of one value; a tree is None where its manager owns nothing of it."""

    ours: Fields | None
    others: tuple[Fields, ...]

    @property
    def is_known(self) -> bool:
        return self.ours is not None or bool(self.others)

    @property
    def only_ours(self) -> bool:
        return self.ours is not None and not self.others

    @property
    def steps(self) -> set[str]:
        """The fields or items below the value that anybody owns."""
        return {step for tree in (self.ours or {}, *self.others) for step in tree if step != "."}

    def below(self, step: str) -> _Owned:
        others = [tree for tree in (_below(tree, step) for tree in self.others) if tree is not None]
        return _Owned(None if self.ours is None else _below(self.ours, step), tuple(others))


def _below(tree: Fields, step: str) -> Fields | None:
    """Whoever owns a value as a whole owns everything below it."""
    return tree.get(step) if tree else tree


def _reconcile(desired: Any, retained: Any, live: Any, owned: _Owned, *, may_leave_out: bool) -> Any:
    """The value to apply; _ABSENT to leave it out.

    may_leave_out: whether what is left out stays. In a mapping of which no owner is known it may not: it could be atomic.
    """
    if desired is not _ABSENT and retained is not _ABSENT and identical(desired, retained):
        return desired
    if isinstance(retained, Mapping) and _is_open(desired, Mapping) and not _is_atomic(live, owned):
        return _reconcile_fields({} if desired is _ABSENT else desired, retained, live, owned)
    if isinstance(retained, list) and _is_open(desired, list) and (keys := _keys_of(owned)) is not None:
        return _reconcile_items([] if desired is _ABSENT else desired, retained, live, owned, keys)
    if retained is _ABSENT and live is _ABSENT and is_zero(desired) and owned.ours is not None:
        return desired  # The live object has it: API servers omit such values.
    is_kept = retained is _ABSENT or (live is not _ABSENT and identical(retained, live))
    if is_kept and may_leave_out and not owned.only_ours:
        return _ABSENT
    return retained


def _is_open(desired: Any, kind: type) -> bool:
    return desired is _ABSENT or isinstance(desired, kind)


def _is_atomic(live: Any, owned: _Owned) -> bool:
    """Whether the mapping has content, and its owners own it as a whole."""
    return bool(live) and live is not _ABSENT and owned.is_known and not owned.steps


def _reconcile_fields(desired: Manifest, retained: Manifest, live: Any, owned: _Owned) -> Any:
    def fields(*, may_leave_out: bool) -> Manifest:
        values = {
            name: _reconcile(
                desired.get(name, _ABSENT),
                retained.get(name, _ABSENT),
                get(live, name, default=_ABSENT),
                owned.below(f"f:{name}"),
                may_leave_out=may_leave_out,
            )
            for name in {**desired, **retained}
        }
        return {name: value for name, value in values.items() if value is not _ABSENT}

    found = fields(may_leave_out=owned.is_known or not desired)
    if desired and not found and not owned.others:  # Without a field of ours, no owner would be known any more.
        found = fields(may_leave_out=False)
    return _non_empty(found)


def _keys_of(owned: _Owned) -> tuple[str, ...] | None:
    """The names of the keys of a list with keys; () for a set; None for an atomic list, and where nobody owns an item."""
    for step in owned.steps:
        mark, _, rest = step.partition(":")
        if mark == "k":
            return tuple(json.loads(rest))
        if mark == "v":
            return ()
    return None


def _reconcile_items(desired: list[Any], retained: list[Any], live: Any, owned: _Owned, keys: tuple[str, ...]) -> Any:
    """Items of the three lists are the same where their keys are equal; a key that an item omits has the server's default."""
    ours, theirs = _by_identity(desired, keys, owned), _by_identity(retained, keys, owned)
    there = _by_identity(live if isinstance(live, list) else [], keys, owned)
    items = [
        _reconcile(
            ours.get(step, _ABSENT), theirs.get(step, _ABSENT), there.get(step, _ABSENT), owned.below(step), may_leave_out=True
        )
        for step in ours | theirs
    ]
    return _non_empty([item for item in items if item is not _ABSENT])


def _by_identity(items: list[Any], keys: tuple[str, ...], owned: _Owned) -> dict[str, Any]:
    """Items by their step in FieldsV1; the step of an item that nobody owns is made from the keys that it has."""
    return {_step_of(item, keys, owned): item for item in items}


def _step_of(item: Any, keys: tuple[str, ...], owned: _Owned) -> str:
    if not keys:
        return f"v:{json.dumps(item)}"
    for step in owned.steps:
        identity = json.loads(step.partition(":")[2])
        if all(get(item, name, default=value) == value for name, value in identity.items()):
            return step
    return "k:" + json.dumps({name: get(item, name) for name in keys})


def _non_empty(value: Any) -> Any:
    return value or _ABSENT
