"""Pods and metrics as the API servers of members return them → parts of a reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.autoscale.reading import MetricReading, Pod, PodName, Ready, Sample
from reconciler.model.federated_hpa import Metric, MetricType
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_DEFAULT_WINDOW = timedelta(minutes=1)
"""Of a custom metric that states none (Kubernetes: pkg/controller/podautoscaler/metrics)."""


def pod_of(cluster: ClusterName, manifest: Manifest) -> Pod:
    status = mapping(manifest, "status")
    conditions = [one for one in sequence(status, "conditions") if text(one, "type") == "Ready"]
    whole = mapping(manifest, "spec", "resources", "requests")
    return Pod(
        name=PodName(cluster, text(manifest, "metadata", "name")),
        phase=text(status, "phase"),
        terminating=bool(text(manifest, "metadata", "deletionTimestamp")),
        started=_moment(text(status, "startTime")),
        ready=Ready(text(conditions[0], "status"), _moment(text(conditions[0], "lastTransitionTime"))) if conditions else None,
        requests={
            text(one, "name"): _amounts(_requested(mapping(one, "resources"))) for one in _lasting(mapping(manifest, "spec"))
        },
        of_pod=_amounts(whole) if whole else None,
    )


def _lasting(spec: Manifest) -> Iterator[Any]:
    """The containers that run as long as the Pod."""
    yield from sequence(spec, "containers")
    yield from (one for one in sequence(spec, "initContainers") if text(one, "restartPolicy") == "Always")


def _requested(resources: Manifest) -> Mapping[str, Any]:
    """A limit without a request is a request, as an API server fills in."""
    return {**mapping(resources, "limits"), **mapping(resources, "requests")}


def _amounts(quantities: Mapping[str, Any]) -> dict[str, int]:
    """In thousandths. A value that no API server would take is left out."""
    found = {}
    for name, value in quantities.items():
        amount = _milli(value)
        if amount is not None:
            found[name] = amount
    return found


def metric_reading(metric: Metric, found: Mapping[ClusterName, tuple[Manifest, ...] | str], now: datetime) -> MetricReading:
    """Over all members. found: by member, what its metrics API answered: items, or why it did not answer. A member that has none
    of it is left out, so that its Pods count as Pods without metrics. A metric of an object is a sum, of which no member may be
    left out: a part of it would be taken for less load."""
    if metric.type is MetricType.OBJECT:
        return _sum(found)
    items = {cluster: answer for cluster, answer in found.items() if not isinstance(answer, str)}
    if not any(items.values()):
        errors = [f"{cluster}: {answer}" for cluster, answer in found.items() if isinstance(answer, str)]
        return MetricReading(error=errors[0] if errors else "no metrics were returned")
    return MetricReading(
        {name: sample for cluster, answer in items.items() for name, sample in _samples(metric, cluster, answer, now)}
    )


def _sum(found: Mapping[ClusterName, tuple[Manifest, ...] | str]) -> MetricReading:
    for cluster, answer in found.items():
        if isinstance(answer, str):
            return MetricReading(error=f"{cluster}: {answer}; what the object has there is unknown")
    values = [_milli(get(one, "value")) for answer in found.values() for one in answer]
    if not values:
        return MetricReading(error="no member has the metric")
    return MetricReading(value=sum(one for one in values if one is not None))


def _samples(metric: Metric, cluster: ClusterName, items: Iterable[Manifest], now: datetime) -> Iterator[tuple[PodName, Sample]]:
    for item in items:
        at = _moment(text(item, "timestamp")) or now
        if metric.type is MetricType.PODS:
            name, value, window = text(item, "describedObject", "name"), _milli(get(item, "value")), _custom_window(item)
        else:
            name, value, window = text(item, "metadata", "name"), _used(metric, item), _duration(text(item, "window"))
        if value is not None:
            yield PodName(cluster, name), Sample(value, at, window)


def _used(metric: Metric, item: Manifest) -> int | None:
    """None where a container that counts lacks the resource."""
    containers = sequence(item, "containers")
    if metric.type is MetricType.CONTAINER_RESOURCE:
        containers = [one for one in containers if text(one, "name") == metric.container][:1]
    used = [_milli(get(one, "usage", metric.name)) for one in containers]
    return None if not used or None in used else sum(one for one in used if one is not None)


def _custom_window(item: Manifest) -> timedelta:
    seconds = get(item, "windowSeconds", default=get(item, "window"))
    return timedelta(seconds=seconds) if isinstance(seconds, int) else _DEFAULT_WINDOW


def _duration(written: str) -> timedelta:
    """As Go prints durations: `30s`, `1m0.5s`, `500ms`. Nothing where it is none."""
    parts = _DURATION.findall(written)
    if "".join(number + unit for number, unit in parts) != written:
        return timedelta(0)
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))


def _milli(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return Quantity.from_json(value).milli_value
    except QuantityError:
        return None


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)
