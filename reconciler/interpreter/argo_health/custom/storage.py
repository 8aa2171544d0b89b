"""Storage: Rook's Ceph, bucket claims, NetApp's Trident and Astra, KubeVirt's data volumes."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    READY,
    SUSPENDED,
    absent,
    condition,
    conditions,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, mapping, text

_CEPH_HEALTH = {"HEALTH_OK": HEALTHY, **words(DEGRADED, "HEALTH_WARN", "HEALTH_ERR")}


def _ceph(manifest: Manifest) -> ArgoHealth | None:
    """Ceph's own health comes first. The state of the operator matters only if Ceph is healthy."""
    status = mapping(manifest, "status")
    health = text(status, "ceph", "health")
    details = [text(detail, "message") for _, detail in sorted(mapping(status, "ceph", "details").items())]
    message = "; ".join(filter(None, [*details, text(status, "message")]))
    code = _CEPH_HEALTH.get(health, PROGRESSING)
    if code is HEALTHY:
        states = {"": HEALTHY, "Created": HEALTHY, "Connected": HEALTHY, "Error": DEGRADED}
        code = states.get(text(status, "state"), PROGRESSING)
    return ArgoHealth(code, message)


def _backend(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    if text(status, "lastOperationStatus") == "Failed":
        return ArgoHealth(DEGRADED, text(status, "message"))
    bound = (text(status, "phase"), text(status, "lastOperationStatus")) == ("Bound", "Success")
    return ArgoHealth(HEALTHY, text(status, "message")) if bound else None


def _scheduled(manifest: Manifest) -> ArgoHealth:
    last = text(manifest, "status", "lastScheduleTime")
    return ArgoHealth(HEALTHY, f"last run at {last}" if last else "not run yet")


_RUN = rule(
    word(
        "status.state",
        {**words(HEALTHY, "Completed"), **words(DEGRADED, "Failed", "Error")},
        other=PROGRESSING,
        message="status.error",
    )
)

RULES = {
    "CephCluster.ceph.rook.io": rule(absent("status"), _ceph),
    "CephObjectStore.ceph.rook.io": rule(word("status.phase", {"Ready": HEALTHY, "Failure": DEGRADED}, other=PROGRESSING)),
    "ObjectBucketClaim.objectbucket.io": rule(word("status.phase", {"Bound": HEALTHY, "Failed": DEGRADED}, other=PROGRESSING)),
    "TridentBackendConfig.trident.netapp.io": rule(_backend),
    "TridentOrchestrator.trident.netapp.io": rule(
        word(
            "status.status",
            {"Installed": HEALTHY, **words(DEGRADED, "Error", "Failed")},
            other=PROGRESSING,
            message="status.message",
        )
    ),
    "AppVault.astra.netapp.io": rule(
        word("status.state", {"available": HEALTHY, "failed": DEGRADED}, other=PROGRESSING, message="status.error")
    ),
    "Application.astra.netapp.io": rule(READY),
    "ExecHook.astra.netapp.io": rule(word("spec.enabled", {True: HEALTHY, False: SUSPENDED})),
    "Schedule.astra.netapp.io": rule(_scheduled),
    **{
        f"{kind}.astra.netapp.io": _RUN for kind in ("Backup", "ExecHooksRun", "ResourceBackup", "ResticVolumeBackup", "Snapshot")
    },
    "DataVolume.cdi.kubevirt.io": rule(
        word("status.phase", {"Succeeded": HEALTHY, "Paused": SUSPENDED}),
        conditions(condition("Running", false=DEGRADED, reasons=frozenset({"Error"}))),
        word("status.phase", words(DEGRADED, "Failed", "Unknown"), other=PROGRESSING),
    ),
}
