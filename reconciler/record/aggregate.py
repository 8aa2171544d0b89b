"""One status for all copies of an object, by its kind's rule, as Karmada writes it back into the template.

Here it goes to the binding's document. It is worked out from what was aggregated before, so that times that a rule puts in
(a Job's conditions) stay what they were. While some member's copy was not looked at, the last one stays: a sum without it
would say that replicas are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.customization import Operation
from reconciler.model.health import Health, HealthStatus
from reconciler.model.manifest import Manifest, get, gvk_of, with_value, without
from reconciler.model.recorded import ClusterStatus


def aggregated(
    template: Manifest, statuses: Iterable[ClusterStatus], before: Manifest | None, interpreter: Interpreter, now: datetime
) -> Manifest | None:
    """None where no member reports anything, and for kinds without a rule."""
    told = sorted(statuses, key=lambda status: status.cluster)
    if any(status.reflected is None for status in told):
        return before
    if not any(status.reflected for status in told) or not interpreter.has_rule(gvk_of(template), Operation.AGGREGATION):
        return None
    known = with_value(template, ("status",), before) if before else without(template, ("status",))
    try:
        status = get(interpreter.aggregate(known, [_item(one) for one in told], now), "status")
    except MalformedObjectError:  # Some member reports what no status of the kind is; its health says so.
        return None
    return status if isinstance(status, Mapping) and status else None


def _item(status: ClusterStatus) -> dict[str, Any]:
    """Karmada's AggregatedStatusItem."""
    item = {"clusterName": status.cluster, "applied": status.applied, "health": _verdict(status.health)}
    return item | ({"status": status.reflected} if status.reflected else {})


def _verdict(health: Health) -> str:
    if health.status is HealthStatus.CURRENT:
        return "Healthy"
    return "Unknown" if health.status is HealthStatus.UNKNOWN else "Unhealthy"
