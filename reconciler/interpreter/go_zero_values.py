"""How Go holds the fields of Kubernetes' types, where their published schemas do not tell.

A schema tells a field's type and whether it is required. What an object looks like after Go has read and written it also
depends on whether a field is held by value, whose zero cannot be told from absence, or by pointer, whose zero is kept;
and a structure held by value is written even when it is empty. The rule of thumb, from which the names below are the
exceptions: text is held by value, every other single value by pointer, and what is required is always written.

Taken from the field tags in k8s.io/api and k8s.io/apimachinery, 0.36. A bare name stands for this field of any type.
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
"""Exceptions from the bare names above."""

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
"""Not required, and written all the same."""
_LEFT_OUT_WHEN_EMPTY = """
    ContainerRestartRule.action ContainerRestartRuleOnExitCodes.operator ImageVolumeStatus.imageRef
    PodCertificateProjection.keyType PodCertificateProjection.signerName
"""
"""Required, and left out all the same."""


def always_written(type_name: str, field: str, required: bool) -> bool:
    """Whether the field appears even where it holds nothing: as the empty value, or as null where it may be absent."""
    place = f"{type_name}.{field}"
    return place not in _names(_LEFT_OUT_WHEN_EMPTY) if required else place in _names(_ALWAYS_WRITTEN)


def held_by_value(type_name: str, field: str, kind: str, required: bool) -> bool:
    """Whether absence and the zero of the field are one and the same. `kind` is its code in `typed_fields.py`."""
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
