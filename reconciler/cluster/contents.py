"""The objects that a member would delete together with a Namespace or a CustomResourceDefinition of ours.

They are read only for containers that are no longer wanted: pruning needs to know them. Objects that every cluster creates in
each namespace do not count, nor do objects that a controller created for another object, which counts itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.cluster.api import Api
from reconciler.cluster.concurrency import at_most
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.packed_objects import PackedObject, packed
from reconciler.interpreter.containers import defined_kind, is_definition, is_namespace
from reconciler.model.manifest import sequence

_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


async def contents_of(api: Api, served: Served, containers: Collection[PackedObject]) -> list[PackedObject]:
    """The metadata of all objects in these Namespaces and of the kinds of these definitions. Raises MemberError."""
    places = [place for record in containers for place in _places(record, served)]
    lists = await at_most([metadata_list(api, resource, path, {}) for resource, path in places])
    return [record for records in lists for record in records if not _is_automatic(record)]


async def metadata_list(api: Api, resource: Resource, path: str, query: Mapping[str, str]) -> list[PackedObject]:
    """The metadata of all objects under `path`; none where the kind is not served any more. Raises MemberError."""
    try:
        answer = await api.request("GET", path, query=query, accept=_METADATA_LIST, what=f"list {resource.plural}")
    except RefusedError as error:
        if error.status == 404:
            return []
        raise
    kind = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    return [packed({**item, **kind}) for item in sequence(answer.document, "items")]


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
