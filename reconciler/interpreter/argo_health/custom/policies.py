"""Policies about other objects: Open Cluster Management, Kyverno."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    Lagging,
    condition,
    conditions,
    found,
    rule,
    told_by,
    word,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _hub(manifest: Manifest) -> Opinion | None:
    """A policy on the hub that no cluster matches has nothing to comply with."""
    status = mapping(manifest, "status")
    if get(manifest, "spec", "disabled") is True:
        return Opinion(HEALTHY, "disabled")
    unmatched = "compliant" not in status and "status" not in status and sequence(status, "placement")
    return Opinion(HEALTHY, "no cluster matches it") if unmatched else None


def _offenders(manifest: Manifest) -> Opinion | None:
    status = mapping(manifest, "status")
    compliant = text(status, "compliant")
    clusters = [text(one, "clustername") for one in sequence(status, "status") if text(one, "compliant") != "Compliant"]
    templates = [
        text(one, "templateMeta", "name") for one in sequence(status, "details") if text(one, "compliant") != "Compliant"
    ]
    if not compliant:
        return None
    return ALL_WELL if compliant == "Compliant" else Opinion(DEGRADED, f"not compliant: {', '.join(clusters or templates)}")


def _violations(manifest: Manifest) -> Opinion | None:
    said = [
        told_by(one) for detail in sequence(manifest, "status", "compliancyDetails") for one in sequence(detail, "conditions")
    ]
    compliant = text(manifest, "status", "compliant")
    return Opinion(HEALTHY if compliant == "Compliant" else DEGRADED, "; ".join(said)) if compliant else None


def _accepted(manifest: Manifest) -> Opinion | None:
    accepted = any((text(one, "reason"), text(one, "message")) == ("Succeeded", "Ready") for one in found(manifest, "Ready"))
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
