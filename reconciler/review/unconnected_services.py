"""Warnings about services over clusters that connect less than they say: `EndpointsNotExchanged`, `ConnectsNothing`."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.endpoints.routes import routes_of
from reconciler.load.asked_imports import asks_for_import
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.multi_cluster_api import GROUP, IMPORT_ON, SERVICE_EXPORT, SERVICE_IMPORT, is_import
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few
from reconciler.pipeline.compiled import Compiled


def unconnected_services(compiled: Compiled) -> Iterator[Issue]:
    """A MultiClusterService without a Service, a ServiceImport that nobody exports, and members that cannot take part."""
    origins = {str(one): one.origin for one in compiled.desired.multi_cluster_services}
    origins |= {str(key): item.template.origin for key, item in compiled.templates.items() if is_import(key)}
    yield from _without_source(compiled)
    yield from _without_import(compiled)
    apart = {one.name: why for one in compiled.desired.clusters if (why := _why_apart(one))}
    for of_target in routes_of(compiled).values() if apart else ():
        for route in of_target:
            concerned = sorted(apart.keys() & {*route.providers, *route.consumers})
            for why in sorted({apart[name] for name in concerned}):
                names = [name for name in concerned if apart[name] == why]
                yield _not_exchanged(route.declared_by, names, why, origins[route.declared_by])


def _without_source(compiled: Compiled) -> Iterator[Issue]:
    for one in compiled.desired.multi_cluster_services:
        if one.crosses_clusters and one.service not in compiled.templates:
            what = f"{one} connects nothing: the repository has no {one.service}"
            remedy = "Declare the Service, or give this the name of one."
            yield warning("ConnectsNothing", what, remedy, origin=one.origin, subject=one)
    for key, item in compiled.templates.items():
        exported = ResourceKey(GROUP, SERVICE_EXPORT, key.namespace, key.name)
        if is_import(key) and exported not in compiled.templates:
            what = f"{key} imports nothing: the repository has no {exported}"
            remedy = "Declare the ServiceExport, and place it where the Pods are."
            yield warning("ConnectsNothing", what, remedy, origin=item.template.origin, subject=key)


def _without_import(compiled: Compiled) -> Iterator[Issue]:
    for key, item in compiled.templates.items():
        if (
            asks_for_import(item.template)
            and ResourceKey(GROUP, SERVICE_IMPORT, key.namespace, key.name) not in compiled.templates
        ):
            what = f"{key} is imported nowhere: the repository has no Service {key.namespace}/{key.name} with ports"
            remedy = f"Declare the Service, or remove the annotation {IMPORT_ON} and declare a ServiceImport."
            yield warning("ConnectsNothing", what, remedy, origin=item.template.origin, subject=key)


def _why_apart(cluster: Cluster) -> str:
    """Why its endpoints are not exchanged; empty where they are."""
    if cluster.is_pulled:
        return "has an agent of its own (syncMode: Pull), so nobody reaches its endpoints and those of others"
    return "is a folder, where there are no endpoints" if cluster.directory else ""


def _not_exchanged(subject: str, names: list[ClusterName], why: str, origin: Origin) -> Issue:
    message = f"{subject}: endpoints are not exchanged with {first_few(names, 3)}, which {why}"
    remedy = "Leave the cluster out of it, or let the reconciler write there itself (syncMode: Push)."
    return warning("EndpointsNotExchanged", message, remedy, origin=origin, subject=subject)
