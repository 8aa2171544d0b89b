"""Platforms for applications and functions: Knative, KServe, OpenFaaS, Camel K, SpinKube, Spark, Flink."""

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
    condition_status,
    conditions,
    find_conditions,
    has_condition,
    message_of,
    number,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, sequence, text


def _all_of(*types: str) -> Any:
    """Knative's operator: these conditions must be True. False and Unknown are Progressing; any other status is an error."""

    def check(manifest: Manifest) -> ArgoHealth | None:
        waiting = [
            *find_conditions(manifest, status="Unknown"),
            *find_conditions(manifest, "Ready", "DeploymentsAvailable", status="False"),
        ]
        if waiting:
            return ArgoHealth(
                PROGRESSING, message_of(waiting[0]) or f"{text(waiting[0], 'type')} is {text(waiting[0], 'status')}"
            )
        return Every(types)(manifest)

    return check


_KNATIVE = conditions(When(None, "False", DEGRADED)), conditions(When(None, "Unknown", PROGRESSING))


def _inference(manifest: Manifest) -> ArgoHealth | None:
    """While the model loads, False conditions are Progressing. If it could not be loaded, the service is Degraded."""
    loading = text(manifest, "status", "modelStatus", "transitionStatus")
    relevant = [one for one in sequence(manifest, "status", "conditions") if text(one, "type") != "Stopped"]
    if not relevant:
        return None
    bad, unknown = (next((one for one in relevant if text(one, "status") == status), None) for status in ("False", "Unknown"))
    if loading not in ("", "UpToDate", "InProgress") or (bad is not None and loading != "InProgress"):
        return ArgoHealth(DEGRADED, message_of(bad) or loading)
    if loading == "InProgress" or bad is not None or unknown is not None:
        return ArgoHealth(PROGRESSING, message_of(unknown) or loading)
    return ALL_WELL


def _replicas(manifest: Manifest) -> ArgoHealth | None:
    idle = has_condition(manifest, "Ready") and number(manifest, "status", "replicas") == 0
    return ArgoHealth(SUSPENDED, "scaled to 0") if idle else None


def _spin(manifest: Manifest) -> ArgoHealth | None:
    if "status" not in manifest or get(manifest, "status") is None:
        return None
    if condition_status(manifest, "Available") != "True":
        return ArgoHealth(DEGRADED, message_of(next(find_conditions(manifest, "Available", status=None), None)))
    desired, ready = number(manifest, "spec", "replicas", default=1), number(manifest, "status", "readyReplicas")
    if ready < desired:
        return ArgoHealth(PROGRESSING, f"{ready} of {desired} replicas are ready")
    return ALL_WELL


def _executors(manifest: Manifest) -> ArgoHealth | None:
    """A running application is Healthy if the number of its executors is between its minimum and maximum."""
    if text(manifest, "status", "applicationState", "state") != "RUNNING":
        return None
    running = sum(state == "RUNNING" for state in mapping(manifest, "status", "executorState").values())
    low, high = _bounds(mapping(manifest, "spec"))
    return ALL_WELL if low <= running <= high else ArgoHealth(PROGRESSING, f"{running} executors run")


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
    # Version 0.1 reports success, later versions report DEPLOYED.
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
