"""The rules in `load/schemas/api_server_rules.py` are those of an API server: what it names when it refuses something."""

from __future__ import annotations

import json
import re
import urllib.error
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.api_server_rules import CHOICES, CHOICES_OF_ITEMS, LEAST, PORTS
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import gvk_of
from tests.controlplane.start import ControlPlane
from tests.support.refused_objects import ACCEPTED as ACCEPTED_OBJECTS
from tests.support.refused_objects import REFUSED as REFUSED_OBJECTS

WRONG = "wrong"
CONTAINERS = [{"name": "a", "image": "a"}]
POD = {
    "dnsPolicy": WRONG,
    "preemptionPolicy": WRONG,
    "securityContext": {"seccompProfile": {"type": WRONG}},
    "tolerations": [{"key": "a", "operator": "Exists", "effect": WRONG}],
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": WRONG}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": WRONG}]}]
            }
        }
    },
    "containers": [
        {
            "name": "a",
            "image": "a",
            "imagePullPolicy": WRONG,
            "terminationMessagePolicy": WRONG,
            "ports": [{"containerPort": 1, "protocol": WRONG}],
            "livenessProbe": {"httpGet": {"port": 1, "scheme": WRONG}},
        }
    ],
}
LABELS = {"metadata": {"labels": {"a": "b"}}}
SELECTOR = {"matchLabels": {"a": "b"}}
TEMPLATE = {"selector": SELECTOR, "template": {**LABELS, "spec": {"containers": CONTAINERS}}}
JOB = {"template": {"spec": {"restartPolicy": "Never", "containers": CONTAINERS}}, "completionMode": WRONG}
ROOT = "/apis/{}/namespaces/default/{}"
CORE = "/api/v1/namespaces/default/{}"
SERVICES = CORE.format("services")
PORT = {"port": 1, "protocol": WRONG}
CLAIM = {"accessModes": [WRONG], "volumeMode": WRONG, "resources": {"requests": {"storage": "1Gi"}}}
SCALED = {"kind": "Deployment", "name": "a", "apiVersion": "apps/v1"}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": WRONG, "averageUtilization": 1}}}
PATHS = [{"path": "/", "pathType": WRONG, "backend": {"service": {"name": "a", "port": {"number": 1}}}}]
OPERATOR = {"matchExpressions": [{"key": "a", "operator": WRONG}]}
ASKED: list[tuple[str, dict[str, Any]]] = [
    (CORE.format("pods"), {"spec": {"restartPolicy": WRONG, "containers": CONTAINERS}}),
    (ROOT.format("apps/v1", "deployments"), {"spec": {"selector": SELECTOR, "template": {**LABELS, "spec": POD}}}),
    *[
        (SERVICES, {"spec": {"ports": [{"port": 1}], **spec}})
        for spec in (
            {"type": WRONG},
            {"sessionAffinity": WRONG},
            {"internalTrafficPolicy": WRONG},
            {"ipFamilyPolicy": WRONG},
            {"ports": [PORT]},
            {"type": "LoadBalancer", "externalTrafficPolicy": WRONG},
        )
    ],
    (CORE.format("persistentvolumeclaims"), {"spec": CLAIM}),
    (ROOT.format("apps/v1", "deployments"), {"spec": {**TEMPLATE, "selector": OPERATOR, "strategy": {"type": WRONG}}}),
    (
        ROOT.format("apps/v1", "statefulsets"),
        {"spec": {**TEMPLATE, "podManagementPolicy": WRONG, "updateStrategy": {"type": WRONG}}},
    ),
    (ROOT.format("apps/v1", "daemonsets"), {"spec": {**TEMPLATE, "updateStrategy": {"type": WRONG}}}),
    (
        ROOT.format("batch/v1", "cronjobs"),
        {"spec": {"schedule": "@daily", "concurrencyPolicy": WRONG, "jobTemplate": {"spec": JOB}}},
    ),
    (
        ROOT.format("autoscaling/v2", "horizontalpodautoscalers"),
        {"spec": {"maxReplicas": 2, "scaleTargetRef": SCALED, "metrics": [{"type": WRONG}, CPU]}},
    ),
    (ROOT.format("networking.k8s.io/v1", "ingresses"), {"spec": {"rules": [{"http": {"paths": PATHS}}]}}),
    (
        ROOT.format("networking.k8s.io/v1", "networkpolicies"),
        {"spec": {"podSelector": {}, "policyTypes": [WRONG], "ingress": [{"ports": [PORT]}]}},
    ),
    (
        ROOT.format("policy/v1", "poddisruptionbudgets"),
        {"spec": {"minAvailable": 1, "selector": SELECTOR, "unhealthyPodEvictionPolicy": WRONG}},
    ),
    ("/apis/storage.k8s.io/v1/storageclasses", {"provisioner": "a.b/c", "volumeBindingMode": WRONG}),
]


