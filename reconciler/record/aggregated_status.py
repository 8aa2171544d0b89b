"""One status for all copies of an object, by the rule of its kind. Karmada writes it back into the template.

Here it is part of the object's report. The rule starts from the last aggregated status, so that times that it set (in the
conditions of a Job) stay the same. While the copy of one member was not observed, the last aggregated status stays: a sum
without this copy would look as if replicas were gone.
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


def aggregate_statuses(
    template: Manifest, statuses: Iterable[ClusterStatus], last: Manifest | None, interpreter: Interpreter, now: datetime
) -> Manifest | None:
    """The aggregated status. None where no member reports a status, and for kinds without a rule.

    last: the aggregated status recorded before.
    """
    items = sorted(statuses, key=lambda status: status.cluster)
    if any(item.reflected is None for item in items):
        return last
    if not any(item.reflected for item in items) or not interpreter.has_rule(gvk_of(template), Operation.AGGREGATION):
        return None
    start = with_value(template, ("status",), last) if last else without(template, ("status",))
    try:
        status = get(interpreter.aggregate(start, [_item(item) for item in items], now), "status")
    except MalformedObjectError:  # The status of some member does not fit the kind; the health of that copy reports it.
        return None
    return status if isinstance(status, Mapping) and status else None


def _item(status: ClusterStatus) -> dict[str, Any]:
    """An AggregatedStatusItem of Karmada."""
    item = {"clusterName": status.cluster, "applied": status.applied, "health": _karmada_health(status.health)}
    return item | ({"status": status.reflected} if status.reflected else {})


def _karmada_health(health: Health) -> str:
    if health.status is HealthStatus.CURRENT:
        return "Healthy"
    return "Unknown" if health.status is HealthStatus.UNKNOWN else "Unhealthy"
