"""What a Tenant forbids is not written, whatever road it takes; what others declare is not touched."""

from __future__ import annotations

import pytest

from reconciler.model.expansion import Expansion
from reconciler.model.issues import Issue, errors_in
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler, DecidedCompiler
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from reconciler.tenancy.rights import FORBIDDEN as REASON
from tests.support.in_memory_fleet import NOW, Files, Playground, committed, compile_files
from tests.support.shop import on, text
from tests.support.tenants import FILES, HOLDS, config_map, deployment, override, policy


def issues(files: Files) -> list[Issue]:
    return errors_in(compile_files(files, settled=True).issues)


def only(files: Files) -> Issue:
    found = issues(files)
    assert len(found) == 1, found
    return found[0]


async def test_what_is_allowed_is_placed() -> None:
    shop = Playground("m1", "m2", "m3")
    done = await shop.sync(FILES)
    assert list(done.compiled.issues) == []
    assert shop.holds() == HOLDS


async def test_without_tenants_nothing_is_limited() -> None:
    shop = Playground("m1", "m2", "m3")
    await shop.sync(
        {**{path: one for path, one in FILES.items() if "tenants" not in path}, "teams/a/policy.yaml": policy("web", on("m3"))}
    )
    assert "Deployment.apps team-a/web" in shop.holds()["m3"]


FORBIDDEN = {
    "a kind": (
        {
            "teams/a/x.yaml": text("{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a}}"),
            "teams/a/p.yaml": policy("x", on("m1"), "Secret"),
        },
        "teams/a/x.yaml:1",
        "Secret team-a/x: Tenant team-a (platform/tenants.yaml:6) does not allow the kind Secret (spec.kinds)",
    ),
    "a namespace": (
        {
            "teams/a/x.yaml": config_map("x", "other"),
            "teams/a/p.yaml": policy("x", on("m1"), "ConfigMap", namespace="other"),
        },
        "teams/a/x.yaml:1",
        "ConfigMap other/x: Tenant team-a (platform/tenants.yaml:7) does not allow the namespace other (spec.namespaces)",
    ),
    "a cluster": (
        {"teams/a/x.yaml": config_map("x"), "teams/a/p.yaml": policy("x", on("m3"), "ConfigMap", names="x")},
        "teams/a/p.yaml:1",
        "ConfigMap team-a/x: Tenant team-a (platform/tenants.yaml:8) does not allow the cluster m3 (spec.clusters)",
    ),
    "a cluster-scoped object": (
        {
            "teams/a/x.yaml": "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: x}, rules: []}",
            "platform/p.yaml": text("""
                apiVersion: policy.karmada.io/v1alpha1
                kind: ClusterPropagationPolicy
                metadata: {name: roles}
                spec: {resourceSelectors: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole}], placement: {}}
            """),
        },
        "teams/a/x.yaml:1",
        "ClusterRole.rbac.authorization.k8s.io x: Tenant team-a (platform/tenants.yaml:1) does not allow the cluster-scoped kind "
        "ClusterRole.rbac.authorization.k8s.io (spec.clusterScopedKinds)",
    ),
    "an item of a List": (
        {
            "teams/a/x.yaml": text("""
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a}}
            """),
            "platform/p.yaml": policy("x", on("m1"), "Secret"),
        },
        "teams/a/x.yaml:4",
        "Secret team-a/x: Tenant team-a (platform/tenants.yaml:6) does not allow the kind Secret (spec.kinds)",
    ),
    "placed by the platform": (
        {"teams/a/x.yaml": config_map("x"), "platform/p.yaml": policy("x", on("m3"), "ConfigMap", names="x")},
        "platform/p.yaml:1",
        "ConfigMap team-a/x: Tenant team-a (platform/tenants.yaml:8) does not allow the cluster m3 (spec.clusters)",
    ),
}


@pytest.mark.parametrize("case", FORBIDDEN)
async def test_what_is_forbidden_is_not_written(case: str) -> None:
    files, place, message = FORBIDDEN[case]
    issue = only({**FILES, **files})
    assert (str(issue.origin), issue.message, issue.reason) == (place, message, "TenantForbids")
    assert issue.remedy.startswith("Change it, or have spec.")
    shop = Playground("m1", "m2", "m3")
    await shop.sync({**FILES, **files})
    assert shop.holds() == HOLDS


