"""Which apiVersions mean the same objects, so that a policy for one of them selects a template in another.

An API server converts each object to every version that it serves of the kind. Karmada compares policies with objects in the
version that its API server prefers (pkg/detector, ServerPreferredResources), whatever version the file has. So a policy may
name any served version: of a built-in kind, or of a CustomResourceDefinition in the repository. Another group is another kind.
A policy for `v1` also selects templates in a version that is served no more: the template is what has to change
(`RemovedVersion`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from reconciler.interpreter.containers import served_kinds
from reconciler.load.schemas.removed import removed_versions
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy, ResourceSelector

P = TypeVar("P", PropagationPolicy, OverridePolicy)

Versions: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]
"""(group, kind) → its versions, sorted; only kinds with several."""

_BUILT_IN: Versions = {
    (group, kind): tuple(versions.split())
    for group, versions, kinds in (
        (
            "admissionregistration.k8s.io",
            "v1 v1alpha1 v1beta1",
            "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
        ),
        ("autoscaling", "v1 v2 v2beta2", "HorizontalPodAutoscaler"),
        ("certificates.k8s.io", "v1 v1alpha1 v1beta1", "ClusterTrustBundle PodCertificateRequest"),
        ("coordination.k8s.io", "v1alpha1 v1alpha2 v1beta1", "LeaseCandidate"),
        ("flowcontrol.apiserver.k8s.io", "v1 v1beta1 v1beta2 v1beta3", "FlowSchema PriorityLevelConfiguration"),
        ("networking.k8s.io", "v1 v1alpha1 v1beta1", "IPAddress ServiceCIDR"),
        ("resource.k8s.io", "v1 v1alpha3 v1beta1 v1beta2", "DeviceClass"),
        ("resource.k8s.io", "v1 v1alpha3 v1beta2", "DeviceTaintRule"),
        ("resource.k8s.io", "v1alpha2 v1alpha3", "PodSchedulingContext"),
        ("resource.k8s.io", "v1 v1alpha1 v1alpha2 v1alpha3 v1beta1 v1beta2", "ResourceClaim ResourceClaimTemplate"),
        ("resource.k8s.io", "v1alpha1 v1alpha2", "ResourceClass"),
        ("resource.k8s.io", "v1 v1alpha2 v1alpha3 v1beta1 v1beta2", "ResourceSlice"),
        ("scheduling.k8s.io", "v1alpha2 v1alpha3 v1beta1", "PodGroup"),
        ("scheduling.k8s.io", "v1alpha1 v1alpha2 v1alpha3 v1beta1", "Workload"),
        ("storage.k8s.io", "v1 v1beta1", "CSIStorageCapacity"),
        ("storage.k8s.io", "v1 v1alpha1 v1beta1", "VolumeAttributesClass"),
        ("storagemigration.k8s.io", "v1 v1alpha1 v1beta1", "StorageVersionMigration"),
    )
    for kind in kinds.split()
}
"""The built-in kinds that Kubernetes has served in several versions since 1.25. The schemas are too large to be read for this; a
test compares."""


def served_versions(crds: Iterable[Manifest]) -> Versions:
    """The versions of the built-in kinds and of those that these CustomResourceDefinitions define."""
    versions: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for crd in crds:
        for gvk in served_kinds(crd):
            versions[gvk.group, gvk.kind].add(gvk.version)
    return {**{kind: tuple(sorted(found)) for kind, found in versions.items() if len(found) > 1}, **_BUILT_IN}


def with_other_versions(policy: P, versions: Versions) -> P:
    """The policy, whose selectors know the other versions of their kinds; the same policy if there are none."""
    selectors = tuple(_with_other_versions(selector, versions) for selector in policy.selectors)
    return policy if selectors == policy.selectors else replace(policy, selectors=selectors)


def _with_other_versions(selector: ResourceSelector, versions: Versions) -> ResourceSelector:
    gvk = GroupVersionKind.parse(selector.api_version, selector.kind)
    served, gone = versions.get((gvk.group, gvk.kind), ()), _GONE.get((gvk.group, gvk.kind), ())
    if gvk.version not in (served or (_STABLE if gone else ())):
        return selector
    others = (GroupVersionKind(gvk.group, version, gvk.kind).api_version for version in sorted({*served, *gone} - {gvk.version}))
    return replace(selector, other_versions=tuple(others))


_GONE = removed_versions()
_STABLE = ("v1",)
"""What Kubernetes serves today of the kinds in `_GONE` that are not in `_BUILT_IN`."""
