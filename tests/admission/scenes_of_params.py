"""Parameters: ConfigMaps and custom resources, by name and by selector, absent, of another namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.admission.scenes import GROUP, Document, Request, Scene, binding, config_map, custom, definition, policy

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap"}
LIMIT = {
    "expression": "size(object.data) <= int(params.data.most)",
    "messageExpression": "'at most ' + params.data.most + ' keys (' + params.metadata.name + ')'",
}
SPACES = {"default": {}, "team-a": {"team": "a"}}


def _limits(name: str, most: str, namespace: str = "default", **labels: str) -> Document:
    return config_map(name, namespace, labels or None, most=most)


def _requests() -> list[Request]:
    return [
        Request(config_map(a="1")),
        Request(config_map(a="1", b="2", c="3")),
        Request(config_map(namespace="team-a", a="1", b="2")),
    ]


_REFS: dict[str, Document] = {
    "by-name": {"name": "limits"},
    "by-name-there": {"name": "limits", "namespace": "team-a"},
    "by-selector": {"selector": {"matchLabels": {"limits": "yes"}}},
    "by-selector-all": {"selector": {}},
    "by-selector-expression": {"selector": {"matchExpressions": [{"key": "limits", "operator": "In", "values": ["no"]}]}},
    "absent": {"name": "nowhere"},
    "absent-selector": {"selector": {"matchLabels": {"limits": "none"}}},
}


def scenes() -> Iterator[Scene]:
    limits = [
        _limits("limits", "2", limits="yes"),
        _limits("more-limits", "1", limits="no"),
        _limits("limits", "1", "team-a", limits="yes"),
    ]
    for name, ref in _REFS.items():
        for action in ("Deny", "Allow"):
            one = f"param-{name}-{action.lower()}"
            documents = [policy(one, LIMIT, paramKind=CONFIG_MAP), _bind(one, ref, action), *limits]
            yield Scene(one, documents, _requests(), SPACES)
    yield _without_reference()
    yield _ignored()
    yield _of_cluster()


def _bind(name: str, ref: Document, action: str, **more: Any) -> Document:
    return binding(name, paramRef={**ref, "parameterNotFoundAction": action}, **more)


def _without_reference() -> Scene:
    text = "params == null || size(object.data) < 2"
    return Scene("param-no-reference", [policy("no-reference", text, paramKind=CONFIG_MAP), binding("no-reference")], _requests())


def _ignored() -> Scene:
    """failurePolicy Ignore, with a parameter that cannot be found."""
    spec = {"paramKind": CONFIG_MAP, "failurePolicy": "Ignore"}
    return Scene(
        "param-absent-ignored",
        [policy("absent-ignored", LIMIT, **spec), _bind("absent-ignored", {"name": "x"}, "Deny")],
        _requests(),
        SPACES,
    )


def _of_cluster() -> Scene:
    """A cluster-scoped custom resource as the parameter of two bindings."""
    crd = definition(
        "Ceiling",
        {"most": {"type": "integer", "default": 2}, "words": {"type": "array", "items": {"type": "string"}}},
        scope="Cluster",
    )
    ceilings = [_ceiling("low", most=1), _ceiling("usual", words=["bad"])]
    kind = {"apiVersion": f"{GROUP}/v1", "kind": "Ceiling"}
    check = policy(
        "ceilings",
        {"expression": "size(object.data) <= params.spec.most", "reason": "Forbidden"},
        {"expression": "!has(params.spec.words) || !params.spec.words.exists(w, w in object.data)", "message": "a bad word"},
        paramKind=kind,
    )
    documents = [
        crd,
        *ceilings,
        check,
        _bind("ceilings", {"name": "usual"}, "Deny"),
        {
            **_bind("ceilings", {"name": "low"}, "Deny", matchResources={"namespaceSelector": {"matchLabels": {"team": "a"}}}),
            "metadata": {"name": "ceilings-of-a"},
        },
    ]
    requests = [*_requests(), Request(config_map(bad="x")), Request(config_map(namespace="team-a", a="x"))]
    return Scene("param-of-cluster", documents, requests, SPACES)


def _ceiling(name: str, **spec: Any) -> Document:
    one = custom("Ceiling", name, **spec)
    return {**one, "metadata": {"name": name}}
