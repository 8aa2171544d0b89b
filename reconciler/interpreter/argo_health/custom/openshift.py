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
    find_conditions,
    has_condition,
    message_of,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, sequence, text

_TROUBLES = ("CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed")


def _troubled(manifest: Manifest) -> ArgoHealth | None:
    trouble = next(find_conditions(manifest, *_TROUBLES), None)
    if trouble is None:
        gone = find_conditions(manifest, "InstallPlanMissing", status=None)
        trouble = next((one for one in gone if text(one, "reason") != "ReferencedInstallPlanNotFound"), None)
    return None if trouble is None else ArgoHealth(DEGRADED, message_of(trouble))


def _consent(manifest: Manifest) -> ArgoHealth | None:
    """An upgrade that waits for manual approval does not affect the installed version."""
    manual = text(manifest, "spec", "installPlanApproval") == "Manual"
    waiting = text(manifest, "status", "state") == "UpgradePending" and text(manifest, "status", "installedCSV")
    return ArgoHealth(HEALTHY, "an upgrade waits for approval") if manual and waiting else None


def _rolled_out(manifest: Manifest) -> ArgoHealth | None:
    if not sequence(manifest, "status", "conditions"):
        return None
    available, progressing = has_condition(manifest, "Available"), has_condition(manifest, "Progressing")
    if get(manifest, "status", "replicas") == 0 and progressing:
        return ArgoHealth(HEALTHY, "scaled to 0")
    if available and any(
        text(one, "reason") == "NewReplicationControllerAvailable" for one in find_conditions(manifest, "Progressing")
    ):
        return ALL_WELL
    return ArgoHealth(PROGRESSING if available or progressing else DEGRADED, _latest(manifest))


def _latest(manifest: Manifest) -> str:
    return next((message_of(one) for one in find_conditions(manifest, "Progressing", "Available", status=None)), "")


def _admitted(manifest: Manifest) -> ArgoHealth | None:
    admissions = [_admission(one) for one in sequence(manifest, "status", "ingress")]
    if not admissions:
        return None
    if all(status == "True" for status in admissions):
        return ALL_WELL
    return ArgoHealth(DEGRADED if "False" in admissions else PROGRESSING, "some routers have not admitted it")


def _admission(ingress: Any) -> str:
    return next((text(one, "status") for one in find_conditions(ingress, "Admitted", status=None, path=("conditions",))), "")


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
