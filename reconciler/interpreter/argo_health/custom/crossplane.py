"""Crossplane and Upbound: whatever is managed is Synced and Ready.

The kinds are endless, so the rule goes by the family of groups.
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
    conditions,
    found,
    rule,
    status_of,
    told_by,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, mapping, sequence, text

_NEVER_REPORT = frozenset({
    "ClusterProviderConfig", "Composition", "CompositionRevision", "ControllerConfig", "DeploymentRuntimeConfig",
    "ProviderConfig", "ProviderConfigUsage",
})  # fmt: skip
_FINE = ("Ready", "Healthy", "Offered", "Established", "ValidPipeline", "RevisionHealthy")


def _silent(manifest: Manifest) -> Opinion | None:
    """Configurations report nothing, or who uses them."""
    kind, status = text(manifest, "kind"), mapping(manifest, "status")
    if not status and kind in _NEVER_REPORT:
        return ALL_WELL
    used = kind.endswith("ProviderConfig") and "conditions" not in status and "users" in status
    return Opinion(HEALTHY, "in use") if used else None


_MANAGED = rule(
    _silent,
    conditions(condition("LastAsyncOperation", false=DEGRADED), condition("Synced", false=DEGRADED)),
    conditions(*(condition(name, true=HEALTHY) for name in _FINE)),
)


def _amazon(manifest: Manifest) -> Opinion | None:
    """The classic AWS provider can pause one object, and says Ready=False while the object is being created."""
    ready, synced = status_of(manifest, "Ready") == "True", status_of(manifest, "Synced") == "True"
    said = {text(one, "reason"): one for one in found(manifest, "Synced", status=None)}
    if not sequence(manifest, "status", "conditions"):
        return None
    if synced:
        return ALL_WELL if ready else Opinion(PROGRESSING, "not available yet")
    if "ReconcilePaused" in said:
        return Opinion(SUSPENDED, "ReconcilePaused")
    return Opinion(DEGRADED, told_by(said.get("ReconcileError")))


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
