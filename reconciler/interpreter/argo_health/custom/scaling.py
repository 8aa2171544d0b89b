"""Scaling of workloads and of nodes: KEDA and Karpenter."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    READY,
    SUSPENDED,
    Lagging,
    condition,
    conditions,
    find_conditions,
    has_condition,
    message_of,
    rule,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest


def _at_rest(manifest: Manifest) -> ArgoHealth | None:
    """Suspended if Paused and Ready are both True."""
    paused_condition = next(find_conditions(manifest, "Paused"), None)
    return (
        ArgoHealth(SUSPENDED, message_of(paused_condition))
        if paused_condition is not None and has_condition(manifest, "Ready")
        else None
    )


_TRIGGERED = conditions(condition("Ready", true=HEALTHY))

RULES = {
    "ScaledObject.keda.sh": rule(
        conditions(condition("Ready", false=DEGRADED), condition("Fallback", true=DEGRADED)), _at_rest, _TRIGGERED
    ),
    "ScaledJob.keda.sh": rule(conditions(condition("Ready", false=DEGRADED, unknown=DEGRADED)), _at_rest, _TRIGGERED),
    "EC2NodeClass.karpenter.k8s.aws": rule(READY),
    "NodeClaim.karpenter.sh": rule(
        Lagging(),
        conditions(condition("Disrupting", true=SUSPENDED)),
        READY,
        otherwise=ArgoHealth(PROGRESSING, "the node is not ready yet"),
    ),
    "NodePool.karpenter.sh": rule(READY),
}
