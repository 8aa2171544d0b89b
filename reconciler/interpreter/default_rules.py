"""Defaults that depend on other fields of the object. Those that are always the same are in `default_values.py`.

A rule gets a fresh copy of one value of its type, which has the constant defaults already, and fills in the rest; what is below
the value may be shared, so a rule replaces it. The comments name the function in Kubernetes
(pkg/apis/<group>/<version>/defaults.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from reconciler.interpreter.secret import with_data
from reconciler.model.manifest import get, mapping, sequence, text, with_value

Rule: TypeAlias = Callable[[dict[str, Any]], None]
"""Completes a value in place."""


def _complete_volume(volume: dict[str, Any]) -> None:
    # SetDefaults_Volume
    if not volume.keys() - {"name"}:
        volume["emptyDir"] = {}
    if isinstance(volume.get("image"), dict):
        volume["image"] = {"pullPolicy": _pull_policy(text(volume, "image", "reference")), **volume["image"]}


def _complete_container(container: dict[str, Any]) -> None:
    # SetDefaults_Container, SetDefaults_EphemeralContainer
    container["imagePullPolicy"] = container.get("imagePullPolicy") or _pull_policy(text(container, "image"))


def _pull_policy(image: str) -> str:
    """Always for the tag `latest`, which is also that of an image with neither tag nor digest."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2] or ("" if digest or not name else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"


def _complete_pod(pod: dict[str, Any]) -> None:
    # SetDefaults_Pod. A Pod template has none of these defaults.
    if not isinstance(pod.get("spec"), dict):
        return
    spec = {"enableServiceLinks": True, **pod["spec"]}
    for field in ("containers", "initContainers"):
        if sequence(spec, field):
            spec[field] = [_complete_container_of_pod(item, spec.get("hostNetwork") is True) for item in sequence(spec, field)]
    pod["spec"] = spec


def _complete_container_of_pod(container: Any, host_network: bool) -> Any:
    if limits := mapping(container, "resources", "limits"):
        requests = {**limits, **mapping(container, "resources", "requests")}
        container = with_value(container, ("resources", "requests"), requests)
    if host_network and sequence(container, "ports"):
        ports = [_with_host_port(port) for port in container["ports"]]
        container = {**container, "ports": ports}
    return container


def _with_host_port(port: Any) -> Any:
    number = get(port, "containerPort")
    return {**port, "hostPort": number} if number and not get(port, "hostPort") else port


def _complete_pod_spec(spec: dict[str, Any]) -> None:
    # Convert_v1_PodSpec_To_core_PodSpec and back (pkg/apis/core/v1/conversion.go): two names of one field.
    if name := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def _complete_service(spec: dict[str, Any]) -> None:
    # SetDefaults_Service
    kind = spec.get("type")
    if spec.get("sessionAffinity") == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec.get("sessionAffinity") == "ClientIP" and get(spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds") is None:
        spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    if kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and spec.get("externalIPs")):
        spec["externalTrafficPolicy"] = spec.get("externalTrafficPolicy") or "Cluster"
    if kind in ("ClusterIP", "LoadBalancer", "NodePort"):
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _complete_service_port(port: dict[str, Any]) -> None:
    # SetDefaults_Service
    port["targetPort"] = port.get("targetPort") or port.get("port", 0)


