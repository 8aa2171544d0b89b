"""What can only be judged with everything on the table."""

from __future__ import annotations

import pytest

from reconciler.load.crosscheck import check_clusters, check_templates
from tests.support.builders import cluster, manifest, template


@pytest.mark.parametrize(
    ("folders", "refused"),
    [
        ({"m1": "a", "m2": "b", "m3": "ab"}, set()),
        ({"m1": "a", "m2": "a", "m3": "b"}, {"m1", "m2"}),
        ({"m1": "a", "m2": "a/b/c", "m3": "b"}, {"m1", "m2"}),
        ({"m1": "a/b", "m2": "a/c"}, set()),
        ({"m1": "a/b", "m2": "a/b", "m3": "a"}, {"m1", "m2", "m3"}),
    ],
)
def test_every_directory_member_has_a_folder_of_its_own(folders: dict[str, str], refused: set[str]) -> None:
    """Else each would prune what the other is to hold."""
    clusters = [cluster(name, apiEndpoint=f"file:{folder}") for name, folder in folders.items()]
    found = list(check_clusters(clusters))
    assert {item.name for item, _ in found} == refused
    assert {issue.reason for _, issue in found} <= {"SharedFolder"}


def test_members_behind_one_api_server_are_not_compared() -> None:
    assert not list(check_clusters([cluster(name, apiEndpoint="https://10.0.0.1") for name in ("m1", "m2")]))


@pytest.mark.parametrize("folder", ["../m1", "/etc", "a/../b", ".hidden", "a//b", "a b"])
def test_an_endpoint_that_leads_elsewhere_is_refused(folder: str) -> None:
    (found,) = check_clusters([cluster("m1", apiEndpoint=f"file:{folder}")])
    assert found[1].reason == "InvalidEndpoint"


@pytest.mark.parametrize("name", ["M1", "m_1", "-m1", "m1.eu", "m" * 49])
def test_names_of_clusters(name: str) -> None:
    (found,) = check_clusters([cluster(name, apiEndpoint="file:x")])
    assert found[1].reason == "InvalidName"


@pytest.mark.parametrize(
    ("kind", "api", "name", "fine"),
    [
        ("ConfigMap", "v1", "a.b-c", True),
        ("ConfigMap", "v1", "Upper", False),
        ("ConfigMap", "v1", "../../x", False),
        ("ConfigMap", "v1", "a..b", False),
        ("ConfigMap", "v1", "a" * 254, False),
        ("Namespace", "v1", "a.b", False),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", "system:Foo", True),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", "a/b", False),
    ],
)
def test_names_that_an_api_server_would_take(kind: str, api: str, name: str, fine: bool) -> None:
    found = list(check_templates([template(manifest(kind, name, api=api))]))
    assert [issue.reason for _, issue in found] == ([] if fine else ["InvalidName"])
