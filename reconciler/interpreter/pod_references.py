"""The objects that a pod template refers to by name: ConfigMaps, Secrets, a ServiceAccount, PersistentVolumeClaims.

A Pod that starts before them waits or fails, so they follow the workload to its clusters (karmada pkg/util/helper/pod.go,
pkg/util/lifted/visitpod.go). Each object is listed once. Optional references count. The account `default`, which exists
everywhere, does not count, nor do objects that the Pod creates itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from reconciler.interpreter.go_types import check
from reconciler.model.manifest import Manifest, get, mapping, sequence, text

Reference: TypeAlias = Mapping[str, Any]
"""Karmada's DependentObjectReference: `apiVersion`, `kind`, `name` or `labelSelector`, `namespace` unless empty."""

_SECRET_BY_SOURCE = {
    "azureFile": ("secretName",),
    "cephfs": ("secretRef", "name"),
    "cinder": ("secretRef", "name"),
    "flexVolume": ("secretRef", "name"),
    "projected": (),
    "rbd": ("secretRef", "name"),
    "secret": ("secretName",),
    "scaleIO": ("secretRef", "name"),
    "iscsi": ("secretRef", "name"),
    "storageos": ("secretRef", "name"),
    "csi": ("nodePublishSecretRef", "name"),
}
"""Source of a volume → path of the name of its Secret. If a volume has several sources, which Kubernetes refuses, the first
counts."""


POD_SPECS_WITHOUT_RULES = {("", "PodTemplate"): ("template", "spec"), ("", "ReplicationController"): ("spec", "template", "spec")}
"""(group, kind) → path of the Pod's `spec`, for kinds without rules of their own; for others see `registry.pod_spec_path`."""


def reference(kind: str, name: str, namespace: str, api_version: str = "v1") -> Reference:
    return {"apiVersion": api_version, "kind": kind, "name": name, **({"namespace": namespace} if namespace else {})}


def sort_key(item: Reference) -> tuple[str, str, str, str]:
    """The order in which references are listed."""
    return (text(item, "apiVersion"), text(item, "kind"), text(item, "namespace"), text(item, "name"))


def references(pod_template: Manifest, namespace: str) -> list[Reference]:
    """The references of a pod template, sorted. pod_template: the mapping that contains the `spec`; checked
    (`go_types.check`)."""
    spec = mapping(pod_template, "spec")
    account = text(spec, "serviceAccountName")
    names = {
        "ConfigMap": _config_maps(spec),
        "PersistentVolumeClaim": (text(v, "persistentVolumeClaim", "claimName") for v in sequence(spec, "volumes")),
        "Secret": _secrets(spec),
        "ServiceAccount": () if account == "default" else (account,),
    }
    return [reference(kind, name, namespace) for kind, items in names.items() for name in sorted(set(items) - {""})]


def class_references(pod_template: Manifest) -> list[Reference]:
    """The classes that a Pod names. They usually belong to the cluster, and Karmada does not propagate them as dependencies."""
    spec = mapping(pod_template, "spec")
    classes = (
        ("PriorityClass", text(spec, "priorityClassName"), "scheduling.k8s.io/v1"),
        ("RuntimeClass", text(spec, "runtimeClassName"), "node.k8s.io/v1"),
    )
    return [reference(kind, name, "", api_version) for kind, name, api_version in classes if name]


def references_in(type_name: str, *template: str) -> Callable[[Manifest], list[Reference]]:
    """The dependencies rule of a kind whose pod template is at this path."""

    def find(manifest: Manifest) -> list[Reference]:
        check(manifest, type_name)
        return references(mapping(manifest, *template), text(manifest, "metadata", "namespace"))

    return find


def _config_maps(spec: Manifest) -> Iterator[str]:
    yield from _from_containers(spec, "configMapRef", "configMapKeyRef")
    for volume in sequence(spec, "volumes"):
        if get(volume, "projected") is None:
            yield text(volume, "configMap", "name")
        yield from _names(sequence(volume, "projected", "sources"), "configMap", "name")


def _secrets(spec: Manifest) -> Iterator[str]:
    yield from _names(sequence(spec, "imagePullSecrets"), "name")
    yield from _from_containers(spec, "secretRef", "secretKeyRef")
    for volume in sequence(spec, "volumes"):
        source = next((name for name in _SECRET_BY_SOURCE if get(volume, name) is not None), "")
        if source == "projected":
            yield from _names(sequence(volume, source, "sources"), "secret", "name")
        elif source:
            yield text(volume, source, *_SECRET_BY_SOURCE[source])


def _from_containers(spec: Manifest, whole: str, key: str) -> Iterator[str]:
    """Names in `envFrom` and `env` of all containers, including init containers and ephemeral containers."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for container in sequence(spec, field):
            yield from _names(sequence(container, "envFrom"), whole, "name")
            yield from _names(sequence(container, "env"), "valueFrom", key, "name")


def _names(items: Sequence[Any], *path: str) -> Iterable[str]:
    return (text(item, *path) for item in items)