def _complete_persistent_volume(volume: dict[str, Any]) -> None:
    # SetDefaults_PersistentVolume. A volume inside a VolumeAttachment has none of these defaults.
    if isinstance(volume.get("spec"), dict):
        volume["spec"] = {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem", **volume["spec"]}


def _complete_namespace(namespace: dict[str, Any]) -> None:
    # SetDefaults_Namespace
    if name := text(namespace, "metadata", "name"):
        labels = {**mapping(namespace, "metadata", "labels"), "kubernetes.io/metadata.name": name}
        namespace["metadata"] = {**namespace["metadata"], "labels": labels}


def _complete_node_spec(spec: dict[str, Any]) -> None:
    # Convert_v1_NodeSpec_To_core_NodeSpec (pkg/apis/core/v1/conversion.go)
    if ranges := sequence(spec, "podCIDRs"):
        spec["podCIDR"] = ranges[0]
    elif spec.get("podCIDR"):
        spec["podCIDRs"] = [spec["podCIDR"]]


def _complete_limit(item: dict[str, Any]) -> None:
    # SetDefaults_LimitRangeItem
    if item.get("type") != "Container":
        return
    default = {**mapping(item, "max"), **mapping(item, "default")}
    requests = {**mapping(item, "min"), **default, **mapping(item, "defaultRequest")}
    item.update({name: value for name, value in (("default", default), ("defaultRequest", requests)) if value})


def _complete_replication_controller(controller: dict[str, Any]) -> None:
    # SetDefaults_ReplicationController
    labels = mapping(controller, "spec", "template", "metadata", "labels")
    if labels and not mapping(controller, "spec", "selector"):
        controller["spec"] = {**controller["spec"], "selector": labels}
    _take_labels(controller, labels)


def _take_labels(manifest: dict[str, Any], labels: Mapping[str, Any]) -> None:
    if labels and not mapping(manifest, "metadata", "labels") and isinstance(manifest.get("metadata"), dict):
        manifest["metadata"] = {**manifest["metadata"], "labels": labels}


def _complete_secret(secret: dict[str, Any]) -> None:
    # Convert_v1_Secret_To_core_Secret (pkg/apis/core/v1/conversion.go)
    folded = dict(with_data(secret))
    secret.clear()
    secret.update(folded)


def _complete_deployment_strategy(strategy: dict[str, Any]) -> None:
    # SetDefaults_Deployment
    _complete_rolling_update(strategy, maxUnavailable="25%", maxSurge="25%")


def _complete_daemon_set_strategy(strategy: dict[str, Any]) -> None:
    # SetDefaults_DaemonSet
    _complete_rolling_update(strategy, maxUnavailable=1, maxSurge=0)


def _complete_rolling_update(strategy: dict[str, Any], **defaults: Any) -> None:
    if strategy.get("type") == "RollingUpdate":
        given = {name: value for name, value in mapping(strategy, "rollingUpdate").items() if value is not None}
        strategy["rollingUpdate"] = {**defaults, **given}


def _complete_stateful_set_strategy(strategy: dict[str, Any]) -> None:
    # SetDefaults_StatefulSet: a stated type without rollingUpdate stays without it.
    stated = bool(strategy.get("type"))
    strategy["type"] = strategy.get("type") or "RollingUpdate"
    if not stated or "rollingUpdate" in strategy:
        _complete_rolling_update(strategy, partition=0)


def _complete_job(job: dict[str, Any]) -> None:
    # SetDefaults_Job. The template of a CronJob has none of these defaults.
    if not isinstance(job.get("spec"), dict):
        return
    spec = {name: value for name, value in job["spec"].items() if value is not None}
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    failed_pods = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    defaults = {
        "parallelism": 1,
        "backoffLimit": 2**31 - 1 if "backoffLimitPerIndex" in spec else 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": failed_pods,
        "manualSelector": False,
    }
    job["spec"] = {**defaults, **spec}
    _take_labels(job, mapping(spec, "template", "metadata", "labels"))


def _complete_scaling_behavior(behavior: dict[str, Any]) -> None:
    # SetDefaults_HorizontalPodAutoscalerBehavior: scaling down waits as long as kube-controller-manager says, so it has no value.
    percent, pods = ({"type": kind, "value": value, "periodSeconds": 15} for kind, value in (("Percent", 100), ("Pods", 4)))
    up = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [pods, percent]}
    down = {"selectPolicy": "Max", "policies": [percent]}
    behavior["scaleUp"] = {**up, **mapping(behavior, "scaleUp")}
    behavior["scaleDown"] = {**down, **mapping(behavior, "scaleDown")}


def _complete_network_policy(spec: dict[str, Any]) -> None:
    # SetDefaults_NetworkPolicy
    spec["policyTypes"] = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]


def _complete_subject(subject: dict[str, Any]) -> None:
    # SetDefaults_Subject
    if subject.get("kind") in ("Group", "User"):
        subject["apiGroup"] = subject.get("apiGroup") or "rbac.authorization.k8s.io"


def _complete_device_request(request: dict[str, Any]) -> None:
    # SetDefaults_DeviceRequest of v1beta1: a request without a class has subrequests.
    if request.get("deviceClassName"):
        request["allocationMode"] = request.get("allocationMode") or "ExactCount"
        _complete_device_count(request)


def _complete_device_count(request: dict[str, Any]) -> None:
    # SetDefaults_ExactDeviceRequest, SetDefaults_DeviceSubRequest
    if request.get("allocationMode") == "ExactCount":
        request["count"] = request.get("count") or 1


def _complete_names(names: dict[str, Any]) -> None:
    # SetDefaults_CustomResourceDefinitionSpec (apiextensions-apiserver)
    if kind := text(names, "kind"):
        names["singular"] = names.get("singular") or kind.lower()
        names["listKind"] = names.get("listKind") or f"{kind}List"


