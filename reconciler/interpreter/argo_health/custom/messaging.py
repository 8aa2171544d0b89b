"""Kafka (Strimzi, Banzai Cloud, Confluent) and RabbitMQ."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    SUSPENDED,
    UNKNOWN,
    absent,
    condition,
    condition_status,
    conditions,
    find_conditions,
    message_of,
    number,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, text

_STRIMZI = rule(conditions(condition("NotReady", true=DEGRADED), condition("Ready", true=HEALTHY)))

_IN_SYNC = frozenset({"GracefulUpscaleSucceeded", "GracefulDownscaleSucceeded"})


def _brokers(manifest: Manifest) -> ArgoHealth | None:
    out = [
        name
        for name, broker in mapping(manifest, "status", "brokersState").items()
        if text(broker, "configurationState") != "ConfigInSync"
        or text(broker, "gracefulActionState", "cruiseControlState") not in _IN_SYNC
    ]
    return ArgoHealth(DEGRADED, f"brokers out of sync: {', '.join(sorted(out))}") if out else None


def _cruise(manifest: Manifest) -> ArgoHealth | None:
    running = text(manifest, "status", "state") == "ClusterRunning"
    ready = text(manifest, "status", "cruiseControlTopicStatus") == "CruiseControlTopicReady"
    return ALL_WELL if running and ready and mapping(manifest, "status", "brokersState") else None


_CONFLUENT = rule(word("status.phase", {"RUNNING": HEALTHY, "FAILED": DEGRADED}, other=PROGRESSING))


def _connector(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    if text(status, "state") == "ERROR":
        return ArgoHealth(DEGRADED, message_of(get(status, "conditions", 0)))
    if failed := number(status, "failedTasksCount"):
        return ArgoHealth(DEGRADED, f"{failed} tasks failed")
    return ALL_WELL if (text(status, "state"), text(status, "connectorState")) == ("CREATED", "RUNNING") else None


def _rabbits(manifest: Manifest) -> ArgoHealth | None:
    available, replicas = condition_status(manifest, "ClusterAvailable"), condition_status(manifest, "AllReplicasReady")
    if "Unknown" in (available, replicas):
        return ArgoHealth(PROGRESSING, "its readiness is still unknown")
    scaled = any(text(one, "reason") == "ScaledToZero" for one in find_conditions(manifest, "AllReplicasReady", status="False"))
    if scaled and get(manifest, "spec", "replicas") == 0:
        return ArgoHealth(SUSPENDED, "scaled to 0")
    if "False" in (available, replicas):
        return ArgoHealth(PROGRESSING, "the cluster is forming" if available == "False" else "not all replicas are ready")
    return ALL_WELL if available == replicas == "True" else None


_TOPOLOGY = rule(
    conditions(
        condition("Ready", true=HEALTHY, reasons=frozenset({"SuccessfulCreateOrUpdate"})),
        condition("Ready", false=DEGRADED, reasons=frozenset({"FailedCreateOrUpdate"})),
    ),
    otherwise=UNKNOWN,
)

RULES = {
    **{
        f"{kind}.kafka.strimzi.io": _STRIMZI
        for kind in (
            "Kafka",
            "KafkaBridge",
            "KafkaConnect",
            "KafkaConnector",
            "KafkaMirrorMaker2",
            "KafkaNodePool",
            "KafkaRebalance",
            "KafkaTopic",
            "KafkaUser",
        )
    },
    "KafkaCluster.kafka.banzaicloud.io": rule(
        absent("status.brokersState"),
        word("status.state", words(PROGRESSING, "ClusterReconciling", "ClusterRollingUpgrading")),
        _brokers,
        _cruise,
    ),
    **{
        f"{kind}.platform.confluent.io": _CONFLUENT
        for kind in (
            "Connect",
            "ControlCenter",
            "Kafka",
            "KafkaRestProxy",
            "KRaftController",
            "KsqlDB",
            "SchemaRegistry",
            "Zookeeper",
        )
    },
    "Connector.platform.confluent.io": rule(_connector),
    "RabbitmqCluster.rabbitmq.com": rule(conditions(condition("ReconcileSuccess", false=DEGRADED)), _rabbits),
    **{
        f"{kind}.rabbitmq.com": _TOPOLOGY
        for kind in ("Binding", "Exchange", "Federation", "Permission", "Policy", "Queue", "Shovel", "User", "Vhost")
    },
}
