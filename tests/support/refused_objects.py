"""Objects with one mistake each that an API server refuses and their published schemas allow.

A unit test holds `load/schemas/` to these, and an end-to-end test holds these to a real API server: it names the same field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.explain_violations import Violation
from reconciler.load.schemas.object_rules import rule_violations
from reconciler.model.manifest import gvk_of, with_value


class Refused(NamedTuple):
    """One object."""

    document: Mapping[str, Any]
    field: str
    """As the API server prints it."""


POD: Mapping[str, Any] = {"containers": [{"name": "a", "image": "a"}]}
LABELS = {"metadata": {"labels": {"app": "a"}}}
SELECTOR = {"matchLabels": {"app": "a"}}
MOUNT = {"name": "data", "mountPath": "/data"}
VOLUME = {"name": "data", "emptyDir": {}}
TCP = {"tcpSocket": {"port": 80}}


def deployment(pod: Mapping[str, Any] | None = POD, kind: str = "Deployment", **spec: Any) -> dict[str, Any]:
    template = {**LABELS, **({} if pod is None else {"spec": pod})}
    return object_of("apps/v1", kind, **{"selector": SELECTOR, "template": template, **spec})


def job(**pod: Any) -> dict[str, Any]:
    return object_of("batch/v1", "Job", template={"spec": {**POD, "restartPolicy": "Never", **pod}})


def cron_job(**pod: Any) -> dict[str, Any]:
    return object_of("batch/v1", "CronJob", schedule="@daily", jobTemplate={"spec": job(**pod)["spec"]})


def object_of(api: str, kind: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "a", "namespace": "default"}, "spec": spec}


def pod_template(pod: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "a"}, "template": {"spec": pod}}


def container(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "a", "image": "a", **fields}]}


def without(field: str) -> dict[str, Any]:
    return {"containers": [{name: value for name, value in POD["containers"][0].items() if name != field}]}


def service(*ports: Any, **spec: Any) -> dict[str, Any]:
    return object_of("v1", "Service", selector={"app": "a"}, **({"ports": list(ports)} if ports else {}), **spec)


def claim(**spec: Any) -> dict[str, Any]:
    usual = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return object_of(
        "v1", "PersistentVolumeClaim", **{name: value for name, value in {**usual, **spec}.items() if value is not None}
    )


def ingress(**path: Any) -> dict[str, Any]:
    backend = {"service": {"name": "a", "port": {"number": 1}}}
    return object_of("networking.k8s.io/v1", "Ingress", rules=[{"http": {"paths": [{"backend": backend, **path}]}}])


_FROM_FIELD = {"fieldRef": {"fieldPath": "metadata.name"}}
_ABOVE = {"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}}
_SCALED = {"kind": "Deployment", "name": "a", "apiVersion": "apps/v1"}
_TWICE = [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]
_IN_PODS: tuple[tuple[Mapping[str, Any], str], ...] = (
    (without("image"), "containers[0].image"),
    (container(image=""), "containers[0].image"),
    ({"containers": []}, "containers"),
    ({**POD, "initContainers": [{"name": "b"}]}, "initContainers[0].image"),
    ({**POD, "initContainers": POD["containers"]}, "initContainers[0].name"),
    (container(volumeMounts=[MOUNT]), "containers[0].volumeMounts[0].name"),
    ({**container(volumeMounts=[MOUNT]), "volumes": [{**VOLUME, "name": "date"}]}, "containers[0].volumeMounts[0].name"),
    (
        {**container(volumeMounts=[{**MOUNT, "mountPath": ""}]), "volumes": [VOLUME]},
        "containers[0].volumeMounts[0].mountPath",
    ),
    ({**POD, "volumes": [{**VOLUME, "hostPath": {"path": "/"}}]}, "volumes[0].hostPath"),
    (container(ports=_TWICE), "containers[0].ports[1].name"),
    *(
        (container(ports=[{"containerPort": 1, "name": name}]), "containers[0].ports[0].name")
        for name in ("a-name-of-16-cha", "Web", "80", "-a", "a--b")
    ),
    (container(livenessProbe={"periodSeconds": 5}), "containers[0].livenessProbe"),
    (container(readinessProbe={**TCP, "exec": {"command": ["a"]}}), "containers[0].readinessProbe.tcpSocket"),
    (container(env=[{"name": "a", "value": "b", "valueFrom": _FROM_FIELD}]), "containers[0].env[0].valueFrom"),
    (container(env=[{"name": "", "value": "b"}]), "containers[0].env[0].name"),
    (container(resources=_ABOVE), "containers[0].resources.requests"),
)
_SPECS = "spec.template.spec."

REFUSED: tuple[Refused, ...] = (
    *(Refused(deployment(pod), _SPECS + field) for pod, field in _IN_PODS),
    *(Refused(object_of("v1", "Pod", **pod), f"spec.{field}") for pod, field in _IN_PODS[:3]),
    *(Refused(cron_job(**pod), f"spec.jobTemplate.{_SPECS}{field}") for pod, field in _IN_PODS[:3]),
    *(Refused(deployment(POD, kind, selector={}), "spec.selector") for kind in ("DaemonSet", "Deployment", "StatefulSet")),
    *(
        Refused(deployment({**POD, "restartPolicy": policy}, kind), f"{_SPECS}restartPolicy")
        for kind, policy in (("DaemonSet", "OnFailure"), ("Deployment", "Never"), ("StatefulSet", "Never"))
    ),
    *(Refused(job(restartPolicy=policy), f"{_SPECS}restartPolicy") for policy in (None, "Always")),
    Refused(cron_job(restartPolicy=None), f"spec.jobTemplate.{_SPECS}restartPolicy"),
    Refused(deployment(None), f"{_SPECS}containers"),
    Refused(pod_template(without("image")), "template.spec.containers[0].image"),
    Refused(
        object_of("v1", "ReplicationController", template={**LABELS, "spec": without("image")}), f"{_SPECS}containers[0].image"
    ),
    Refused(deployment(strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}), "spec.strategy.rollingUpdate"),
    Refused(
        deployment(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}),
        "spec.strategy.rollingUpdate.maxUnavailable",
    ),
    Refused(
        deployment(kind="StatefulSet", updateStrategy={"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
        "spec.updateStrategy.rollingUpdate",
    ),
    Refused(
        deployment(
            kind="StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]
        ),
        "spec.volumeClaimTemplates[0].spec.resources[storage]",
    ),
    Refused(service(), "spec.ports"),
    Refused(service({"port": 1, "name": "a"}, {"port": 2}), "spec.ports[1].name"),
    Refused(service({"port": 1, "name": "a"}, {"port": 2, "name": "a"}), "spec.ports[1].name"),
    Refused(service({"port": 1, "name": "Http"}), "spec.ports[0].name"),
    Refused(service({"port": 1, "nodePort": 30000}), "spec.ports[0].nodePort"),
    Refused(service(type="ExternalName"), "spec.externalName"),
    Refused(claim(accessModes=None), "spec.accessModes"),
    Refused(claim(resources=None), "spec.resources[storage]"),
    Refused(claim(resources={"requests": {"storage": "0"}}), "spec.resources[storage]"),
    Refused(object_of("networking.k8s.io/v1", "Ingress"), "spec"),
    Refused(ingress(path="a", pathType="Prefix"), "spec.rules[0].http.paths[0].path"),
    Refused(ingress(pathType="Exact"), "spec.rules[0].http.paths[0].path"),
    Refused(
        object_of("autoscaling/v2", "HorizontalPodAutoscaler", minReplicas=3, maxReplicas=2, scaleTargetRef=_SCALED),
        "spec.maxReplicas",
    ),
    Refused(object_of("policy/v1", "PodDisruptionBudget", minAvailable=1, maxUnavailable=1, selector=SELECTOR), "spec"),
    *(Refused(with_value(cron_job(), ("spec", "schedule"), text), "spec.schedule") for text in ("daily", "TZ=UTC * * * * *")),
    Refused(with_value(cron_job(), ("metadata", "name"), "a" * 53), "metadata.name"),
)
"""What a server refuses, each with one mistake."""

_ANOTHER = {"name": "b", "image": "b"}
ACCEPTED: tuple[Mapping[str, Any], ...] = (
    deployment(),
    deployment({**POD, "restartPolicy": "Always"}, "DaemonSet"),
    deployment({**container(volumeMounts=[MOUNT]), "volumes": [VOLUME, {"name": "other"}]}),
    deployment(
        container(volumeMounts=[MOUNT]),
        "StatefulSet",
        volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": claim()["spec"]}],
    ),
    deployment({"containers": [{**POD["containers"][0], "ports": _TWICE[:1]}, {**_ANOTHER, "ports": _TWICE[1:]}]}),
    deployment(container(ports=[{"containerPort": 1, "name": "a-name-15-chars"}, {"containerPort": 2, "name": "8a"}])),
    deployment(container(env=[{"name": "a", "value": "", "valueFrom": _FROM_FIELD}])),
    deployment(container(resources={"requests": {"cpu": "1500m", "memory": "1Gi"}, "limits": {"cpu": 1.5}})),
    deployment(container(livenessProbe=TCP, startupProbe={"httpGet": {"port": "web"}})),
    deployment(strategy={"type": "Recreate"}),
    deployment(strategy={"rollingUpdate": {"maxSurge": 0}}),
    job(),
    cron_job(restartPolicy="OnFailure"),
    with_value(cron_job(), ("metadata", "name"), "a" * 52),
    with_value(cron_job(), ("spec", "schedule"), "*/5 1-3 * * 1,2"),
    object_of("v1", "Pod", **POD),
    service({"port": 1}),
    service({"port": 1, "name": "8a"}, {"port": 2, "name": "b"}),
    service(clusterIP="None"),
    service(type="ExternalName", externalName="example.com"),
    service({"port": 1, "nodePort": 30000}, type="NodePort"),
    claim(),
    ingress(path="/a", pathType="Prefix"),
    ingress(pathType="ImplementationSpecific"),
    object_of("networking.k8s.io/v1", "Ingress", defaultBackend={"service": {"name": "a", "port": {"number": 1}}}),
    object_of("autoscaling/v2", "HorizontalPodAutoscaler", maxReplicas=1, scaleTargetRef=_SCALED),
    object_of("policy/v1", "PodDisruptionBudget", selector=SELECTOR),
)
"""What a server accepts, near these mistakes."""


def violations(document: Mapping[str, Any]) -> list[Violation]:
    """What `validate` would say of the object."""
    gvk = gvk_of(document)
    return kubernetes_kinds.validate(document, gvk) + rule_violations(document, gvk)
