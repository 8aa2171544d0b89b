"""Which members provide a Service and which consume it: decided by where a revision places what names it.

| Declared | Providers | Consumers |
|---|---|---|
| ServiceExport and ServiceImport of one name | where the export is | where the import is |
| MultiClusterService of type CrossCluster | `spec.providerClusters` | `spec.consumerClusters` |

Karmada: pkg/controllers/mcs, pkg/controllers/multiclusterservice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.multi_cluster_api import GROUP, SERVICE_EXPORT, SERVICE_IMPORT, derived_name, is_export, is_import
from reconciler.model.multi_cluster_service import MULTI_CLUSTER_SERVICE, MultiClusterService
from reconciler.model.tenant import Tenant
from reconciler.pipeline.compiled import Compiled
from reconciler.tenancy.rights import FORBIDDEN

ServiceName: TypeAlias = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """From the members that provide a Service to those that consume it."""

    target: ServiceName
    """The Service by which consumers reach it."""
    source: ServiceName
    """The Service of the providers."""
    prefix: str
    """Of the names of the copies, before the name of the provider."""
    controller: str
    """The value of `endpointslice.kubernetes.io/managed-by`, which is Karmada's."""
    declared_by: str
    """What asks for it, such as `MultiClusterService shop/web`."""
    providers: tuple[ClusterName, ...]
    consumers: tuple[ClusterName, ...]


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file with an error that speaks of Services."""

    text: str
    tenant: Tenant | None
    """Whose it is; None for the platform."""

    def may_connect(self, target: ServiceName) -> bool:
        """Whether it may declare what connects this Service, by its name."""
        namespace, name = target
        is_theirs = self.tenant is None or self.tenant.allows_namespace(namespace)
        word = re.escape(name.removeprefix(derived_name("")))
        return is_theirs and re.search(rf"(?<![-\w]){word}(?![-\w])", self.text) is not None


Routes: TypeAlias = Mapping[ServiceName, tuple[Route, ...]]
"""By target."""

IMPORTED, CONNECTED = "endpointslice-controller.karmada.io", "endpointslice-dispatch-controller.karmada.io"
"""Who manages copies, as Karmada names it: those of imported Services, and of MultiClusterServices."""


def routes_of(compiled: Compiled) -> Routes:
    """Sorted; without those that connect nothing."""
    found: defaultdict[ServiceName, list[Route]] = defaultdict(list)
    for route in declared_routes(compiled):
        if any(consumer != provider for consumer in route.consumers for provider in route.providers):
            found[route.target].append(route)
    return {target: tuple(sorted(routes)) for target, routes in sorted(found.items())}


def exported_services(compiled: Compiled) -> frozenset[ServiceName]:
    """Those that a revision exports by a ServiceExport."""
    return frozenset((key.namespace, key.name) for key in compiled.templates if is_export(key))


def declared_routes(compiled: Compiled) -> tuple[Route, ...]:
    """All of them, also those that connect nothing."""
    return (*_imported(compiled), *_connected(compiled))


def _imported(compiled: Compiled) -> Iterator[Route]:
    for key in (*compiled.templates, *compiled.unreadable_templates):
        if not is_import(key):
            continue
        exported = ResourceKey(GROUP, SERVICE_EXPORT, key.namespace, key.name)
        target = key.namespace, derived_name(key.name)
        source = key.namespace, key.name
        places = _places(compiled, exported), _places(compiled, key)
        yield Route(target, source, "imported-", IMPORTED, str(key), *places)


def _connected(compiled: Compiled) -> Iterator[Route]:
    for one in connections(compiled):
        if one.crosses_clusters:
            yield _route_of(one, _places(compiled, one.service))


def connections(compiled: Compiled) -> Iterator[MultiClusterService]:
    """Those that count: of a tenant, the ones whose Service is below a folder of the same Tenant, or not declared."""
    judges = compiled.desired.judges
    for one in compiled.desired.multi_cluster_services:
        owner, file = judges.of(one.origin.file), _file_of(compiled, one.service)
        if owner is None or not file or judges.of(file) == owner:
            yield one


def _file_of(compiled: Compiled, key: ResourceKey) -> str:
    if (item := compiled.templates.get(key)) is not None:
        return item.template.origin.file
    return last.template_file if (last := compiled.unreadable_templates.get(key)) is not None else ""


def _route_of(one: MultiClusterService, places: tuple[ClusterName, ...]) -> Route:
    """places: where its Service is."""
    name = one.namespace, one.name
    providers, consumers = tuple(filter(one.provides, places)), tuple(filter(one.consumes, places))
    return Route(name, name, "", CONNECTED, str(one), providers, consumers)


def unread_targets(compiled: Compiled) -> frozenset[ServiceName]:
    """Services whose MultiClusterService, or whose Tenant, cannot be read in this revision: their copies stay as they are."""
    readable = {one.service for one in connections(compiled)}
    recorded = compiled.recorded.decisions
    lost = frozenset(
        (key.namespace, key.name)
        for key in (*compiled.templates, *compiled.unreadable_templates)
        if key.kind == "Service" and key not in readable and (last := recorded.get(key)) is not None
        if last.binding.policy is not None
        and last.binding.policy.kind == MULTI_CLUSTER_SERVICE
        and last.policy_file in compiled.protected.files
    )
    return lost.union(_unjudged(compiled))


def unread_files(compiled: Compiled) -> tuple[UnreadFile, ...]:
    """Files with an error that may connect Services. The record tells which, unless it was lost."""
    desired = compiled.desired
    return tuple(
        UnreadFile(text, desired.judges.of(path)) for path, text in sorted(desired.broken_texts.items()) if "Service" in text
    )


def _forbidden(compiled: Compiled, key: ResourceKey) -> frozenset[ClusterName]:
    item = compiled.templates.get(key)
    failed = item.rendering.failed if item is not None else {}
    return frozenset(name for name, issue in failed.items() if issue.reason == FORBIDDEN)


def _unjudged(compiled: Compiled) -> Iterator[ServiceName]:
    """Targets about which nobody can tell whether a Tenant allows them, because a Tenant cannot be read."""
    if compiled.desired.judges.unreadable:
        for route in declared_routes(compiled):
            makers = (("", "Service"), (GROUP, SERVICE_EXPORT), (GROUP, SERVICE_IMPORT))
            if any(_forbidden(compiled, ResourceKey(*kind, *route.source)) for kind in makers):
                yield route.target


def _places(compiled: Compiled, key: ResourceKey) -> tuple[ClusterName, ...]:
    """Where it is placed, without the members that a Tenant forbids: nothing is read from there for it, nor written."""
    item = compiled.templates.get(key)
    if item is not None:
        forbidden = () if compiled.desired.judges.unreadable else _forbidden(compiled, key)
        return tuple(sorted(target.name for target in item.placed.targets if target.name not in forbidden))
    unread = compiled.unreadable_templates.get(key)
    return tuple(sorted(unread.cluster_names)) if unread is not None else ()
