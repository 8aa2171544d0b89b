"""Crossplane and Upbound: a managed resource is Healthy if it is Synced and Ready.

There are thousands of kinds, so one rule covers all groups below `crossplane.io` and `upbound.io`.
"""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    Conditions,
    Every,
    condition,
    condition_status,
    conditions,
    find_conditions,
    message_of,
    rule,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, mapping, sequence, text

_NEVER_REPORT = frozenset({
    "ClusterProviderConfig", "Composition", "CompositionRevision", "ControllerConfig", "DeploymentRuntimeConfig",
    "ProviderConfig", "ProviderConfigUsage",
})  # fmt: skip
_READY_CONDITIONS = ("Ready", "Healthy", "Offered", "Established", "ValidPipeline", "RevisionHealthy")


def _without_status(manifest: Manifest) -> ArgoHealth | None:
    """Configurations have no status, or only the number of their users."""
    kind, status = text(manifest, "kind"), mapping(manifest, "status")
    if not status and kind in _NEVER_REPORT:
        return ALL_WELL
    used = kind.endswith("ProviderConfig") and "conditions" not in status and "users" in status
    return ArgoHealth(HEALTHY, "in use") if used else None


_MANAGED = rule(
    _without_status,
    conditions(condition("LastAsyncOperation", false=DEGRADED), condition("Synced", false=DEGRADED)),
    conditions(*(condition(name, true=HEALTHY) for name in _READY_CONDITIONS)),
)


def _amazon(manifest: Manifest) -> ArgoHealth | None:
    """The classic AWS provider can pause an object, and reports Ready=False while it creates the object."""
    ready, synced = condition_status(manifest, "Ready") == "True", condition_status(manifest, "Synced") == "True"
    synced_by_reason = {text(one, "reason"): one for one in find_conditions(manifest, "Synced", status=None)}
    if not sequence(manifest, "status", "conditions"):
        return None
    if synced:
        return ALL_WELL if ready else ArgoHealth(PROGRESSING, "not available yet")
    if "ReconcilePaused" in synced_by_reason:
        return ArgoHealth(SUSPENDED, "ReconcilePaused")
    return ArgoHealth(DEGRADED, message_of(synced_by_reason.get("ReconcileError")))


_AMAZON = rule(_amazon)

RULES = {
    "Provider.pkg.crossplane.io": rule(Every(("Installed", "Healthy"))),
    "Distribution.cloudfront.aws.crossplane.io": _AMAZON,
    "Policy.iam.aws.crossplane.io": _AMAZON,
    "Role.iam.aws.crossplane.io": _AMAZON,
    "RolePolicyAttachment.iam.aws.crossplane.io": _AMAZON,
    "DBCluster.rds.aws.crossplane.io": _AMAZON,
    "DBInstance.rds.aws.crossplane.io": _AMAZON,
    "ResourceRecordSet.route53.aws.crossplane.io": _AMAZON,
    "Bucket.s3.aws.crossplane.io": _AMAZON,
    "ClusterStackInstall.stacks.crossplane.io": rule(
        Conditions(condition("Ready", true=HEALTHY), ("status", "conditionedStatus", "conditions"))
    ),
    "*.*.crossplane.io": _MANAGED,
    "*.*.upbound.io": _MANAGED,
}
