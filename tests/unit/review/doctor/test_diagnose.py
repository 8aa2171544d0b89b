"""Each usual cause for which a Service is not reached from other clusters is found, with its evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.endpoints.copies import INSTANCE, wanted_copies
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import key_of
from reconciler.present.diagnosis import diagnosis_document, diagnosis_lines
from reconciler.review.doctor.check import Check, Verdict
from reconciler.review.doctor.diagnose import diagnose
from reconciler.review.doctor.facts import ClusterDns, MemberFacts, ServiceFacts
from reconciler.review.doctor.read_facts import concerned, declared_facts, exported_name
from tests.support.in_memory_fleet import NOW, Files, compile_files
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text

M1, M2 = ClusterName("m1"), ClusterName("m2")
WEB = ("shop", "web")
MCS = "multicluster.x-k8s.io"
EXPORT, IMPORT = (ResourceKey(MCS, kind, *WEB) for kind in ("ServiceExport", "ServiceImport"))

SERVICE = text("""
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
""")
CONNECTED = text("""
    apiVersion: networking.karmada.io/v1alpha1
    kind: MultiClusterService
    metadata: {name: web, namespace: shop}
    spec: {types: [CrossCluster], providerClusters: [{name: m1}], consumerClusters: [{name: m2}]}
""")
EXPORTED = text("""
    apiVersion: multicluster.x-k8s.io/v1alpha1
    kind: ServiceExport
    metadata: {name: web, namespace: shop}
""")
IMPORTED = text("""
    apiVersion: multicluster.x-k8s.io/v1alpha1
    kind: ServiceImport
    metadata: {name: web, namespace: shop}
    spec: {type: ClusterSetIP, ports: [{name: http, port: 80}]}