async def test_a_folder_that_begins_with_the_same_letters_is_not_governed() -> None:
    files = {
        **FILES,
        "teams/ab/x.yaml": config_map("x", "free"),
        "teams/ab/p.yaml": policy("x", on("m3"), "ConfigMap", namespace="free"),
    }
    assert issues(files) == []


async def test_refusals_with_one_cause_are_told_once() -> None:
    more = {f"teams/a/x{number}.yaml": config_map(f"x{number}", "other") for number in range(5)}
    found = issues({**FILES, **more, "platform/p.yaml": policy("x", on("m1"), "ConfigMap", namespace="other")})
    # One for each file, because a place belongs to a file; the same file says it once.
    assert {issue.reason for issue in found} == {"TenantForbids"}
    together = {"teams/a/x.yaml": "---\n".join(more.values())}
    issue = only({**FILES, **together, "platform/p.yaml": policy("x", on("m1"), "ConfigMap", namespace="other")})
    assert issue.message.startswith("ConfigMap other/x0 and 4 more objects: Tenant team-a")


async def test_copies_that_are_there_stay_as_they_are() -> None:
    shop = Playground("m1", "m2", "m3")
    before = {path: one for path, one in FILES.items() if "tenants" not in path}
    before["teams/a/policy.yaml"] = policy("web", on("m1", "m3"), names="web")
    await shop.sync(before)
    there = dict(shop.members["m3"].holds())
    after = {**FILES, "teams/a/policy.yaml": before["teams/a/policy.yaml"], "teams/a/web.yaml": deployment("web", replicas=3)}
    await shop.sync(after)
    assert shop.members["m3"].holds() == there  # Neither written nor pruned.
    assert shop.members["m1"].holds()["Deployment.apps team-a/web"]["spec"]["replicas"] == 3


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_a_refused_move_leaves_the_old_copy(kind: str) -> None:
    """A StatefulSet breaks first: its old copy would go before the new one is refused."""
    shop = Playground("m1", "m2", "m3")
    files = {**FILES, "teams/a/web.yaml": deployment("web", kind=kind), "teams/a/policy.yaml": policy("web", on("m1"), kind)}
    await shop.sync(files)
    held = shop.holds()
    for _ in range(3):
        done = await shop.sync(
            {
                **files,
                "teams/a/policy.yaml": policy("web", on("m3"), kind),
                "teams/a/web.yaml": deployment("web", replicas=9, kind=kind),
            }
        )
        assert shop.holds() == held
        assert shop.requests() == {}
    issue = next(one for one in done.compiled.issues)
    assert issue.reason == "TenantForbids"
    assert "does not allow the cluster m3" in issue.message


async def test_a_division_that_is_partly_refused_changes_nothing() -> None:
    divided = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}"
    shop = Playground("m1", "m2", "m3")
    files = {**FILES, "teams/a/web.yaml": deployment("web", replicas=6)}
    await shop.sync({**files, "teams/a/policy.yaml": policy("web", f"{on('m1')}, {divided}", names="web")})
    await shop.sync({**files, "teams/a/policy.yaml": policy("web", f"{on('m1', 'm3')}, {divided}", names="web")})
    assert shop.holds() == HOLDS
    assert shop.members["m1"].holds()["Deployment.apps team-a/web"]["spec"]["replicas"] == 6


