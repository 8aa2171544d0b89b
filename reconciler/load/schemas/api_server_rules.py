"""What an API server checks in built-in kinds beyond their published schemas: choices, labels, ranges, and a few names.

The published schemas give many fields the type `string` only, and name their choices in the description. The choices here are
those of Kubernetes pkg/apis/*/validation, and a test compares them with the answers of a real API server. The rules of labels and
names are those of apimachinery, pkg/util/validation. Only what an API server refuses in all supported releases is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.label_syntax import KEY_PATTERN, VALUE_PATTERN

CHOICES: Mapping[str, str] = {
    "apps.v1.DaemonSetUpdateStrategy.type": "OnDelete RollingUpdate",
    "apps.v1.DeploymentStrategy.type": "Recreate RollingUpdate",
    "apps.v1.StatefulSetSpec.podManagementPolicy": "OrderedReady Parallel",
    "apps.v1.StatefulSetUpdateStrategy.type": "OnDelete RollingUpdate",
    "autoscaling.v2.MetricSpec.type": "ContainerResource External Object Pods Resource",
    "autoscaling.v2.MetricTarget.type": "AverageValue Utilization Value",
    "batch.v1.CronJobSpec.concurrencyPolicy": "Allow Forbid Replace",
    "batch.v1.JobSpec.completionMode": "Indexed NonIndexed",
    "core.v1.Container.imagePullPolicy": "Always IfNotPresent Never",
    "core.v1.Container.terminationMessagePolicy": "FallbackToLogsOnError File",
    "core.v1.ContainerPort.protocol": "SCTP TCP UDP",
    "core.v1.HTTPGetAction.scheme": "HTTP HTTPS",
    "core.v1.NodeSelectorRequirement.operator": "DoesNotExist Exists Gt In Lt NotIn",
    "core.v1.PersistentVolumeClaimSpec.volumeMode": "Block Filesystem",
    "core.v1.PodSpec.dnsPolicy": "ClusterFirst ClusterFirstWithHostNet Default None",
    "core.v1.PodSpec.preemptionPolicy": "Never PreemptLowerPriority",
    "core.v1.PodSpec.restartPolicy": "Always Never OnFailure",
    "core.v1.SeccompProfile.type": "Localhost RuntimeDefault Unconfined",
    "core.v1.ServicePort.protocol": "SCTP TCP UDP",
    "core.v1.ServiceSpec.externalTrafficPolicy": "Cluster Local",
    "core.v1.ServiceSpec.internalTrafficPolicy": "Cluster Local",
    "core.v1.ServiceSpec.ipFamilyPolicy": "PreferDualStack RequireDualStack SingleStack",
    "core.v1.ServiceSpec.sessionAffinity": "ClientIP None",
    "core.v1.ServiceSpec.type": "ClusterIP ExternalName LoadBalancer NodePort",
    "core.v1.Toleration.effect": "NoExecute NoSchedule PreferNoSchedule",
    "core.v1.TopologySpreadConstraint.whenUnsatisfiable": "DoNotSchedule ScheduleAnyway",
    "networking.v1.HTTPIngressPath.pathType": "Exact ImplementationSpecific Prefix",
    "networking.v1.NetworkPolicyPort.protocol": "SCTP TCP UDP",
    "policy.v1.PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy": "AlwaysAllow IfHealthyBudget",
    "storage.v1.StorageClass.volumeBindingMode": "Immediate WaitForFirstConsumer",
    "meta.v1.LabelSelectorRequirement.operator": "DoesNotExist Exists In NotIn",
}
"""Field → its choices. Where the server fills an empty text in, it may be empty, too."""

CHOICES_OF_ITEMS: Mapping[str, str] = {
    "core.v1.PersistentVolumeClaimSpec.accessModes": "ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod",
    "networking.v1.NetworkPolicySpec.policyTypes": "Egress Ingress",
}

LEAST: Mapping[str, int] = {
    "apps.v1.DeploymentSpec.replicas": 0,
    "apps.v1.DeploymentSpec.minReadySeconds": 0,
    "apps.v1.DeploymentSpec.revisionHistoryLimit": 0,
    "apps.v1.ReplicaSetSpec.replicas": 0,
    "apps.v1.StatefulSetSpec.replicas": 0,
    "autoscaling.v2.HorizontalPodAutoscalerSpec.maxReplicas": 1,
    "batch.v1.JobSpec.activeDeadlineSeconds": 0,
    "batch.v1.JobSpec.backoffLimit": 0,
    "batch.v1.JobSpec.completions": 0,
    "batch.v1.JobSpec.parallelism": 0,
    "batch.v1.JobSpec.ttlSecondsAfterFinished": 0,
    "core.v1.ReplicationControllerSpec.replicas": 0,
}
"""Numeric field → its least value."""

PORTS: Mapping[str, int] = {
    "core.v1.ContainerPort.containerPort": 1,
    "core.v1.ContainerPort.hostPort": 0,
    "core.v1.GRPCAction.port": 1,
    "core.v1.HTTPGetAction.port": 1,
    "core.v1.ServicePort.port": 1,
    "core.v1.ServicePort.targetPort": 0,
    "core.v1.TCPSocketAction.port": 1,
    "networking.v1.NetworkPolicyPort.port": 1,
    "networking.v1.ServiceBackendPort.number": 0,
}
"""Field with the number of a port, or perhaps its name → the least number: 0 where it means that the field is not set."""

_ENDS = "begin and end with a letter or digit"
_LABEL_KEY = {
    "pattern": KEY_PATTERN,
    "errorMessage": "is not a label key. Write at most 63 letters, digits, -, _ or ., which "
    f"{_ENDS}; a DNS name in lower case and / may come first.",
}
_ANNOTATION_KEY = {
    "pattern": f"(?i:{KEY_PATTERN})",
    "errorMessage": "is not an annotation key. Write at most 63 letters, digits, -, _ or ., which "
    f"{_ENDS}; a DNS name and / may come first.",
}
_LABEL_VALUE = {
    "pattern": VALUE_PATTERN,
    "errorMessage": f"must be a label value. Write at most 63 letters, digits, -, _ or ., which {_ENDS}. Longer text, and text "
    "with spaces, belongs into an annotation.",
}
_LABELS = {"propertyNames": _LABEL_KEY, "additionalProperties": {"type": ["string", "null"], "allOf": [_LABEL_VALUE]}}
_ANNOTATIONS = {"propertyNames": _ANNOTATION_KEY}
_DATA = {
    "propertyNames": {
        "pattern": r"^(?!\.\.?\Z)(?!\.\.)[-._a-zA-Z0-9]{1,253}\Z",
        "errorMessage": "cannot be a key here. Write at most 253 letters, digits, -, _ or .; not .. in front.",
    }
}
_LABEL_NAME = {
    "allOf": [
        {
            "pattern": r"^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\Z",
            "errorMessage": f"must be a DNS label. Write at most 63 lower-case letters, digits or -, which {_ENDS}.",
        }
    ]
}

_PORT_NAME = {
    "pattern": r"^(?:(?=[-0-9]*[a-z])(?!-)(?!.*--)[-a-z0-9]{1,15}(?<!-))?\Z",
    "errorMessage": "must be the name of a port. Write at most 15 lower-case letters, digits or single -, which "
    f"{_ENDS}, with at least one letter.",
}
_SERVICE_PORT_NAME = {
    "pattern": r"^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?\Z",
    "errorMessage": f"must be a DNS label. Write at most 63 lower-case letters, digits or -, which {_ENDS}.",
}
_MOUNT_PATH = {"minLength": 1, "errorMessage": "must not be empty. Write the path in the container."}
_VARIABLE = {"minLength": 1, "errorMessage": "must not be empty. Write the name of the variable."}
_IMAGE = {"minLength": 1, "errorMessage": "must not be empty. Write the image of the container."}
_PORT = {"maximum": 65535, "errorMessage": "must be a port. Write a number from 1 to 65535."}

_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "meta.v1.ObjectMeta.labels": _LABELS,
    "meta.v1.ObjectMeta.annotations": _ANNOTATIONS,
    "meta.v1.LabelSelector.matchLabels": _LABELS,
    "core.v1.PodSpec.nodeSelector": _LABELS,
    "core.v1.ServiceSpec.selector": _LABELS,
    "core.v1.Container.name": _LABEL_NAME,
    "core.v1.Container.image": _IMAGE,
    "core.v1.ContainerPort.name": _PORT_NAME,
    "core.v1.ServicePort.name": _SERVICE_PORT_NAME,
    "core.v1.VolumeMount.mountPath": _MOUNT_PATH,
    "core.v1.EnvVar.name": _VARIABLE,
    "core.v1.Volume.name": _LABEL_NAME,
    "core.v1.ConfigMap.data": _DATA,
    "core.v1.ConfigMap.binaryData": _DATA,
    "core.v1.Secret.data": _DATA,
    "core.v1.Secret.stringData": _DATA,
    **{field: {"enum": [*words.split(), "", None]} for field, words in CHOICES.items()},
    **{
        field: {"items": {"type": ["string", "null"], "enum": [*words.split(), None]}}
        for field, words in CHOICES_OF_ITEMS.items()
    },
    **{field: {"minimum": least} for field, least in LEAST.items()},
    **{field: {"minimum": least, **_PORT} for field, least in PORTS.items()},
}

METADATA = {"type": "object", "properties": {"labels": {"type": ["object", "null"], **_LABELS}, "annotations": _ANNOTATIONS}}
"""The schema for the metadata of custom kinds."""


def _by_definition() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for field, rule in _FIELDS.items():
        definition, _, name = field.rpartition(".")
        found.setdefault(definition, {})[name] = rule
    return found


_BY_DEFINITION = _by_definition()


def with_rules(definition: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a published definition, such as `io.k8s.api.core.v1.Container`, with the rules of its fields."""
    rules = _BY_DEFINITION.get(".".join(definition.split(".")[-3:]))
    if rules and "properties" in schema:
        properties = schema["properties"]
        properties |= {name: {**properties[name], **rule} for name, rule in rules.items() if name in properties}
    return schema
