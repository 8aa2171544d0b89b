"""Whether a kind is namespaced or cluster-scoped, without a request to any cluster.

The tables list every kind of Kubernetes, Karmada and this project that a file can contain. The published schemas do not contain
the scope, so it is listed here; a test checks that no kind of the schemas is missing. `declared_scopes` reads the scopes in
CustomResourceDefinitions of the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from reconciler.interpreter.containers import defined_kind
from reconciler.model.manifest import Manifest, text
from reconciler.model.settings import DeclaredKind


class Scope(StrEnum):
    """The values of `spec.scope` in a CustomResourceDefinition."""

    NAMESPACED = "Namespaced"
    CLUSTER = "Cluster"


_CLUSTER_SCOPED: Mapping[str, str] = {
    "": "ComponentStatus Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration"
        " ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"
    ),
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "extensions": "PodSecurityPolicy",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "internal.apiserver.k8s.io": "StorageVersion",
    "networking.k8s.io": "ClusterCIDR IPAddress IngressClass ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceClass ResourcePoolStatusRequest ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
    "apps.karmada.io": "WorkloadRebalancer",
    "cluster.karmada.io": "Cluster",
    "config.karmada.io": "KarmadaInitConfig ResourceInterpreterCustomization ResourceInterpreterWebhookConfiguration",
    "policy.karmada.io": "ClusterOverridePolicy ClusterPropagationPolicy ClusterTaintPolicy",
    "remedy.karmada.io": "Remedy",
    "search.karmada.io": "ResourceRegistry",
    "work.karmada.io": "ClusterResourceBinding",
    "reconciler.dev": "Configuration Source Tenant",
}

_NAMESPACED: Mapping[str, str] = {
    "": (
        "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota"
        " Secret Service ServiceAccount"
    ),
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "certificates.k8s.io": "PodCertificateRequest",
    "coordination.k8s.io": "Lease LeaseCandidate",
    "discovery.k8s.io": "EndpointSlice",
    "events.k8s.io": "Event",
    "extensions": "DaemonSet Deployment Ingress NetworkPolicy ReplicaSet",
    "lifecycle.k8s.io": "Eviction EvictionRequest",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "resource.k8s.io": (
        "PodSchedulingContext ResourceClaim ResourceClaimParameters ResourceClaimTemplate ResourceClassParameters"
    ),
    "scheduling.k8s.io": "CompositePodGroup PodGroup Workload",
    "storage.k8s.io": "CSIStorageCapacity",
    "autoscaling.karmada.io": "CronFederatedHPA FederatedHPA",
    "multicluster.x-k8s.io": "ServiceExport ServiceImport",
    "networking.karmada.io": "MultiClusterIngress MultiClusterService",
    "operator.karmada.io": "Karmada",
    "policy.karmada.io": "FederatedResourceQuota OverridePolicy PropagationPolicy ReplicaSchedulingPolicy",
    "reconciler.dev": "Chart ImagePolicy Kustomize",
    "work.karmada.io": "ResourceBinding Work",
}

_SCOPES: Mapping[tuple[str, str], Scope] = {
    (group, kind): scope
    for scope, groups in ((Scope.CLUSTER, _CLUSTER_SCOPED), (Scope.NAMESPACED, _NAMESPACED))
    for group, kinds in groups.items()
    for kind in kinds.split()
}


def scope_of(group: str, kind: str) -> Scope | None:
    """The scope of a kind of Kubernetes, Karmada or this project; None for other kinds. It is the same in all API versions."""
    return _SCOPES.get((group, kind))


def kinds_in(group: str) -> list[str]:
    """The kinds of a group of Kubernetes, Karmada or this project, sorted."""
    return sorted(kind for known, kind in _SCOPES if known == group)


def scope_for(kind: DeclaredKind) -> Scope:
    return Scope.NAMESPACED if kind.namespaced else Scope.CLUSTER


def declared_scopes(crds: Iterable[Manifest]) -> Mapping[tuple[str, str], Scope]:
    """(group, kind) → scope of the kinds that these CustomResourceDefinitions define. The last of two equal ones counts."""
    return {defined_kind(crd): Scope(text(crd, "spec", "scope")) for crd in crds if text(crd, "spec", "scope") in set(Scope)}