class TestOthers:
    """What a tenant does to objects of others has no effect."""

    async def test_its_policy_claims_none(self) -> None:
        claim = policy("grab", on("m1"), "ConfigMap", names="dns", more="priority: 100\n          preemption: Always")
        shop = Playground("m1", "m2", "m3")
        await shop.sync(FILES)
        await shop.sync({**FILES, "teams/a/grab.yaml": claim})
        assert shop.holds() == HOLDS
        issue = only({**FILES, "teams/a/grab.yaml": claim})
        assert (issue.reason, str(issue.origin)) == ("OutsideFolder", "teams/a/grab.yaml:1")
        assert "selects ConfigMap team-a/dns (platform/dns.yaml:1), outside the folders of Tenant team-a" in issue.message

    async def test_its_policy_places_no_template_of_another_tenant(self) -> None:
        files = {
            **FILES,
            "teams/b/x.yaml": config_map("x", "team-b"),
            "teams/a/p.yaml": policy("x", on("m1"), "ConfigMap", namespace="team-b", names="x"),
        }
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds() == HOLDS

    async def test_a_selector_without_a_name_is_a_warning(self) -> None:
        files = {**FILES, "teams/a/all.yaml": policy("all", on("m1"), "ConfigMap")}
        assert issues(files) == []
        assert {issue.reason for issue in compile_files(files).issues} == {"OutsideFolder"}

    async def test_its_override_changes_none(self) -> None:
        spoil = override(
            "spoil",
            "{plaintext: [{path: /data/value, operator: replace, value: evil}]}",
            "apiVersion: v1, kind: ConfigMap, name: dns",
        )
        shop = Playground("m1", "m2", "m3")
        await shop.sync({**FILES, "teams/a/o.yaml": spoil})
        assert shop.members["m1"].holds()["ConfigMap team-a/dns"]["data"] == {"value": "1"}
        assert only({**FILES, "teams/a/o.yaml": spoil}).reason == "OutsideFolder"

    async def test_its_workload_brings_none_along(self) -> None:
        files = {
            **FILES,
            "platform/policy.yaml": policy("dns", on("m3"), "ConfigMap", names="dns"),
            "teams/a/web.yaml": deployment("web", config="dns"),
            "teams/a/policy.yaml": policy("web", on("m1"), names="web", more="propagateDeps: true"),
        }
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds() == {"m1": ["Deployment.apps team-a/web"], "m2": [], "m3": ["ConfigMap team-a/dns"]}
        issue = only(files)
        assert issue.message.startswith(
            "Deployment.apps team-a/web: ConfigMap team-a/dns (platform/dns.yaml:1) does not follow it"
        )

    async def test_nothing_follows_a_workload_to_a_forbidden_cluster(self) -> None:
        files = {
            **FILES,
            "platform/policy.yaml": policy("dns", on("m1"), "ConfigMap", names="dns"),
            "teams/a/web.yaml": deployment("web", config="dns"),
            "teams/a/policy.yaml": None,
            "platform/web.yaml": policy("web", on("m2", "m3"), names="web", more="propagateDeps: true"),
        }
        shop = Playground("m1", "m2", "m3")
        await shop.sync({path: one for path, one in files.items() if one is not None})
        assert shop.holds() == {
            "m1": ["ConfigMap team-a/dns"],
            "m2": ["ConfigMap team-a/dns", "Deployment.apps team-a/web"],
            "m3": [],
        }

    async def test_declaring_it_again_changes_nothing(self) -> None:
        files = {**FILES, "teams/a/dns.yaml": config_map("dns", value="evil")}
        shop = Playground("m1", "m2", "m3")
        await shop.sync(FILES)
        await shop.sync({**files, "platform/dns.yaml": config_map("dns", value="2")})
        assert shop.members["m1"].holds()["ConfigMap team-a/dns"]["data"] == {"value": "2"}
        issue = only(files)
        assert (issue.reason, str(issue.origin)) == ("OwnedElsewhere", "teams/a/dns.yaml:1")
        await shop.sync(FILES)
        assert shop.holds() == HOLDS  # Nor does removing that file again.

    async def test_declaring_its_policy_again_changes_nothing(self) -> None:
        files = {**FILES, "teams/a/again.yaml": policy("dns", on("m2"), "ConfigMap", names="dns")}
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds() == HOLDS

    async def test_of_two_tenants_the_one_that_may_place_it_has_it(self) -> None:
        files = {**FILES, "teams/b/web.yaml": deployment("web", replicas=7)}
        assert only(files).reason == "OwnedElsewhere"
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.members["m1"].holds()["Deployment.apps team-a/web"]["spec"]["replicas"] == 2

    async def test_a_file_that_moves_to_another_tenant_is_judged_there(self) -> None:
        shop = Playground("m1", "m2", "m3")
        await shop.sync(FILES)
        moved = {path.replace("teams/a/", "teams/b/"): one for path, one in FILES.items()}
        moved["teams/b/web.yaml"] = deployment("web", replicas=9)
        await shop.sync(moved)
        assert shop.holds() == HOLDS
        assert shop.members["m1"].holds()["Deployment.apps team-a/web"]["spec"]["replicas"] == 2


