"""The order in which kinds are written; pruning runs in reverse.

What others stand on comes first: namespaces, the kinds themselves, rights, configuration, storage, services, then workloads;
what intercepts writes comes last. Where Argo CD, Flux, cli-utils and Helm agree on a pair, so do we.
"""

from __future__ import annotations

from reconciler.model.keys import ResourceKey

_ORDER: tuple[tuple[str, str], ...] = (
    ("", "Namespace"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("policy", "PodDisruptionBudget"),
    ("storage.k8s.io", "StorageClass"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("", "ServiceAccount"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Service"),
    ("apps", "DaemonSet"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "ReplicaSet"),
    ("apps", "Deployment"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "Ingress"),
    ("apiregistration.k8s.io", "APIService"),
)
_LAST: tuple[tuple[str, str], ...] = (
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
)
_RANKS = {kind: rank for rank, kind in enumerate(_ORDER)} | {kind: len(_ORDER) + 1 + rank for rank, kind in enumerate(_LAST)}


def apply_order(key: ResourceKey) -> tuple[int, ResourceKey]:
    """Sort key for writing: the kind's rank (kinds that nobody ranks come after the ranked ones), then the name."""
    return _RANKS.get((key.group, key.kind), len(_ORDER)), key
