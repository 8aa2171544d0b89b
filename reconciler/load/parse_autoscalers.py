"""FederatedHPAs and CronFederatedHPAs → typed, with the defaults of Karmada's webhook; `check_autoscalers.py` checks them."""

from __future__ import annotations

from typing import Any

from reconciler.model.cron_federated_hpa import CronFederatedHpa, CronRule
from reconciler.model.federated_hpa import (
    DOWN,
    UP,
    Behavior,
    FederatedHpa,
    Metric,
    MetricTarget,
    MetricType,
    PolicyType,
    ScalingPolicy,
    ScalingRules,
    SelectPolicy,
)
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.quantity import Quantity
from reconciler.model.selector import LabelSelector

CPU_80 = Metric(MetricType.RESOURCE, "cpu", MetricTarget(utilization=80))
"""Without metrics (Karmada and Kubernetes: 80 % of cpu)."""
_SOURCES = {
    MetricType.RESOURCE: "resource",
    MetricType.CONTAINER_RESOURCE: "containerResource",
    MetricType.PODS: "pods",
    MetricType.OBJECT: "object",
}
"""Type of a metric → its field."""


def parse_federated_hpa(document: Manifest, origin: Origin = NOWHERE) -> FederatedHpa:
    spec, namespace = mapping(document, "spec"), _namespace(document)
    behavior = get(spec, "behavior")
    minimum = get(spec, "minReplicas")
    return FederatedHpa(
        namespace=namespace,
        name=text(document, "metadata", "name"),
        target=_target(spec, namespace),
        minimum=1 if minimum is None else int(minimum),
        maximum=int(get(spec, "maxReplicas")),
        metrics=tuple(map(_metric, sequence(spec, "metrics"))) or (CPU_80,),
        behavior=None if behavior is None else Behavior(_rules(behavior, "scaleUp", UP), _rules(behavior, "scaleDown", DOWN)),
        origin=origin,
    )


def parse_cron_federated_hpa(document: Manifest, origin: Origin = NOWHERE) -> CronFederatedHpa:
    spec, namespace = mapping(document, "spec"), _namespace(document)
    return CronFederatedHpa(
        namespace=namespace,
        name=text(document, "metadata", "name"),
        target=_target(spec, namespace),
        rules=tuple(map(_cron_rule, sequence(spec, "rules"))),
        origin=origin,
    )


def _namespace(document: Manifest) -> str:
    return text(document, "metadata", "namespace") or "default"


def _target(spec: Manifest, namespace: str) -> ResourceKey:
    reference = mapping(spec, "scaleTargetRef")
    gvk = GroupVersionKind.parse(text(reference, "apiVersion"), text(reference, "kind"))
    return ResourceKey(gvk.group, gvk.kind, namespace, text(reference, "name"))


def _metric(document: Any) -> Metric:
    kind = MetricType(text(document, "type"))
    source = mapping(document, _SOURCES[kind])
    metric, target = mapping(source, "metric"), mapping(source, "target")
    selector, described = get(metric, "selector"), get(source, "describedObject")
    measured = None
    if kind is MetricType.OBJECT:
        measured = GroupVersionKind.parse(text(described, "apiVersion"), text(described, "kind")), text(described, "name")
    return Metric(
        type=kind,
        name=text(source, "name") or text(metric, "name"),
        target=MetricTarget(get(target, "averageUtilization"), _milli(target, "averageValue"), _milli(target, "value")),
        container=text(source, "container"),
        selector=None if selector is None else LabelSelector.parse(selector),
        described=measured,
    )


def _milli(document: Any, field: str) -> int | None:
    value = get(document, field)
    return None if value is None else Quantity.from_json(value).milli_value


def _rules(behavior: Any, field: str, default: ScalingRules) -> ScalingRules:
    """Each field that is absent is that of the default."""
    stated = get(behavior, field)
    if stated is None:
        return default
    window, policies, tolerance = (get(stated, name) for name in ("stabilizationWindowSeconds", "policies", "tolerance"))
    return ScalingRules(
        default.window if window is None else int(window),
        default.policies if policies is None else tuple(map(_policy, policies)),
        SelectPolicy(text(stated, "selectPolicy") or default.select),
        None if tolerance is None else Quantity.from_json(tolerance).approximate_float,
    )


def _policy(document: Any) -> ScalingPolicy:
    return ScalingPolicy(PolicyType(text(document, "type")), int(get(document, "value")), int(get(document, "periodSeconds")))


def _cron_rule(document: Any) -> CronRule:
    limits = {"successful_limit": get(document, "successfulHistoryLimit"), "failed_limit": get(document, "failedHistoryLimit")}
    return CronRule(
        name=text(document, "name"),
        schedule=text(document, "schedule"),
        time_zone=text(document, "timeZone") or "UTC",
        replicas=get(document, "targetReplicas"),
        minimum=get(document, "targetMinReplicas"),
        maximum=get(document, "targetMaxReplicas"),
        suspended=bool(get(document, "suspend")),
        **{name: int(value) for name, value in limits.items() if value is not None},
    )
