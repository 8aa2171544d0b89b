"""The request that gives one object back: without our marks, and without our ownership of its fields.

An apply that states less would remove the fields that nobody else owns. So it is a merge patch of the metadata alone: the fields
stay as they are and have no owner, and the next client that applies them owns them alone. The patch names the state of the object
that it was made from, because a server replaces `metadata.managedFields` as a whole; where the object has changed since then, it
is read and tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.cluster.api_client import MERGE, Requests
from reconciler.cluster.discovery import Resource
from reconciler.cluster.failures import RefusedError
from reconciler.model.managed_fields import MANAGER, owners_without_us
from reconciler.model.manifest import Manifest, key_of, mapping, sequence, text

_ATTEMPTS = 5
"""Controllers write the status of an object at any time."""


async def release(api: Requests, resource: Resource, released: Manifest, live: Manifest) -> None:
    """Succeeds where the object does not exist any more. Raises as `Api.request`; RefusedError with the status 409 where another
    object has its name by now.

    released: `live` without our marks.
    """
    key = key_of(live)
    path, query = resource.path_of(key), {"fieldManager": MANAGER}
    marks = {name: _removed(live, released, name) for name in ("labels", "annotations")}
    state = live
    for attempt in range(_ATTEMPTS):
        body = {"metadata": {**marks, **_named(state)}}
        try:
            await api.request("PATCH", path, query=query, body=body, content_type=MERGE, what=f"release {key}")
        except RefusedError as error:
            if error.status == 404:
                return
            if error.status != 409 or attempt + 1 == _ATTEMPTS:
                raise
            refusal = error
        else:
            return
        try:
            state = (await api.request("GET", path, what=f"get {key}")).object(key)
        except RefusedError as error:
            if error.status == 404:
                return
            raise
        if text(state, "metadata", "uid") != text(live, "metadata", "uid"):
            raise refusal


def _removed(live: Manifest, released: Manifest, name: str) -> dict[str, None]:
    """The labels or annotations that go."""
    after = mapping(released, "metadata", name)
    return dict.fromkeys(one for one in mapping(live, "metadata", name) if one not in after)


def _named(state: Mapping[str, Any]) -> dict[str, Any]:
    """The object that is expected. Its owners only where they are known: a server may keep no record of them."""
    uid = {"uid": text(state, "metadata", "uid")}
    if not any(text(entry, "manager") == MANAGER for entry in sequence(state, "metadata", "managedFields")):
        return uid
    return {**uid, "resourceVersion": text(state, "metadata", "resourceVersion"), "managedFields": owners_without_us(state)}
