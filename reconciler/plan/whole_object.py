"""Whether a member holds a manifest already, compared as a whole object.

The object that a write would result in is computed here (`expected`) and compared with the live object. We ask the API server
for it only where that matters: for drift (`passes/drift_check.py`), dry runs and `diff --live` (`passes/dry_run.py`).
"""

from __future__ import annotations

from operator import is_
from typing import Any

from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.manifest import Manifest, annotations_of, get, labels_of, mapping, with_value, without
from reconciler.model.ownership import identified_as
from reconciler.plan.retain import ManagedKeys, retain

_SERVER_FIELDS = frozenset({"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"})


def expected(desired: Manifest, live: Manifest | None, interpreter: Interpreter = BUILT_IN) -> Manifest:
    """The object after `desired` is written over `live`: its status and the fields that the member allocated stay.

    live: None where the object does not exist. Raises MalformedObjectError where the rule of the kind cannot read an object.
    """
    if live is None:
        return desired
    merged = identified_as(retain(desired, live, _all_keys(live), interpreter), desired)
    status = get(live, "status")
    return with_value(merged, ("status",), status) if status else merged


def _all_keys(live: Manifest) -> ManagedKeys:
    """As if we had written every label and annotation: those that are not desired any more are removed."""
    return ManagedKeys(frozenset(labels_of(live)), frozenset(annotations_of(live)))


def same(expected_manifest: Manifest, live: Manifest) -> bool:
    """Whether both are equal, apart from fields that only a server writes."""
    return identical(comparable(expected_manifest), comparable(live))


def is_changed(stated: Manifest, after: Manifest, live: Manifest) -> bool:
    """Whether an apply changes an object, by the answer to its dry run (Flux: fluxcd/pkg ssa, hasDrifted): labels, annotations,
    and all that is neither metadata nor status. Of other metadata only what is stated counts: a finalizer that an admission
    webhook adds would come back for ever.

    stated: what is applied. after: the answer.
    """
    if not identical(_decided(comparable(after)), _decided(comparable(live))):
        return True
    own = set(mapping(stated, "metadata")) - _NAMED
    return any(not identical(get(after, "metadata", name), get(live, "metadata", name)) for name in own)


def _decided(manifest: Manifest) -> Manifest:
    """What people decide about: no status, and labels and annotations alone of the metadata."""
    rest = {name: value for name, value in manifest.items() if name not in ("metadata", "status")}
    return {**rest, "labels": labels_of(manifest), "annotations": annotations_of(manifest)}


_NAMED = frozenset({"name", "namespace", "labels", "annotations", *_SERVER_FIELDS})


def content(manifest: Manifest) -> Manifest:
    """The part of a live object that people decide about, to be shown: without the fields that the member writes."""
    return without(comparable(manifest), ("status",))  # type: ignore[no-any-return]


def comparable(manifest: Manifest) -> Manifest:
    """Without the fields that only a server writes, and without null members, which mean the same as absent ones; the manifest
    itself where it has neither."""
    metadata = mapping(manifest, "metadata")
    if not _SERVER_FIELDS.isdisjoint(metadata):
        manifest = {**manifest, "metadata": {name: item for name, item in metadata.items() if name not in _SERVER_FIELDS}}
    return _without_nulls(manifest)  # type: ignore[no-any-return]


def _without_nulls(value: Any) -> Any:
    """The value itself where there are none: what is applied seldom has any, and a copy of each object would be slow."""
    if type(value) is dict:
        changed = {}
        for name, item in value.items():
            rest = _without_nulls(item) if type(item) in _NESTED else item
            if item is None or rest is not item:
                changed[name] = rest
        return {name: changed.get(name, item) for name, item in value.items() if item is not None} if changed else value
    if type(value) is list:
        items = [_without_nulls(item) if type(item) in _NESTED else item for item in value]
        return value if all(map(is_, items, value)) else items
    return value


_NESTED = frozenset({dict, list})


def identical(ours: Any, theirs: Any) -> bool:
    """Equality of JSON values: in Python, True equals 1."""
    if ours != theirs:
        return False
    if isinstance(ours, dict):
        return all(identical(value, theirs[name]) for name, value in ours.items())
    if isinstance(ours, list):
        return all(map(identical, ours, theirs))
    return isinstance(ours, bool) == isinstance(theirs, bool)
