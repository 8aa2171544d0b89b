"""An object as Kubernetes' own Go types write it back: what Karmada's retaining of a Pod leaves behind.

Reading an object into types and writing it again loses unknown fields and empty values, and gains others that Go never
leaves out: fields that are required, and structures held by value. The schemas tell the required ones. They do not tell
which fields are held by value and which by pointer (whose zero is written, only their absence is not); that is written
down here for what a Pod consists of (k8s.io/api core/v1; apimachinery pkg/runtime/converter.go, toUnstructured).
"""

from __future__ import annotations

from typing import Any

from reconciler.interpreter.typed import fields_of, parse_time
from reconciler.model.quantity import Quantity

_STRUCTURES_BY_VALUE = frozenset({
    "Container.resources",
    "EphemeralContainer.resources",
    "PersistentVolumeClaimSpec.resources",
    "PersistentVolumeClaimTemplate.metadata",
    "PersistentVolumeClaimTemplate.spec",
    "Pod.metadata",
    "Pod.spec",
    "Pod.status",
    "PreferredSchedulingTerm.preference",
    "ResourceFieldSelector.divisor",
    "WeightedPodAffinityTerm.podAffinityTerm",
})  # fmt: skip
"""Written even when empty."""

_NEVER_OMITTED = frozenset({"GRPCAction.service", "ProjectedVolumeSource.sources"})
"""Optional, and written all the same: as null."""

_TEXT_BY_POINTER = """
    AppArmorProfile.localhostProfile AzureDiskVolumeSource.cachingMode AzureDiskVolumeSource.fsType
    AzureDiskVolumeSource.kind ClusterTrustBundleProjection.name ClusterTrustBundleProjection.signerName
    Container.restartPolicy CSIVolumeSource.fsType EphemeralContainer.restartPolicy GRPCAction.service
    HostPathVolumeSource.type ISCSIVolumeSource.initiatorName Lifecycle.stopSignal
    PersistentVolumeClaimSpec.storageClassName PersistentVolumeClaimSpec.volumeAttributesClassName
    PersistentVolumeClaimSpec.volumeMode PodDNSConfigOption.value PodResourceClaim.resourceClaimName
    PodResourceClaim.resourceClaimTemplateName PodSchedulingGroup.podGroupName PodSecurityContext.fsGroupChangePolicy
    PodSecurityContext.seLinuxChangePolicy PodSecurityContext.supplementalGroupsPolicy PodSpec.hostnameOverride
    PodSpec.preemptionPolicy PodSpec.runtimeClassName SeccompProfile.localhostProfile SecurityContext.procMount
    TopologySpreadConstraint.nodeAffinityPolicy TopologySpreadConstraint.nodeTaintsPolicy
    TypedLocalObjectReference.apiGroup TypedObjectReference.apiGroup TypedObjectReference.namespace
    VolumeMount.mountPropagation VolumeMount.recursiveReadOnly WindowsSecurityContextOptions.gmsaCredentialSpec
    WindowsSecurityContextOptions.gmsaCredentialSpecName WindowsSecurityContextOptions.runAsUserName
"""
_SCALARS_BY_VALUE = """
    chapAuthDiscovery chapAuthSession failureThreshold generation hostIPC hostNetwork hostPID hostPort
    initialDelaySeconds partition periodSeconds readOnly sslEnabled stdin stdinOnce successThreshold timeoutSeconds tty
"""
"""Truth values and integers, by field; all others are held by pointer, and these two:"""
_READ_ONLY_BY_POINTER = frozenset({"AzureDiskVolumeSource.readOnly", "CSIVolumeSource.readOnly"})

_TEXT_KEPT = frozenset(_TEXT_BY_POINTER.split())
_ZERO_OMITTED = frozenset(_SCALARS_BY_VALUE.split())
_ZERO: dict[str, Any] = {"s": "", "b": False, "i": 0, "o": 0, "q": "0"}


def written(document: dict[str, Any], type_name: str) -> dict[str, Any]:
    """`document`, which the type can hold (`typed.check`), as the type writes it. Shares nothing but scalars."""
    result: dict[str, Any] = {}
    for field, code in fields_of(type_name).items():
        place, kind = f"{type_name}.{field}", code.rstrip("!")
        item = document.get(field)
        if item is None:
            if place in _STRUCTURES_BY_VALUE or code != kind or place in _NEVER_OMITTED:
                result[field] = _empty(place, kind)
        else:
            value = _value(item, kind)
            if code != kind or not _left_out(value, place, kind):
                result[field] = value
    return result


def _empty(place: str, kind: str) -> Any:
    if place in _STRUCTURES_BY_VALUE and kind not in _ZERO:
        return written({}, kind)
    return None if place in _NEVER_OMITTED else _ZERO.get(kind)


def _left_out(value: Any, place: str, kind: str) -> bool:
    if kind[0] in "*%":
        return not value
    if kind == "s":
        return not value and place not in _TEXT_KEPT
    if kind in ("b", "i"):
        return not value and place.rpartition(".")[2] in _ZERO_OMITTED and place not in _READ_ONLY_BY_POINTER
    return False


def _value(item: Any, kind: str) -> Any:
    if kind[0] == "*":
        return [_element(each, kind[1:]) for each in item]
    if kind[0] == "%":
        return {name: _element(each, kind[1:]) for name, each in item.items()}
    match kind:
        case "s" | "b" | "x":
            return item
        case "i" | "o":
            return int(item) if isinstance(item, float) else item
        case "q":
            return str(Quantity.from_json(item))
        case "t":
            time = parse_time(item)
            return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
    return written(item, kind)


def _element(item: Any, kind: str) -> Any:
    """Null in a list or mapping is the empty value of what is in it."""
    if item is not None:
        return _value(item, kind)
    return _ZERO[kind] if kind in _ZERO else written({}, kind)
