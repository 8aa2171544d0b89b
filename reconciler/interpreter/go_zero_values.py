"""Which fields of Kubernetes' Go types are pointers, and which Go always writes, where the published schemas do not tell.

A schema contains the type of a field and whether it is required. What an object looks like after Go has read and written it also
depends on whether a field is a value, whose zero equals absence, or a pointer, whose zero differs from absence. A struct value is
written even if it is empty. In general, text is a value, every other single field is a pointer, and required fields are always
written. The names below are the exceptions.

Taken from the field tags in k8s.io/api and k8s.io/apimachinery, 0.36. A name without a type means this field of any type.
"""

from __future__ import annotations

from functools import cache

_BY_VALUE = """
    active availableReplicas backend chapAuthDiscovery chapAuthSession current currentReplicas describedObject divisor
    failed failureThreshold finishedAt fullyLabeledReplicas generation healthCheckNodePort hostIPC hostNetwork hostPID
    hostPort initialDelaySeconds jobTemplate lastProbeTime lastState lastTransitionTime lastUpdateTime loadBalancer
    metadata metric minReadySeconds nodePort number numberAvailable numberUnavailable observedGeneration paused
    periodSeconds podAffinityTerm port preference publishNotReadyAddresses readOnly readyReplicas scaleTargetRef signal
    spec sslEnabled startedAt state status stdin stdinOnce strategy succeeded successThreshold target targetPort template
    tty unavailableReplicas updateStrategy updatedNumberScheduled updatedReplicas

    AWSElasticBlockStoreVolumeSource.partition Container.resources DeploymentStatus.replicas EphemeralContainer.resources
    GCEPersistentDiskVolumeSource.partition PersistentVolumeClaimSpec.resources Probe.timeoutSeconds
"""
_BY_POINTER = """
    AzureDiskVolumeSource.readOnly CSIVolumeSource.readOnly HorizontalPodAutoscalerStatus.observedGeneration
"""
"""Exceptions to the names without a type above."""

_TEXT_BY_POINTER = """
    apiGroup appProtocol cachingMode completionMode currentVolumeAttributesClassName endpointsNamespace error
    failedIndexes fsGroupChangePolicy gmsaCredentialSpec gmsaCredentialSpecName hostnameOverride ingressClassName
    initiatorName internalTrafficPolicy ipFamilyPolicy ipMode loadBalancerClass localhostProfile managedBy
    mountPropagation nodeAffinityPolicy nodeTaintsPolicy pathType podGroupName podReplacementPolicy preemptionPolicy
    procMount recursiveReadOnly resourceClaimTemplateName runAsUserName runtimeClassName seLinuxChangePolicy
    secretNamespace selectPolicy service stopSignal succeededIndexes supplementalGroupsPolicy timeZone
    trafficDistribution unhealthyPodEvictionPolicy volumeAttributesClassName volumeMode

    AzureDiskVolumeSource.fsType AzureDiskVolumeSource.kind CSIVolumeSource.fsType ClusterTrustBundleProjection.name
    ClusterTrustBundleProjection.signerName Container.restartPolicy EphemeralContainer.restartPolicy
    HostPathVolumeSource.type LocalVolumeSource.fsType PersistentVolumeClaimSpec.storageClassName
    PodDNSConfigOption.value PodFailurePolicyOnExitCodesRequirement.containerName PodResourceClaim.resourceClaimName
    PodResourceClaimStatus.resourceClaimName ResourceHealth.message TypedObjectReference.namespace
"""

_ALWAYS_WRITTEN = """
    AzureFilePersistentVolumeSource.secretNamespace GRPCAction.service HorizontalPodAutoscalerStatus.currentMetrics
    PodDisruptionBudgetStatus.currentHealthy PodDisruptionBudgetStatus.desiredHealthy
    PodDisruptionBudgetStatus.disruptionsAllowed PodDisruptionBudgetStatus.expectedPods
    PodFailurePolicyOnPodConditionsPattern.status ProjectedVolumeSource.sources StatefulSetOrdinals.start
    StatefulSetSpec.serviceName StatefulSetStatus.availableReplicas TypedLocalObjectReference.apiGroup
    TypedObjectReference.apiGroup
"""
"""Not required, but always written."""
_LEFT_OUT_WHEN_EMPTY = """
    ContainerRestartRule.action ContainerRestartRuleOnExitCodes.operator ImageVolumeStatus.imageRef
    PodCertificateProjection.keyType PodCertificateProjection.signerName
"""
"""Required, but omitted when empty."""


def is_always_written(type_name: str, field: str, required: bool) -> bool:
    """Whether Go writes the field even if it is empty: as its zero value, or as null if it is a pointer."""
    place = f"{type_name}.{field}"
    return place not in _names(_LEFT_OUT_WHEN_EMPTY) if required else place in _names(_ALWAYS_WRITTEN)


def is_held_by_value(type_name: str, field: str, kind: str, required: bool) -> bool:
    """Whether the field is a value in Go, so that its zero equals absence. kind: its code in `go_types_fields.py`."""
    place = f"{type_name}.{field}"
    if kind == "s":
        return field not in _names(_TEXT_BY_POINTER) and place not in _names(_TEXT_BY_POINTER)
    if kind in ("b", "i") and (required or place in _names(_ALWAYS_WRITTEN)):
        return True
    by_value = _names(_BY_VALUE)
    return place in by_value or (field in by_value and place not in _names(_BY_POINTER))


@cache
def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())