class TestOverrides:
    SELECTOR = "apiVersion: apps/v1, kind: Deployment, name: web"

    async def test_of_allowed_fields(self) -> None:
        own = override("own", "{plaintext: [{path: /spec/replicas, operator: replace, value: 5}]}", self.SELECTOR)
        assert issues({**FILES, "teams/a/o.yaml": own}) == []

    @pytest.mark.parametrize("overriders", [
        "{plaintext: [{path: /spec/template/spec/hostNetwork, operator: add, value: true}]}",
        "{plaintext: [{path: /spec/minReadySeconds, operator: add, value: 1}]}",
        "{imageOverrider: [{component: Registry, operator: replace, value: evil.example}]}",
        "{commandOverrider: [{containerName: main, operator: add, value: [sh]}]}",
        "{annotationsOverrider: [{operator: add, value: {a: b}}]}",
    ])  # fmt: skip
    async def test_of_other_fields(self, overriders: str) -> None:
        files = {**FILES, "teams/a/o.yaml": override("own", overriders, self.SELECTOR)}
        issue = only(files)
        assert (issue.reason, issue.origin.file) == ("TenantForbids", "teams/a/o.yaml")
        assert (
            "Tenant team-a (platform/tenants.yaml:9) does not allow rule 0 of OverridePolicy team-a/own to change /"
            in issue.message
        )
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds()["m1"] == ["ConfigMap team-a/dns"]

    @pytest.mark.parametrize("path", ["/metadata/namespace", "/metadata/name", "/kind"])
    async def test_of_the_name_of_an_object(self, path: str) -> None:
        value = "Service" if path == "/kind" else "other"
        files = {
            **FILES,
            "teams/a/o.yaml": override(
                "own", f"{{plaintext: [{{path: {path}, operator: replace, value: {value}}}]}}", self.SELECTOR
            ),
        }
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds()["m1"] == ["ConfigMap team-a/dns"]

    async def test_of_the_platform(self) -> None:
        patch = override("patch", "{annotationsOverrider: [{operator: add, value: {a: b}}]}", self.SELECTOR)
        assert issues({**FILES, "platform/o.yaml": patch}) == []


class TestNamespaces:
    WHERE_NEEDED = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {namespaces: WhereNeeded}}"
    NAMESPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: team-a}}"

    async def test_a_refused_object_takes_none_to_a_cluster(self) -> None:
        files = {
            **{path: one for path, one in FILES.items() if "dns" not in path and path != "platform/policy.yaml"},
            "reconciler.yaml": self.WHERE_NEEDED,
            "platform/ns.yaml": self.NAMESPACE,
            "teams/a/policy.yaml": policy("web", on("m1", "m3"), names="web"),
        }
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert (
            shop.holds() == {"m1": ["Namespace team-a", "Deployment.apps team-a/web"][::1], "m2": [], "m3": []}
            or shop.holds()["m3"] == []
        )

    async def test_of_a_tenant_go_to_its_clusters_alone(self) -> None:
        tenants = FILES["platform/tenants.yaml"].replace(
            "namespaces: [team-a,", 'clusterScopedKinds: [{apiGroups: [""], kinds: [Namespace]}]\n  namespaces: [team-a,'
        )
        files = {**FILES, "platform/tenants.yaml": tenants, "teams/a/ns.yaml": self.NAMESPACE}
        shop = Playground("m1", "m2", "m3")
        done = await shop.sync(files)
        assert list(done.compiled.issues) == []
        assert "Namespace team-a" in shop.holds()["m2"]
        assert "Namespace team-a" not in shop.holds()["m3"]

    async def test_must_have_a_name_that_is_allowed(self) -> None:
        tenants = FILES["platform/tenants.yaml"].replace(
            "namespaces: [team-a,", 'clusterScopedKinds: [{apiGroups: [""], kinds: [Namespace]}]\n  namespaces: [team-a,'
        )
        files = {**FILES, "platform/tenants.yaml": tenants, "teams/a/ns.yaml": self.NAMESPACE.replace("team-a", "other")}
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds() == HOLDS
        assert (
            "Namespace other: Tenant team-a (platform/tenants.yaml:8) does not allow the namespace other" in only(files).message
        )


