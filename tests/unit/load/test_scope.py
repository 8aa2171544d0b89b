import pytest

from reconciler.load.schemas import kubernetes_kinds
from reconciler.load.schemas.karmada import known_kinds
from reconciler.load.scope import Scope, declared_scopes, scope_of
from reconciler.load.unread_kinds import UNREAD_KINDS

NOT_STORED = {
    ("", "APIGroup"): "discovery",
    ("", "APIVersions"): "discovery",
    ("", "Status"): "an answer",
    ("", "Binding"): "a subresource of Pod",
    ("authentication.k8s.io", "SelfSubjectReview"): "a question",
    ("authentication.k8s.io", "TokenRequest"): "a subresource of ServiceAccount",
    ("authentication.k8s.io", "TokenReview"): "a question",
    ("authorization.k8s.io", "LocalSubjectAccessReview"): "a question",
    ("authorization.k8s.io", "SelfSubjectAccessReview"): "a question",
    ("authorization.k8s.io", "SelfSubjectRulesReview"): "a question",
    ("authorization.k8s.io", "SubjectAccessReview"): "a question",
    ("autoscaling", "Scale"): "a subresource",
    ("policy", "Eviction"): "a subresource of Pod",
    ("resource.k8s.io", "PodScheduling"): "1.26 only, before it was renamed",
}
"""Kinds of the API that cannot stand in a file, each with what it is."""


def test_every_kind_of_kubernetes_is_in_the_table() -> None:
    published = {(gvk.group, gvk.kind) for folder in kubernetes_kinds._folders() for gvk in kubernetes_kinds._index(folder)}
    unknown = {kind for kind in published if scope_of(*kind) is None and not kind[1].endswith("List")}
    assert unknown == NOT_STORED.keys()


def test_every_kind_of_karmada_and_ours_is_in_the_table() -> None:
    kinds = {(gvk.group, gvk.kind) for gvk in known_kinds()} | UNREAD_KINDS.keys()
    assert [kind for kind in sorted(kinds) if scope_of(*kind) is None] == []


@pytest.mark.parametrize(
    ("group", "kind", "scope"),
    [
        ("", "Namespace", Scope.CLUSTER),
        ("", "Secret", Scope.NAMESPACED),
        ("apps", "Deployment", Scope.NAMESPACED),
        ("extensions", "Ingress", Scope.NAMESPACED),
        ("rbac.authorization.k8s.io", "ClusterRole", Scope.CLUSTER),
        ("rbac.authorization.k8s.io", "Role", Scope.NAMESPACED),
        ("storage.k8s.io", "CSIStorageCapacity", Scope.NAMESPACED),
        ("certificates.k8s.io", "PodCertificateRequest", Scope.NAMESPACED),
        ("policy.karmada.io", "PropagationPolicy", Scope.NAMESPACED),
        ("policy.karmada.io", "ClusterPropagationPolicy", Scope.CLUSTER),
        ("example.org", "Deployment", None),
        ("", "Deployment", None),
    ],
)
def test_scope_of(group: str, kind: str, scope: Scope | None) -> None:
    assert scope_of(group, kind) is scope


def test_declared_scopes() -> None:
    def crd(kind: str, scope: object) -> dict[str, object]:
        return {"spec": {"group": "example.org", "names": {"kind": kind}, "scope": scope}}

    assert declared_scopes([crd("A", "Cluster"), crd("B", "Namespaced"), crd("C", "Galactic"), crd("D", 1), {}]) == {
        ("example.org", "A"): Scope.CLUSTER,
        ("example.org", "B"): Scope.NAMESPACED,
    }
