"""Which policies and bindings match a request: rules, operations, selectors, exclusions, equivalent resources, conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.admission.scenes import (
    Document,
    Request,
    Scene,
    binding,
    bound,
    config_map,
    custom,
    definition,
    deployment,
    policy,
    rule,
)

NO = {"expression": "false", "message": "never"}
SPACES = {"default": {}, "team-a": {"team": "a", "env": "prod"}, "team-b": {"team": "b"}}


def _secret(name: str = "subject") -> Document:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "default"}, "stringData": {"a": "b"}}


def _namespace(name: str = "fresh", **labels: str) -> Document:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _role(name: str = "subject") -> Document:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": []}


def _everything() -> list[Request]:
    return [
        Request(config_map()),
        Request(config_map("updated"), old=config_map("updated", a="b")),
        Request(config_map("named")),
        Request(config_map(namespace="team-a")),
        Request(config_map(namespace="team-b")),
        Request(config_map(labels={"tier": "gold"})),
        Request(config_map("gilded", labels={"tier": "gold"}), old=config_map("gilded", labels={"tier": "silver"})),
        Request(config_map("tarnished", labels={"tier": "silver"}), old=config_map("tarnished", labels={"tier": "gold"})),
        Request(_secret()),
        Request(deployment()),
        Request(_namespace()),
        Request(_namespace(team="a")),
        Request(_role()),
    ]


def _matches(**match: Any) -> Document:
    return {"resourceRules": [rule()], **match}


_EVERY = {"resourceRules": [rule("*", "*")]}
_CONSTRAINTS: dict[str, Document] = {
    "one-resource": _matches(),
    "any-resource": _EVERY,
    "create-only": {"resourceRules": [rule(operations="CREATE")]},
    "update-only": {"resourceRules": [rule(operations="UPDATE")]},
    "any-operation": {"resourceRules": [rule(operations="*")]},
    "delete-only": {"resourceRules": [rule(operations="DELETE")]},
    "resource-names": {"resourceRules": [rule(resourceNames=["named", "other"])]},
    "two-rules": {"resourceRules": [rule("secrets"), rule("deployments", "apps", "v1")]},
    "other-version": {"resourceRules": [rule("deployments", "apps", "v1beta1")]},
    "subresource": {"resourceRules": [rule("deployments/status deployments/scale", "apps")]},
    "any-subresource": {"resourceRules": [rule("configmaps/*", "*")]},
    "cluster-scope": {"resourceRules": [rule("*", "*", scope="Cluster")]},
    "namespaced-scope": {"resourceRules": [rule("*", "*", scope="Namespaced")]},
    "excluded": {**_EVERY, "excludeResourceRules": [rule("secrets"), rule("*", "rbac.authorization.k8s.io")]},
    "excluded-name": {**_EVERY, "excludeResourceRules": [rule("*", "*", resourceNames=["subject"])]},
    "namespace-labels": {**_EVERY, "namespaceSelector": {"matchLabels": {"team": "a"}}},
    "namespace-name": {
        **_EVERY,
        "namespaceSelector": {
            "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["default"]}]
        },
    },
    "namespace-expressions": {
        **_EVERY,
        "namespaceSelector": {
            "matchExpressions": [{"key": "env", "operator": "DoesNotExist"}, {"key": "team", "operator": "Exists"}]
        },
    },
    "object-labels": {**_EVERY, "objectSelector": {"matchLabels": {"tier": "gold"}}},
    "object-without-label": {**_EVERY, "objectSelector": {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}},
    "both-selectors": _matches(
        namespaceSelector={"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]},
        objectSelector={"matchExpressions": [{"key": "tier", "operator": "In", "values": ["gold", "iron"]}]},
    ),
}
_OF_BINDINGS: dict[str, Document] = {
    "binding-rules": {"resourceRules": [rule("secrets")]},
    "binding-excludes": {"excludeResourceRules": [rule("configmaps")]},
    "binding-namespaces": {"namespaceSelector": {"matchLabels": {"team": "b"}}},
    "binding-objects": {"objectSelector": {"matchLabels": {"tier": "gold"}}},
}
_CONDITIONS: dict[str, list[str]] = {
    "condition-true": ["true"],
    "condition-false": ["object.kind == 'Secret'"],
    "conditions": ["has(object.data)", "'a' in object.data || request.operation == 'UPDATE'"],
    "condition-error": ["object.data.missing == 'x'"],
    "condition-error-and-false": ["object.data.missing == 'x'", "false"],
    "condition-namespace": ["namespaceObject == null"],
    "condition-request": ["request.resource.resource == 'configmaps' && request.namespace != ''"],
}


def scenes() -> Iterator[Scene]:
    for name, match in _CONSTRAINTS.items():
        if name != "any-resource":  # Otherwise the answers are the same for each request.
            yield Scene(name, bound(name, NO, match=match), _everything(), SPACES)
    for name, match in _OF_BINDINGS.items():
        documents = [policy(name, NO, match=_EVERY), binding(name, matchResources=match)]
        yield Scene(name, documents, _everything(), SPACES)
    for failure in ("Fail", "Ignore"):
        for name, conditions in _CONDITIONS.items():
            spec = {
                "matchConditions": [{"name": f"c{number}", "expression": text} for number, text in enumerate(conditions)],
                "failurePolicy": failure,
            }
            one = f"{name}-{failure.lower()}"
            requests = [
                Request(config_map()),
                Request(config_map(a="b")),
                Request(config_map("updated", labels={"a": "b"}), old=config_map("updated")),
            ]
            yield Scene(one, bound(one, NO, **spec), requests)
    yield _equivalent()


def _equivalent() -> Scene:
    """A kind with two versions: a rule for the other version matches under matchPolicy Equivalent, and not under Exact."""
    crd = definition("Twin", {"size": {"type": "integer"}})
    versions = crd["spec"]["versions"]
    crd["spec"]["versions"] = [*versions, {**versions[0], "name": "v2", "storage": False}]
    documents = [crd]
    for match_policy in ("Equivalent", "Exact"):
        match = {"resourceRules": [rule("twins", "scenes.example.org", "v1")], "matchPolicy": match_policy}
        name = f"twin-{match_policy.lower()}"
        documents.append(
            policy(
                name,
                {"expression": "object.spec.size < 5", "messageExpression": "object.apiVersion + ' ' + request.kind.version"},
                match=match,
            )
        )
        wanted = {"objectSelector": {"matchLabels": {"judge": match_policy.lower()}}}
        documents.append(binding(name, matchResources=wanted))
    requests = []
    for version in ("v1", "v2"):
        for judge in ("equivalent", "exact"):
            one = custom("Twin", "subject", {"labels": {"judge": judge}}, size=7)
            requests.append(Request({**one, "apiVersion": f"scenes.example.org/{version}"}))
    return Scene("equivalent", documents, requests)