""")


def served(name: str, mode: str = "Push") -> str:
    """A member with an API server."""
    return cluster_file(name).replace("Push", mode).replace(f'"file:{name}"', f"https://{name}.example.org")


FLEET = {"clusters/m1.yaml": served("m1"), "clusters/m2.yaml": served("m2"), "namespace.yaml": NAMESPACE}
BY_ONE_NAME: dict[str, str] = {**FLEET, "service.yaml": SERVICE, "mcs.yaml": CONNECTED}
BY_IMPORT: dict[str, str] = {
    **FLEET,
    "service.yaml": SERVICE,
    "service-policy.yaml": policy_file("service", "Service", on("m1"), api="v1", target="web"),
    "export.yaml": EXPORTED,
    "export-policy.yaml": policy_file("export", "ServiceExport", on("m1"), api=f"{MCS}/v1alpha1", target="web"),
    "import.yaml": IMPORTED,
    "import-policy.yaml": policy_file("import", "ServiceImport", on("m2"), api=f"{MCS}/v1alpha1", target="web"),
}


def service(name: str = "web", port: str = "http", **spec: Any) -> dict[str, Any]:
    stated = {"selector": {"app": "web"}, "ports": [{"name": port, "port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": stated}


def endpoint_slice(*ready: bool, port: str = "http", name: str = "web-abc") -> dict[str, Any]:
    ends = [{"addresses": [f"10.1.0.{place}"], "conditions": {"ready": one}} for place, one in enumerate(ready, 5)]
    metadata = {"name": name, "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}}
    ports = [{"name": port, "port": 8080, "protocol": "TCP"}]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": "IPv4",
        "endpoints": ends,
        "ports": ports,
    }


def marker(key: ResourceKey) -> dict[str, Any]:
    return {"apiVersion": f"{MCS}/v1alpha1", "kind": key.kind, "metadata": {"name": key.name, "namespace": key.namespace}}


def pod(**status: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop"}, "status": status}


def holding(*objects: dict[str, Any], ranges: tuple[str, ...] = (), **more: Any) -> MemberFacts:
    return MemberFacts(objects={key_of(one): one for one in objects}, pod_ranges=ranges, dns=ClusterDns(2, 2), **more)


def copies_of(slices: list[dict[str, Any]], facts: ServiceFacts) -> list[dict[str, Any]]:
    (route,) = facts.routes
    return list(wanted_copies(M2, (route,), {(M1, route.source): slices}, facts.instance).values())  # type: ignore[arg-type]


def well(files: Files = BY_ONE_NAME) -> ServiceFacts:
    """Nothing is wrong, as far as one can see."""
    compiled = compile_files(files)
    facts = declared_facts(WEB, compiled, NOW)
    (route,) = facts.routes
    offered = endpoint_slice(True, True)
    reached = {**service(route.target[1]), "spec": {"ports": [{"name": "http", "port": 80}]}}
    imported = route.source != route.target
    m1 = holding(service(), offered, *([marker(EXPORT)] if imported else []), ranges=("10.1.0.0/24",))
    m2 = holding(reached, *copies_of([offered], facts), *([marker(IMPORT)] if imported else []), ranges=("10.2.0.0/24",))
    return replace(facts, members={M1: m1, M2: m2})


def changed(facts: ServiceFacts, name: ClusterName, **fields: Any) -> ServiceFacts:
    return replace(facts, members={**facts.members, name: replace(facts.members[name], **fields)})


def without(facts: ServiceFacts, name: ClusterName, kind: str, *more: dict[str, Any]) -> ServiceFacts:
    objects = {key: one for key, one in facts.members[name].objects.items() if key.kind != kind}
    return changed(facts, name, objects={**objects, **{key_of(one): one for one in more}})


def checks(facts: ServiceFacts) -> dict[str, Check]:
    (one,) = diagnose(facts)
    return {check.name: check for check in one.checks}


def causes(facts: ServiceFacts) -> list[str]:
    (one,) = diagnose(facts)
    return [check.name for check in one.causes]


def told(check: Check) -> str:
    return "\n".join((check.message, *check.evidence, check.remedy))


@pytest.mark.parametrize("files", [BY_ONE_NAME, BY_IMPORT], ids=["MultiClusterService", "ServiceImport"])
def test_where_all_is_well_only_the_network_is_unknown_and_it_says_what_to_try(files: Files) -> None:
    facts = well(files)
    found = checks(facts)
    assert {name: str(one.verdict) for name, one in found.items() if one.verdict is not Verdict.HOLDS} == {"network": "unknown"}
    assert "From a Pod on m2, try `wget -qO- -T 3 http://10.1.0.5:8080`" in found["network"].remedy
    host = "web.shop.svc" if files is BY_ONE_NAME else "derived-web.shop.svc"
    assert f"clients on consumers call {host}" in told(found["name"])
    assert ("not web.shop.svc" in told(found["name"])) is (files is BY_IMPORT)


def test_a_service_that_nothing_offers() -> None:
    files = {**FLEET, "service.yaml": SERVICE}
    compiled = compile_files(files)
    facts = replace(declared_facts(WEB, compiled, NOW), members={M1: holding(service()), M2: holding()})
    (check,) = checks(facts).values()
    assert (check.name, check.verdict) == ("declared", Verdict.FAILS)
    assert check.message.startswith("nothing offers shop/web to other clusters")
    assert check.evidence == ("Service shop/web is declared in service.yaml:1", "m1 has a Service shop/web")
    assert "Declare a MultiClusterService" in check.remedy
    assert concerned(facts, compiled) == (M1, M2), "where nothing is declared, everybody is asked"


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (("import.yaml", "import-policy.yaml"), "shop/web is exported, and nobody imports it"),
        (("export.yaml", "export-policy.yaml"), "shop/web is imported, and nobody exports it"),
    ],
)
def test_half_of_it(gone: tuple[str, ...], message: str) -> None:
    facts = declared_facts(WEB, compile_files({path: one for path, one in BY_IMPORT.items() if path not in gone}), NOW)
    assert checks(facts)["declared"].message == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mcs.yaml": CONNECTED.replace("CrossCluster", "LoadBalancer")}, "is of type LoadBalancer, which this program does not"),
        ({"service.yaml": "# nothing\n"}, "connects nothing: the repository has no Service shop/web"),
    ],
)
def test_a_multi_cluster_service_that_connects_nothing(change: Files, message: str) -> None:
    facts = declared_facts(WEB, compile_files(BY_ONE_NAME | change), NOW)
    assert message in checks(facts)["declared"].message


def test_an_export_that_is_placed_nowhere() -> None:
    files = {path: one for path, one in BY_IMPORT.items() if path != "export-policy.yaml"}
    facts = declared_facts(WEB, compile_files(files), NOW)
    check = checks(replace(facts, members={M2: holding(marker(IMPORT))}))["placed"]
    assert check.verdict is Verdict.FAILS
    assert "there are no providers: ServiceExport.multicluster.x-k8s.io shop/web is placed nowhere" in told(check)
    assert "no policy" in told(check)
    assert "reconciler explain serviceexport/web -n shop" in check.remedy


def test_an_export_that_has_not_arrived() -> None:
    facts = replace(without(well(BY_IMPORT), M1, "ServiceExport"), not_applied={(M1, EXPORT): "the server does not know it"})
    assert causes(facts) == ["placed"]
    assert f"{EXPORT} has not arrived on m1" in told(checks(facts)["placed"])
    assert "m1: the last sync did not apply" in told(checks(facts)["placed"])
    facts = changed(facts, M1, unserved=frozenset({"ServiceExport"}))
    assert "m1 has no CustomResourceDefinition of ServiceExport" in told(checks(facts)["placed"])


def test_members_that_take_no_part_or_do_not_answer() -> None:
    facts = changed(well(), M1, apart="has an agent of its own (syncMode: Pull)")
    assert causes(facts) == ["members"]
    assert "m1 has an agent of its own (syncMode: Pull)" in told(checks(facts)["members"])
    since = datetime(2026, 1, 1, 11, tzinfo=UTC)
    silent = replace(changed(well(), M1, problem="m1: connection refused", objects={}), silent_since={M1: since})
    assert causes(silent) == []
    assert {name for name, one in checks(silent).items() if one.verdict is Verdict.UNKNOWN} >= {"members", "ready"}
    assert "m1: connection refused" in told(checks(silent)["members"])
    assert "m1 is not Ready since 2026-01-01T11:00:00Z" in told(checks(silent)["members"])
    lost = diagnose(replace(silent, lost=frozenset({M1})))[0]
    assert [check.message for check in lost.causes] == [
        "consumers have lost the endpoints of m1, which did not answer for too long"
    ]


def test_a_consumer_to_which_nothing_is_written() -> None:
    halted = served("m2").replace("metadata: {", 'metadata: {annotations: {reconciler.dev/suspended: "a fire drill"}, ')
    facts = replace(well(BY_ONE_NAME | {"clusters/m2.yaml": halted}))
    assert causes(facts) == ["members"]
    assert checks(facts)["members"].message == "nothing is written to m2, so its copies stay as they are"
    assert "a fire drill" in told(checks(facts)["members"])


def test_a_service_that_a_provider_lacks() -> None:
    facts = without(well(BY_IMPORT), M1, "Service")
    assert "service" in causes(facts)
    assert checks(facts)["service"].message == "there is no Service shop/web on m1"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}}]},
            "m1: Pod web-1: ImagePullBackOff Back-off",
        ),
        (
            {"conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "main"}]},
            "m1: Pod web-1: ContainersNotReady main",
        ),
        ({"phase": "Pending"}, "m1: Pod web-1: it is Pending"),
        (None, "m1: no Pod has the labels app=web"),
    ],
)
def test_no_ready_endpoint_with_the_first_reason(status: Any, reason: str) -> None:
    facts = well()
    offered = endpoint_slice(False)
    m1 = holding(service(), offered, pods=() if status is None else (pod(**status),))
    m2 = holding(service(), *copies_of([offered], facts))
    facts = replace(facts, members={M1: m1, M2: m2})
    assert causes(facts) == ["ready"]
    assert checks(facts)["ready"].evidence == ("m1: 0 ready endpoints of 1", reason)


def test_a_service_without_a_selector() -> None:
    m1 = holding({**service(), "spec": {"ports": [{"name": "http", "port": 80}]}})
    facts = replace(well(), members={M1: m1, M2: holding(service())})
    assert "selects no Pods; somebody else has to write its endpoints" in told(checks(facts)["ready"])


def test_ports_of_another_name() -> None:
    facts = well(BY_IMPORT)
    offered = endpoint_slice(True, port="web")
    facts = without(facts, M1, "EndpointSlice", offered)
    facts = without(facts, M2, "EndpointSlice", *copies_of([offered], facts))
    assert causes(facts) == ["ports"]
    assert checks(facts)["ports"].message == ("http/TCP of the Service shop/derived-web on m2 is no port of the endpoints of m1")
    assert checks(facts)["ports"].evidence == ("m1: its endpoints have web/TCP",)


def test_endpoints_that_have_not_reached_a_consumer() -> None:
    facts = without(well(), M2, "EndpointSlice")
    assert causes(facts) == ["dispatched"]
    assert checks(facts)["dispatched"].message == "m2 lacks 1 slice of others, or has them as they were"
    assert "`reconciler sync` exchanges endpoints once" in checks(facts)["dispatched"].remedy
    foreign = {**endpoint_slice(True, name="m1-web-abc")}
    facts = without(well(), M2, "EndpointSlice", foreign)
    assert "m2: m1-web-abc exists there, and is not a copy of this program" in checks(facts)["dispatched"].evidence
    assert "Delete the slice that is in the way" in checks(facts)["dispatched"].remedy


def test_copies_of_karmada_and_of_other_reconcilers_are_neither_offered_nor_ours() -> None:
    """As in the exchange itself."""
    facts = well()
    (copy,) = copies_of([endpoint_slice(True, True)], facts)
    of_karmada = endpoint_slice(True, name="m9-web-abc")
    of_karmada["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = "endpointslice-dispatch-controller.karmada.io"
    facts = without(facts, M1, "EndpointSlice", endpoint_slice(False), of_karmada)
    assert "m1: 0 ready endpoints of 1" in checks(facts)["ready"].evidence
    of_others = {**copy, "metadata": {**copy["metadata"], "labels": {**copy["metadata"]["labels"], INSTANCE: "other"}}}
    facts = without(well(), M2, "EndpointSlice", of_others)
    assert "exists there, and is not a copy of this program" in told(checks(facts)["dispatched"])


def test_copies_of_a_member_that_is_not_seen_now_do_not_count_as_old() -> None:
    facts = changed(well(), M1, problem="m1: time-out", objects={})
    assert checks(facts)["dispatched"].verdict is Verdict.HOLDS


def test_a_name_that_is_not_resolved() -> None:
    facts = without(well(BY_IMPORT), M2, "Service")
    assert causes(facts) == ["name"]
    assert "derived-web.shop.svc is not resolved on m2: there is no Service shop/derived-web" in told(checks(facts)["name"])
    facts = changed(well(), M2, dns=ClusterDns(0, 2))
    assert causes(facts) == ["name"]
    assert "m2: 0 of 2 Pods with k8s-app=kube-dns in kube-system are ready" in told(checks(facts)["name"])
    facts = changed(well(), M2, dns=None)
    assert checks(facts)["name"].verdict is Verdict.UNKNOWN
    assert "From a Pod there, try `nslookup web.shop.svc`." in checks(facts)["name"].remedy


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        (("10.1.0.0/24",), ("10.2.0.0/24",), Verdict.HOLDS),
        (("10.1.0.0/24",), ("10.1.0.0/16",), Verdict.FAILS),
        (("10.1.0.0/24", "fd00::/64"), ("10.2.0.0/24", "fd00::/48"), Verdict.FAILS),
        (("10.1.0.0/24",), (), Verdict.UNKNOWN),
        (("10.1.0.0/24",), ("nonsense",), Verdict.UNKNOWN),
        (("10.1.0.0/24",), ("fd00::/64",), Verdict.HOLDS),
    ],
)
def test_ranges_of_pod_addresses(mine: tuple[str, ...], theirs: tuple[str, ...], verdict: Verdict) -> None:
    facts = changed(changed(well(), M1, pod_ranges=mine), M2, pod_ranges=theirs)
    assert checks(facts)["addresses"].verdict is verdict
    if verdict is Verdict.FAILS:
        assert "m1 has" in checks(facts)["addresses"].message
        assert "and m2 has" in checks(facts)["addresses"].message


def test_what_the_account_may_not_read_is_told() -> None:
    facts = changed(well(), M2, pod_ranges=(), dns=None, unread="m2: nodes is forbidden")
    assert checks(facts)["addresses"].evidence[-1] == "m2: nodes is forbidden"
    assert checks(facts)["name"].evidence[-1] == "m2: nodes is forbidden"


def test_without_any_ready_endpoint_there_is_no_address_to_try() -> None:
    facts = replace(well(), members={M1: holding(service()), M2: holding(service())})
    assert checks(facts)["network"].message == "no ready endpoint to try"


def test_only_provider_and_only_consumer() -> None:
    files = BY_ONE_NAME | {"mcs.yaml": CONNECTED.replace("{name: m2}", "{name: m1}")}
    facts = replace(declared_facts(WEB, compile_files(files), NOW), members={M1: holding(service(), endpoint_slice(True))})
    assert "m1 is the only provider and the only consumer" in checks(facts)["placed"].message


def test_the_derived_name_means_the_service_that_is_imported() -> None:
    compiled = compile_files(BY_IMPORT)
    assert exported_name("derived-web", "shop", compiled) == "web"
    assert exported_name("derived-web", "other", compiled) == "derived-web"
    assert exported_name("web", "shop", compiled) == "web"


def test_the_lines_name_what_to_look_at_first_and_hold_nothing_of_a_terminal() -> None:
    facts = without(well(), M2, "EndpointSlice")
    facts = changed(facts, M1, pods=(), problem="")
    lines = [str(line) for line in diagnosis_lines(facts, diagnose(facts))]
    assert lines[0] == "MultiClusterService shop/web: from m1 to m2, as web.shop.svc"
    assert lines[1] == "  m1 has 2 endpoints of its own, 2 ready"
    assert lines[-1] == "Look at `dispatched` first: what fails below it may be its consequence."
    assert any(line.startswith("  fails   dispatched") for line in lines)
    assert any(line.strip().startswith("→ `reconciler sync`") for line in lines)
    evil = replace(well(), members={**well().members, M1: replace(well().members[M1], problem="m1: \x1b[31mred")})
    assert "\x1b" not in "\n".join(str(line) for line in diagnosis_lines(evil, diagnose(evil)))


def test_the_document_has_every_check() -> None:
    facts = well()
    document = diagnosis_document(facts, diagnose(facts), {})
    (route,) = document["routes"]
    assert (route["host"], route["providers"], route["consumers"]) == ("web.shop.svc", ["m1"], ["m2"])
    assert [one["check"] for one in route["checks"]] == [
        "declared", "placed", "members", "service", "ready", "ports", "dispatched", "name", "addresses", "network",
    ]  # fmt: skip
    assert document["service"] == {"namespace": "shop", "name": "web"}


def test_the_endpoints_of_each_member_are_counted() -> None:
    facts = changed(without(well(), M1, "EndpointSlice", endpoint_slice(True, False)), M2, problem="")
    (route,) = diagnosis_document(facts, diagnose(facts), {})["routes"]
    assert route["endpoints"] == [
        {"cluster": "m1", "own": 2, "ready": 1, "copied": {}},
        {"cluster": "m2", "own": 0, "ready": 0, "copied": {"m1": 2}},
    ]
    silent = changed(facts, M2, problem="m2 does not answer")
    assert [one["cluster"] for one in diagnosis_document(silent, diagnose(silent), {})["routes"][0]["endpoints"]] == ["m1"]
    assert "  m2 has 2 of m1" in map(str, diagnosis_lines(facts, diagnose(facts)))
