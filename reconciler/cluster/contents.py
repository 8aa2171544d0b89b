"""The objects that a member would delete together with a Namespace or a CustomResourceDefinition of ours.

They are read only for containers that are no longer wanted: pruning needs to know them. Objects that every cluster creates in
each namespace do not count, nor do objects that a controller created for another object, which counts itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.cluster.api_client import Api
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError, concerns_one_kind
from reconciler.cluster.member_protocol import MemberError
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.interpreter.containers import defined_kind, is_definition, is_namespace
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import sequence

_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True)
class Contents:
    """What Namespaces and definitions hold."""

    objects: tuple[PackedObject, ...]
    """The metadata of the objects."""
    unread: Mapping[ResourceKey, str]
    """Containers that may hold other objects, too: a kind could not be read. With the reason."""


async def contents_of(api: Api, served: Served, containers: Collection[PackedObject]) -> Contents:
    """All objects in these Namespaces and of the kinds of these definitions.

    Raises MemberError where the member as a whole cannot be read.
    """
    places = [(record.key, *place) for record in containers for place in _places(record, served)]
    lists = await at_most([_listed(api, resource, path) for _, resource, path in places])
    unread = {record.key: reason for record in containers if (reason := _unanswered(record, served))}
    objects: list[PackedObject] = []
    for (container, _, _), records in zip(places, lists, strict=True):
        if isinstance(records, MemberError):
            unread.setdefault(container, records.message)
        else:
            objects.extend(record for record in records if not _is_automatic(record))
    return Contents(tuple(objects), unread)


async def _listed(api: Api, resource: Resource, path: str) -> list[PackedObject] | MemberError:
    """The error where this kind cannot be read, for example because our role does not include it."""
    try:
        return await metadata_list(api, resource, path, {})
    except MemberError as error:
        if concerns_one_kind(error):
            return error
        raise


def _unanswered(record: PackedObject, served: Served) -> str:
    """Why the container may hold objects of kinds that are unknown; empty where all of its kinds are known."""
    groups = served.unread_groups
    if is_namespace(record.key):
        return next(iter(groups.values()), "")
    return groups.get(defined_kind(record.manifest)[0], "")


async def metadata_list(api: Api, resource: Resource, path: str, query: Mapping[str, str]) -> list[PackedObject]:
    """The metadata of all objects under `path`; none where the kind is not served any more. Raises MemberError."""
    try:
        answer = await api.request("GET", path, query=query, accept=_METADATA_LIST, what=f"list {resource.plural}")
    except RefusedError as error:
        if error.status == 404:
            return []
        raise
    kind = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    return [packed({**item, **kind}) for item in answer.page[0]]


def _places(record: PackedObject, served: Served) -> Iterable[tuple[Resource, str]]:
    """Kinds and paths whose lists contain what the container holds."""
    key = record.key
    if is_namespace(key):
        for kind, resource in served.preferred.items():
            if resource.namespaced and kind not in _DERIVED:
                yield resource, resource.path(key.name)
    elif is_definition(key):
        defined = served.preferred.get(defined_kind(record.manifest))
        if defined is not None:
            yield defined, defined.path()


def _is_automatic(record: PackedObject) -> bool:
    """Whether the cluster or a controller created the object, and would create it again."""
    owners = sequence(record.manifest, "metadata", "ownerReferences")
    return bool(owners) or (record.key.kind, record.key.name) in _IN_EVERY_NAMESPACE


_DERIVED = frozenset(
    {
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("", "Endpoints"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("coordination.k8s.io", "Lease"),
    }
)
"""(group, kind) of objects that controllers derive from others."""
_IN_EVERY_NAMESPACE = frozenset({("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")})
