"""On a real API server: the objects that `validate` says are refused are those that a sync cannot write, for the same reasons."""

from __future__ import annotations

import json
import re
import urllib.error
from typing import Any

import pytest

from tests.support.fleet import cluster_policy, config, definition, document, policy, selector, widget, workload
from tests.support.servers import ServerWorld, eventually

pytestmark = pytest.mark.members("m1")

API = "admissionregistration.k8s.io/v1"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
VALIDATIONS = {
    "deployments": [
        {
            "expression": "object.spec.replicas <= int(params.data.most)",
            "messageExpression": "'%d of %s'.format([object.spec.replicas, params.data.most])",
        },
        {
            "expression": "object.spec.template.spec.containers.all(c, c.imagePullPolicy != 'Always')",
            "message": "it pulls always",
        },
    ],
    "configmaps": [
        {"expression": "!has(object.data) || object.data.all(k, !isIP(object.data[k]))", "message": "no addresses"},
        {"expression": "object.data.missing == 'x' || true", "message": "an absorbed error"},
    ],
}
OBJECTS = {
    "few": workload("few", 2),
    "many": workload("many", 7),
    "newest": workload("newest", 1, image="docker.io/library/nginx"),
    "words": config("words", a="b"),
    "address": config("address", a="10.0.0.1"),
    "empty": config("empty"),
}


def guards(world: ServerWorld) -> dict[str, str]:
    """For the world's own namespace: other tests share the member."""
    files = {
        "p/guards.yaml": "",
        "limit.yaml": config("limit", most="5"),
        "p/limit.yaml": policy("limit", selector("ConfigMap", "limit"), "m1"),
    }
    space = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    placed = [
        selector(POLICY, api=API),
        selector(BINDING, api=API),
        selector("CustomResourceDefinition", api="apiextensions.k8s.io/v1"),
    ]
    for number, (resource, validations) in enumerate(VALIDATIONS.items()):
        name, is_few = f"{resource}-{world.namespace}", resource == "deployments"
        groups = ["apps"] if is_few else [""]
        rule = {"apiGroups": groups, "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": [resource]}
        match = {"resourceRules": [rule], "namespaceSelector": space}
        param: dict[str, Any] = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}} if is_few else {}
        ref: dict[str, Any] = {"paramRef": {"name": "limit", "parameterNotFoundAction": "Deny"}} if is_few else {}
        spec = {"matchConstraints": match, "validations": validations, **param}
        files[f"guards/{number}.yaml"] = document(POLICY, name, "", api=API, spec=spec)
        bound = {"policyName": name, "validationActions": ["Deny"], **ref}
        files[f"guards/{number}-binding.yaml"] = document(BINDING, name, "", api=API, spec=bound)
    item = json.loads(definition(f"{world.namespace}.example.org", "v1"))
    size = {"type": "integer", "x-kubernetes-validations": [{"rule": "self < 5", "message": "too large"}]}
    root = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": size}}}}
    item["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = root
    files["guards/crd.yaml"] = json.dumps(item)
    for number, one in enumerate(placed):
        files[f"p/guards-{number}.yaml"] = cluster_policy(f"guards-{number}", one, "m1")
    del files["p/guards.yaml"]
    return files


def is_refused(world: ServerWorld) -> bool:
    body = json.loads(OBJECTS["many"].replace('"shop"', f'"{world.namespace}"'))
    try:
        world.planes["m1"].request(f"{world.path('deployments')}?dryRun=All", "POST", body)
    except urllib.error.HTTPError as error:
        return "7 of 5" in error.read().decode()
    return False


def test_validate_says_what_a_sync_meets(world: ServerWorld) -> None:
    world.commit(guards(world))
    assert world.sync("--no-wait").code == 0
    eventually(lambda: is_refused(world) or None)
    group = f"{world.namespace}.example.org"
    objects = {f"{name}.yaml": text for name, text in OBJECTS.items()}
    objects |= {f"widget-{size}.yaml": widget(group, f"w{size}", size=size) for size in (4, 5)}
    kinds = {"Deployment": "apps/v1", "ConfigMap": "v1", "Widget": f"{group}/v1"}
    placing = {f"p/{kind}.yaml": policy(kind.lower(), selector(kind, api=api), "m1") for kind, api in kinds.items()}
    world.commit({**objects, **placing})
    issues = [one for one in world.run("validate", "-o", "json").json["issues"] if one["reason"].startswith("Admission")]
    assert {one["reason"] for one in issues} == {"AdmissionDenied"}
    said = {one["object"]: one["message"].partition(" on m1: ")[2] for one in issues}
    assert said == {
        f"Deployment.apps {world.namespace}/many": "7 of 5",
        f"Deployment.apps {world.namespace}/newest": "it pulls always",
        f"ConfigMap {world.namespace}/address": "no addresses",
        f"Widget.{group} {world.namespace}/w5": "spec.size: too large",
    }
    ran = world.sync("--no-wait")
    assert ran.code == 3, ran.err
    met = dict(re.findall(r"^failed: create (\S+ \S+) on m1: (.*)", ran.err, re.MULTILINE))
    assert met.keys() == said.keys(), ran.err
    for subject, message in said.items():
        assert message.rpartition(": ")[2] in ran.err, (subject, ran.err)
    assert [name for name in ("few", "many", "newest") if world.holders("deployments", name)] == ["few"]
    assert [name for name in ("words", "address", "empty") if world.holders("configmaps", name)] == ["words", "empty"]


def test_a_diff_judges_a_change_as_the_server_does(world: ServerWorld) -> None:
    grow = {"expression": "oldObject == null || object.spec.replicas >= oldObject.spec.replicas", "message": "it shrinks"}
    name = f"grow-{world.namespace}"
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}
    space = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    spec = {"matchConstraints": {"resourceRules": [rule], "namespaceSelector": space}, "validations": [grow]}
    files = {
        "guards/grow.yaml": document(POLICY, name, "", api=API, spec=spec),
        "guards/grow-binding.yaml": document(
            BINDING, name, "", api=API, spec={"policyName": name, "validationActions": ["Deny"]}
        ),
        "p/guards.yaml": cluster_policy("guards", selector(POLICY, api=API), "m1"),
        "p/bindings.yaml": cluster_policy("bindings", selector(BINDING, api=API), "m1"),
        "p/deployments.yaml": policy("deployments", selector("Deployment", api="apps/v1"), "m1"),
        **{f"{one}.yaml": workload(one, 3) for one in ("up", "down")},
    }
    world.commit(files)
    assert world.sync().code == 0
    world.commit({"up.yaml": workload("up", 4), "down.yaml": workload("down", 2)})
    ran = world.run("diff", "HEAD~1", "HEAD")
    assert ran.code == 3
    assert "on m1: it shrinks [AdmissionDenied]" in ran.err
    assert (ran.err.count("AdmissionDenied"), "/down: Validating" in ran.err) == (1, True)

    def tried() -> str:
        ran = world.sync("--no-wait", "--dry-run")
        return ran.out + ran.err

    assert "down" in eventually(lambda: text if "it shrinks" in (text := tried()) else None)
