"""Services over clusters, as far as files decide them: what a ServiceImport derives, and where a MultiClusterService places."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.endpoints.orders import orders_of
from reconciler.endpoints.routes import routes_of, unread_targets
from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.record.next_state import assume_applied
from reconciler.review.explain import explain
from reconciler.review.lint import lint
from tests.support.in_memory_fleet import Files, Playground, compile_files
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text

FLEET = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2", "m3")} | {"namespace.yaml": NAMESPACE}
MCS_API = "multicluster.x-k8s.io/v1alpha1"
SERVICE = text("""
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
""")
DERIVED = ResourceKey("", "Service", "shop", "derived-web")
WEB = ResourceKey("", "Service", "shop", "web")


def imported(spec: str = "type: ClusterSetIP, ports: [{name: http, port: 80, protocol: TCP, appProtocol: http}]") -> str:
    return text(f"""
        apiVersion: {MCS_API}
        kind: ServiceImport
        metadata: {{name: web, namespace: shop}}
        spec: {{{spec}}}
    """)


def importing(placement: str, spec: str | None = None) -> Files:
    policy = policy_file("web", "ServiceImport", placement, api=MCS_API)
    return {**FLEET, "import.yaml": imported(spec) if spec else imported(), "import-policy.yaml": policy}


def connecting(spec: str, name: str = "web") -> str:
    return text(f"""
        apiVersion: networking.karmada.io/v1alpha1
        kind: MultiClusterService
        metadata: {{name: {name}, namespace: shop}}
        spec: {{{spec}}}
    """)


def where(compiled: Compiled, key: ResourceKey) -> list[str]:
    return [target.name for target in compiled.templates[key].placed.targets]


def issues(compiled: Compiled, *severities: Severity) -> list[Issue]:
    return [issue for issue in compiled.issues if not severities or issue.severity in severities]


def test_an_import_has_a_service_beside_it_without_a_selector_and_without_a_target_port() -> None:
    compiled = compile_files(importing(on("m2", "m3")))
    assert where(compiled, DERIVED) == ["m2", "m3"]
    manifest = compiled.templates[DERIVED].rendering.manifests
    ports = [{"name": "http", "protocol": "TCP", "port": 80, "appProtocol": "http"}]
    for one in manifest.values():
        assert one.manifest["spec"] == {"type": "ClusterIP", "ports": ports}
    assert not issues(compiled)


def test_a_headless_import_has_a_headless_service() -> None:
    compiled = compile_files(importing(on("m2"), "type: Headless"))
    (manifest,) = compiled.templates[DERIVED].rendering.manifests.values()
    assert manifest.manifest["spec"]["clusterIP"] == "None"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("type: ClusterIP, ports: [{port: 80}]", "spec.type must be one of ClusterSetIP, Headless"),
        ("ports: [{port: 80}]", "spec.type must be one of"),
        ("type: ClusterSetIP", "spec.ports must not be empty"),
        ("type: ClusterSetIP, ports: {port: 80}", "spec.ports must be a list"),
        ("type: ClusterSetIP, ports: [{name: http}]", "spec.ports[0].port must be a number"),
        ("type: ClusterSetIP, ports: [{port: 80, name: a}, {port: 81}]", "spec.ports[1] has no name"),
        ("type: ClusterSetIP, ports: [{port: 80, name: a}, {port: 81, name: a}]", "is the name of another port"),
    ],
)
def test_an_import_from_which_nothing_can_be_derived_is_an_error(spec: str, says: str) -> None:
    (issue,) = [one for one in issues(compile_files(importing(on("m2"), spec)), Severity.ERROR) if one.reason == "InvalidValue"]
    assert says in issue.message
    assert issue.remedy
    assert issue.origin.line


def test_a_file_with_the_name_of_the_derived_service_is_an_error() -> None:
    files = {**importing(on("m2")), "derived.yaml": SERVICE.replace("name: web", "name: derived-web")}
    assert "DeclaredTwice" in {issue.reason for issue in issues(compile_files(files), Severity.ERROR)}


async def test_the_derived_service_leaves_with_its_import() -> None:
    world = Playground("m1", "m2", "m3")
    await world.sync(importing(on("m2", "m3")))
    await world.sync(importing(on("m3")))
    assert [name for name, one in world.members.items() if "Service shop/derived-web" in one.holds()] == ["m3"]
    await world.sync(FLEET)
    assert not any("Service shop/derived-web" in one.holds() for one in world.members.values())


def test_a_connected_service_goes_to_providers_and_consumers_and_leaves_its_policy() -> None:
    spec = "types: [CrossCluster], providerClusters: [{name: m1}], consumerClusters: [{name: m2}]"
    policy = policy_file("web", "Service", on("m3"), api="v1").replace("spec:", "spec:\n  preemption: Always\n  priority: 9", 1)
    compiled = compile_files({**FLEET, "web.yaml": SERVICE, "policy.yaml": policy, "mcs.yaml": connecting(spec)})
    item = compiled.templates[WEB]
    assert where(compiled, WEB) == ["m1", "m2"]
    assert str(item.decided.claim.policy.ref if item.decided.claim.policy else "") == "MultiClusterService shop/web"
    assert item.placed.conflict_resolution == "Overwrite"
    assert not issues(compiled, Severity.ERROR)


@pytest.mark.parametrize(
    "spec",
    [
        "types: [CrossCluster]",
        "types: [CrossCluster], providerClusters: [{name: m1}]",
        "types: [CrossCluster], consumerClusters: [{name: m1}]",
    ],
)
def test_an_empty_list_means_all_clusters(spec: str) -> None:
    compiled = compile_files({**FLEET, "web.yaml": SERVICE, "mcs.yaml": connecting(spec)})
    assert where(compiled, WEB) == ["m1", "m2", "m3"]


async def test_a_service_that_is_not_connected_any_more_returns_to_its_policy() -> None:
    policy = policy_file("web", "Service", on("m3"), api="v1")
    files = {**FLEET, "web.yaml": SERVICE, "policy.yaml": policy}
    spec = "types: [CrossCluster], providerClusters: [{name: m1}], consumerClusters: [{name: m2}]"
    world = Playground("m1", "m2", "m3")
    held: list[Any] = []
    for revision in (files, {**files, "mcs.yaml": connecting(spec)}, files):
        await world.sync(revision)
        held.append([name for name, one in world.members.items() if "Service shop/web" in one.holds()])
    assert held == [["m3"], ["m1", "m2"], ["m3"]]


@pytest.mark.parametrize(
    ("spec", "name", "severity", "says"),
    [
        ("types: []", "web", Severity.ERROR, "spec.types"),
        ("types: [Cross]", "web", Severity.ERROR, "CrossCluster"),
        ("types: [CrossCluster, LoadBalancer]", "web", Severity.ERROR, "must have one item"),
        ("types: [CrossCluster]", "1web", Severity.ERROR, "must be the name of a Service"),
        ("types: [CrossCluster], consumerClusters: [{name: M_1}]", "web", Severity.ERROR, "must be the name of a cluster"),
        ("types: [LoadBalancer], ports: [{port: 0}]", "web", Severity.ERROR, "at least 1"),
        ("types: [LoadBalancer], ports: [{port: 1, name: a}, {port: 2, name: a}]", "web", Severity.ERROR, "another port"),
        ("types: [LoadBalancer], ports: [{port: 1, name: a}, {port: 2}]", "web", Severity.ERROR, "has no name"),
        ("types: [LoadBalancer]", "web", Severity.WARNING, "asks for a load balancer"),
        ("types: [CrossCluster], ports: [{port: 80}]", "web", Severity.WARNING, "all ports of the Service are connected"),
        ("types: [CrossCluster], serviceProvisionClusters: [m1]", "web", Severity.WARNING, "an old name"),
    ],
)
def test_mistakes_in_a_connected_service_are_named(spec: str, name: str, severity: Severity, says: str) -> None:
    found = issues(compile_files({**FLEET, "mcs.yaml": connecting(spec, name)}), severity)
    (issue,) = [one for one in found if says in one.message]
    assert issue.remedy
    assert issue.origin.line


def test_a_load_balancer_is_left_to_its_provider() -> None:
    policy = policy_file("web", "Service", on("m3"), api="v1")
    files = {**FLEET, "web.yaml": SERVICE, "policy.yaml": policy, "mcs.yaml": connecting("types: [LoadBalancer]")}
    assert where(compile_files(files), WEB) == ["m3"]


def test_an_ingress_over_clusters_is_checked_as_an_ingress_and_has_no_effect() -> None:
    path = "{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}"
    good = connecting(f"rules: [{{http: {{paths: [{path}]}}}}]").replace("MultiClusterService", "MultiClusterIngress")
    (word,) = issues(compile_files({**FLEET, "mci.yaml": good}))
    assert (word.severity, word.reason) == (Severity.WARNING, "NotActedOn")
    assert "left to the controller of your load balancer" in word.message
    bad = good.replace("pathType: Prefix, ", "").replace("port: {number: 80}", "prt: {number: 80}")
    assert len(issues(compile_files({**FLEET, "mci.yaml": bad}), Severity.ERROR)) >= 2


def warnings(files: Files) -> list[str]:
    return [f"{one.reason}: {one.message}" for one in lint(compile_files(files)) if one.reason in UNCONNECTED]


UNCONNECTED = ("ConnectsNothing", "EndpointsNotExchanged")
EXPORT = {
    "export.yaml": imported().replace("ServiceImport", "ServiceExport").partition("spec:")[0],
    "export-policy.yaml": policy_file("export", "ServiceExport", on("m1"), api=MCS_API, target="web"),
}


def test_routes_lead_from_where_the_export_is_to_where_the_import_is() -> None:
    (route,) = routes_of(compile_files({**importing(on("m2", "m3")), **EXPORT}))[("shop", "derived-web")]
    assert (route.source, route.providers, route.consumers) == (("shop", "web"), ("m1",), ("m2", "m3"))


def test_routes_of_a_connected_service_are_where_it_is_placed() -> None:
    spec = "types: [CrossCluster], providerClusters: [{name: m1}, {name: gone}], consumerClusters: [{name: m2}, {name: m1}]"
    (route,) = routes_of(compile_files({**FLEET, "web.yaml": SERVICE, "mcs.yaml": connecting(spec)}))[("shop", "web")]
    assert (route.providers, route.consumers) == (("m1",), ("m1", "m2"))


def test_what_leads_nowhere_is_no_route() -> None:
    spec = "types: [CrossCluster], providerClusters: [{name: m1}], consumerClusters: [{name: m1}]"
    assert routes_of(compile_files({**FLEET, "web.yaml": SERVICE, "mcs.yaml": connecting(spec)})) == {}
    assert routes_of(compile_files(importing(on("m2")))) == {}


@pytest.mark.parametrize("file", ["export.yaml", "export-policy.yaml", "import.yaml", "import-policy.yaml"])
def test_a_file_with_an_error_withdraws_no_endpoints(file: str) -> None:
    files = {**importing(on("m2")), **EXPORT}
    before = compile_files(files)
    broken = compile_files({**files, file: files[file] + "a: [\n"}, assume_applied(before))
    assert routes_of(broken) == routes_of(before) != {}


@pytest.mark.parametrize("file", ["web.yaml", "mcs.yaml"])
async def test_a_connected_service_with_an_error_in_its_files_stays_connected(file: str) -> None:
    spec = "types: [CrossCluster], providerClusters: [{name: m1}], consumerClusters: [{name: m2}]"
    files = {**FLEET, "web.yaml": SERVICE, "mcs.yaml": connecting(spec)}
    before = compile_files(files)
    broken = compile_files({**files, file: files[file] + "a: [\n"}, assume_applied(before))
    assert routes_of(broken) == routes_of(before) or unread_targets(broken) == {("shop", "web")}
    world = Playground("m1", "m2", "m3")
    for revision in (files, {**files, file: files[file] + "a: [\n"}):
        await world.sync(revision)
        assert [name for name, one in world.members.items() if "Service shop/web" in one.holds()] == ["m1", "m2"]


def test_a_connected_service_that_is_not_declared_any_more_is_no_unread_one() -> None:
    files = {
        **FLEET,
        "web.yaml": SERVICE,
        "mcs.yaml": connecting("types: [CrossCluster]"),
        "other.yaml": SERVICE.replace("web", "api"),
    }
    recorded = assume_applied(compile_files(files))
    without = {name: text for name, text in files.items() if name != "mcs.yaml"}
    assert unread_targets(compile_files(without, recorded)) == frozenset()


def test_a_service_that_connects_nothing_is_named() -> None:
    assert warnings(importing(on("m2"))) == [
        "ConnectsNothing: ServiceImport.multicluster.x-k8s.io shop/web imports nothing: "
        "the repository has no ServiceExport.multicluster.x-k8s.io shop/web"
    ]
    alone = {**FLEET, "mcs.yaml": connecting("types: [CrossCluster]")}
    (said,) = warnings(alone)
    assert "MultiClusterService shop/web connects nothing: the repository has no Service shop/web" in said


def test_members_that_cannot_take_part_are_named() -> None:
    pulled = {"clusters/m2.yaml": cluster_file("m2").replace("syncMode: Push", "syncMode: Pull")}
    said = warnings({**FLEET, **pulled, "web.yaml": SERVICE, "mcs.yaml": connecting("types: [CrossCluster]")})
    assert any("not exchanged with m2, which has an agent of its own" in one for one in said)
    assert any("not exchanged with m1, m3, which is a folder" in one for one in said)
    assert len(said) == 2


def exporting(on_clusters: str, service: str = SERVICE) -> Files:
    export = EXPORT["export.yaml"].replace(
        "name: web,", f"name: web, annotations: {{reconciler.dev/import-on: '{on_clusters}'}},"
    )
    web_policy = policy_file("service", "Service", on("m1"), api="v1", target="web")
    return {**FLEET, **EXPORT, "export.yaml": export, "web.yaml": service, "web-policy.yaml": web_policy}


IMPORT = ResourceKey("multicluster.x-k8s.io", "ServiceImport", "shop", "web")


def test_an_export_gets_the_import_that_it_asks_for() -> None:
    compiled = compile_files(exporting("m2, m3"))
    assert where(compiled, IMPORT) == where(compiled, DERIVED) == ["m2", "m3"]
    (manifest, _) = compiled.templates[IMPORT].rendering.manifests.values()
    assert manifest.manifest["spec"] == {"type": "ClusterSetIP", "ports": [{"name": "http", "port": 80}]}
    (route,) = routes_of(compiled)[("shop", "derived-web")]
    assert (route.providers, route.consumers) == (("m1",), ("m2", "m3"))
    assert not issues(compiled)
    assert where(compile_files(exporting("*")), IMPORT) == ["m1", "m2", "m3"]


def test_the_import_of_a_headless_service_is_headless() -> None:
    headless = SERVICE.replace("spec: {", "spec: {clusterIP: None, ")
    (manifest,) = compile_files(exporting("m2", headless)).templates[IMPORT].rendering.manifests.values()
    assert manifest.manifest["spec"]["type"] == "Headless"


def test_an_import_that_a_file_declares_counts_alone() -> None:
    compiled = compile_files({**exporting("m2"), **{name: one for name, one in importing(on("m3")).items() if "import" in name}})
    assert where(compiled, IMPORT) == where(compiled, DERIVED) == ["m3"]
    assert not issues(compiled)


async def test_the_import_goes_when_nobody_asks_for_it_any_more() -> None:
    world = Playground("m1", "m2", "m3")
    held: list[Any] = []
    for files in (exporting("m2"), exporting("m3"), exporting("")):
        await world.sync(files)
        held.append([name for name, one in world.members.items() if "Service shop/derived-web" in one.holds()])
    assert held == [["m2"], ["m3"], []]


def test_an_export_that_asks_for_an_import_in_vain_is_named() -> None:
    files = {name: text for name, text in exporting("m2").items() if name != "web.yaml"}
    (said,) = warnings(files)
    assert "is imported nowhere: the repository has no Service shop/web with ports" in said
    (unknown,) = [one for one in lint(compile_files(exporting("m2, m9"))) if one.reason == "UnknownCluster"]
    assert "names the cluster m9, which no file declares (reconciler.dev/import-on)" in unknown.message


def test_explain_says_from_where_to_where_endpoints_go() -> None:
    compiled = compile_files({**importing(on("m2", "m3")), **EXPORT})
    said = "those of m1 go to m2, m3, for shop/derived-web (ServiceImport.multicluster.x-k8s.io shop/web); no member gets its own"
    for key in (DERIVED, IMPORT, ResourceKey("multicluster.x-k8s.io", "ServiceExport", "shop", "web")):
        assert explain(compiled.templates[key], compiled, ()).endpoints == (said,)


def test_explain_ranks_the_connection_of_a_service_before_all_policies() -> None:
    policy = policy_file("web", "Service", on("m3"), api="v1").replace("spec:", "spec:\n  priority: 9", 1)
    files = {**FLEET, "web.yaml": SERVICE, "policy.yaml": policy, "mcs.yaml": connecting("types: [CrossCluster]")}
    compiled = compile_files(files)
    ranked = [str(one.policy) for one in explain(compiled.templates[WEB], compiled, ()).candidates]
    assert ranked == ["MultiClusterService shop/web", "PropagationPolicy shop/web"]


TEAMS = text("""
    apiVersion: reconciler.dev/v1alpha1
    kind: Tenant
    metadata: {name: a}
    spec: {folders: [a], namespaces: [shop], kinds: [{apiGroups: ["*"], kinds: ["*"]}], clusters: {}}
    ---
    apiVersion: reconciler.dev/v1alpha1
    kind: Tenant
    metadata: {name: b}
    spec: {folders: [b], namespaces: [other], kinds: [{apiGroups: ["*"], kinds: ["*"]}], clusters: {}}