_POLICY = "apiVersion: policy.karmada.io/v1alpha1, metadata: {name: p}"
_CHECK = "function InterpretHealth(o) return true end"
GLOBAL_KINDS = (
    "{apiVersion: reconciler.dev/v1alpha1, kind: Tenant, metadata: {name: wide}, spec: {folders: [teams/a/x]}}",
    "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {unclaimed: Prune}}",
    "{apiVersion: cluster.karmada.io/v1alpha1, kind: Cluster, metadata: {name: m9}, "
    'spec: {syncMode: Push, apiEndpoint: "file:m9"}}',
    "{apiVersion: apps.karmada.io/v1alpha1, kind: WorkloadRebalancer, metadata: {name: r}, "
    "spec: {workloads: [{apiVersion: v1, kind: ConfigMap, name: dns, namespace: team-a}]}}",
    f"{{{_POLICY}, kind: ClusterPropagationPolicy, "
    "spec: {resourceSelectors: [{apiVersion: v1, kind: ConfigMap}], placement: {}}}",
    f"{{{_POLICY}, kind: ClusterOverridePolicy, spec: {{overrideRules: "
    "[{overriders: {labelsOverrider: [{operator: add, value: {a: b}}]}}]}}",
    f"{{{_POLICY}, kind: ClusterTaintPolicy, spec: {{taints: [{{key: a, effect: NoSchedule}}]}}}}",
    f"{{{_POLICY}, kind: FederatedResourceQuota, spec: {{overall: {{cpu: 0}}}}}}",
    "{apiVersion: config.karmada.io/v1alpha1, kind: ResourceInterpreterCustomization, metadata: {name: c}, "
    "spec: {target: {apiVersion: apps/v1, kind: Deployment}, "
    f'customizations: {{healthInterpretation: {{luaScript: "{_CHECK}"}}}}}}}}',
)


