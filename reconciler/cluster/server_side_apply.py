"""The request of a server-side apply: one PATCH per object, with field manager `reconciler`.

Every request names the object that it expects: a new object must not exist (the request has a resource version that no object can
have), an existing one must still be the object that was planned for (its uid). So no foreign object is changed, whatever happened
since the last look.
"""

from __future__ import annotations

from typing import Any

from reconciler.cluster.api import APPLY, Api
from reconciler.cluster.discovery import Resource
from reconciler.model.managed_fields import MANAGER
from reconciler.model.manifest import Manifest, key_of, mapping, text

_NEVER = "1"
"""A resource version that no object of a cluster has: an apply request with it creates an object, or is refused."""
_FORCED = {"fieldManager": MANAGER, "force": "true"}
_DRY_RUN = {"dryRun": "All"}


async def server_side_apply(
    api: Api, resource: Resource, statement: Manifest, live: Manifest | None, *, dry_run: bool = False
) -> dict[str, Any]:
    """The object that the server returns. Raises as `Api.request`.

    statement: the fields to own, with the object's name. live: the object that must exist; None where none may exist.
    dry_run: whether the server only says what it would store.
    """
    key = key_of(statement)
    precondition = {"resourceVersion": _NEVER} if live is None else {"uid": text(live, "metadata", "uid")}
    body = {**statement, "metadata": {**mapping(statement, "metadata"), **precondition}}
    query = {**_FORCED, **_DRY_RUN} if dry_run else _FORCED
    answer = await api.request("PATCH", resource.path_of(key), query=query, body=body, content_type=APPLY, what=f"apply {key}")
    return answer.object(key)
