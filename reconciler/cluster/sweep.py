"""Which kinds of a server have objects that carry our marks.

A killed process or a lost status branch may leave objects of kinds that no template names any more. One request per kind finds
them; it is made once per connection.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.cluster.api_client import Api
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.contents import metadata_list
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError, concerns_one_kind
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.ownership import INSTANCE_LABEL


@dataclass(frozen=True, slots=True)
class Swept:
    """The result of a sweep."""

    ours: tuple[Resource, ...] = ()
    """Kinds that have objects of ours."""
    unread: Mapping[Resource, MemberError] = field(default_factory=dict)
    """Kinds that may have objects of ours: they could not be read, for the reason given."""


async def kinds_with_our_objects(api: Api, served: Served, instance: str, except_for: Collection[tuple[str, str]]) -> Swept:
    """The kinds with objects of ours, and the kinds that could not be read, each with its error.

    instance: as in `Settings`. except_for: (group, kind) that need no request. Raises MemberError where the member as a whole
    cannot be read.
    """
    candidates = [
        resource
        for kind, resource in served.preferred.items()
        if kind not in except_for and resource.verbs >= _NEEDED_VERBS and kind not in _EPHEMERAL
    ]
    answers = await at_most([_has_our_objects(api, resource, instance) for resource in candidates], _AT_ONCE)
    outcome = list(zip(candidates, answers, strict=True))
    return Swept(
        tuple(resource for resource, ours in outcome if ours is True),
        {resource: answer for resource, answer in outcome if isinstance(answer, MemberError)},
    )


async def _has_our_objects(api: Api, resource: Resource, instance: str) -> bool | MemberError:
    query = {"labelSelector": f"{INSTANCE_LABEL}={instance}"}
    try:
        records = await metadata_list(api, resource, resource.path(), {**query, "limit": "1"})
        if records and records[0].instance != instance:  # A controller copied our label; objects of ours may follow.
            records = await metadata_list(api, resource, resource.path(), query)
    except MemberError as error:
        if isinstance(error, RefusedError) and error.status == 403:
            return False  # Our role does not include the kind, so we cannot have written objects of it.
        if concerns_one_kind(error):
            return error
        raise
    return any(record.instance == instance for record in records)


_AT_ONCE = 5
"""Requests at the same time: about as many as there are watches later, which take over their connections."""
_NEEDED_VERBS = frozenset({"watch", "patch", "delete"})
_EPHEMERAL = frozenset({("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")})
"""(group, kind) that are never propagated and have many objects."""
