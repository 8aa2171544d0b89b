"""What would go along with a Namespace or a CustomResourceDefinition of ours: whoever prunes one has to know.

Asked only where one is about to go. What a cluster makes by itself in every namespace does not count, nor what a controller
made for an object that counts itself.
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
    """containers: objects of ours; those that hold nothing are passed over. Raises MemberError."""
    places = [place for record in containers for place in _places(record, served)]
    found = await at_most([metadata_list(api, resource, path, {}) for resource, path in places])
    return [record for some in found for record in some if not _comes_by_itself(record)]


async def metadata_list(api: Api, resource: Resource, path: str, query: Mapping[str, str]) -> list[PackedObject]:
    """The metadata of all objects there; none of a kind that is not served any more."""
    try:
        answer = await api.request("GET", path, query=query, accept=_METADATA_LIST, what=f"list {resource.plural}")
    except RefusedError as error:
        if error.status == 404:
            return []
        raise
    kind = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    return [packed({**item, **kind}) for item in sequence(answer.document, "items")]


def _places(record: PackedObject, served: Served) -> Iterable[tuple[Resource, str]]:
    key = record.key
    if is_namespace(key):
        for kind, resource in served.preferred.items():
            if resource.namespaced and kind not in _MADE_FOR_OTHERS:
                yield resource, resource.path(key.name)
    elif is_definition(key):
        defined = served.preferred.get(defined_kind(record.manifest))
        if defined is not None:
            yield defined, defined.path()


def _comes_by_itself(record: PackedObject) -> bool:
    owners = sequence(record.manifest, "metadata", "ownerReferences")
    return bool(owners) or (record.key.kind, record.key.name) in _IN_EVERY_NAMESPACE


_MADE_FOR_OTHERS = frozenset(
    {
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("", "Endpoints"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("coordination.k8s.io", "Lease"),
    }
)
_IN_EVERY_NAMESPACE = frozenset({("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")})
