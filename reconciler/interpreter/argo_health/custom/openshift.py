"""OpenShift and its operator lifecycle manager (OLM)."""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    absent,
    condition,
    conditions,
    found,
    holds,
    rule,
    told_by,
    word,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, sequence, text

_TROUBLES = ("CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed")


def _troubled(manifest: Manifest) -> Opinion | None:
    trouble = next(found(manifest, *_TROUBLES), None)
    if trouble is None:
        gone = found(manifest, "InstallPlanMissing", status=None)
        trouble = next((one for one in gone if text(one, "reason") != "ReferencedInstallPlanNotFound"), None)
    return None if trouble is None else Opinion(DEGRADED, told_by(trouble))


def _consent(manifest: Manifest) -> Opinion | None:
    """An upgrade that waits for consent, as its owner chose, leaves what is installed well."""
    manual = text(manifest, "spec", "installPlanApproval") == "Manual"
    waiting = text(manifest, "status", "state") == "UpgradePending" and text(manifest, "status", "installedCSV")
    return Opinion(HEALTHY, "an upgrade waits for consent") if manual and waiting else None


def _rolled_out(manifest: Manifest) -> Opinion | None:
    if not sequence(manifest, "status", "conditions"):
        return None
    available, progressing = holds(manifest, "Available"), holds(manifest, "Progressing")
    if get(manifest, "status", "replicas") == 0 and progressing:
        return Opinion(HEALTHY, "scaled to 0")
    if available and any(text(one, "reason") == "NewReplicationControllerAvailable" for one in found(manifest, "Progressing")):
        return ALL_WELL
    return Opinion(PROGRESSING if available or progressing else DEGRADED, _latest(manifest))


def _latest(manifest: Manifest) -> str:
    return next((told_by(one) for one in found(manifest, "Progressing", "Available", status=None)), "")


def _admitted(manifest: Manifest) -> Opinion | None:
    told = [_admission(one) for one in sequence(manifest, "status", "ingress")]
    if not told:
        return None
    if all(status == "True" for status in told):
        return ALL_WELL
    return Opinion(DEGRADED if "False" in told else PROGRESSING, "not every router has admitted it")


def _admission(ingress: Any) -> str:
    return next((text(one, "status") for one in found(ingress, "Admitted", status=None, path=("conditions",))), "")


RULES = {
    "Subscription.operators.coreos.com": rule(
        absent("status"),
        _troubled,
        _consent,
        conditions(condition("InstallPlanPending", true=PROGRESSING)),
        word("status.state", {"AtLatestKnown": HEALTHY, "UpgradeFailed": DEGRADED}, other=PROGRESSING),
    ),
    "DeploymentConfig.apps.openshift.io": rule(_rolled_out),
    "Route.route.openshift.io": rule(_admitted),
    "IngressController.operator.openshift.io": rule(
        conditions(condition("Degraded", true=DEGRADED)),
        conditions(condition("DeploymentReplicasAllAvailable", false=PROGRESSING), condition("Progressing", true=PROGRESSING)),
        conditions(condition("Available", true=HEALTHY)),
    ),
    "StorageCluster.ocs.openshift.io": rule(
        conditions(condition("Degraded", true=DEGRADED)),
        conditions(condition("Progressing", true=PROGRESSING)),
        conditions(condition("Available", true=HEALTHY)),
    ),
}
