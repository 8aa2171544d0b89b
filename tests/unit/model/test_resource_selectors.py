from typing import Any

import pytest

from reconciler.model.policy import ResourceSelector
from reconciler.model.resource_selectors import Closeness, closeness_of
from reconciler.model.selector import LabelSelector

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "prod", "labels": {"app": "web"}},
}
CLUSTER_ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "viewer"}}
WEB = LabelSelector.parse({"matchLabels": {"app": "web"}})
API = LabelSelector.parse({"matchLabels": {"app": "api"}})
BROKEN = LabelSelector.parse({"matchLabels": {"not a key": "x"}})


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, Closeness.KIND),
        ({"namespace": "prod"}, Closeness.KIND),
        ({"namespace": "dev"}, Closeness.NONE),
        ({"name": "web"}, Closeness.NAME),
        ({"name": "we"}, Closeness.NONE),
        ({"name": "web", "label_selector": API}, Closeness.NAME),
        ({"name": "api", "label_selector": WEB}, Closeness.NONE),
        ({"label_selector": WEB}, Closeness.LABEL),
        ({"label_selector": LabelSelector()}, Closeness.LABEL),
        ({"label_selector": API}, Closeness.NONE),
        ({"label_selector": BROKEN}, Closeness.NONE),
        ({"api_version": "apps/v1beta1"}, Closeness.NONE),
        ({"api_version": "apps/v1beta1", "name": "web"}, Closeness.NONE),
        ({"api_version": "apps/v1beta1", "name": "web", "other_versions": ("apps/v1",)}, Closeness.NAME),
        ({"api_version": "apps/v1beta1", "name": "web", "other_versions": ("apps/v1beta2",)}, Closeness.NONE),
        ({"kind": "StatefulSet"}, Closeness.NONE),
        ({"kind": "*"}, Closeness.NONE),
    ],
)
def test_each_part_of_a_selector(parts: dict[str, Any], expected: Closeness) -> None:
    selector = ResourceSelector(**{"api_version": "apps/v1", "kind": "Deployment"} | parts)
    assert closeness_of((selector,), DEPLOYMENT) == expected


def test_a_namespace_is_asked_of_cluster_scoped_objects_in_vain() -> None:
    selector = ResourceSelector("rbac.authorization.k8s.io/v1", "ClusterRole", namespace="prod")
    assert closeness_of((selector,), CLUSTER_ROLE) == Closeness.NONE


def test_the_closest_selector_counts() -> None:
    by_kind = ResourceSelector("apps/v1", "Deployment")
    by_name = ResourceSelector("apps/v1", "Deployment", name="web")
    other = ResourceSelector("apps/v1", "Deployment", name="api")
    assert closeness_of((by_kind, by_name, other), DEPLOYMENT) == Closeness.NAME
    assert closeness_of((other, by_kind), DEPLOYMENT) == Closeness.KIND
    by_label = ResourceSelector("apps/v1", "Deployment", label_selector=WEB)
    assert closeness_of((by_label, by_kind), DEPLOYMENT) == Closeness.LABEL
    assert closeness_of((by_kind, by_label), DEPLOYMENT) == Closeness.LABEL
    assert closeness_of((other,), DEPLOYMENT) == Closeness.NONE
    assert closeness_of((), DEPLOYMENT) == Closeness.NONE