class TestGovernedFolders:
    def test_one_without_files_is_a_warning(self) -> None:
        files = {path: one for path, one in FILES.items() if not path.startswith("teams/")}
        assert [issue.reason for issue in compile_files(files).issues] == ["GovernsNothing", "GovernsNothing"]

    async def test_a_broken_file_of_a_tenant_keeps_nothing_of_others(self) -> None:
        shop = Playground("m1", "m2", "m3")
        await shop.sync(FILES)
        gone = {path: one for path, one in FILES.items() if path != "platform/dns.yaml"}
        await shop.sync({**gone, "teams/a/x.yaml": "kind: [dns\n"})
        assert shop.holds() == {"m1": ["Deployment.apps team-a/web"], "m2": [], "m3": []}

    @pytest.mark.parametrize("document", GLOBAL_KINDS)
    async def test_declare_nothing_that_concerns_others(self, document: str) -> None:
        files = {**FILES, "teams/a/x.yaml": document}
        compiled = compile_files(files)
        issue = only(files)
        assert (issue.reason, issue.origin.file) == ("GovernedFolder", "teams/a/x.yaml")
        desired, before = compiled.desired, compile_files(FILES).desired
        assert (desired.settings, desired.tenancy, desired.clusters) == (before.settings, before.tenancy, before.clusters)
        assert (desired.customizations, desired.taint_policies, desired.rebalancers) == ((), (), ())
        assert len(desired.policies) == len(before.policies)
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert shop.holds() == HOLDS

    async def test_may_declare_a_cluster_wide_policy_where_the_tenant_lists_it(self) -> None:
        listed = (
            "clusterScopedKinds: [{apiGroups: [policy.karmada.io], kinds: [ClusterPropagationPolicy]}]\n  namespaces: [team-a,"
        )
        tenants = FILES["platform/tenants.yaml"].replace("namespaces: [team-a,", listed)
        files = {**FILES, "platform/tenants.yaml": tenants, "teams/a/policy.yaml": policy("web", on("m2"), namespace="")}
        shop = Playground("m1", "m2", "m3")
        await shop.sync(files)
        assert "Deployment.apps team-a/web" in shop.holds()["m2"]
        assert issues(files) == []

    def test_a_definition_does_not_change_the_scope_of_a_kind(self) -> None:
        definition = text("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: shops.example.org}
            spec:
              group: example.org
              scope: Cluster
              names: {kind: Shop, plural: shops}
              versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
        """)
        assert only({**FILES, "teams/a/crd.yaml": definition}).reason == "GovernedFolder"

    def test_tenants_that_govern_each_other_count_as_unreadable(self) -> None:
        rogue = "{apiVersion: reconciler.dev/v1alpha1, kind: Tenant, metadata: {name: rogue}, spec: {folders: [platform]}}"
        files = {**FILES, "teams/a/rogue.yaml": rogue}
        compiled = compile_files(files, settled=True)
        assert compiled.desired.judges.unreadable
        assert not any(item.rendering.manifests for item in compiled.templates.values())

    @pytest.mark.parametrize(
        "spoiled", ["spec: {folders: [/abs]}", "spec: {folders: [teams/../a]}", "spec: {}", "spec: {folders: [a], kind: x}"]
    )
    def test_a_tenant_with_a_mistake_frees_nobody(self, spoiled: str) -> None:
        files = {
            **FILES,
            "platform/more.yaml": f"apiVersion: reconciler.dev/v1alpha1\nkind: Tenant\nmetadata: {{name: c}}\n{spoiled}\n",
        }
        compiled = compile_files(files)
        assert compiled.desired.judges.unreadable.startswith("platform/more.yaml")
        assert not any(item.rendering.manifests for item in compiled.templates.values())

    def test_one_below_a_governed_folder_stops_nobody(self) -> None:
        broken = "apiVersion: reconciler.dev/v1alpha1\nkind: Tenant\nmetadata: {name: c}\nspec: [x\n"
        assert compile_files({**FILES, "teams/a/x.yaml": broken}).desired.judges.unreadable == ""

    @pytest.mark.parametrize(
        "same", ["metadata: {name: team-a}\nspec: {folders: [x]}", "metadata: {name: c}\nspec: {folders: [teams/a]}"]
    )
    def test_two_with_one_name_or_folder(self, same: str) -> None:
        files = {**FILES, "platform/more.yaml": f"apiVersion: reconciler.dev/v1alpha1\nkind: Tenant\n{same}\n"}
        assert "DeclaredTwice" in {issue.reason for issue in issues(files)}
        assert compile_files(files).desired.judges.unreadable

    async def test_the_deepest_folder_counts(self) -> None:
        inner = "{apiVersion: reconciler.dev/v1alpha1, kind: Tenant, metadata: {name: inner}, spec: {folders: [teams/a/inner]}}"
        files = {
            **FILES,
            "platform/more.yaml": inner,
            "teams/a/inner/x.yaml": config_map("x"),
            "platform/p.yaml": policy("x", on("m1"), "ConfigMap", names="x"),
        }
        assert "Tenant inner" in only(files).message


class TestJudges:
    """A revision is judged by the Tenants of another one."""

    async def test_a_wider_right_does_not_act_in_its_own_revision(self) -> None:
        compiler = Compiler()
        base = compiler.load(*committed(FILES))
        wide = {**FILES, "platform/tenants.yaml": FILES["platform/tenants.yaml"].replace("{matchLabels: {tier: shared}}", "{}")}
        wide["teams/a/policy.yaml"] = policy("web", on("m3"), names="web")
        head = compiler.load(*committed(wide), judges=base.tenancy)
        assert head.judges == base.tenancy != head.tenancy
        compiled = compiler.compile(head, RecordedState(), NOW)
        assert [issue.reason for issue in errors_in(compiled.issues)] == ["TenantForbids"]
        own = compiler.load(*committed(wide))
        assert errors_in(compiler.compile(own, RecordedState(), NOW).issues) == []

    def test_folders_are_those_of_the_judges(self) -> None:
        """A change that frees its own folder declares no Cluster there in the same revision, nor a Tenant for the next one."""
        compiler = Compiler()
        base = compiler.load(*committed(FILES))
        rogue = "{apiVersion: reconciler.dev/v1alpha1, kind: Tenant, metadata: {name: rogue}, spec: {folders: [platform]}}"
        head = compiler.load(*committed({**FILES, "teams/a/rogue.yaml": rogue}), judges=base.tenancy)
        assert head.tenancy.tenants == base.tenancy.tenants
        assert not head.tenancy.unreadable
        assert [issue.reason for issue in errors_in(head.issues)] == ["GovernedFolder"]

    def test_an_agent_judges_what_was_decided(self) -> None:
        """A decision that no Tenant judged is no way around them."""
        free = {path: one for path, one in FILES.items() if "tenants" not in path}
        free["teams/a/policy.yaml"] = policy("web", on("m3"), names="web")
        decided = assume_applied(compile_files(free))
        compiler = DecidedCompiler()
        base = Compiler().load(*committed(FILES)).tenancy
        compiled = compiler.compile(compiler.load(*committed(free), judges=base), decided, NOW)
        work = make_works(compiled)[ClusterName("m3")]
        assert [str(key) for key in work.failed] == ["Deployment.apps team-a/web"]
        assert [str(one.key) for one in work.manifests] == ["ConfigMap team-a/dns"]


CHART_FILES: dict[str, str] = {
    "teams/a/charts/x/Chart.yaml": "apiVersion: v2\nname: x\nversion: 1.0.0\n",
    "teams/a/charts/x/templates/a.yaml": "x\n",
    "teams/a/chart.yaml": text("""
        apiVersion: reconciler.dev/v1alpha1
        kind: Chart
        metadata: {name: x, namespace: team-a}
        spec: {chart: {path: teams/a/charts/x}}
    """),
    "teams/a/p.yaml": policy("x", on("m1"), "Chart").replace("apiVersion: v1", "apiVersion: reconciler.dev/v1alpha1"),
}
MAY_CHART = '{apiGroups: [""], kinds: [ConfigMap, Service]}, {apiGroups: [reconciler.dev], kinds: [Chart]}'


def test_a_chart_brings_a_tenant_nothing_that_is_forbidden() -> None:
    tenants = FILES["platform/tenants.yaml"].replace('{apiGroups: [""], kinds: [ConfigMap, Service]}', MAY_CHART)
    files = {**FILES, **CHART_FILES, "platform/tenants.yaml": tenants}
    compiler = Compiler()
    desired = compiler.load(*committed(files))
    asked = compiler.compile(desired, RecordedState(), NOW).needs.missing
    objects = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n---\n"
        "apiVersion: v1\nkind: Secret\nmetadata: {name: not}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: elsewhere, namespace: team-b}\n---\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: root}\nrules: []\n"
    )
    compiled = compiler.compile(desired, RecordedState(), NOW, {one.key: Expansion(one.key, objects) for one in asked})
    written = {str(one.key) for one in make_works(compiled)[ClusterName("m1")].manifests}
    assert "ConfigMap team-a/mine" in written
    assert not written & {"Secret team-a/not", "ConfigMap team-b/elsewhere", "ClusterRole.rbac.authorization.k8s.io root"}
    assert len([issue for issue in errors_in(compiled.issues) if issue.reason == REASON]) == 3


def test_a_tenant_that_may_have_no_chart_has_none() -> None:
    compiler = Compiler()
    desired = compiler.load(*committed({**FILES, **CHART_FILES}))
    compiled = compiler.compile(desired, RecordedState(), NOW)
    assert compiled.needs.missing == ()
    assert [issue.reason for issue in errors_in(compiled.issues)] == [REASON]
