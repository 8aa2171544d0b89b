"""Changes of objects, with the fields that an API server does not let change: by hand, and compared with a real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.manifest import with_value, without

Change = tuple[str, Any]
"""Path with dots, and the new value; None removes the field."""
Row = tuple[str, str, dict[str, Any], list[Change], str]
"""apiVersion, kind, object, changes, the fields that may not change, with spaces between; empty where the change is allowed."""

LABELS = {"app": "a"}
PODS = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
SELECTED = {"selector": {"matchLabels": LABELS}, "template": PODS}
OTHER_SELECTOR = [("spec.selector.matchLabels.tier", "b"), ("spec.template.metadata.labels.tier", "b")]
ONCE = {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}
ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
STORAGE = {"requests": {"storage": "2Gi"}}
PORTS = {"ports": [{"port": 80}]}
CLAIM = {"accessModes": ["ReadWriteOnce"], "storageClassName": "a", "resources": STORAGE}
CLAIMS = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": STORAGE}}]
VERSION = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
NAMES = {"plural": "things", "kind": "Thing", "listKind": "ThingList", "singular": "thing"}


def rows() -> Iterator[Row]:
    yield "v1", "ConfigMap", {"immutable": True, "data": {"a": "1"}}, [("data.a", "2")], "data"
    yield "v1", "ConfigMap", {"immutable": True, "binaryData": {"a": "MQ=="}}, [("binaryData.a", "Mg==")], "binaryData"
    yield "v1", "ConfigMap", {"immutable": True, "data": {"a": "1"}}, [("immutable", None)], "immutable"
    yield "v1", "ConfigMap", {"data": {"a": "1"}}, [("data.a", "2"), ("immutable", True)], ""
    yield "v1", "Secret", {"stringData": {"a": "1"}}, [("type", "a.b/c")], "type"
    yield "v1", "Secret", {"immutable": True, "stringData": {"a": "1"}}, [("stringData.a", "2")], "data"
    yield "v1", "Secret", {"stringData": {"a": "1"}}, [("stringData", None), ("data", {"a": "Mg=="}), ("type", "Opaque")], ""
    yield "v1", "Service", {"spec": PORTS}, [("spec.clusterIP", "None")], "spec.clusterIP"
    headless = {**PORTS, "clusterIP": "None"}
    yield "v1", "Service", {"spec": headless}, [("spec.clusterIP", None)], ""
    yield "v1", "Service", {"spec": PORTS}, [("spec.type", "ExternalName"), ("spec.externalName", "a.b")], ""
    yield "v1", "Service", {"spec": {**PORTS, "ipFamilies": ["IPv4"]}}, [("spec.ipFamilies", ["IPv6"])], "spec.ipFamilies"
    balancer = {**PORTS, "type": "LoadBalancer", "loadBalancerClass": "a.b/c"}
    yield "v1", "Service", {"spec": balancer}, [("spec.loadBalancerClass", "a.b/d")], "spec.loadBalancerClass"
    yield "v1", "Service", {"spec": balancer}, [("spec.loadBalancerClass", None), ("spec.type", "ClusterIP")], ""
    for kind in ("Deployment", "DaemonSet", "ReplicaSet"):
        yield "apps/v1", kind, {"spec": SELECTED}, OTHER_SELECTOR, "spec.selector"
        yield "apps/v1", kind, {"spec": SELECTED}, [("spec.template.metadata.labels.tier", "b"), ("spec.minReadySeconds", 3)], ""
    yield from stateful_sets()
    yield from jobs()
    yield from pods()
    yield from storage()
    yield from others()


def stateful_sets() -> Iterator[Row]:
    spec = {**SELECTED, "serviceName": "a", "volumeClaimTemplates": CLAIMS}
    for changes, field in (
        (OTHER_SELECTOR, "spec.selector"),
        ([("spec.serviceName", "b")], "spec.serviceName"),
        ([("spec.podManagementPolicy", "Parallel")], "spec.podManagementPolicy"),
        ([("spec.volumeClaimTemplates.0.spec.resources.requests.storage", "3Gi")], "spec.volumeClaimTemplates"),
        ([("spec.volumeClaimTemplates", None)], "spec.volumeClaimTemplates"),
        ([("spec.volumeClaimTemplates.0.spec.resources.requests.storage", "2048Mi")], ""),
        ([("spec.podManagementPolicy", "OrderedReady")], ""),
        (
            [
                ("spec.replicas", 3),
                ("spec.ordinals", {"start": 1}),
                ("spec.template.spec.containers.0.image", "b"),
                ("spec.updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}),
                ("spec.revisionHistoryLimit", 2),
                ("spec.minReadySeconds", 3),
                ("spec.persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Delete", "whenScaled": "Delete"}),
            ],
            "",
        ),
    ):
        yield "apps/v1", "StatefulSet", {"spec": spec}, list(changes), field


def jobs() -> Iterator[Row]:
    spec = {"template": ONCE, "suspend": True, "completions": 2, "parallelism": 2}
    indexed = {**spec, "completionMode": "Indexed"}
    failing = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]}
    running = {"template": ONCE, "completions": 2}
    for body, changes, field in (
        (running, [("spec.template.spec.containers.0.image", "b")], "spec.template"),
        (running, [("spec.template.spec.nodeSelector", {"a": "b"})], "spec.template"),
        (running, [("spec.completions", 3)], "spec.completions"),
        (running, [("spec.completions", 3), ("spec.parallelism", 3)], "spec.completions"),
        (running, [("spec.completionMode", "Indexed")], "spec.completionMode"),
        (running, [("spec.podFailurePolicy", failing)], "spec.podFailurePolicy"),
        (running, [("spec.managedBy", "a.b/c")], "spec.managedBy"),
        (running, [("spec.parallelism", 3), ("spec.suspend", True), ("spec.backoffLimit", 1)], ""),
        (indexed, [("spec.backoffLimitPerIndex", 1)], "spec.backoffLimitPerIndex"),
        (indexed, [("spec.successPolicy", {"rules": [{"succeededCount": 1}]})], "spec.successPolicy"),
        (indexed, [("spec.completions", 3)], "spec.completions"),
        (indexed, [("spec.completions", 3), ("spec.parallelism", 3)], ""),
        (spec, [("spec.template.spec.containers.0.image", "b")], "spec.template"),
        (spec, [("spec.template.spec.nodeSelector", {"a": "b"}), ("spec.template.metadata.labels", {"a": "b"})], ""),
        (
            {**running, "manualSelector": True, "selector": {"matchLabels": LABELS}, "template": {**ONCE, **LABELED}},
            [("spec.selector.matchLabels.tier", "b"), ("spec.template.metadata.labels.tier", "b")],
            "spec.selector spec.template",
        ),
    ):
        yield "batch/v1", "Job", {"spec": body}, list(changes), field


LABELED = {"metadata": {"labels": LABELS}}


def pods() -> Iterator[Row]:
    containers = [{"name": "a", "image": "a"}]
    spec = {"containers": containers, "initContainers": [{"name": "i", "image": "a"}], "activeDeadlineSeconds": 9000}
    gated = {"containers": containers, "schedulingGates": [{"name": "a.b/c"}]}
    tolerated = [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}]
    for body, changes, field in (
        (spec, [("spec.containers.0.command", ["b"])], "spec.containers"),
        (spec, [("spec.initContainers.0.command", ["b"])], "spec.initContainers"),
        (spec, [("spec.nodeSelector", {"a": "b"})], "spec.nodeSelector"),
        (spec, [("spec.restartPolicy", "Never")], "spec.restartPolicy"),
        (spec, [("spec.activeDeadlineSeconds", 9001)], "spec.activeDeadlineSeconds"),
        (spec, [("spec.activeDeadlineSeconds", None)], "spec.activeDeadlineSeconds"),
        (spec, [("spec.activeDeadlineSeconds", 8999), ("spec.containers.0.image", "b")], ""),
        (spec, [("spec.tolerations", tolerated)], ""),
        ({**spec, "tolerations": tolerated}, [("spec.tolerations.0.key", "b")], "spec.tolerations"),
        (gated, [("spec.nodeSelector", {"a": "b"})], ""),
    ):
        yield "v1", "Pod", {"spec": body}, list(changes), field


def storage() -> Iterator[Row]:
    host = {"hostPath": {"path": "/a"}}
    volume = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}, "storageClassName": "none", **host}
    named = {"provisioner": "a.b/c", "parameters": {"a": "b"}}
    driver = {"attachRequired": True, "volumeLifecycleModes": ["Persistent"]}
    for api, kind, body, changes, field in (
        ("v1", "PersistentVolumeClaim", {"spec": CLAIM}, [("spec.accessModes", ["ReadOnlyMany"])], "spec.accessModes"),
        ("v1", "PersistentVolumeClaim", {"spec": CLAIM}, [("spec.storageClassName", "b")], "spec.storageClassName"),
        ("v1", "PersistentVolumeClaim", {"spec": CLAIM}, [("spec.volumeMode", "Block")], "spec.volumeMode"),
        ("v1", "PersistentVolumeClaim", {"spec": CLAIM}, [("spec.selector", {"matchLabels": LABELS})], "spec.selector"),
        ("v1", "PersistentVolumeClaim", {"spec": {**CLAIM, "volumeName": "a"}}, [("spec.volumeName", "b")], "spec.volumeName"),
        (
            "v1",
            "PersistentVolumeClaim",
            {"spec": CLAIM},
            [("spec.resources.requests.storage", "1Gi")],
            "spec.resources.requests.storage",
        ),
        ("v1", "PersistentVolumeClaim", {"spec": CLAIM}, [("spec.volumeName", "b")], ""),
        ("v1", "PersistentVolume", {"spec": volume}, [("spec.hostPath.path", "/b")], "spec.hostPath"),
        ("v1", "PersistentVolume", {"spec": volume}, [("spec.volumeMode", "Block")], "spec.volumeMode"),
        (
            "v1",
            "PersistentVolume",
            {"spec": volume},
            [("spec.capacity.storage", "3Gi"), ("spec.persistentVolumeReclaimPolicy", "Delete"), ("spec.storageClassName", "x")],
            "",
        ),
        ("storage.k8s.io/v1", "StorageClass", named, [("provisioner", "a.b/d")], "provisioner"),
        ("storage.k8s.io/v1", "StorageClass", named, [("parameters.a", "c")], "parameters"),
        ("storage.k8s.io/v1", "StorageClass", named, [("reclaimPolicy", "Retain")], "reclaimPolicy"),
        ("storage.k8s.io/v1", "StorageClass", named, [("volumeBindingMode", "WaitForFirstConsumer")], "volumeBindingMode"),
        ("storage.k8s.io/v1", "StorageClass", named, [("allowVolumeExpansion", True), ("reclaimPolicy", "Delete")], ""),
        ("storage.k8s.io/v1", "CSIDriver", {"spec": driver}, [("spec.attachRequired", False)], "spec.attachRequired"),
        (
            "storage.k8s.io/v1",
            "CSIDriver",
            {"spec": driver},
            [("spec.volumeLifecycleModes", ["Persistent", "Ephemeral"])],
            "spec.volumeLifecycleModes",
        ),
        ("storage.k8s.io/v1", "CSIDriver", {"spec": driver}, [("spec.podInfoOnMount", True)], ""),
        (
            "storage.k8s.io/v1",
            "VolumeAttributesClass",
            {"driverName": "a.b", "parameters": {"a": "b"}},
            [("driverName", "a.c")],
            "driverName",
        ),
        (
            "storage.k8s.io/v1",
            "VolumeAttributesClass",
            {"driverName": "a.b", "parameters": {"a": "b"}},
            [("parameters.a", "c")],
            "parameters",
        ),
    ):
        yield api, kind, body, list(changes), field


def others() -> Iterator[Row]:
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        yield "rbac.authorization.k8s.io/v1", kind, {"roleRef": ROLE}, [("roleRef.name", "edit")], "roleRef"
        subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "a"}]
        yield "rbac.authorization.k8s.io/v1", kind, {"roleRef": ROLE}, [("subjects", subjects)], ""
    yield "scheduling.k8s.io/v1", "PriorityClass", {"value": 5}, [("value", 6)], "value"
    yield "scheduling.k8s.io/v1", "PriorityClass", {"value": 5}, [("preemptionPolicy", "Never")], "preemptionPolicy"
    yield "scheduling.k8s.io/v1", "PriorityClass", {"value": 5}, [("description", "a")], ""
    yield (
        "networking.k8s.io/v1",
        "IngressClass",
        {"spec": {"controller": "a.b/c"}},
        [("spec.controller", "a.b/d")],
        "spec.controller",
    )
    yield "node.k8s.io/v1", "RuntimeClass", {"handler": "a"}, [("handler", "b")], "handler"
    yield (
        "v1",
        "ResourceQuota",
        {"spec": {"hard": {"pods": "3"}, "scopes": ["BestEffort"]}},
        [("spec.scopes", None)],
        "spec.scopes",
    )
    yield "v1", "ResourceQuota", {"spec": {"hard": {"pods": "3"}}}, [("spec.hard.pods", "4")], ""
    yield (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {"addressType": "IPv4", "endpoints": []},
        [("addressType", "IPv6")],
        "addressType",
    )
    yield "apps/v1", "ControllerRevision", {"revision": 1, "data": {"a": 1}}, [("data.a", 2)], "data"
    spec = {"group": "immutability.example", "scope": "Namespaced", "names": NAMES, "versions": [VERSION]}
    yield "apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": spec}, [("spec.scope", "Cluster")], "spec.scope"
    yield "apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": spec}, [("spec.names.kind", "Other")], "spec.names.kind"
    yield "apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": spec}, [("spec.names.shortNames", ["th"])], ""


ROWS = tuple(rows())


def sides(row: Row, name: str, namespace: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """The object before and after the changes. A definition has the name that its kind requires."""
    api, kind, body, changes, _ = row
    if kind == "CustomResourceDefinition":
        name = f"{body['spec']['names']['plural']}.{body['spec']['group']}"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    before: dict[str, Any] = {"apiVersion": api, "kind": kind, "metadata": metadata, **body}
    after: Any = before
    for path, value in changes:
        steps = [int(step) if step.isdigit() else step for step in path.split(".")]
        after = without(after, steps) if value is None else with_value(after, steps, value)
    return before, dict(after)
