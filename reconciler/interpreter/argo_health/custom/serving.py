"""Applications as a service: Knative, KServe, OpenFaaS, Camel K, SpinKube, Spark, Flink."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    MISSING,
    PROGRESSING,
    READY,
    SUSPENDED,
    Every,
    When,
    condition,
    conditions,
    found,
    holds,
    number,
    rule,
    status_of,
    told_by,
    word,
    words,
)
from reconciler.model.health import Opinion
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _all_of(*types: str) -> Any:
    """Knative's operator: these must hold. False is a step on the way, as Unknown is; a status it never writes is an error."""

    def check(manifest: Manifest) -> Opinion | None:
        waiting = [*found(manifest, status="Unknown"), *found(manifest, "Ready", "DeploymentsAvailable", status="False")]
        if waiting:
            return Opinion(PROGRESSING, told_by(waiting[0]) or f"{text(waiting[0], 'type')} is {text(waiting[0], 'status')}")
        return Every(types)(manifest)

    return check


_KNATIVE = conditions(When(None, "False", DEGRADED)), conditions(When(None, "Unknown", PROGRESSING))


def _inference(manifest: Manifest) -> Opinion | None:
    """A model that is still being loaded excuses the conditions; one that could not be loaded taints them."""
    loading = text(manifest, "status", "modelStatus", "transitionStatus")
    told = [one for one in sequence(manifest, "status", "conditions") if text(one, "type") != "Stopped"]
    if not told:
        return None
    bad, unknown = (next((one for one in told if text(one, "status") == status), None) for status in ("False", "Unknown"))
    if loading not in ("", "UpToDate", "InProgress") or (bad is not None and loading != "InProgress"):
        return Opinion(DEGRADED, told_by(bad) or loading)
    if loading == "InProgress" or bad is not None or unknown is not None:
        return Opinion(PROGRESSING, told_by(unknown) or loading)
    return ALL_WELL


def _replicas(manifest: Manifest) -> Opinion | None:
    idle = holds(manifest, "Ready") and number(manifest, "status", "replicas") == 0
    return Opinion(SUSPENDED, "scaled to 0") if idle else None


def _spin(manifest: Manifest) -> Opinion | None:
    if "status" not in manifest or get(manifest, "status") is None:
        return None
    if status_of(manifest, "Available") != "True":
        return Opinion(DEGRADED, told_by(next(found(manifest, "Available", status=None), None)))
    wanted, ready = number(manifest, "spec", "replicas", default=1), number(manifest, "status", "readyReplicas")
    if ready < wanted:
        return Opinion(PROGRESSING, f"{ready} of {wanted} replicas are ready")
    return ALL_WELL


def _executors(manifest: Manifest) -> Opinion | None:
    """A running application is well with the executors it asked for, or any number between the bounds it gave."""
    if text(manifest, "status", "applicationState", "state") != "RUNNING":
        return None
    running = sum(state == "RUNNING" for state in mapping(manifest, "status", "executorState").values())
    low, high = _bounds(mapping(manifest, "spec"))
    return ALL_WELL if low <= running <= high else Opinion(PROGRESSING, f"{running} executors run")


def _bounds(spec: Mapping[str, Any]) -> tuple[float, float]:
    dynamic = mapping(spec, "dynamicAllocation")
    if get(dynamic, "enabled") is True:
        return number(dynamic, "minExecutors", default=1), float(number(dynamic, "maxExecutors", default=0)) or float("inf")
    for prefix in ("spark.dynamicAllocation.", "spark.streaming.dynamicAllocation."):
        settings = mapping(spec, "sparkConf")
        if str(settings.get(f"{prefix}enabled")).lower() == "true":
            low, high = (str(settings.get(f"{prefix}{name}", "")) for name in ("minExecutors", "maxExecutors"))
            return float(low) if low.isdecimal() else 1, float(high) if high.isdecimal() else float("inf")
    instances = get(spec, "executor", "instances")
    return (instances, instances) if isinstance(instances, int) else (1, float("inf"))


_SPARK = {
    "COMPLETED": HEALTHY,
    **words(DEGRADED, "FAILED", "FAILING", "SUBMISSION_FAILED"),
    "INVALIDATING": MISSING,
    **words(PROGRESSING, "", "SUBMITTED", "SUCCEEDING", "PENDING_RERUN", "UNKNOWN"),
}

RULES = {
    "Service.serving.knative.dev": rule(*_KNATIVE, Every(("ConfigurationsReady", "RoutesReady", "Ready"), PROGRESSING)),
    "KnativeEventing.operator.knative.dev": rule(_all_of("InstallSucceeded", "Ready")),
    "KnativeServing.operator.knative.dev": rule(
        _all_of("DependenciesInstalled", "DeploymentsAvailable", "InstallSucceeded", "Ready")
    ),
    "InferenceService.serving.kserve.io": rule(conditions(condition("Stopped", true=SUSPENDED)), _inference),
    "Function.openfaas.com": rule(
        conditions(condition("Ready", false=DEGRADED), condition("Stalled", true=DEGRADED)),
        _replicas,
        conditions(condition("Ready", true=HEALTHY)),
    ),
    "Integration.camel.apache.org": rule(READY),
    "SpinApp.core.spinkube.dev": rule(
        conditions(condition("Progressing", false=DEGRADED, reasons=frozenset({"ProgressDeadlineExceeded"}))),
        conditions(condition("Progressing", true=PROGRESSING)),
        _spin,
    ),
    "SparkApplication.sparkoperator.k8s.io": rule(
        _executors, word("status.applicationState.state", _SPARK, message="status.applicationState.errorMessage")
    ),
    # Version 0.1 said success, later ones say DEPLOYED.
    "FlinkDeployment.flink.apache.org": rule(
        word("status.reconciliationStatus.success", {True: HEALTHY}),
        word("status.reconciliationStatus.state", {"DEPLOYED": HEALTHY}),
        word(
            "status.jobManagerDeploymentStatus",
            {"ERROR": DEGRADED, **words(PROGRESSING, "DEPLOYED_NOT_READY", "DEPLOYING")},
            message="status.reconciliationStatus.error",
        ),
    ),
}