def refused(plane: ControlPlane, path: str, body: dict[str, Any]) -> set[tuple[str, frozenset[str]]]:
    """(last name of a refused field, without `type`; the choices that the server names)."""
    with pytest.raises(urllib.error.HTTPError) as error:
        plane.request(f"{path}?dryRun=All", "POST", {"metadata": {"name": "a"}, **body})
    causes = json.loads(error.value.read())["details"]["causes"]
    names = [re.sub(r"\[\d+\]", "", cause["field"]).removesuffix(".type").rpartition(".")[2] for cause in causes]
    said = [re.split(r"supported values: |must be |not a valid ", cause["message"])[-1] for cause in causes]
    return {(name, frozenset(re.findall(r"[A-Z]\w+", text))) for name, text in zip(names, said, strict=True)}


def test_the_choices_are_those_of_a_server(planes: list[ControlPlane]) -> None:
    answers = {answer for path, body in ASKED for answer in refused(planes[0], path, body)}
    said = {words for _, words in answers}
    for field, words in {**CHOICES, **CHOICES_OF_ITEMS}.items():
        name, choices = field.rpartition(".")[2], frozenset(words.split())
        if name == "operator":
            assert ("operator", frozenset()) in answers  # Refused, and the choices are not named.
        else:
            assert choices in said if name == "type" else (name, choices) in answers, field


@pytest.mark.parametrize("field", ["labels", "annotations", "data"])
def test_the_keys_and_values_are_those_of_a_server(planes: list[ControlPlane], field: str) -> None:
    longest = {"a" * 63: "b", f"{'a' * 63}.io/b": "c"}
    fine = {"a.b_c-D": "", **longest} if field != "data" else {"a.b_c-D": "x y", "a" * 253: "", "_a": ""}
    wrong = ["a b", "a/b/c", "", "a" * 254, "A.b/c"] + (["..a", "."] if field == "data" else ["a.", "_a", "a" * 64])
    others = [{"a": "x y"}, {"a": "b" * 64}, {"a": "-"}, {"a": "B.c_d-0"}] if field == "labels" else []
    answers = {}
    for entries in (fine, *({key: "v"} for key in wrong), *others):
        item: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
        (item if field == "data" else item["metadata"])[field] = entries
        try:
            planes[0].request(f"{CORE.format('configmaps')}?dryRun=All", "POST", item)
            accepted = True
        except urllib.error.HTTPError:
            accepted = False
        answers[json.dumps(entries)] = (accepted, kubernetes_kinds.validate(item, GroupVersionKind("", "v1", "ConfigMap")) == [])
    assert {entries: answer for entries, answer in answers.items() if answer[0] != answer[1]} == {}
    assert {answer[0] for answer in answers.values()} == {True, False}


def _pod(**fields: Any) -> tuple[str, dict[str, Any]]:
    return CORE.format("pods"), {"spec": {"containers": [{**CONTAINERS[0], **fields}]}}


