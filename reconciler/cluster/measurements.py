"""Asks one API server for what an autoscaler needs to know of a workload: its scale, its Pods, and their metrics.

Metrics come from the extension API servers of the member (`metrics.k8s.io`, `custom.metrics.k8s.io`), which may be missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.cluster.discovery import Resource, Served
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import Measured, Measurement, MemberError
from reconciler.model.federated_hpa import Metric, MetricType
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import sequence, text

_RESOURCES = "/apis/metrics.k8s.io/v1beta1"
_CUSTOM = "/apis/custom.metrics.k8s.io"
_CUSTOM_VERSIONS = ("v1beta2", "v1beta1")


async def measure(api: Api, served: Served, resource: Resource, key: ResourceKey, metrics: Sequence[Metric]) -> Measurement:
    """Raises MemberError where the scale or the Pods cannot be read; a metric that cannot be read is a sentence. A metric of an
    object that the member does not have is empty."""
    scale = (await api.request("GET", f"{resource.path_of(key)}/scale", what=f"read the scale of {key}")).document
    selector = text(scale, "status", "selector")
    if not selector:
        raise MemberError(f"{api.name}: the scale of {key} has no selector", remedy="Its kind must state one to be scaled.")
    path, query = f"/api/v1/namespaces/{key.namespace}/pods", {"labelSelector": selector}
    pods, measured = await asyncio.gather(
        api.request("GET", path, query=query, what=f"list the Pods of {key}"),
        asyncio.gather(*(_measured(api, served, key.namespace, selector, metric) for metric in metrics)),
    )
    return Measurement(scale, tuple(pods.page[0]), tuple(measured))


async def _measured(api: Api, served: Served, namespace: str, selector: str, metric: Metric) -> Measured:
    try:
        if metric.type in (MetricType.RESOURCE, MetricType.CONTAINER_RESOURCE):
            path, query = f"{_RESOURCES}/namespaces/{namespace}/pods", {"labelSelector": selector}
            return tuple(sequence((await api.request("GET", path, query=query, what="read metrics")).document, "items"))
        place = _object(served, metric)
        return () if place is None else await _custom(api, f"/namespaces/{namespace}/{place}", selector, metric)
    except MemberError as error:
        lacks_it = metric.type is MetricType.OBJECT and isinstance(error, RefusedError) and error.status == 404
        return () if lacks_it else error.message


async def _custom(api: Api, path: str, selector: str, metric: Metric) -> tuple[Any, ...]:
    query: dict[str, str | int] = {"metricLabelSelector": metric.selector.canonical} if metric.selector is not None else {}
    if metric.type is MetricType.PODS:
        query["labelSelector"] = selector
    for version in _CUSTOM_VERSIONS:
        try:
            answer = await api.request("GET", f"{_CUSTOM}/{version}{path}", query=query, what=f"read metric {metric.name}")
        except RefusedError as error:
            if error.status == 404 and version != _CUSTOM_VERSIONS[-1]:
                continue
            raise
        return tuple(sequence(answer.document, "items"))
    return ()


def _object(served: Served, metric: Metric) -> str | None:
    """The end of the path of a metric; None where the member does not serve the kind of the object."""
    if metric.described is None:
        return f"pods/*/{metric.name}"
    gvk, name = metric.described
    if (gvk.group, gvk.kind) == ("", "Namespace"):
        return f"metrics/{metric.name}"
    resource = served.preferred.get((gvk.group, gvk.kind))
    if resource is None:
        return None
    group = f".{gvk.group}" if gvk.group else ""
    return f"{resource.plural}{group}/{name}/{metric.name}"
