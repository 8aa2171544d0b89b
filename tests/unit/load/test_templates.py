"""Which documents of a file become resource templates, and which fields of them no member gets."""

from __future__ import annotations

import orjson
import pytest

from reconciler.load.parse_file import parse_file
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, Severity
from reconciler.model.manifest import key_of
from reconciler.model.ownership import marked
from tests.support.builders import config, manifest
from tests.support.in_memory_fleet import Files, compile_files, load
from tests.support.shop import SHOP, cluster_file, config_file, on, policy_file, text


def keys(desired: DesiredState) -> list[str]:
    return [str(template.key) for template in desired.templates]


def issues(files: Files) -> list[Issue]:
    return list(load(files).issues)


def test_typed_lists_are_unfolded_as_kubectl_does() -> None:
    """An item may lack apiVersion and kind: they follow from the list's."""
    desired = load({
        "lists.yaml": text("""
            apiVersion: v1
            kind: ConfigMapList
            items:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
            - {metadata: {name: b}}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleList
            items:
            - {metadata: {name: c}, rules: []}
            ---
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicyList
            items:
            - {metadata: {name: p}, spec: {resourceSelectors: [{apiVersion: v1, kind: ConfigMap}], placement: {}}}
            ---
            apiVersion: v1
            kind: PodList
            items: []
        """),
    })  # fmt: skip
    assert not desired.issues
    assert keys(desired) == ["ConfigMap default/a", "ConfigMap default/b", "Role.rbac.authorization.k8s.io default/c"]
    assert [str(policy.ref) for policy in desired.policies] == ["PropagationPolicy default/p"]
    assert [template.origin.line for template in desired.templates] == [4, 5, 10]


def test_an_item_of_a_plain_list_needs_its_type() -> None:
    (issue,) = issues({"list.yaml": "apiVersion: v1\nkind: List\nitems: [{metadata: {name: a}}]\n"})
    assert issue.reason == "NotAnObject"


def test_a_namespace_on_a_cluster_scoped_object_is_left_out() -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a, namespace: shop}\nrules: []\n"
    desired = load({"role.yaml": role})
    (issue,) = desired.issues
    assert (issue.severity, issue.reason, str(issue.origin)) == (Severity.WARNING, "NamespaceIgnored", "role.yaml:1")
    (template,) = desired.templates
    assert str(template.key) == "ClusterRole.rbac.authorization.k8s.io a"
    assert "namespace" not in template.manifest["metadata"]


def test_sops_alone_is_only_a_word() -> None:
    assert keys(load({"a.yaml": config_file("sops")})) == ["ConfigMap shop/sops"]


def member_file(name: str) -> str:
    """As a directory member writes it."""
    return orjson.dumps(marked(config(name), key_of(config(name)), "sha256:0", "reconciler")).decode()


def test_what_a_member_holds_is_no_template() -> None:
    files = {**SHOP, "members/m1/shop/ConfigMap/settings.yaml": member_file("settings"),
             "members/m1/shop/ConfigMap/gone.yaml": member_file("gone"), "members/m1/default/ConfigMap/other.yaml":
             config_file("other")}  # fmt: skip
    desired = load(files)
    (issue,) = desired.issues
    assert (issue.severity, issue.reason, issue.origin.file) == (Severity.WARNING, "MemberRootInRepository", "members/m1")
    assert "3 objects" in issue.message
    assert ".gitignore" in issue.remedy
    assert keys(desired) == keys(load(SHOP))


@pytest.mark.parametrize("path", ["settings-of-m1.yaml", "m9/shop/ConfigMap/other.yaml", "m1/other.yaml"])
def test_a_template_that_was_copied_from_a_member_is_a_template(path: str) -> None:
    desired = load({**SHOP, path: member_file("other")})
    assert not desired.issues
    assert "ConfigMap shop/other" in keys(desired)


