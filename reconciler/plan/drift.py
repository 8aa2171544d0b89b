"""Drift: a live object differs from its manifest although Git did not change. It is corrected, and recorded with its author.

`configure` decides that a write corrects drift, `with_deletions` that a creation does. `drifted_fields` finds, on an API server,
the fields that differ and who wrote them. The comparison is local. It reads which fields are ours from `metadata.managedFields`
(`model/managed_fields.py`), so fields that the server filled in, and fields of other managers that we do not state, do not count.
`whole_object.py` compares whole objects instead, for members where nobody else writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model.changes import Change, ChangeSet, Configure, Create, Skip
from reconciler.model.drift_record import REPORTED_ONLY, DriftedField
from reconciler.model.health import HealthStatus
from reconciler.model.managed_fields import FieldPath, Fields, applied_fields, is_item, other_owners, spelled
from reconciler.model.manifest import Manifest, get, mapping, without, without_empty
from reconciler.model.ownership import DIGEST_ANNOTATION, ID_ANNOTATION, INSTANCE_LABEL, applied_digest
from reconciler.model.quantity import Quantity, QuantityError, compare
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import first_few
from reconciler.model.work import RenderedManifest
from reconciler.plan.conflict import taken_over_from


def configure(
    desired: RenderedManifest,
    written: Manifest,
    live: Manifest,
    *,
    ours: bool,
    differing: Sequence[FieldPath] = (),
    unowned: bool = False,
) -> Configure:
    """The write over a live object that differs. It corrects drift where the object is ours and carries the digest of `desired`:
    the manifest that was applied last is the one of today, so somebody else changed the object.

    written: what is sent (`Configure.expected`). differing: the fields that drifted; empty where objects are compared as a whole.
    unowned: whether the server does not record us as an owner of any field, so that the whole object has to become ours again.
    """
    if not ours:
        return Configure(desired, written, live, taken_over_from(desired, live), taken_over=True)
    if unowned:
        return Configure(desired, written, live, _OWNERS_LOST)
    if applied_digest(live) != desired.digest:
        return Configure(desired, written, live)
    changed = described(differing, live)
    reason = f"{DRIFTED}: {changed}" if changed else DRIFTED
    return Configure(desired, written, live, reason, drift=True, drifted=fields_of(differing, live))


def with_deletions(plan: ChangeSet, recorded: RecordedState, *, whole: bool = True) -> ChangeSet:
    """The plan, in which it is a correction of drift to create again what somebody deleted.

    recorded: what was last seen. An object was deleted if it was applied in this member and seen there, with the manifest of now.
    Where several were seen and none of ours is there any more, the reason says so: the member itself may be another one.
    whole: whether the plan is one of all objects.
    """
    deleted = {
        change.key
        for change in plan.writes
        if isinstance(change, Create)
        and (status := recorded.report_of(change.key).status_in(plan.cluster)) is not None
        and status.applied
        and (status.health.status is not HealthStatus.NOT_FOUND or status.drift_stands)
        and status.digest == change.desired.public_digest
    }
    if not deleted:
        return plan
    others = [change for change in plan.changes if not isinstance(change, Create)]
    reason = _DELETED if others or len(deleted) == 1 or not whole else _ALL_DELETED.format(len(deleted))
    return plan.revised(
        replace(change, reason=reason, drift=True) if isinstance(change, Create) and change.key in deleted else change
        for change in plan.changes
    )


def reported(plan: ChangeSet) -> ChangeSet:
    """The plan, in which drift stays where the write policy of its object says to report it only."""
    if not any(map(_is_reported, plan.remarkable)):
        return plan
    return plan.revised(
        Skip(
            change.key,
            f"{change.reason}{REPORTED_ONLY}",
            change.desired,
            change.live,
            drift=True,
            drifted=change.drifted if isinstance(change, Configure) else (),
        )
        if isinstance(change, Create | Configure) and _is_reported(change)
        else change
        for change in plan.changes
    )


def _is_reported(change: Change) -> bool:
    return change.drift and change.desired is not None and change.desired.write_policy.reports


def drifted_fields(configuration: Manifest, live: Manifest) -> str:
    """The fields of the configuration that the live object does not have any more, with the managers that changed them.

    A phrase such as `spec.replicas (by kubectl-edit)`; empty where the object has all of them.
    """
    return described(deviations(configuration, live), live)


def described(paths: Sequence[FieldPath], live: Manifest) -> str:
    """The phrase for these fields; empty where there are none."""
    return first_few([_described(one) for one in _fields(paths, live)], _NAMED) if paths else ""


def fields_of(paths: Sequence[FieldPath], live: Manifest) -> tuple[DriftedField, ...]:
    """These fields with the managers that changed them, to be recorded."""
    return tuple(_fields(paths[:_RECORDED], live))


def _fields(paths: Iterable[FieldPath], live: Manifest) -> Iterator[DriftedField]:
    return (DriftedField(spelled(path), tuple(sorted(other_owners(live, path)))) for path in paths)


def given_up(paths: Sequence[FieldPath]) -> str:
    """The reason of a write that changes no value: what is left to the member is owned by others, too, and not by us any more."""
    return f"left to its other writers from now on: {first_few([spelled(path) for path in paths], _NAMED)}"


def deviations(stated: Manifest, live: Manifest) -> list[FieldPath]:
    """The fields in which a live object differs from the manifest that we state, in the order of `stated`.

    A field differs if it has another value, does not exist, is owned only by others, or is still ours although the manifest does
    not state it any more. If there are none, an apply would change nothing. Fields that the manifest does not state may have any
    value. Numbers that the server writes in another form (`1000m`, `1`) are equal. A mark of ours differs only by its value: one
    that came with a take-over is not owned by an apply.
    """
    stated, owned = _without_same_marks(_without_identity(stated), live, _of_content(applied_fields(live)))
    comparison = _Comparison()
    comparison.compare(stated, live, owned, ())
    return comparison.paths


def _without_same_marks(stated: Manifest, live: Manifest, owned: Fields) -> tuple[Manifest, Fields]:
    """`stated` and `owned` without the marks that the live object has, where an apply does not own all of them."""
    paths = [("metadata", member, name) for member, name in _MARKS]
    same = [path for path in paths if get(stated, *path) is not None and get(stated, *path) == get(live, *path)]
    if all(get(owned, *(f"f:{step}" for step in path)) is not None for path in same):
        return stated, owned
    for path in same:
        parent = path[:-1]
        stated = without_empty(without(stated, path), parent)
        owned = without(owned, tuple(f"f:{step}" for step in path))
        steps = tuple(f"f:{step}" for step in parent)
        if get(stated, *parent) is None and get(owned, *steps) in ({}, {".": {}}):
            owned = without(owned, steps)
    return stated, owned


_MARKS = (("labels", INSTANCE_LABEL), ("annotations", ID_ANNOTATION), ("annotations", DIGEST_ANNOTATION))


@dataclass(slots=True)
class _Comparison:
    paths: list[FieldPath] = field(default_factory=list)

    def compare(self, stated: Any, live: Any, owned: Fields, path: FieldPath) -> None:
        below = [step for step in owned if step != "."]
        if not below or (_is_empty(stated) and not isinstance(live, Mapping)):
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
        elif not (is_zero(stated) and live is None):
            self.paths.extend(_lacking(stated, live, path) or [path])

    def _leftovers(self, owned: Fields, stated_steps: set[str], path: FieldPath) -> None:
        """Fields that are still ours although the manifest does not state them."""
        self.paths.extend((*path, step) for step in owned if step != "." and step not in stated_steps)


def _step_of(item: Any, owned: Fields) -> str | None:
    """The step of the owned item that this item is. A key that the item omits has the server's default."""
    return next((step for step in owned if is_item(step, item)), None)


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
    if is_zero(stated) and live is None:
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