""")


def of_tenants(a: Files, b: Files | None = None) -> Compiled:
    """Everything of the first is below the folder of tenant a; the namespace shop is not one of tenant b."""
    theirs = {name if name in FLEET else f"a/{name}": one for name, one in a.items()}
    return compile_files({**theirs, "tenants.yaml": TEAMS, **{f"b/{name}": one for name, one in (b or {}).items()}})


def test_a_tenant_connects_no_service_of_somebody_else() -> None:
    policy = policy_file("web", "Service", on("m1", "m2"), api="v1")
    own = {**FLEET, "web.yaml": SERVICE, "policy.yaml": policy}
    connection = {"mcs.yaml": connecting("types: [CrossCluster]")}
    assert routes_of(of_tenants(own, connection)) == {}
    assert routes_of(of_tenants({**own, **connection})) != {}


def test_a_tenant_does_not_disconnect_the_service_of_somebody_else() -> None:
    own = {**FLEET, "web.yaml": SERVICE, "mcs.yaml": connecting("types: [CrossCluster]")}
    theirs = {"mcs.yaml": connecting("types: [CrossCluster], providerClusters: [{name: m1}]")}
    compiled = of_tenants(own, theirs)
    assert routes_of(compiled) == routes_of(of_tenants(own)) != {}
    assert {str(one.origin) for one in issues(compiled, Severity.ERROR)} == {"b/mcs.yaml:1"}


@pytest.mark.parametrize("name", ["import.yaml", "export.yaml", "web.yaml"])
def test_a_tenant_does_not_change_the_import_that_somebody_else_asks_for(name: str) -> None:
    files = {**importing(on("m1")), **exporting(""), "web.yaml": SERVICE.replace("port: 80,", "port: 81,")}
    compiled, before = of_tenants(exporting("m2"), {name: files[name]}), of_tenants(exporting("m2"))
    assert where(compiled, IMPORT) == where(before, IMPORT) == ["m2"]
    assert compiled.templates[IMPORT].template.manifest == before.templates[IMPORT].template.manifest
    assert routes_of(compiled) == routes_of(before) != {}


@pytest.mark.parametrize("file", ["mcs.yaml", "import.yaml"])
def test_endpoints_go_to_no_member_that_the_tenant_may_not_use(file: str) -> None:
    """Nor do they come from there."""
    connection = {"web.yaml": SERVICE, "mcs.yaml": connecting("types: [CrossCluster]")}
    files = {**FLEET, **connection} if file == "mcs.yaml" else {**importing(on("m1", "m2", "m3")), **EXPORT}
    limited = {"tenants.yaml": TEAMS.replace("clusters: {}", "clusters: {clusterNames: [m1, m2]}", 1)}
    theirs = {name if name in FLEET else f"a/{name}": one for name, one in files.items()}
    ((route,),) = routes_of(compile_files({**theirs, **limited})).values()
    assert {*route.providers, *route.consumers} == {"m1", "m2"}


def test_while_a_tenant_cannot_be_read_endpoints_stay_as_they_are() -> None:
    files = {f"a/{name}": one for name, one in {"web.yaml": SERVICE, "mcs.yaml": connecting("types: [CrossCluster]")}.items()}
    before = compile_files({**FLEET, **files, "tenants.yaml": TEAMS})
    broken = compile_files({**FLEET, **files, "tenants.yaml": TEAMS + "a: [\n"}, assume_applied(before))
    assert broken.desired.judges.unreadable
    assert unread_targets(broken) == {("shop", "web")}
    assert unread_targets(before) == frozenset()


@pytest.mark.parametrize("broken", [SERVICE + "a: [\n", "<<<<<<< HEAD\n"])
async def test_an_import_that_is_asked_for_survives_an_error_in_the_file_of_the_service(broken: str) -> None:
    world = Playground("m1", "m2", "m3")
    await world.sync(exporting("m2"))
    routes = routes_of(compile_files(exporting("m2")))
    for _ in range(2):
        await world.sync({**exporting("m2"), "web.yaml": broken})
        held = [name for name, one in world.members.items() if "Service shop/derived-web" in one.holds()]
        assert held == ["m2"]
        assert routes_of(compile_files({**exporting("m2"), "web.yaml": broken}, world.recorded)) == routes


@pytest.mark.parametrize(
    ("file", "target"),
    [("web.yaml", "web"), ("mcs.yaml", "web"), ("export.yaml", "derived-web"), ("import.yaml", "derived-web")],
)
async def test_a_lost_record_and_a_file_with_an_error_withdraw_no_endpoints(file: str, target: str) -> None:
    connection = {"web.yaml": SERVICE, "mcs.yaml": connecting("types: [CrossCluster]")}
    files = {**FLEET, **connection} if file in connection else {**importing(on("m2")), **EXPORT}
    world = Playground("m1", "m2", "m3")
    await world.sync(files)
    world.recorded = RecordedState()
    for _ in range(2):
        done = await world.sync({**files, file: files[file] + "a: [\n"})
        orders, _ = orders_of(done.compiled, done.recorded, world.now)
        assert orders.leaves(("shop", target)) or orders.routes.keys() == {("shop", target)}
        assert not orders.leaves(("shop", "api"))


def test_a_file_of_a_tenant_with_an_error_keeps_no_endpoints_of_others() -> None:
    broken = {"mcs.yaml": connecting("types: [CrossCluster]") + "a: [\n"}
    orders = [
        orders_of(one, RecordedState(), datetime(2026, 1, 1, tzinfo=UTC))[0]
        for one in (of_tenants(FLEET, broken), of_tenants({**FLEET, **broken}))
    ]
    assert [one.leaves(("shop", "web")) for one in orders] == [False, True]
