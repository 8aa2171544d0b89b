"""Which kinds of a server have objects that carry our marks.

A killed process or a lost status branch may leave objects of kinds that no template names any more. One request per kind finds
them; it is made once per connection.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.cluster.api import Api
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.contents import metadata_list
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError
from reconciler.model.ownership import INSTANCE_LABEL


async def kinds_with_our_objects(
    api: Api, served: Served, instance: str, except_for: Collection[tuple[str, str]]
) -> list[Resource]:
    """instance: as in `Settings`. except_for: (group, kind) that need no request. Raises MemberError."""
    candidates = [
        resource
        for kind, resource in served.preferred.items()
        if kind not in except_for and resource.verbs >= _NEEDED_VERBS and kind not in _EPHEMERAL
    ]
    answers = await at_most([_has_our_objects(api, resource, instance) for resource in candidates])
    return [resource for resource, ours in zip(candidates, answers, strict=True) if ours]


async def _has_our_objects(api: Api, resource: Resource, instance: str) -> bool:
    query = {"labelSelector": f"{INSTANCE_LABEL}={instance}"}
    try:
        records = await metadata_list(api, resource, resource.path(), {**query, "limit": "1"})
        if records and records[0].instance != instance:  # A controller copied our label; objects of ours may follow.
            records = await metadata_list(api, resource, resource.path(), query)
    except RefusedError as error:
        if error.status == 403:  # Our role does not include the kind, so we cannot have written objects of it.
            return False
        raise
    return any(record.instance == instance for record in records)


_NEEDED_VERBS = frozenset({"watch", "patch", "delete"})
_EPHEMERAL = frozenset({("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")})
"""(group, kind) that are never propagated and have many objects."""
