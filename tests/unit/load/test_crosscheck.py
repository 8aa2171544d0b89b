"""What can only be judged with everything on the table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.load.crosscheck import check_clusters, check_templates
from reconciler.model.cluster import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION, Cluster
from tests.support.builders import cluster, manifest, template
from tests.support.in_memory_fleet import load


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


def server(name: str, *, kubeconfig: str = "", context: str = "", endpoint: str = "", secret: str = "") -> Cluster:
    annotations = {KUBECONFIG_ANNOTATION: kubeconfig, CONTEXT_ANNOTATION: context}
    found = cluster(name, **({"apiEndpoint": endpoint} if endpoint else {}))
    return replace(found, annotations={key: value for key, value in annotations.items() if value}, secret_ref=secret)


@pytest.mark.parametrize(
    ("one", "other", "refused"),
    [
        ({"endpoint": "https://10.0.0.1"}, {"endpoint": "https://10.0.0.1/"}, True),
        ({"endpoint": "https://10.0.0.1"}, {"endpoint": "https://10.0.0.2"}, False),
        ({"endpoint": "https://a.example.com"}, {"endpoint": "https://A.example.com"}, True),
        ({"kubeconfig": "m1"}, {"kubeconfig": "./m1"}, True),
        ({"kubeconfig": "all", "context": "m1"}, {"kubeconfig": "all", "context": "m2"}, False),
        ({"kubeconfig": "all", "context": "m1"}, {"kubeconfig": "all", "context": "m1"}, True),
        ({"secret": "a/m1"}, {"secret": "a/m1"}, True),
        ({"secret": "a/m1"}, {"secret": "b/m1"}, False),
        ({"secret": "a/m1", "kubeconfig": "m1"}, {"secret": "a/m1", "kubeconfig": "m2"}, False),
        ({}, {}, False),
    ],
)
def test_every_member_is_a_server_of_its_own(one: dict[str, str], other: dict[str, str], refused: bool) -> None:
    """Else each would prune what the other is to hold."""
    found = list(check_clusters([server("m1", **one), server("m2", **other), server("m3", endpoint="https://m3")]))
    assert {item.name for item, _ in found} == ({"m1", "m2"} if refused else set())
    assert {issue.reason for _, issue in found} <= {"SharedServer"}


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


def test_the_placeholder_of_another_tool_is_not_taken_for_a_misspelt_name() -> None:
    ((_, issue),) = check_templates([template(manifest("ConfigMap", "${APP}-settings"))])
    assert "placeholder" in issue.remedy


WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
SELECTOR = "{apiVersion: v1, kind: ConfigMap, name: web}"
POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: web, namespace: shop}
spec: {resourceSelectors: [SELECTOR], placement: {}}
"""


@pytest.mark.parametrize(
    ("template", "policy", "more", "found"),
    [
        (WEB, SELECTOR, {}, True),
        (WEB, "{apiVersion: v1, kind: ConfigMap}", {}, False),
        (WEB, SELECTOR.replace("web", "other"), {}, False),
        (WEB.replace("web}", "web, namespace: default}"), SELECTOR, {}, False),
        (WEB, SELECTOR, {"shop.yaml": WEB.replace("web}", "web, namespace: shop}")}, False),
        (WEB, SELECTOR, {"here.yaml": POLICY.replace("shop", "default").replace("SELECTOR", SELECTOR)}, False),
    ],
)
def test_a_template_without_the_namespace_in_which_a_policy_names_it(
    template: str, policy: str, more: dict[str, str], found: bool
) -> None:
    """Only a policy that names it shows what is meant; a template that a policy selects as it is needs no other one."""
    desired = load({"web.yaml": template, "policy.yaml": POLICY.replace("SELECTOR", policy), **more})
    issues = [issue for issue in desired.issues if issue.reason == "MissingNamespace"]
    assert [str(issue.origin) for issue in issues] == ["web.yaml:1"] * found
    assert ("web.yaml" in desired.broken_files) is found


def test_a_cluster_wide_policy_shows_the_namespace_too() -> None:
    policy = POLICY.replace("PropagationPolicy", "ClusterPropagationPolicy").replace(", namespace: shop", "")
    named = policy.replace("SELECTOR", SELECTOR.replace("}", ", namespace: shop}"))
    (issue,) = load({"web.yaml": WEB, "policy.yaml": named}).issues
    assert issue.remedy.startswith("Write namespace: shop below metadata.")