def is_zero(value: Any) -> bool:
    """Whether an API server omits the value when it writes an object."""
    return value is None or value is False or value in ("", 0, {}, [])


def _without_identity(manifest: Manifest) -> Manifest:
    """The manifest without the fields that identify the object, which no manager owns."""
    metadata = {name: value for name, value in mapping(manifest, "metadata").items() if name not in _IDENTITY}
    return {**{name: value for name, value in manifest.items() if name not in ("apiVersion", "kind")}, "metadata": metadata}


def _of_content(owned: Fields) -> Fields:
    return owned if "f:metadata" in owned else {**owned, "f:metadata": {".": {}}}


_IDENTITY = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")


def _described(one: DriftedField) -> str:
    return one.path + (f" (by {', '.join(one.by)})" if one.by else "")


DRIFTED = "the member drifted"
"""The reason of a correction. The fields that differ may follow."""
_DELETED = f"{DRIFTED}: the object was deleted"
_ALL_DELETED = (
    f"{DRIFTED}: the object was deleted, as were all {{}} that it held; if its Cluster leads to another place now, correct that"
)
_OWNERS_LOST = "the member lost the record of which fields are ours, for example when it was restored; they become ours again"
_NAMED = 3
"""Fields that a phrase names before it counts the rest."""
_RECORDED = 20
"""Fields that are recorded of one drift."""
