"""Policies about other objects: Open Cluster Management, Kyverno."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    Lagging,
    condition,
    conditions,
    find_conditions,
    message_of,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _hub(manifest: Manifest) -> ArgoHealth | None:
    """A policy on the hub that matches no cluster has no compliance state."""
    status = mapping(manifest, "status")
    if get(manifest, "spec", "disabled") is True:
        return ArgoHealth(HEALTHY, "disabled")
    unmatched = "compliant" not in status and "status" not in status and sequence(status, "placement")
    return ArgoHealth(HEALTHY, "no cluster matches it") if unmatched else None


def _offenders(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    compliant = text(status, "compliant")
    clusters = [text(one, "clustername") for one in sequence(status, "status") if text(one, "compliant") != "Compliant"]
    templates = [
        text(one, "templateMeta", "name") for one in sequence(status, "details") if text(one, "compliant") != "Compliant"
    ]
    if not compliant:
        return None
    return ALL_WELL if compliant == "Compliant" else ArgoHealth(DEGRADED, f"not compliant: {', '.join(clusters or templates)}")


def _violations(manifest: Manifest) -> ArgoHealth | None:
    message = [
        message_of(one) for detail in sequence(manifest, "status", "compliancyDetails") for one in sequence(detail, "conditions")
    ]
    compliant = text(manifest, "status", "compliant")
    return ArgoHealth(HEALTHY if compliant == "Compliant" else DEGRADED, "; ".join(message)) if compliant else None


def _accepted(manifest: Manifest) -> ArgoHealth | None:
    accepted = any(
        (text(one, "reason"), text(one, "message")) == ("Succeeded", "Ready") for one in find_conditions(manifest, "Ready")
    )
    return ALL_WELL if accepted else None


RULES = {
    "CertificatePolicy.policy.open-cluster-management.io": rule(word("status.compliant", {"Compliant": HEALTHY}, other=DEGRADED)),
    "ConfigurationPolicy.policy.open-cluster-management.io": rule(
        Lagging(path=("status", "lastEvaluatedGeneration")), _violations
    ),
    "OperatorPolicy.policy.open-cluster-management.io": rule(
        Lagging(), conditions(condition("Compliant", true=HEALTHY, other=DEGRADED))
    ),
    "Policy.policy.open-cluster-management.io": rule(_hub, _offenders),
    "ClusterPolicy.kyverno.io": rule(_accepted),
    "Policy.kyverno.io": rule(_accepted),
}
