import pytest

from reconciler.claim.reserved import is_auto_propagated, is_reserved_namespace, never_propagated
from tests.unit.claim.builders import template

SKIP = "namespace.karmada.io/skip-auto-propagation"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("karmada-system", True),
        ("karmada-cluster", True),
        ("karmada-es-member1", True),
        ("karmada-es-", True),
        ("kube-system", True),
        ("kube-", True),
        ("karmada-es", False),
        ("karmada-cluster1", False),
        ("kube", False),
        ("mykube-x", False),
        ("default", False),
        ("", False),
    ],
)
def test_reserved_namespaces(name: str, expected: bool) -> None:
    assert is_reserved_namespace(name) is expected
    assert bool(never_propagated(template(namespace=name))) is expected


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Event", "events"),
        ("events.k8s.io/v1", "Event", "events"),
        ("coordination.k8s.io/v1", "Lease", "leases"),
        ("coordination.k8s.io/v1beta1", "Lease", ""),
        ("policy.karmada.io/v1alpha1", "PropagationPolicy", "policy.karmada.io"),
        ("remedy.karmada.io/v1alpha1", "Remedy", "remedy.karmada.io"),
        ("search.karmada.io/v1alpha1", "ResourceRegistry", ""),
        ("example.io/v1", "Event", ""),
        ("v1", "Pod", ""),
    ],
)
def test_kinds_that_are_never_propagated(api_version: str, kind: str, expected: str) -> None:
    reason = never_propagated(template(api_version, kind))
    assert expected in reason
    assert bool(reason) is bool(expected)


def test_templates_of_another_controller() -> None:
    label = "resourcetemplate.karmada.io/claimed-by"
    assert "MultiClusterService" in never_propagated(template(**{label: "MultiClusterService"}))
    assert never_propagated(template(**{label: ""})) == ""


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("prod", {}, True),
        ("prod", {SKIP: "TRUE"}, False),
        ("prod", {SKIP: "yes"}, True),
        ("default", {}, False),
        ("kube-system", {}, False),
        ("karmada-es-m1", {}, False),
    ],
)
def test_namespaces_that_go_everywhere(name: str, labels: dict[str, str], expected: bool) -> None:
    assert is_auto_propagated(template("v1", "Namespace", name, "", **labels)) is expected


def test_only_namespaces_go_everywhere() -> None:
    assert not is_auto_propagated(template("v1", "ConfigMap"))
    assert not is_auto_propagated(template("example.io/v1", "Namespace", "prod", ""))
