"""The request of a server-side apply: one PATCH per object, with field manager `reconciler`.

Every request names the object that it expects: a new object must not exist (the request has a resource version that no object can
have), an existing one must still be the object that was planned for (its uid). So no foreign object is changed, whatever happened
since the last look.

An object that is taken over with the fields of its former deployers, and that changes, takes two requests, because an API server
refuses an apply with `metadata.managedFields`. The first one only records that these fields are ours, and changes nothing else.
If the process ends then, the next pass plans the same apply, which removes what Git does not state. Both are tried by dry runs
first, so that an object keeps its owners where the server refuses the rest.

Where labels and annotations go and only our marks come, as for an object whose marks of one deployer become those of another, one
request does both: a merge patch with the owners that the dry run of the apply came to. The marks that it adds are owned by that
request and not by an apply; `plan/drift.py` compares them by their values. A label of Git's must be owned by an apply: else it
would stay when Git does not state it any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.cluster.api_client import APPLY, MERGE, Requests
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import RefusedError
from reconciler.interpreter.defaults import with_defaults
from reconciler.model.former_managers import OWNERS, same_transfer, without_given_up
from reconciler.model.managed_fields import MANAGER, is_ours
from reconciler.model.manifest import Manifest, get, key_of, mapping, sequence, text, without
from reconciler.model.ownership import MARKS

_NEVER = "1"
"""A resource version that no object of a cluster has: an apply request with it creates an object, or is refused."""
_FORCED = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Ignore"}
"""Without field validation, a server reads the body once in place of twice. What the second reading finds are repeated fields,
which JSON of ours has none of, and warnings that nobody reads; an apply with a field that a schema lacks is refused by the first
(Kubernetes: `applyPatcher.applyPatchToCurrentObject`)."""
_DRY_RUN = {"dryRun": "All"}
_ATTEMPTS = 5
"""Controllers write the status of an object at any time; then its owners are read and written again."""


async def server_side_apply(
    api: Requests, resource: Resource, statement: Manifest, live: Manifest | None, *, dry_run: bool = False
) -> dict[str, Any]:
    """The object that the server returns. Raises as `Api.request`.

    statement: the fields to own, with the object's name; with `metadata.managedFields` where fields of others become ours first.
    live: the object that must exist; None where none may exist. dry_run: whether the server only says what it would store.
    """
    owners = get(statement, *OWNERS)
    if live is None or owners is None:
        return await _apply(api, resource, statement, live, dry_run=dry_run)
    statement = without(statement, OWNERS)
    applied = await _apply(api, resource, statement, live, dry_run=True)
    pruned = without_given_up(applied, owners)
    marks = _merge_patch(_stated(live)["metadata"], _stated(pruned)["metadata"])
    if not dry_run and _adds_marks_alone(marks) and _differs_in_metadata_alone(live, pruned):
        ours = [entry for entry in sequence(applied, *OWNERS) if is_ours(entry)]
        owners = [*ours, *(entry for entry in owners if not is_ours(entry))]
        taken = await _record_owners(api, resource, live, owners, marks)
        return taken if taken is not None else await _apply(api, resource, statement, live)
    stored = await _as_stored(api, resource, pruned, applied, live)
    if dry_run:
        return stored
    await _record_owners(api, resource, live, owners, {})
    return await _apply(api, resource, statement, live)


def _adds_marks_alone(patch: Mapping[str, Any]) -> bool:
    """patch: a merge patch of labels and annotations."""
    return all(value is None or name in MARKS for part in patch.values() for name, value in mapping(part).items())


def _differs_in_metadata_alone(live: Manifest, after: Manifest) -> bool:
    """Whether labels and annotations are all that an apply changes. A field that goes and gets its default again does not change;
    where a server's defaults are not known, this is False."""
    one, other = ({name: part for name, part in _stated(each).items() if name != "metadata"} for each in (live, after))
    return one == other or with_defaults(one) == with_defaults(other)


async def _apply(
    api: Requests, resource: Resource, statement: Manifest, live: Manifest | None, *, dry_run: bool = False
) -> dict[str, Any]:
    key = key_of(statement)
    precondition = {"resourceVersion": _NEVER} if live is None else {"uid": text(live, "metadata", "uid")}
    body = {**statement, "metadata": {**mapping(statement, "metadata"), **precondition}}
    query = {**_FORCED, **_DRY_RUN} if dry_run else _FORCED
    answer = await api.request("PATCH", resource.path_of(key), query=query, body=body, content_type=APPLY, what=f"apply {key}")
    return answer.object(key)


async def _record_owners(
    api: Requests, resource: Resource, live: Manifest, owners: list[Any], marks: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The object with its new owners; None where another object has the name now, of which the apply will say so.

    owners: what `metadata.managedFields` becomes where the object is still as in `live`. marks: a merge patch of its labels and
    annotations.
    """
    key, path = key_of(live), resource.path_of(key_of(live))
    state, entries = live, owners
    for attempt in range(_ATTEMPTS):
        named = {name: text(state, "metadata", name) for name in ("uid", "resourceVersion")}
        body = {"metadata": {**marks, **named, "managedFields": entries}}
        try:
            query = {"fieldManager": MANAGER}
            answer = await api.request("PATCH", path, query=query, body=body, content_type=MERGE, what=f"take over {key}")
        except RefusedError as error:
            if error.status != 409 or attempt + 1 == _ATTEMPTS:
                raise
        else:
            return answer.object(key)
        state = (await api.request("GET", path, what=f"get {key}")).object(key)
        if text(state, "metadata", "uid") != text(live, "metadata", "uid"):
            return None
        if sequence(state, *OWNERS):  # Else the owners of `live` were a server's answer, and are so still.
            fresh = same_transfer(state, live, owners)
            if fresh is None:
                return dict(state)  # Done by a request whose answer was lost.
            entries = fresh
    return None


async def _as_stored(
    api: Requests, resource: Resource, pruned: Manifest, applied: dict[str, Any], live: Manifest
) -> dict[str, Any]:
    """The answer of a server to a dry run of an apply, without the fields that will be given up, and with their defaults.

    An apply of which the server does not know yet that it removes fields says nothing about them, so the result is tried as a
    merge patch.
    """
    change = _merge_patch(_stated(live), _stated(pruned))
    if pruned is applied or not change:
        return applied
    key = key_of(live)
    body = {**change, "metadata": {**change.get("metadata", {}), "uid": text(live, "metadata", "uid")}}
    query = {"fieldManager": MANAGER, **_DRY_RUN}
    answer = await api.request("PATCH", resource.path_of(key), query=query, body=body, content_type=MERGE, what=f"apply {key}")
    return answer.object(key)


def _stated(document: Manifest) -> Manifest:
    """The parts of an object that clients write: not the status, nor of the metadata what a server counts."""
    metadata = {name: value for name, value in mapping(document, "metadata").items() if name in ("labels", "annotations")}
    return {**{name: value for name, value in document.items() if name != "status"}, "metadata": metadata}


def _merge_patch(before: Manifest, after: Manifest) -> dict[str, Any]:
    """The JSON merge patch from one object to another (RFC 7386)."""
    patch: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if below := _merge_patch(old, value):
                patch[name] = below
        elif name not in before or old != value:
            patch[name] = value
    return patch
