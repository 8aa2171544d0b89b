"""Whatever a governed folder contains, nothing outside its rights is written, and what others declare stays as it would be."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import compile_files
from tests.support.tenants import PLATFORM, config_map, deployment, override, policy

NAMES = st.sampled_from(["web", "dns", "x"])
NAMESPACES = st.sampled_from(["team-a", "team-a", "team-a", "team-a-dev", "team-b", "platform"])
CLUSTERS = st.sampled_from(["{clusterNames: [m1]}", "{clusterNames: [m3]}", "{clusterNames: [m2, m3]}", "{}"])


def as_list(item: str) -> str:
    indented = item.strip().replace("\n", "\n  ")
    return f"apiVersion: v1\nkind: List\nitems:\n- {indented}\n"


TEMPLATES = st.one_of(
    st.builds(deployment, NAMES, NAMESPACES, config=st.sampled_from(["", "dns", "x", "shared"])),
    st.builds(deployment, NAMES, NAMESPACES, kind=st.just("StatefulSet")),
    st.builds(config_map, NAMES, NAMESPACES, st.sampled_from(["1", "evil"])),
    st.builds("{{apiVersion: v1, kind: Secret, metadata: {{name: {}, namespace: {}}}}}".format, NAMES, NAMESPACES),
    st.builds("{{apiVersion: v1, kind: Namespace, metadata: {{name: {}}}}}".format, NAMESPACES),
    st.builds(config_map, NAMES, NAMESPACES).map(as_list),
    st.just("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: x}, rules: []}"),
)
POLICIES = st.builds(
    lambda name, clusters, kind, namespace, names, more: policy(
        name, f"clusterAffinity: {clusters}", kind, namespace=namespace, names=names, more=more
    ),
    NAMES,
    CLUSTERS,
    st.sampled_from(["Deployment", "StatefulSet", "ConfigMap", "Secret"]),
    st.one_of(NAMESPACES, st.just("")),
    st.one_of(NAMES, st.just("")),
    st.sampled_from(["", "propagateDeps: true", "preemption: Always\n          priority: 9", "conflictResolution: Overwrite"]),
)
OVERRIDES = st.builds(
    lambda name, overriders, kind, namespace: override(name, overriders, f"apiVersion: {kind}", namespace=namespace),
    NAMES,
    st.sampled_from([
        "{plaintext: [{path: /spec/replicas, operator: replace, value: 7}]}",
        "{plaintext: [{path: /data/value, operator: replace, value: evil}]}",
        "{plaintext: [{path: /metadata/namespace, operator: replace, value: platform}]}",
        "{labelsOverrider: [{operator: add, value: {a: b}}]}",
        "{annotationsOverrider: [{operator: add, value: {a: b}}]}",
        "{imageOverrider: [{component: Registry, operator: replace, value: evil.example}]}",
    ]),
    st.sampled_from(["v1, kind: ConfigMap", "apps/v1, kind: Deployment", "apps/v1, kind: Deployment"]),
    st.one_of(NAMESPACES, st.just("")),
)  # fmt: skip
OTHERS = st.sampled_from([
    "{apiVersion: reconciler.dev/v1alpha1, kind: Tenant, metadata: {name: wide}, spec: {folders: [teams/a/more]}}",
    "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {exclude: ['platform/**'], unclaimed: Prune}}",
    '{apiVersion: cluster.karmada.io/v1alpha1, kind: Cluster, metadata: {name: m1}, spec: {syncMode: Push}}',
    "kind: [broken",
])  # fmt: skip
FOLDER = st.dictionaries(
    st.sampled_from([f"teams/a/{name}.yaml" for name in ("a", "b/c", "d", "e", "f", "g")]),
    st.one_of(TEMPLATES, TEMPLATES, POLICIES, POLICIES, OVERRIDES, OVERRIDES, OTHERS),
    min_size=2,
)
OTHER_FILES = {
    **PLATFORM,
    "platform/all.yaml": policy("everything", "clusterAffinity: {}", "Deployment", namespace=""),
    "platform/shared.yaml": config_map("shared"),
    "platform/web.yaml": deployment("web", "platform", config="x"),
    "platform/x.yaml": config_map("x", "platform"),
}

FOLLOWING = {"platform/all.yaml": OTHER_FILES["platform/all.yaml"] + "  propagateDeps: true\n"}
OWN = {
    "teams/a/web.yaml": deployment("web", config="shared"),
    "teams/a/policy.yaml": policy("web", "clusterAffinity: {clusterNames: [m1]}", names="web", more="propagateDeps: true"),
}
"""What the tenant may well have."""

Copies = Mapping[tuple[ClusterName, str], RenderedManifest]


def copies(compiled: Compiled) -> Copies:
    return {(name, str(one.key)): one for name, work in make_works(compiled).items() for one in work.manifests}


def of_others(found: Copies) -> dict[tuple[ClusterName, str], str]:
    return {place: one.digest for place, one in found.items() if not one.origin.file.startswith("teams/a/")}


@given(FOLDER, st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_governed_folder_does_what_its_tenant_allows(folder: Mapping[str, str], more: bool, follows: bool, later: bool) -> None:
    platform = {**OTHER_FILES, **(FOLLOWING if follows else {})}
    without = compile_files(platform)
    recorded = assume_applied(compile_files({**platform, **OWN}))
    compiled = compile_files({**platform, **(OWN if more else {}), **folder}, recorded if later else RecordedState())
    tenant = compiled.desired.judges.of("teams/a/x.yaml")
    assert tenant is not None
    assert tenant.name == "team-a"
    found = copies(compiled)
    for (name, _), one in found.items():
        cluster = compiled.desired.cluster(name)
        assert cluster is not None
        if one.origin.file.startswith("teams/a/"):
            assert tenant.allows_kind(one.key)
            assert tenant.allows_namespace(one.key.namespace)
            assert tenant.allows_cluster(cluster)
        for rule in one.overrides:
            if rule.origin.file.startswith("teams/a/"):
                assert one.origin.file.startswith("teams/a/")
                assert all(map(tenant.allows_override, rule.paths))
    others, untouched = of_others(found), of_others(copies(without))
    assert untouched.items() <= others.items()
    assert follows or untouched == others
    for name, key in others.keys() - untouched.keys():  # What follows its workloads where the platform's policy lets it.
        one, cluster = found[name, key], compiled.desired.cluster(name)
        assert cluster is not None
        assert tenant.allows_kind(one.key)
        assert tenant.allows_namespace(one.key.namespace)
        assert tenant.allows_cluster(cluster)
