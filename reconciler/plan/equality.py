"""Whether a member holds what it should.

What a member would hold after the apply is computed here (`expected`) and compared with what it holds; the API server is asked
only where that matters (`--live`, another door).
"""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.manifest import Manifest, annotations_of, get, labels_of, with_value, without
from reconciler.plan.retain import ManagedKeys, retain

_SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


def expected(desired: Manifest, live: Manifest | None, interpreter: Interpreter = BUILT_IN) -> Manifest:
    """What the member holds once `desired` is applied over `live`: its status and what it allocated stay its own."""
    if live is None:
        return desired
    merged = retain(desired, live, _all_keys(live), interpreter)
    status = get(live, "status")
    return merged if status is None else with_value(merged, ("status",), status)


def _all_keys(live: Manifest) -> ManagedKeys:
    """Every label and annotation counts as stated by us: what we hold, we hold exactly."""
    return ManagedKeys(frozenset(labels_of(live)), frozenset(annotations_of(live)))


def same(expected_manifest: Manifest, live: Manifest) -> bool:
    """Whether the member holds that already."""
    return _identical(comparable(expected_manifest), comparable(live))


def content(manifest: Manifest) -> Manifest:
    """What people decide about, for showing: an object as its member tells it, without what the member keeps account of."""
    return without(comparable(manifest), ("status",))  # type: ignore[no-any-return]


def comparable(manifest: Manifest) -> Manifest:
    """Without the fields that only a server writes, and without null members, which mean absent."""
    for field in _SERVER_FIELDS:
        manifest = without(manifest, ("metadata", field))
    return _without_nulls(manifest)  # type: ignore[no-any-return]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _identical(ours: Any, theirs: Any) -> bool:
    """Equality as JSON knows it: Python takes true for 1."""
    if ours != theirs:
        return False
    if isinstance(ours, dict):
        return all(_identical(value, theirs[name]) for name, value in ours.items())
    if isinstance(ours, list):
        return all(map(_identical, ours, theirs))
    return isinstance(ours, bool) == isinstance(theirs, bool)
