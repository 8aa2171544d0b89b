"""On real API servers: a member that holds what it should is left in peace, however the server spells it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.fleet import STATUS, document, placed, policy, secret, selector, workload
from tests.support.program import run_process
from tests.support.servers import ServerWorld


def template(**changes: Any) -> str:
    """A Deployment whose container says these things."""
    item = json.loads(workload("web", 1))
    item["spec"]["template"]["spec"]["containers"][0] |= changes
    return json.dumps(item)


def pod_spec(**changes: Any) -> str:
    item = json.loads(workload("web", 1))
    item["spec"]["template"]["spec"] |= changes
    return json.dumps(item)


def claim(storage: Any) -> str:
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": storage}}}
    return document("PersistentVolumeClaim", "data", spec=spec)


SPELLINGS: dict[str, str] = {
    "thousandths": template(resources={"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": "2000m"}}),
    "fractions": template(resources={"requests": {"cpu": "0.5", "memory": "1.5Gi"}}),
    "numbers": template(resources={"requests": {"cpu": 1, "memory": 1073741824}, "limits": {"cpu": 1.5}}),
    "exponents": template(resources={"requests": {"cpu": "1e0", "memory": "1e9"}}),
    "a port without its protocol": template(
        ports=[{"containerPort": 80, "name": "http"}, {"containerPort": 53, "protocol": "UDP"}]
    ),
    "variables": template(env=[{"name": "A", "value": "1"}, {"name": "B", "value": ""}, {"name": "C"}]),
    "empty lists and mappings": template(args=[], env=[], resources={}, securityContext={}),
    "a null": template(args=None, imagePullPolicy=None),
    "zeros": pod_spec(terminationGracePeriodSeconds=0, hostNetwork=False, nodeName="", volumes=[], tolerations=[]),
    "a probe": template(readinessProbe={"httpGet": {"path": "/", "port": 80}, "periodSeconds": 10}),
    "volumes": pod_spec(
        volumes=[
            {"name": "a", "emptyDir": {}},
            {"name": "b", "configMap": {"name": "x", "defaultMode": 420}},
            {"name": "c", "emptyDir": {"sizeLimit": "0.5Gi"}},
        ]
    ),
    "an old name of a field": pod_spec(serviceAccount="default"),
    "times with fractions": template(lifecycle={"preStop": {"sleep": {"seconds": 1}}}),
    "creationTimestamp: null": json.dumps(
        json.loads(workload("web", 1))
        | {"metadata": {"name": "web", "namespace": "shop", "creationTimestamp": None}, "status": {}}
    ),
    "stringData": secret("web", a="b"),
    "data and stringData": secret("web", {"c": "d", "a": "old"}, a="new"),
    "data in several lines": document("Secret", "web", data={"a": "dmFsdWUtdmFsdWUt\ndmFsdWU=\n"}),
    "a service": document("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}),
    "a service with a target": document(
        "Service", "web", spec={"type": "ClusterIP", "ports": [{"port": 80, "targetPort": "http", "name": "a"}]}
    ),
    "a claim": claim("1024Mi"),
    "a claim in fractions": claim("0.5Gi"),
    "a claim by its number": claim(1048576),
    "a config": document("ConfigMap", "web", data={"a": "", "b": "x\n"}, binaryData={"c": "AAEC"}),
    "nothing at all": document("ConfigMap", "web"),
    "an empty label": document("ConfigMap", "web", labels={"a": ""}, annotations={"b": ""}),
    "a quota": document("ResourceQuota", "web", spec={"hard": {"configmaps": "0.1k", "services": "1000", "secrets": 200}}),
    "limits": document(
        "LimitRange", "web", spec={"limits": [{"type": "Container", "max": {"cpu": "1500m"}, "default": {"cpu": "0.1"}}]}
    ),
    "a role": document(
        "Role", "web", api="rbac.authorization.k8s.io/v1",
        rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    ),
    "a binding": document(
        "RoleBinding",
        "web",
        api="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "Role", "name": "web", "apiGroup": "rbac.authorization.k8s.io"},
        subjects=[{"kind": "ServiceAccount", "name": "default"}],
    ),
    "an ingress": document(
        "Ingress",
        "web",
        api="networking.k8s.io/v1",
        spec={"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix",
              "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]},
    ),
    "a network policy": document(
        "NetworkPolicy", "web", api="networking.k8s.io/v1", spec={"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}, {}]}
    ),
    "a job": document(
        "Job", "web", api="batch/v1",
        spec={"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}},
    ),
    "a cron job": document(
        "CronJob", "web", api="batch/v1",
        spec={"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
              "containers": [{"name": "a", "image": "a:1"}]}}}}},
    ),
    "a budget": document("PodDisruptionBudget", "web", api="policy/v1", spec={"maxUnavailable": "50%", "selector": {}}),
    "a stateful set": workload("web", 1, kind="StatefulSet"),
    "a service account": document("ServiceAccount", "web", automountServiceAccountToken=False),
}  # fmt: skip


def named(spelling: str) -> str:
    """The object that says it so, by a name that tells which."""
    item = json.loads(SPELLINGS[spelling])
    item["metadata"]["name"] = re.sub("[^a-z]+", "-", spelling.lower())
    return json.dumps(item)


@pytest.mark.members("m1")
def test_however_it_is_spelled_it_settles_even_for_a_fresh_process(world: ServerWorld) -> None:
    """Not a single write, and no dry run either: the spelling is known without asking."""
    kinds = {(item["kind"], item["apiVersion"]) for item in map(json.loads, SPELLINGS.values())}
    policies = {f"p/{kind}.yaml": policy(kind.lower(), selector(kind, api=api), "m1") for kind, api in kinds}
    world.commit({**{f"{spelling}.yaml": named(spelling) for spelling in SPELLINGS}, **policies})
    ran = world.sync("--no-wait")
    assert "failed" not in ran.err, ran.err
    assert "error" not in ran.err, ran.err
    before = world.audited()
    ran = run_process("sync", "--no-wait", "--repo", str(world.repo.path))
    assert world.writes(before) == [], ran.err
    assert "corrected" not in ran.err
    held = world.run("sync", "--no-wait", "-o", "json").json["clusters"]["m1"]["counts"]
    assert held["unchanged"] == len(SPELLINGS) + 1


def test_a_second_sync_records_nothing(world: ServerWorld) -> None:
    world.commit({**placed("web", "m1", "m2"), **placed("api", "m1", "m2", "m3", divided=True, replicas=5)})
    assert world.sync().code == 0
    before, recorded = world.audited(), world.repo.git("rev-parse", STATUS)
    ran = world.sync()
    assert (ran.code, world.writes(before)) == (0, [])
    assert ran.err.endswith("nothing new to record\n")
    assert world.repo.git("rev-parse", STATUS) == recorded


@pytest.mark.members("m1")
def test_the_server_is_asked_where_only_it_can_tell(world: ServerWorld) -> None:
    """Bytes that it writes otherwise look like drift; a dry run finds out that nothing would change."""
    lines = document("ConfigMap", "web", binaryData={"c": "AAECAAEC\nAAEC\n"})
    world.commit({"lines.yaml": lines, "p.yaml": policy("web", selector("ConfigMap"), "m1")})
    ran = world.sync()
    assert ran.code == 0, ran.err
    before = world.audited()
    ran = world.sync()
    assert (ran.code, "corrected" in ran.err) == (0, False), ran.err
    assert ["dryRun=All" in request for request in world.writes(before)] == [True]
