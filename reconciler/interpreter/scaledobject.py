"""ScaledObject of KEDA (https://keda.sh): it makes a HorizontalPodAutoscaler in the member, and may scale to 0."""

from __future__ import annotations

from reconciler.interpreter.rules import KindRules, ScalerLimits

RULES = KindRules(
    kind="ScaledObject",
    groups=("keda.sh",),
    version="v1alpha1",
    limits=ScalerLimits(("spec", "minReplicaCount"), 0, ("spec", "maxReplicaCount"), 100),
)
