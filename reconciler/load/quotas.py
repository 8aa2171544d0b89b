"""FederatedResourceQuotas: the ResourceQuotas that their static assignments are, and clusters that do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.load.crosscheck import Finding
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import warning
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.quota import Quota
from reconciler.model.spelling import did_you_mean

_RESOURCE_QUOTA = GroupVersionKind("", "v1", "ResourceQuota")


def quota_templates(quotas: Iterable[Quota]) -> Iterator[ResourceTemplate]:
    """A template for each quota with static assignments: a ResourceQuota of its name, in which only `spec.hard` differs between
    clusters (Karmada pkg/controllers/federatedresourcequota)."""
    for quota in quotas:
        if quota.assignments:
            parts = {name: _resource_quota(quota, hard) for name, hard in quota.assignments.items()}
            overall = {name: str(amount) for name, amount in quota.overall.items()}
            key = ResourceKey("", "ResourceQuota", quota.namespace, quota.name)
            yield ResourceTemplate(key, _RESOURCE_QUOTA, _resource_quota(quota, overall), quota.origin, parts=parts)


def _resource_quota(quota: Quota, hard: Manifest) -> Manifest:
    metadata = {"name": quota.name, "namespace": quota.namespace}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": dict(hard)}}


def check_quotas(quotas: Iterable[Quota], clusters: Sequence[Cluster]) -> Iterator[Finding]:
    """A warning where an assignment names a cluster that no file declares, as for a cluster that joins later."""
    names = [cluster.name for cluster in clusters]
    for quota in quotas:
        for name in quota.assignments:
            if name not in names:
                message = f"{quota}: spec.staticAssignments names {name}, and no Cluster has this name; nothing is assigned to it"
                remedy = f"{did_you_mean(name, names)} Correct it, or declare the cluster.".lstrip()
                yield quota, warning("UnknownCluster", message, remedy, origin=quota.origin, subject=str(quota))