def _with_number(field: str, value: Any) -> tuple[str, dict[str, Any]]:
    """A path of the API, and an object that has the value in this field."""
    owner, _, name = field.rpartition(".")
    controller = {"selector": {"a": "b"}, "template": TEMPLATE["template"]}
    job = {"template": JOB["template"]}
    specs: dict[str, tuple[str, dict[str, Any]]] = {
        "apps.v1.DeploymentSpec": (ROOT.format("apps/v1", "deployments"), TEMPLATE),
        "apps.v1.ReplicaSetSpec": (ROOT.format("apps/v1", "replicasets"), TEMPLATE),
        "apps.v1.StatefulSetSpec": (ROOT.format("apps/v1", "statefulsets"), TEMPLATE),
        "autoscaling.v2.HorizontalPodAutoscalerSpec": (
            ROOT.format("autoscaling/v2", "horizontalpodautoscalers"),
            {"scaleTargetRef": SCALED},
        ),
        "batch.v1.JobSpec": (ROOT.format("batch/v1", "jobs"), job),
        "core.v1.ReplicationControllerSpec": (CORE.format("replicationcontrollers"), controller),
    }
    if owner in specs:
        path, base = specs[owner]
        return path, {"spec": {**base, name: value}}
    match owner:
        case "core.v1.ContainerPort":
            return _pod(ports=[{"containerPort": 1, name: value}])
        case "core.v1.GRPCAction":
            return _pod(livenessProbe={"grpc": {name: value}})
        case "core.v1.HTTPGetAction":
            return _pod(livenessProbe={"httpGet": {name: value}})
        case "core.v1.TCPSocketAction":
            return _pod(livenessProbe={"tcpSocket": {name: value}})
        case "core.v1.ServicePort":
            return SERVICES, {"spec": {"ports": [{"port": 1, name: value}]}}
        case "networking.v1.NetworkPolicyPort":
            ports = {"ingress": [{"ports": [{name: value}]}]}
            return ROOT.format("networking.k8s.io/v1", "networkpolicies"), {"spec": {"podSelector": {}, **ports}}
        case _:
            port = {name: value} if value else {name: value, "name": "a"}
            backend = {"defaultBackend": {"service": {"name": "a", "port": port}}}
            return ROOT.format("networking.k8s.io/v1", "ingresses"), {"spec": backend}


ACCEPTED, REFUSED = 201, 422


def _answer(plane: ControlPlane, path: str, body: dict[str, Any]) -> int:
    try:
        plane.request(f"{path}?dryRun=All", "POST", {"metadata": {"name": "a"}, **body})
    except urllib.error.HTTPError as error:
        return error.code
    return ACCEPTED


def test_the_ranges_are_those_of_a_server(planes: list[ControlPlane]) -> None:
    expected = {(field, least - 1): REFUSED for field, least in {**LEAST, **PORTS}.items()}
    expected |= dict.fromkeys({**LEAST, **PORTS}.items(), ACCEPTED)
    expected |= {(field, 65535): ACCEPTED for field in PORTS} | {(field, 65536): REFUSED for field in PORTS}
    assert {one: _answer(planes[0], *_with_number(*one)) for one in expected} == expected
    assert [_answer(planes[0], *_pod(image=image)) for image in ("", "a")] == [REFUSED, ACCEPTED]


def _answer_to(plane: ControlPlane, document: Mapping[str, Any]) -> list[str]:
    """The fields that the server names when it refuses the object; none if it accepts it."""
    gvk = gvk_of(document)
    plural = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"}.get(gvk.kind, f"{gvk.kind.lower()}s")
    root = CORE.format(plural) if not gvk.group else ROOT.format(gvk.api_version, plural)
    try:
        plane.request(f"{root}?dryRun=All", "POST", document)
    except urllib.error.HTTPError as error:
        return [cause["field"] for cause in json.loads(error.read())["details"]["causes"]]
    return []


def test_what_does_not_fit_together_is_what_a_server_refuses(planes: list[ControlPlane]) -> None:
    """The unit tests hold the rules to the same objects."""
    answers = {index: _answer_to(planes[0], one.document) for index, one in enumerate(REFUSED_OBJECTS)}
    assert {index: fields for index, fields in answers.items() if REFUSED_OBJECTS[index].field not in fields} == {}
    assert [_answer_to(planes[0], document) for document in ACCEPTED_OBJECTS] == [[] for _ in ACCEPTED_OBJECTS]