JOB = text("""
    apiVersion: batch/v1
    kind: Job
    metadata: {name: a}
    spec:
      ttlSecondsAfterFinished: 0
      template: {spec: {restartPolicy: Never, containers: [{name: main, image: a}]}}
""")


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (JOB, 5, "spec.ttlSecondsAfterFinished has no effect here"),
        (config_file("a").replace("name: a,", "name: a, finalizers: [example.com/x],"), 3, "metadata.finalizers has no effect"),
        (config_file("a").replace("name: a,", "name: a, ownerReferences: [{uid: x}],"), 3, "metadata.ownerReferences has no"),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: 10.96.0.10, ports: [{port: 53}]}\n",
            4,
            "spec.clusterIP has no effect here",
        ),
        (
            config_file("a").replace("name: a,", "name: a, labels: {resourcetemplate.karmada.io/deletion-protected: 'on'},"),
            3,
            "only the value Always",
        ),
        (
            config_file("a").replace("name: a,", "name: a, annotations: {reconciler.dev/recreate: 'yes'},"),
            3,
            "only the value allowed",
        ),
        (
            "apiVersion: example.com/v1\nkind: Database\nmetadata: {name: a, annotations: {reconciler.dev/recreate: 'true'}}\n",
            3,
            "it is not known what the deletion of a Database destroys",
        ),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\naggregationRule: {}\nrules: []\n",
            5,
            "the controller manager of the member writes them",
        ),
        (
            cluster_file("m1", **{"resourcetemplate.karmada.io/deletion-protected": "Always"}),
            3,
            "a commit can always remove this file",
        ),
    ],
)
def test_what_no_member_gets_is_named_with_its_line(content: str, line: int, message: str) -> None:
    (issue,) = [issue for issue in issues({"a.yaml": content}) if issue.reason == "NotActedOn"]
    assert (issue.severity, issue.origin.line) == (Severity.WARNING, line)
    assert message in issue.message


def test_what_kubernetes_wrote_into_an_exported_file_is_not_named() -> None:
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a, finalizers: [kubernetes.io/pvc-protection]}\n"
    protected = config_file("a").replace("name: a,", "name: a, labels: {resourcetemplate.karmada.io/deletion-protected: Always},")
    agreed = config_file("c").replace("name: c,", "name: c, annotations: {reconciler.dev/recreate: 'true'},")
    files = {"a.yaml": protected, "b.yaml": claim, "c.yaml": agreed}
    assert not [issue for issue in issues(files) if issue.reason == "NotActedOn"]


def test_a_reserved_namespace_has_no_remedy_in_policies() -> None:
    policy = policy_file("a", "ConfigMap", on("m1"), api="v1").replace("namespace: shop", "namespace: kube-system")
    reserved = config_file("a").replace("namespace: shop", "namespace: kube-system")
    (issue,) = [one for one in compile_files({**SHOP, "a.yaml": reserved, "p.yaml": policy}).issues if one.reason == "Unclaimed"]
    assert issue.remedy.startswith("No policy can change this.")


def test_the_service_of_a_service_import_is_not_missing() -> None:
    kind = manifest(
        "ServiceImport", "a", api="multicluster.x-k8s.io/v1alpha1", spec={"type": "ClusterSetIP", "ports": [{"port": 80}]}
    )
    policy = policy_file("a", "ServiceImport", on("m1"), api="multicluster.x-k8s.io/v1alpha1", more="propagateDeps: true")
    compiled = compile_files({**SHOP, "a.yaml": str(kind), "p.yaml": policy})
    assert not [issue for issue in compiled.issues if issue.reason == "MissingDependency"]


@pytest.mark.parametrize(
    ("api", "kind", "remedy"),
    [
        ("policy.karmada.io/v1alpha1", "ClusterPropagationPolicy", "write kind: PropagationPolicy."),
        ("policy.karmada.io/v1alpha1", "ClusterOverridePolicy", "write kind: OverridePolicy."),
        ("cluster.karmada.io/v1alpha1", "Cluster", "Remove metadata.namespace."),
    ],
)
def test_a_namespace_on_a_cluster_scoped_kind_of_karmada_has_no_effect(api: str, kind: str, remedy: str) -> None:
    file = parse_file(
        "a.yaml", "", f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: a\n  namespace: shop\nspec: {{}}\n".encode()
    )
    (issue,) = [issue for issue in file.issues if issue.reason == "NamespaceIgnored"]
    assert (issue.severity, str(issue.origin), issue.remedy.endswith(remedy)) == (Severity.WARNING, "a.yaml:5", True)
