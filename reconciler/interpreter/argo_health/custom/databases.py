"""Databases and search engines: most report a word for the phase, some a number of nodes."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.argo_health.checks import (
    ALL_WELL,
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    READY,
    SUSPENDED,
    UNKNOWN,
    Annotated,
    When,
    absent,
    condition,
    conditions,
    number,
    rule,
    word,
    words,
)
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

_MARIADB = rule(
    absent("status.conditions"),
    conditions(When(None, "False", DEGRADED, frozenset({"Failed"})), When(None, "False", PROGRESSING)),
    otherwise=HEALTHY,
)

_CNPG = {
    "Cluster in healthy state": HEALTHY,
    **words(
        PROGRESSING,
        "Setting up primary",
        "Creating a new replica",
        "Upgrading cluster",
        "Waiting for the instances to become active",
        "Promoting to primary cluster",
    ),
    **words(
        DEGRADED,
        "Switchover in progress",
        "Failing over",
        "Upgrading Postgres major version",
        "Cluster upgrade delayed",
        "Waiting for user action",
        "Primary instance is being restarted in-place",
        "Primary instance is being restarted without a switchover",
        "Cluster cannot execute instance online upgrade due to missing architecture binary",
        "Online upgrade in progress",
        "Applying configuration",
    ),
    **words(
        SUSPENDED,
        "Unable to create required cluster objects",
        "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
        "Cluster has incomplete or invalid image catalog",
        "Cluster is unrecoverable and needs manual intervention",
    ),
}
"""CloudNativePG's phases. A change of the primary is Degraded, because the database cannot be written to meanwhile."""


def _elastic_nodes(manifest: Manifest) -> ArgoHealth | None:
    desired = sum(number(one, "count") for one in sequence(manifest, "spec", "nodeSets"))
    available = get(manifest, "status", "availableNodes")
    if not isinstance(available, int):
        return ArgoHealth(UNKNOWN, "the number of available nodes is unknown")
    return ArgoHealth(PROGRESSING, f"{available} of {desired} nodes are available") if available < desired else None


def _elastic_ready(manifest: Manifest) -> ArgoHealth | None:
    colours = {"green": HEALTHY, "yellow": PROGRESSING, "red": DEGRADED}
    return word("status.health", colours)(manifest) if text(manifest, "status", "phase") == "Ready" else None


def _beat(manifest: Manifest) -> ArgoHealth | None:
    status = mapping(manifest, "status")
    started = "health" in status or "expectedNodes" in status
    return ArgoHealth(PROGRESSING, "no health is reported yet") if started and "health" not in status else None


def _minio(manifest: Manifest) -> ArgoHealth | None:
    """MinIO's operator reports sentences: all that are not known errors are Progressing."""
    state = text(manifest, "status", "currentState")
    errors = {
        "Another MinIO Tenant already exists in the namespace",
        "Different versions across MinIO Pools",
        "Pool Decommissioning Not Allowed",
        "Statefulset not controlled by operator",
        "Tenant credentials are not set properly",
    }
    if not state:
        return None
    return ArgoHealth(HEALTHY if state == "Initialized" else DEGRADED if state in errors else PROGRESSING, state)


def _solr(manifest: Manifest) -> ArgoHealth | None:
    if not isinstance(get(manifest, "status", "solrNodes"), list):
        return None
    waiting = [text(one, "name") for one in sequence(manifest, "status", "solrNodes") if not get(one, "ready")]
    return ArgoHealth(PROGRESSING, f"not ready: {', '.join(waiting)}") if waiting else ALL_WELL


def _racks(manifest: Manifest) -> ArgoHealth | None:
    racks = get(manifest, "status", "racks")
    if not isinstance(racks, Mapping):
        return None
    short = [name for name, rack in racks.items() if get(rack, "members") != get(rack, "readyMembers")]
    return ArgoHealth(PROGRESSING, f"not all members are ready in {', '.join(sorted(short))}") if short else ALL_WELL


def _ensemble(manifest: Manifest) -> ArgoHealth | None:
    ready, total = number(manifest, "status", "readyReplicas"), number(manifest, "status", "replicas")
    return ALL_WELL if ready and ready == total else ArgoHealth(PROGRESSING, f"{ready} of {total} nodes have joined")


_CLICKHOUSE = rule(word("status.status", {"Completed": HEALTHY, "InProgress": PROGRESSING}, other=DEGRADED))

RULES = {
    "postgresql.acid.zalan.do": rule(
        word(
            "status.PostgresClusterStatus",
            {"Running": HEALTHY, **words(PROGRESSING, "Creating", "Updating", "UpdateInProgress")},
            other=DEGRADED,
        )
    ),
    "Cluster.postgresql.cnpg.io": rule(
        Annotated("cnpg.io/reconciliationLoop", "disabled", ArgoHealth(SUSPENDED, "reconciliation is switched off")),
        conditions(condition("cnpg.io/hibernation", true=SUSPENDED, other=DEGRADED)),
        word("status.phase", _CNPG, other=UNKNOWN, message="status.phaseReason"),
    ),
    "ClickHouseInstallation.clickhouse.altinity.com": _CLICKHOUSE,
    "ClickHouseKeeperInstallation.clickhouse-keeper.altinity.com": _CLICKHOUSE,
    "Elasticsearch.elasticsearch.k8s.elastic.co": rule(
        _elastic_nodes,
        word("status.phase", {"Invalid": DEGRADED, **words(PROGRESSING, "ApplyingChanges", "MigratingData")}),
        _elastic_ready,
        otherwise=UNKNOWN,
    ),
    "Beat.beat.k8s.elastic.co": rule(
        _beat, word("status.health", {"green": HEALTHY, "yellow": PROGRESSING, "red": DEGRADED}), otherwise=UNKNOWN
    ),
    "Logstash.logstash.k8s.elastic.co": rule(word("status.health", {"green": HEALTHY, "yellow": PROGRESSING, "red": DEGRADED})),
    "Backup.k8s.mariadb.com": rule(conditions(condition("Complete", true=HEALTHY, false=DEGRADED))),
    "Database.k8s.mariadb.com": rule(READY),
    "Grant.k8s.mariadb.com": rule(READY),
    "MariaDB.k8s.mariadb.com": _MARIADB,
    "SqlJob.k8s.mariadb.com": rule(
        conditions(
            condition("Complete", true=DEGRADED, reasons=frozenset({"JobFailed"})),
            condition("Complete", true=HEALTHY, false=PROGRESSING),
        )
    ),
    "User.k8s.mariadb.com": rule(READY),
    "MariaDB.mariadb.mmontes.io": _MARIADB,
    "PerconaServerMongoDB.psmdb.percona.com": rule(
        absent("status"),
        word(
            "status.state",
            {"ready": HEALTHY, "paused": SUSPENDED, "error": DEGRADED, **words(PROGRESSING, "initializing", "stopping")},
            message="status.message",
        ),
        otherwise=UNKNOWN,
    ),
    # The status of a paused XtraDB cluster is the same as that of a lost one.
    "PerconaXtraDBCluster.pxc.percona.com": rule(
        absent("status"),
        word("status.state", {"ready": HEALTHY, "initializing": PROGRESSING, **words(DEGRADED, "stopping", "error")}),
        otherwise=UNKNOWN,
    ),
    "Tenant.minio.min.io": rule(_minio),
    "SolrCloud.solr.apache.org": rule(_solr),
    "Cluster.cassandra.rook.io": rule(_racks),
    "ZookeeperCluster.zookeeper.pravega.io": rule(absent("status"), _ensemble),
}
