"""Nouns as short as a test wants them: documents in, what `load/` would make of them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from reconciler.load.parse import parse_cluster, parse_propagation_policy
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.helm_release import HelmRelease
from reconciler.model.keys import ClusterName, GroupVersionKind, PolicyRef, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, gvk_of, key_of
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import marked
from reconciler.model.policy import PropagationPolicy
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedDecision, RecordedState
from reconciler.model.work import RenderedManifest
from reconciler.render.digest import digest_of

INSTANCE = "reconciler"
POLICY = PolicyRef("PropagationPolicy", "shop", "web")


def manifest(kind: str, name: str = "web", namespace: str = "shop", *, api: str = "v1", **fields: Any) -> dict[str, Any]:
    """`labels` and `annotations` become metadata, everything else stands at the top."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    metadata |= {field: fields.pop(field) for field in ("labels", "annotations", "ownerReferences") if field in fields}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def deployment(name: str = "web", replicas: int | None = 2, **fields: Any) -> dict[str, Any]:
    spec = {} if replicas is None else {"replicas": replicas}
    return manifest("Deployment", name, api="apps/v1", spec=spec, **fields)


def config(name: str = "config", **fields: Any) -> dict[str, Any]:
    return manifest("ConfigMap", name, **fields)


def namespace(name: str = "shop", **fields: Any) -> dict[str, Any]:
    return manifest("Namespace", name, "", **fields)


def crd(group: str = "example.com", kind: str = "Widget") -> dict[str, Any]:
    spec = {"group": group, "names": {"kind": kind}}
    return manifest("CustomResourceDefinition", f"{kind.lower()}s.{group}", "", api="apiextensions.k8s.io/v1", spec=spec)


def template(document: Manifest) -> ResourceTemplate:
    return ResourceTemplate(key_of(document), gvk_of(document), document, NOWHERE)


def cluster(
    name: str, *, apis: tuple[str, ...] | None = None, deleting: bool = False, labels: Any = None, **spec: Any
) -> Cluster:
    """apis: as `apps/v1 Deployment`. spec: as a Cluster file has it."""
    metadata = {"name": name, "labels": labels or {}} | ({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleting else {})
    served = None if apis is None else frozenset(GroupVersionKind.parse(*api.split()) for api in apis)
    return replace(parse_cluster({"metadata": metadata, "spec": spec}), apis=served)


def policy(**placement: Any) -> PropagationPolicy:
    metadata = {"name": POLICY.name, "namespace": POLICY.namespace}
    return parse_propagation_policy({"kind": POLICY.kind, "metadata": metadata, "spec": {"placement": placement}})


def binding(document: Manifest | None = None, /, **shares: int) -> Binding:
    """A divided decision for a document (a Deployment by default): replicas by cluster."""
    targets = tuple(TargetCluster(ClusterName(name), count) for name, count in sorted(shares.items()))
    total = sum(shares.values())
    return Binding(key_of(document or deployment()), POLICY, targets, total, divided=True, workload=total > 0)


def status(
    cluster_name: str, health: Health | HealthStatus = CURRENT, *, applied: bool = True, message: str = "", digest: str = ""
) -> ClusterStatus:
    verdict = health if isinstance(health, Health) else Health(health)
    return ClusterStatus(ClusterName(cluster_name), applied, verdict, message, digest)


class Recorded(NamedTuple):
    """What the status branch says about one object."""

    decision: RecordedDecision
    report: ObjectReport

    @property
    def binding(self) -> Binding:
        return self.decision.binding


def recorded(binding: Binding, *statuses: ClusterStatus, template_file: str = "web.yaml", **fields: Any) -> Recorded:
    """By default every target is Current."""
    reported = statuses or tuple(status(name) for name in binding.cluster_names)
    return Recorded(RecordedDecision(binding, template_file, **fields), ObjectReport(reported))


def recorded_state(*objects: Recorded, revision: str = "3f2c1ab", clusters: Iterable[RecordedCluster] = ()) -> RecordedState:
    return RecordedState(
        revision,
        {item.binding.key: item.decision for item in objects},
        {item.binding.key: item.report for item in objects if item.report.statuses},
        {cluster.name: cluster for cluster in clusters},
    )


def rendered(document: Manifest, *, conflict_resolution: str = "Abort", adopts: HelmRelease | None = None) -> RenderedManifest:
    """As `render/` makes it, with our marks."""
    key, digest = key_of(document), digest_of(document)
    return RenderedManifest(
        key, marked(document, key, digest, INSTANCE), digest, NOWHERE, conflict_resolution=conflict_resolution, adopts=adopts
    )


def ours(document: Manifest) -> Manifest:
    """The object as we would have written it."""
    return rendered(document).manifest


def live(*objects: Manifest, cluster_name: str = "m1") -> LiveView:
    return LiveView(ClusterName(cluster_name), {key_of(item): item for item in objects})


def key(document: Manifest) -> ResourceKey:
    return key_of(document)
