"""An EndpointSlice of a provider → its copy for consumers, with Karmada's names and labels.

Endpoints and ports are copied as they are; of the rest, nothing is. The copies carry a label of ours, by which they are found
again, and an annotation with the member that they are from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.endpoints.routes import Route, ServiceName
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, get, labels_of, mapping, sequence, text, without

SERVICE_LABEL = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
INSTANCE = "reconciler.dev/endpoints-of"
"""Label of a copy: the reconciler that keeps it (`Settings.instance`)."""
PROVIDER = "endpointslice.karmada.io/provision-cluster"
"""Annotation of a copy: the member whose endpoints it has."""
_COPIED = ("addressType", "endpoints", "ports")
_LONGEST = 253
"""Characters of a name (Kubernetes: DNS-1123 subdomain)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Between what a consumer must hold for one Service and what it holds."""

    written: tuple[tuple[Manifest, Manifest | None], ...] = ()
    """Each copy to write, with the one that is there; None where there is none."""
    removed: tuple[Manifest, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def wanted_copies(
    consumer: ClusterName,
    routes: Sequence[Route],
    sources: Mapping[tuple[ClusterName, ServiceName], Sequence[Manifest]],
    instance: str,
) -> dict[ResourceKey, Manifest]:
    """What a member must hold for one target. routes: of this target. sources: the slices of the providers that are known.

    A member never gets its own endpoints: for an imported Service Karmada does that, too. Slices without endpoints are not
    copied.
    """
    wanted: dict[ResourceKey, Manifest] = {}
    for route, provider in _providing(consumer, routes):
        for source in sorted(sources.get((provider, route.source), ()), key=_name):
            if sequence(source, "endpoints"):
                copy = _copy(route, provider, source, instance, taken=wanted)
                wanted[_key(copy)] = copy
    return wanted


def difference(
    wanted: Mapping[ResourceKey, Manifest], held: Collection[Manifest], kept: Collection[ClusterName] = ()
) -> Difference:
    """held: the copies of ours that the member holds for the target. kept: providers of which nothing is known now; their copies
    stay."""
    written: list[tuple[Manifest, Manifest | None]] = []
    there = {_key(one): one for one in held}
    for key, copy in wanted.items():
        live = there.get(key)
        if live is None or not _says(live, copy):
            written.append((copy, live))
    removed = [one for key, one in sorted(there.items()) if key not in wanted and provider_of(one) not in kept]
    return Difference(tuple(written), tuple(removed))


def providers_for(consumer: ClusterName, routes: Sequence[Route]) -> frozenset[ClusterName]:
    """The members whose endpoints it gets."""
    return frozenset(provider for _, provider in _providing(consumer, routes))


def provider_of(copy: Manifest) -> str:
    return text(annotations_of(copy), PROVIDER)


def service_of(slice_: Manifest) -> ServiceName:
    """The Service whose endpoints it has."""
    return text(slice_, "metadata", "namespace"), text(labels_of(slice_), SERVICE_LABEL)


def count_of(slices: Collection[Manifest]) -> int:
    """How many endpoints they have together."""
    return sum(len(sequence(one, "endpoints")) for one in slices)


def without_instance(copy: Manifest) -> Manifest:
    """A copy that nobody keeps any more."""
    kept: Manifest = without(copy, ("metadata", "labels", INSTANCE))
    return kept


def _providing(consumer: ClusterName, routes: Sequence[Route]) -> Iterator[tuple[Route, ClusterName]]:
    for route in routes:
        if consumer in route.consumers:
            for provider in route.providers:
                if provider != consumer:
                    yield route, provider


def _copy(
    route: Route, provider: ClusterName, source: Manifest, instance: str, taken: Mapping[ResourceKey, Manifest]
) -> Manifest:
    """taken: the copies that have names already."""
    namespace, service = route.target
    name = _name_of(f"{route.prefix}{provider}-{_name(source)}", f"{provider}/{_name(source)}", namespace, taken)
    metadata = {
        "name": name,
        "namespace": namespace,
        "labels": {SERVICE_LABEL: service, MANAGED_BY: route.controller, INSTANCE: instance},
        "annotations": {PROVIDER: provider},
    }
    content = {member: source[member] for member in _COPIED if source.get(member) is not None}
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, **content}


def _name_of(name: str, whole: str, namespace: str, taken: Mapping[ResourceKey, Manifest]) -> str:
    """The name as Karmada makes it. Where it is too long, or another copy has it (member `a` with slice `b-c`, and member `a-b`
    with slice `c`), it ends with a digest."""
    if len(name) <= _LONGEST and ResourceKey(*_TYPE, namespace, name) not in taken:
        return name
    digest = hashlib.sha256(whole.encode()).hexdigest()[:10]
    return f"{name[: _LONGEST - 11].rstrip('-.')}-{digest}"


def _says(live: Manifest, copy: Manifest) -> bool:
    """Whether the live object has all that the copy states, and no other endpoints or ports."""
    same = all(_content(live, member) == _content(copy, member) for member in _COPIED)
    return same and all(
        get(live, "metadata", member, name) == value
        for member in ("labels", "annotations")
        for name, value in mapping(copy, "metadata", member).items()
    )


def is_of_other_type(live: Manifest, copy: Manifest) -> bool:
    """Whether their addresses are of another family, which no API server lets change: the live one has to go first."""
    return live.get("addressType") != copy.get("addressType")


def _content(manifest: Manifest, member: str) -> object:
    """Absent, null and empty are the same."""
    return manifest.get(member) or None


def _name(manifest: Manifest) -> str:
    return text(manifest, "metadata", "name")


def _key(manifest: Manifest) -> ResourceKey:
    return ResourceKey(*_TYPE, text(manifest, "metadata", "namespace"), _name(manifest))


_TYPE = ("discovery.k8s.io", "EndpointSlice")
