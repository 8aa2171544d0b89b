"""Kinds of Kubernetes and its special interest groups without a rule in gitops-engine: CronJob, CRD, PDB, volume snapshots."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    absent,
    condition,
    conditions,
    deletion,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, sequence, text


def _runs(manifest: Manifest) -> ArgoHealth | None:
    """The last run of a CronJob failed if no Job is active and the last success is older than the last start.

    Times are compared as text, because Kubernetes writes all times in the same format.
    """
    if get(manifest, "spec", "suspend") is True:
        return ArgoHealth(HEALTHY, "suspended")
    if get(manifest, "status") is None:
        return None
    started, succeeded = text(manifest, "status", "lastScheduleTime"), text(manifest, "status", "lastSuccessfulTime")
    if started and succeeded and succeeded < started and not sequence(manifest, "status", "active"):
        return ArgoHealth(DEGRADED, "the last run did not succeed")
    return ArgoHealth(HEALTHY, "" if succeeded else "no run has succeeded yet" if started else "not run yet")


_SNAPSHOT = rule(
    word("status.readyToUse", {True: HEALTHY}), word("status.error.message", other=DEGRADED, message="status.error.message")
)

RULES = {
    "CronJob.batch": rule(_runs),
    "CustomResourceDefinition.apiextensions.k8s.io": rule(
        deletion,
        absent("status.conditions"),
        conditions(condition("Terminating", true=PROGRESSING)),
        conditions(condition("NamesAccepted", false=DEGRADED)),
        conditions(condition("Established", false=PROGRESSING, reasons=frozenset({"Installing"}))),
        conditions(condition("Established", false=DEGRADED)),
        conditions(condition("NonStructuralSchema", true=DEGRADED)),
        conditions(condition("Established", true=HEALTHY)),
        otherwise=ArgoHealth(DEGRADED, "not established"),
    ),
    # InsufficientPods only means that the budget does not allow an eviction.
    "PodDisruptionBudget.policy": rule(
        absent("status.conditions"),
        lambda manifest: next(
            (
                ArgoHealth(DEGRADED, text(one, "message") or text(one, "reason"))
                for one in sequence(manifest, "status", "conditions")
                if text(one, "status") == "False" and text(one, "reason") != "InsufficientPods"
            ),
            ALL_WELL,
        ),
    ),
    "VolumeSnapshot.snapshot.storage.k8s.io": _SNAPSHOT,
    "VolumeSnapshotContent.snapshot.storage.k8s.io": _SNAPSHOT,
}
