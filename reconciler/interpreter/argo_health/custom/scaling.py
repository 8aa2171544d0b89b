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
    found,
    holds,
    rule,
    told_by,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest


def _at_rest(manifest: Manifest) -> Opinion | None:
    """A paused scaler is ready as well; one that is not has something else to say."""
    said = next(found(manifest, "Paused"), None)
    return Opinion(SUSPENDED, told_by(said)) if said is not None and holds(manifest, "Ready") else None


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
        otherwise=Opinion(PROGRESSING, "the node is on its way"),
    ),
    "NodePool.karpenter.sh": rule(READY),
}
