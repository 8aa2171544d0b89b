"""What is asked for one cluster: what decides the output, and nothing else, decides the key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.expand.invocation import invocation_of
from reconciler.expand.requests import NO_CAPABILITIES, Capabilities, Refused, capabilities_of, request_of, values_from
from reconciler.model.expansion import Source, SourceEntry
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import with_value

SOURCE = Source("sha256:1", (SourceEntry("Chart.yaml", "a"), SourceEntry("templates/a.yaml", "b")), "charts/app")
CHART: dict[str, Any] = {
    "apiVersion": "reconciler.dev/v1alpha1",
    "kind": "Chart",
    "metadata": {"name": "app", "namespace": "shop"},
    "spec": {"chart": {"path": "charts/app"}, "values": {"a": 1, "b": {"c": None}}},
}
KUSTOMIZE: dict[str, Any] = {**CHART, "kind": "Kustomize", "spec": {"path": "./apps/web/"}}
SEEN = Capabilities("v1.36.3", ("apps/v1", "apps/v1/Deployment"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("metadata", "name"), "other"),
        (("metadata", "namespace"), "other"),
        (("spec", "releaseName"), "other"),
        (("spec", "values", "a"), 2),
        (("spec", "values", "a"), "1"),
        (("spec", "valuesFiles"), ["prod.yaml"]),
        (("spec", "skipCrds"), True),
        (("spec", "apiVersions"), ["x.example/v1"]),
    ],
)
def test_what_decides_the_output_decides_the_key(path: tuple[str, ...], value: Any) -> None:
    before, after = request_of(CHART, SEEN, SOURCE), request_of(with_value(CHART, path, value), SEEN, SOURCE)
    assert before.key != after.key


def test_source_capabilities_and_values_from_elsewhere_decide_the_key() -> None:
    keys = {
        request_of(CHART, SEEN, SOURCE).key,
        request_of(CHART, NO_CAPABILITIES, SOURCE).key,
        request_of(CHART, SEEN, Source("sha256:2", ())).key,
        request_of(CHART, SEEN, SOURCE, "a: 1").key,
        request_of(CHART, SEEN, SOURCE, "a: 1", "b: 1").key,
        request_of(CHART, SEEN, SOURCE, "a: 1b: 1").key,
    }
    assert len(keys) == 6


@pytest.mark.parametrize("path", [("metadata", "labels"), ("metadata", "annotations"), ("spec", "adopt")])
def test_what_does_not_decide_it_does_not(path: tuple[str, ...]) -> None:
    assert request_of(with_value(CHART, path, {"a": "b"}), SEEN, SOURCE) == request_of(CHART, SEEN, SOURCE)


def test_the_order_of_values_does_not_decide_it_and_null_is_kept() -> None:
    other = with_value(CHART, ("spec", "values"), {"b": {"c": None}, "a": 1})
    request = request_of(other, SEEN, SOURCE)
    assert request == request_of(CHART, SEEN, SOURCE)
    assert json.loads(request.values[0]) == {"a": 1, "b": {"c": None}}


def test_a_kustomization_does_not_see_its_cluster() -> None:
    assert request_of(KUSTOMIZE, SEEN, SOURCE) == request_of(KUSTOMIZE, NO_CAPABILITIES, SOURCE)
    assert request_of(KUSTOMIZE, SEEN, SOURCE).folder == "apps/web"


def test_capabilities_are_versions_and_kinds() -> None:
    apis = frozenset({GroupVersionKind("apps", "v1", "Deployment"), GroupVersionKind("", "v1", "Pod")})
    assert capabilities_of("v1.36.3", apis).apis == ("apps/v1", "apps/v1/Deployment", "v1", "v1/Pod")
    assert capabilities_of("", None) == NO_CAPABILITIES


def test_values_from_are_in_their_order_and_may_be_optional() -> None:
    entries = [
        {"kind": "ConfigMap", "name": "a", "digest": "sha256:a"},
        {"kind": "Secret", "name": "no", "optional": True, "digest": ""},
        {"kind": "ConfigMap", "name": "b", "digest": "sha256:b"},
    ]
    texts = {"sha256:a": "a: 1", "sha256:b": "b: 1"}
    assert values_from(with_value(CHART, ("spec", "valuesFrom"), entries), texts) == ("a: 1", "b: 1")
    refused = values_from(with_value(CHART, ("spec", "valuesFrom"), [{"kind": "Secret", "name": "no", "key": "k"}]), texts)
    assert isinstance(refused, Refused)
    assert "k of Secret no" in refused.message


def test_helm_is_called_with_everything_that_is_asked() -> None:
    spec = {"valuesFiles": ["prod.yaml"], "releaseName": "web", "skipCrds": True, "values": {"a": 1}}
    request = request_of({**CHART, "spec": spec}, SEEN, SOURCE, "b: 2")
    called = invocation_of(request, {"Chart.yaml": b"x"})
    assert " ".join(called.arguments) == (
        "template web source --skip-tests --namespace shop --kube-version v1.36.3 --values source/prod.yaml "
        "--values values/0.yaml --values values/1.yaml --api-versions apps/v1,apps/v1/Deployment"
    )
    assert called.files == {"source/Chart.yaml": b"x", "values/0.yaml": b"b: 2", "values/1.yaml": b'{"a":1}'}


def test_many_apis_are_divided_among_arguments() -> None:
    apis = tuple(f"g{number:04}.example/v1" for number in range(450))
    called = invocation_of(request_of(CHART, Capabilities("v1.36.3", apis), SOURCE), {})
    lists = [word.split(",") for flag, word in zip(called.arguments, called.arguments[1:], strict=False) if "api-ver" in flag]
    assert [len(one) for one in lists] == [200, 200, 50]
    assert tuple(one for several in lists for one in several) == apis


def test_kustomize_gets_a_kustomization_on_top_only_where_something_is_asked() -> None:
    plain = invocation_of(request_of(KUSTOMIZE, SEEN, SOURCE), {})
    assert (plain.arguments, plain.files) == (("build", "source/apps/web"), {})
    manifest = {**KUSTOMIZE, "spec": {"path": "apps/web", "namePrefix": "a-", "components": ["apps/c/"]}}
    called = invocation_of(request_of(manifest, SEEN, SOURCE), {})
    assert called.arguments == ("build", "source/.overlay")
    (overlay,) = called.files.values()
    assert json.loads(overlay) == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../apps/web"],
        "namePrefix": "a-",
        "components": ["../apps/c"],
    }
