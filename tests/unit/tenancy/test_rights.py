from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.cluster import Cluster
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.tenant import KindRule, Tenancy, Tenant
from reconciler.tenancy.rights import cluster_denial, object_denial, override_denial

NOBODY = Tenant("team-a", ("teams/a",), origin=Origin("platform/tenants.yaml", 1))
TENANT = replace(
    NOBODY,
    kinds=(KindRule(("apps",), ("Deployment",)), KindRule(("",), ("*",))),
    cluster_scoped_kinds=(KindRule(("",), ("Namespace",)),),
    namespaces=("team-a", "team-a-*"),
    clusters=ClusterAffinity(),
    override_paths=("/spec/replicas", "/metadata/annotations/a~1b"),
    places={"kinds": Origin("platform/tenants.yaml", 6)},
)


def key(kind: str, namespace: str = "team-a", group: str = "", name: str = "x") -> ResourceKey:
    return ResourceKey(group, kind, namespace, name)


@pytest.mark.parametrize(
    "allowed", [key("Deployment", group="apps"), key("Secret"), key("Secret", "team-a-dev"), key("Namespace", "", name="team-a")]
)
def test_what_is_listed_is_allowed(allowed: ResourceKey) -> None:
    assert object_denial(TENANT, allowed) is None
    assert object_denial(NOBODY, allowed) is not None  # What a Tenant does not list is forbidden.


@pytest.mark.parametrize(
    ("forbidden", "field"),
    [
        (key("StatefulSet", group="apps"), "kinds"),
        (key("Deployment", group="extensions"), "kinds"),
        (key("Secret", "team-ab"), "namespaces"),
        (key("Secret", "xteam-a"), "namespaces"),
        (key("PersistentVolume", ""), "clusterScopedKinds"),
        (key("Namespace", "", name="kube-system"), "namespaces"),
    ],
)
def test_anything_else_is_not(forbidden: ResourceKey, field: str) -> None:
    denial = object_denial(TENANT, forbidden)
    assert denial is not None
    assert f"(spec.{field})" in denial.reason


def test_a_denial_names_the_field_of_the_tenant() -> None:
    denial = object_denial(TENANT, key("StatefulSet", group="apps"))
    assert denial is not None
    assert denial.reason == "Tenant team-a (platform/tenants.yaml:6) does not allow the kind StatefulSet.apps (spec.kinds)"
    assert denial.remedy == "Change it, or have spec.kinds of the Tenant extended by those who keep platform/tenants.yaml."


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/spec/replicas", True),
        ("/spec/replicas/0", True),
        ("/metadata/annotations/a~1b", True),
        ("/spec/replicasOf", False),
        ("/spec", False),
        ("", False),
        ("/metadata/annotations/a/b", False),
    ],
)
def test_overrides_by_their_pointers(path: str, allowed: bool) -> None:
    assert (override_denial(TENANT, "rule 0 of P", [path]) is None) is allowed


def test_clusters() -> None:
    cluster = Cluster(ClusterName("m1"))
    assert TENANT.allows_cluster(cluster)
    assert not NOBODY.allows_cluster(cluster)
    assert "the clusters m1, m2, m3 and 1 more" in cluster_denial(TENANT, [ClusterName(f"m{n}") for n in range(1, 5)]).reason


def test_whose_a_file_is() -> None:
    inner = Tenant("inner", ("teams/a/inner", "elsewhere"))
    tenancy = Tenancy((inner, TENANT))
    found = {path: tenancy.of(path) for path in ("teams/a/x.yaml", "teams/a/b/x.yaml", "teams/a/inner/x.yaml", "elsewhere/y")}
    assert [tenant.name for tenant in found.values() if tenant] == ["team-a", "team-a", "inner", "inner"]
    assert [tenancy.of(path) for path in ("teams/ab/x.yaml", "teams/a", "x.yaml", "teams/A/x.yaml")] == [None] * 4