RULES: Mapping[str, Rule] = {
    "apiextensions.v1.CustomResourceDefinitionNames": _complete_names,
    "apps.v1.DaemonSetUpdateStrategy": _complete_daemon_set_strategy,
    "apps.v1.DeploymentStrategy": _complete_deployment_strategy,
    "apps.v1.StatefulSetUpdateStrategy": _complete_stateful_set_strategy,
    "autoscaling.v2.HorizontalPodAutoscalerBehavior": _complete_scaling_behavior,
    "batch.v1.Job": _complete_job,
    "core.v1.Container": _complete_container,
    "core.v1.EphemeralContainer": _complete_container,
    "core.v1.LimitRangeItem": _complete_limit,
    "core.v1.Namespace": _complete_namespace,
    "core.v1.NodeSpec": _complete_node_spec,
    "core.v1.PersistentVolume": _complete_persistent_volume,
    "core.v1.Pod": _complete_pod,
    "core.v1.PodSpec": _complete_pod_spec,
    "core.v1.ReplicationController": _complete_replication_controller,
    "core.v1.Secret": _complete_secret,
    "core.v1.ServicePort": _complete_service_port,
    "core.v1.ServiceSpec": _complete_service,
    "core.v1.Volume": _complete_volume,
    "networking.v1.NetworkPolicySpec": _complete_network_policy,
    "rbac.v1.Subject": _complete_subject,
    "resource.v1.DeviceSubRequest": _complete_device_count,
    "resource.v1.ExactDeviceRequest": _complete_device_count,
    "resource.v1beta1.DeviceRequest": _complete_device_request,
    "resource.v1beta1.DeviceSubRequest": _complete_device_count,
    "resource.v1beta2.DeviceSubRequest": _complete_device_count,
    "resource.v1beta2.ExactDeviceRequest": _complete_device_count,
}
"""Type → its rule."""

RULED_FIELDS: Mapping[str, str] = {
    "apiextensions.v1.CustomResourceDefinitionNames": "listKind singular",
    "apps.v1.DaemonSetUpdateStrategy": "rollingUpdate",
    "apps.v1.DeploymentStrategy": "rollingUpdate",
    "apps.v1.RollingUpdateDaemonSet": "maxSurge maxUnavailable",
    "apps.v1.RollingUpdateDeployment": "maxSurge maxUnavailable",
    "apps.v1.RollingUpdateStatefulSetStrategy": "maxUnavailable partition",
    "apps.v1.StatefulSetUpdateStrategy": "rollingUpdate type",
    "autoscaling.v2.HPAScalingRules": "policies selectPolicy stabilizationWindowSeconds",
    "autoscaling.v2.HorizontalPodAutoscalerBehavior": "scaleDown scaleUp",
    "batch.v1.JobSpec": "backoffLimit completionMode completions manualSelector parallelism podReplacementPolicy suspend",
    "core.v1.ClientIPConfig": "timeoutSeconds",
    "core.v1.Container": "imagePullPolicy",
    "core.v1.ContainerPort": "hostPort",
    "core.v1.EphemeralContainer": "imagePullPolicy",
    "core.v1.ImageVolumeSource": "pullPolicy",
    "core.v1.LimitRangeItem": "default defaultRequest",
    "core.v1.NodeSpec": "podCIDR podCIDRs",
    "core.v1.PersistentVolumeSpec": "persistentVolumeReclaimPolicy volumeMode",
    "core.v1.PodSpec": "enableServiceLinks serviceAccount serviceAccountName",
    "core.v1.ReplicationControllerSpec": "selector",
    "core.v1.ResourceRequirements": "requests",
    "core.v1.Secret": "data",
    "core.v1.ServicePort": "targetPort",
    "core.v1.ServiceSpec": ("allocateLoadBalancerNodePorts externalTrafficPolicy internalTrafficPolicy sessionAffinityConfig"),
    "core.v1.SessionAffinityConfig": "clientIP",
    "core.v1.Volume": "emptyDir",
    "networking.v1.NetworkPolicySpec": "policyTypes",
    "rbac.v1.Subject": "apiGroup",
    "resource.v1.DeviceSubRequest": "count",
    "resource.v1.ExactDeviceRequest": "count",
    "resource.v1beta1.DeviceRequest": "allocationMode count",
    "resource.v1beta1.DeviceSubRequest": "count",
    "resource.v1beta2.DeviceSubRequest": "count",
    "resource.v1beta2.ExactDeviceRequest": "count",
}
"""Type → the fields that these rules decide. They are not recorded as constants, even if they look like ones."""
