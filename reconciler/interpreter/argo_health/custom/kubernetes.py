"""Kinds of Kubernetes and of its special interest groups that gitops-engine has no rule for: CronJob, CRD, PDB, snapshots."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    absent,
    condition,
    conditions,
    going,
    rule,
    word,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, sequence, text


def _runs(manifest: Manifest) -> Opinion | None:
    """A CronJob's last run failed if nothing runs and the last success is older than the last start.

    Times are compared as text: Kubernetes writes them all in one form.
    """
    if get(manifest, "spec", "suspend") is True:
        return Opinion(HEALTHY, "suspended")
    if get(manifest, "status") is None:
        return None
    started, succeeded = text(manifest, "status", "lastScheduleTime"), text(manifest, "status", "lastSuccessfulTime")
    if started and succeeded and succeeded < started and not sequence(manifest, "status", "active"):
        return Opinion(DEGRADED, "the last run did not succeed")
    return Opinion(HEALTHY, "" if succeeded else "no run has succeeded yet" if started else "not run yet")


_SNAPSHOT = rule(
    word("status.readyToUse", {True: HEALTHY}), word("status.error.message", other=DEGRADED, message="status.error.message")
)

RULES = {
    "CronJob.batch": rule(_runs),
    "CustomResourceDefinition.apiextensions.k8s.io": rule(
        going,
        absent("status.conditions"),
        conditions(condition("Terminating", true=PROGRESSING)),
        conditions(condition("NamesAccepted", false=DEGRADED)),
        conditions(condition("Established", false=PROGRESSING, reasons=frozenset({"Installing"}))),
        conditions(condition("Established", false=DEGRADED)),
        conditions(condition("NonStructuralSchema", true=DEGRADED)),
        conditions(condition("Established", true=HEALTHY)),
        otherwise=Opinion(DEGRADED, "not established"),
    ),
    # Too few Pods to allow an eviction is what a budget is for, not an illness.
    "PodDisruptionBudget.policy": rule(
        absent("status.conditions"),
        lambda manifest: next(
            (
                Opinion(DEGRADED, text(one, "message") or text(one, "reason"))
                for one in sequence(manifest, "status", "conditions")
                if text(one, "status") == "False" and text(one, "reason") != "InsufficientPods"
            ),
            ALL_WELL,
        ),
    ),
    "VolumeSnapshot.snapshot.storage.k8s.io": _SNAPSHOT,
    "VolumeSnapshotContent.snapshot.storage.k8s.io": _SNAPSHOT,
}
