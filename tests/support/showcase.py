"""A fleet as people have it, for pages and for their pictures: fourteen members in four regions, three teams, a few of everything
that goes wrong. A real sync makes the decisions; what members report is recorded on top of it, as a pass would.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.model.condition import READY, Condition
from reconciler.model.drift_record import DriftedField, DriftRecord
from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedState
from reconciler.record.status_branch import commit_recorded, read_recorded
from reconciler.repo.client import Repository
from tests.support.fleet import (
    STATUS,
    World,
    cluster_policy,
    config,
    document,
    override,
    policy,
    secret,
    selector,
    workload,
)

REGIONS = {"eu-central": "aws", "eu-north": "gcp", "us-east": "aws", "ap-south": "azure"}
_IN_REGIONS = [f"{region}-{number}" for region in REGIONS for number in (1, 2, 3)]
MEMBERS = (*_IN_REGIONS[:-1], "edge-berlin", "edge-oslo", "lab")
VERSIONS = ("v1.36.3", "v1.36.3", "v1.35.7", "v1.34.11")
THEN = datetime(2026, 11, 30, 9, 41, tzinfo=UTC)
"""When the members reported."""

EU = tuple(name for name in MEMBERS if name.startswith("eu-"))
US = tuple(name for name in MEMBERS if name.startswith("us-"))
CORE = tuple(name for name in MEMBERS if not name.startswith(("edge", "lab")))


def member(name: str, *, server: bool = False) -> str:
    """server: whether it is an API server; a folder else, to which a sync can write."""
    region = name.rpartition("-")[0] if name.rpartition("-")[0] in REGIONS else ""
    spec: dict[str, Any] = {"syncMode": "Push", "apiEndpoint": f"file:{name}"}
    if server:
        spec |= {"apiEndpoint": endpoint(name), "secretRef": {"namespace": "reconciler", "name": name}}
    if region:
        spec |= {"provider": REGIONS[region], "region": region, "zones": [f"{region}-a"]}
    labels = {"tier": "core" if region else "edge", "environment": "test" if name == "lab" else "production"}
    taints = [{"key": "reconciler.dev/cordoned", "effect": "NoSchedule"}] if name == "lab" else []
    return document("Cluster", name, "", api="cluster.karmada.io/v1alpha1", labels=labels, spec=spec | {"taints": taints})


def endpoint(name: str) -> str:
    return f"https://{name}.example.com:6443"


def application(
    namespace: str, name: str, *members: str, replicas: int = 6, divided: bool = True, kind: str = "Deployment"
) -> dict[str, str]:
    """A workload with its Service and its policy."""
    labels = {"app.kubernetes.io/part-of": name.partition("-")[0]}
    shape = _in(namespace, workload(name, replicas, kind, f"registry.example.com/{namespace}/{name}:2.4.1"), labels)
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    service = _in(namespace, document("Service", name, api="v1", spec={"selector": {"app": name}, "ports": ports}), labels)
    folder = f"{namespace}/{name}"
    return {
        f"{folder}/workload.yaml": shape,
        f"{folder}/service.yaml": service,
        f"{folder}/policy.yaml": _in(namespace, policy(name, selector(kind, name, "apps/v1"), *members, divided=divided)),
        f"{folder}/service-policy.yaml": _in(namespace, policy(f"{name}-service", selector("Service", name), *members)),
    }


def _in(namespace: str, text: str, labels: dict[str, str] | None = None) -> str:
    """The document in another namespace, with further labels."""
    value = json.loads(text)
    value["metadata"]["namespace"] = namespace
    if labels:
        value["metadata"]["labels"] = {**value["metadata"].get("labels", {}), **labels}
    return json.dumps(value, indent=2) + "\n"


_RBAC = "rbac.authorization.k8s.io/v1"
_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
_DOLLARS = [{"path": "/data/currency", "operator": "replace", "value": "USD"}]
FILES: dict[str, str] = {
    **{f"clusters/{name}.yaml": member(name) for name in MEMBERS},
    **{f"namespaces/{name}.yaml": document("Namespace", name, "") for name in ("shop", "payments", "platform")},
    **application("shop", "web", *EU, *US, replicas=18),
    **application("shop", "web-search", *EU, replicas=6),
    **application("shop", "catalog", *CORE, replicas=22),
    **application("shop", "cart", *EU, *US, replicas=9),
    **application("payments", "ledger", "eu-central-1", "eu-north-1", replicas=3, kind="StatefulSet", divided=False),
    **application("payments", "gateway", *CORE, replicas=11),
    **application("payments", "fraud", *US, replicas=4),
    **application("platform", "agent", *MEMBERS, replicas=1, divided=False),
    "shop/settings.yaml": config("settings", theme="calm", currency="EUR"),
    "shop/settings-policy.yaml": policy("settings", selector("ConfigMap", "settings"), *EU, *US),
    "shop/us-currency.yaml": override("us-currency", selector("ConfigMap", "settings"), *US, plaintext=_DOLLARS),
    "payments/token.yaml": _in("payments", secret("gateway-token", {"token": "not-shown-anywhere"})),
    "payments/token-policy.yaml": _in("payments", policy("gateway-token", selector("Secret", "gateway-token"), *CORE)),
    "platform/reader.yaml": document("ClusterRole", "fleet-reader", "", api=_RBAC, rules=[_PODS]),
    "platform/reader-policy.yaml": cluster_policy("fleet-reader", selector("ClusterRole", "fleet-reader", _RBAC), *MEMBERS),
}
UNREACHABLE = "ap-south-2"


def showcase(folder: Path) -> World:
    """The repository with two revisions, and what was recorded of them."""
    world = World(folder)
    commit(world, FILES, "Add the first applications")
    world.sync()
    commit(world, application("shop", "web", *EU, *US, replicas=24), "Scale web for the winter sale")
    world.sync()
    servers = {f"clusters/{name}.yaml": member(name, server=True) for name in MEMBERS}
    revision = commit(world, servers, "Reach the members by their API servers")
    asyncio.run(record(world, lambda state: replace(reported(state), revision=revision), datetime.now(UTC)))
    return world


def commit(world: World, files: dict[str, str], message: str) -> str:
    """The id of the commit."""
    world.repo.write(dict(files))
    return world.repo.commit(message)


async def record(world: World, change: Any, at: datetime = THEN) -> None:
    """One more commit of the status branch. change: RecordedState → RecordedState."""
    async with await Repository.open(str(world.repo.path)) as repository:
        before = await read_recorded(repository, STATUS)
        await commit_recorded(repository, STATUS, before, change(before.state), "What the members reported", at)


def reported(state: RecordedState) -> RecordedState:
    """As servers would report: one member is gone, one rollout hangs, one image is wrong, somebody edits by hand."""
    reports = {key: _report(state, str(key), report) for key, report in state.reports.items()}
    clusters = {name: _cluster(place, one, reports) for place, (name, one) in enumerate(state.clusters.items())}
    return replace(state, reports=reports, clusters=clusters)


def _report(state: RecordedState, key: str, report: ObjectReport) -> ObjectReport:
    return replace(report, statuses=tuple(_status(key, one) for one in report.statuses))


def _status(key: str, one: ClusterStatus) -> ClusterStatus:
    if one.cluster == UNREACHABLE:
        return replace(one, health=Health(HealthStatus.UNKNOWN, "the member does not answer"))
    if key == "Deployment.apps shop/web-search" and one.cluster == "eu-north-2":
        waits = Health(HealthStatus.IN_PROGRESS, "1 of 2 replicas are available", "LessAvailable")
        return replace(one, health=waits)
    if key == "Deployment.apps payments/fraud" and one.cluster == "us-east-3":
        told = "Pod fraud-6c9f: ImagePullBackOff: registry.example.com/payments/fraud:2.4.1"
        return replace(one, health=Health(HealthStatus.FAILED, told, "ImagePullBackOff"))
    if key == "ConfigMap shop/settings" and one.cluster == "us-east-1":
        fields = (DriftedField("data.currency", ("kubectl-edit",)),)
        drift = DriftRecord("kubectl-edit changed data.currency", THEN, times=3, fields=fields)
        return replace(one, health=CURRENT, corrected=drift.what, drift=drift)
    return replace(one, health=CURRENT)


def _cluster(place: int, one: RecordedCluster, reports: Any) -> RecordedCluster:
    addresses = {"spec.apiEndpoint": endpoint(one.name), "spec.secretRef": f"reconciler/{one.name}"}
    one = replace(one, version=VERSIONS[place % len(VERSIONS)], addresses=addresses)
    statuses = [status for report in reports.values() for status in report.statuses if status.cluster == one.name]
    current = sum(status.applied and status.health == CURRENT for status in statuses)
    if one.name == UNREACHABLE:
        lost = Condition(READY, "False", THEN, "ClusterNotReachable", "dial tcp 10.4.0.2:6443: i/o timeout")
        told = f"{one.name}: it does not answer: i/o timeout"
        return replace(one, ready=False, message=told, conditions=(lost,), current=0)
    ready = Condition(READY, "True", THEN, "ClusterReady", "cluster is healthy and ready to accept workloads")
    return replace(one, conditions=(ready,), current=current)
