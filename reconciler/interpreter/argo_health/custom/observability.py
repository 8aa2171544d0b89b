"""Monitoring, logging and tracing: Prometheus, VictoriaMetrics, OpenTelemetry, Grafana, Jaeger, Kiali, Datadog, Coralogix,
Humio."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    MISSING,
    PROGRESSING,
    READY,
    SUSPENDED,
    UNKNOWN,
    Lagging,
    When,
    condition,
    conditions,
    paused,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, text


def _collector(manifest: Manifest) -> ArgoHealth | None:
    """OpenTelemetry reports ready and total replicas in one string, `2/3`."""
    mode, counted = text(manifest, "spec", "mode"), text(manifest, "status", "scale", "statusReplicas")
    if get(manifest, "status") is None or (not counted and mode != "sidecar"):
        return None
    if not counted:
        return ArgoHealth(HEALTHY, "it runs as a sidecar")
    ready, _, total = counted.partition("/")
    if not (ready.isdecimal() and total.isdecimal()):
        return None
    if int(ready) == 0 and not (mode == "daemonset" and int(total) == 0):
        return ArgoHealth(DEGRADED, f"{counted} replicas are ready")
    return ArgoHealth(HEALTHY if ready == total else PROGRESSING, f"{counted} replicas are ready")


def _stages(manifest: Manifest) -> ArgoHealth | None:
    """Grafana's operator works in stages, and stops at a failed one."""
    stage, outcome = text(manifest, "status", "stage"), text(manifest, "status", "stageStatus")
    if not outcome:
        return None
    if outcome == "failed":
        return ArgoHealth(DEGRADED, f"failed at stage {stage}")
    return ArgoHealth(HEALTHY if (stage, outcome) == ("complete", "success") else PROGRESSING, stage)


def _matched(manifest: Manifest) -> ArgoHealth | None:
    status = get(manifest, "status")
    if status is None or get(status, "uid") == "":
        return None
    return ArgoHealth(DEGRADED, "no Grafana matches") if get(status, "NoMatchingInstances") is True else ALL_WELL


_SYNCHRONIZED = rule(conditions(When(None, "False", DEGRADED)), conditions(When(None, "True", HEALTHY)))
_REMOTE = rule(conditions(condition("RemoteSynced", true=HEALTHY, false=DEGRADED)))
_HUMIO = rule(
    word("status.state", {"Exists": HEALTHY, "NotFound": MISSING, "ConfigError": DEGRADED, "Unknown": UNKNOWN}, other=PROGRESSING)
)

RULES = {
    **{
        f"{kind}.monitoring.coreos.com": rule(
            conditions(
                condition("Available", true=HEALTHY),
                When("Available", None, PROGRESSING, frozenset({"SomePodsNotReady"})),
                When("Available", None, DEGRADED),
            )
        )
        for kind in ("Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler")
    },
    "*.operator.victoriametrics.com": rule(
        paused(),
        Lagging(),
        word(
            "status.updateStatus",
            {"operational": HEALTHY, "expanding": PROGRESSING, "paused": SUSPENDED, "failed": DEGRADED},
            message="status.reason",
        ),
    ),
    "OpenTelemetryCollector.opentelemetry.io": rule(_collector),
    "Grafana.grafana.integreatly.org": rule(_stages),
    "GrafanaDashboard.grafana.integreatly.org": _SYNCHRONIZED,
    "GrafanaDatasource.grafana.integreatly.org": rule(_matched),
    "GrafanaFolder.grafana.integreatly.org": _SYNCHRONIZED,
    "*.grafana-org-operator.kubitus-project.gitlab.io": rule(READY),
    "Jaeger.jaegertracing.io": rule(word("status.phase", {"Running": HEALTHY, "Failed": DEGRADED}, other=PROGRESSING)),
    "Kiali.kiali.io": rule(
        conditions(
            condition("Successful", true=HEALTHY),
            condition("Failure", true=DEGRADED),
            When("Running", None, PROGRESSING, frozenset({"Running"})),
        )
    ),
    "DatadogMetric.datadoghq.com": rule(
        conditions(condition("Error", true=DEGRADED)), conditions(condition("Valid", false=DEGRADED)), otherwise=HEALTHY
    ),
    "Alert.coralogix.com": _REMOTE,
    "RecordingRuleGroupSet.coralogix.com": _REMOTE,
    "HumioCluster.core.humio.com": rule(
        word(
            "status.state",
            {"Running": HEALTHY, "ConfigError": DEGRADED, "Unknown": UNKNOWN},
            other=PROGRESSING,
            message="status.message",
        )
    ),
    **{
        f"{kind}.core.humio.com": _HUMIO
        for kind in ("HumioAction", "HumioAlert", "HumioIngestToken", "HumioParser", "HumioRepository", "HumioView")
    },
}
