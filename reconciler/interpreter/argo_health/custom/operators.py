"""Other single operators: 3scale, Keptn, KubeVirt, Karmada, Ansible, Atlas, nmstate, Proclaim."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    UNKNOWN,
    When,
    condition,
    condition_status,
    conditions,
    find_conditions,
    has_condition,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

_API = conditions(
    *(condition(name, true=HEALTHY) for name in ("Ready", "Synced")),
    *(condition(name, true=DEGRADED) for name in ("Invalid", "Failed", "Orphan")),
    condition("Waiting", true=SUSPENDED),
    condition("In-progress", true=PROGRESSING),
    condition("Ready", false=DEGRADED),
)
_3SCALE = rule(word("status.state", {"suspended": SUSPENDED}), word("status.developerUserState", {"suspended": SUSPENDED}), _API)


def _manager(manifest: Manifest) -> ArgoHealth | None:
    """The status lists deployments by their progress. Available=False with a reason is Degraded."""
    deployments = mapping(manifest, "status", "deployments")
    if "ready" in deployments and not {"starting", "stopped"} & set(deployments):
        return ALL_WELL
    for one in find_conditions(manifest, "Available", status=None):
        if text(one, "status") == "True":
            return ALL_WELL
        if text(one, "reason"):
            return ArgoHealth(DEGRADED, text(one, "reason"))
    return None


_KEPTN = words(HEALTHY, "Succeeded") | words(DEGRADED, "Failed")


def _analysis(manifest: Manifest) -> ArgoHealth | None:
    passed, warned = get(manifest, "status", "pass"), get(manifest, "status", "warning")
    if passed is True or warned is True:
        return ArgoHealth(HEALTHY, "" if passed is True else "passed with warnings")
    return ArgoHealth(DEGRADED, "not passed") if passed is False else None


def _virtual(manifest: Manifest) -> ArgoHealth | None:
    """A virtual machine that is not ready is Progressing if it has been created, else it is switched off."""
    message = text(manifest, "status", "printableStatus")
    if has_condition(manifest, "Paused"):
        return ArgoHealth(SUSPENDED, message)
    match condition_status(manifest, "Ready"):
        case "":
            return None
        case "True":
            return ArgoHealth(HEALTHY, message)
    return ArgoHealth(PROGRESSING if get(manifest, "status", "created") else SUSPENDED, message)


_INSTANCE = {
    **words(PROGRESSING, "Pending", "Scheduling", "Scheduled"),
    "Succeeded": SUSPENDED,
    "Failed": DEGRADED,
    "Unknown": UNKNOWN,
}


def _members(manifest: Manifest) -> ArgoHealth | None:
    """Karmada's bindings: each member must have reported its health. Unknown health is enough if the object is applied.

    The binding of a dependency names no clusters, because it follows those of its parents. Then the members that report count.
    """
    clusters, reports = sequence(manifest, "spec", "clusters"), sequence(manifest, "status", "aggregatedStatus")
    if not reports or (clusters and len(clusters) != len(reports)):
        return None
    bad = [
        text(one, "clusterName")
        for one in reports
        if text(one, "health") == "Unhealthy" or (text(one, "health") == "Unknown" and get(one, "applied") is not True)
    ]
    return ArgoHealth(DEGRADED, f"unhealthy in {', '.join(bad)}") if bad else ALL_WELL


_INSUFFICIENT = ArgoHealth(PROGRESSING, "not every cluster has reports its health yet")
_ATLAS = rule(
    conditions(
        condition("Ready", true=HEALTHY),
        condition("Ready", false=PROGRESSING, reasons=frozenset({"Reconciling"})),
        condition("Ready", false=DEGRADED),
    )
)

RULES = {
    "APIManager.apps.3scale.net": rule(_manager),
    **{
        f"{kind}.capabilities.3scale.net": _3SCALE
        for kind in (
            "ActiveDoc",
            "Application",
            "ApplicationAuth",
            "Backend",
            "CustomPolicyDefinition",
            "DeveloperAccount",
            "DeveloperUser",
            "OpenAPI",
            "Product",
            "ProxyConfigPromote",
            "Tenant",
        )
    },
    "KeptnAppVersion.lifecycle.keptn.sh": rule(word("status.status", _KEPTN, other=PROGRESSING)),
    "KeptnEvaluation.lifecycle.keptn.sh": rule(word("status.overallStatus", _KEPTN, other=PROGRESSING)),
    "KeptnTask.lifecycle.keptn.sh": rule(word("status.status", _KEPTN, other=PROGRESSING)),
    "KeptnWorkloadInstance.lifecycle.keptn.sh": rule(word("status.status", _KEPTN, other=PROGRESSING)),
    "KeptnWorkloadVersion.lifecycle.keptn.sh": rule(word("status.status", _KEPTN, other=PROGRESSING)),
    "Analysis.metrics.keptn.sh": rule(_analysis),
    "KeptnMetric.metrics.keptn.sh": rule(
        lambda manifest: ArgoHealth(DEGRADED, message) if (message := text(manifest, "status", "errMsg")) else None,
        lambda manifest: ALL_WELL if get(manifest, "status", "value") not in (None, "") else None,
    ),
    "VirtualMachine.kubevirt.io": rule(_virtual),
    "VirtualMachineInstance.kubevirt.io": rule(
        word("status.phase", _INSTANCE),
        conditions(condition("Paused", true=SUSPENDED)),
        conditions(condition("Ready", true=HEALTHY, other=DEGRADED)),
    ),
    "ClusterResourceBinding.work.karmada.io": rule(_members, otherwise=_INSUFFICIENT),
    "ResourceBinding.work.karmada.io": rule(_members, otherwise=_INSUFFICIENT),
    "IstioOperator.install.istio.io": rule(word("status.status", {"HEALTHY": HEALTHY, "ERROR": DEGRADED}, other=PROGRESSING)),
    "AnsibleJob.tower.ansible.com": rule(
        word(
            "status.ansibleJobResult.status",
            {"successful": HEALTHY, **words(DEGRADED, "failed", "error", "canceled")},
            other=PROGRESSING,
        )
    ),
    "AtlasMigration.db.atlasgo.io": _ATLAS,
    "AtlasSchema.db.atlasgo.io": _ATLAS,
    "NodeNetworkConfigurationPolicy.nmstate.io": rule(
        conditions(
            condition("Available", true=HEALTHY),
            condition("Degraded", true=DEGRADED),
            condition("Progressing", true=PROGRESSING),
            condition("Ignored", true=SUSPENDED),
        )
    ),
    "DNSSDServiceInstance.proclaim.dogmatiq.io": rule(
        conditions(condition("Adopted", false=DEGRADED)),
        conditions(When("Advertised", None, DEGRADED, frozenset({"AdvertiseError", "UnadvertiseError"}))),
        conditions(When("Discoverable", None, UNKNOWN, frozenset({"DiscoveryError"}))),
        conditions(condition("Discoverable", true=HEALTHY, other=PROGRESSING)),
    ),
}
