"""Which workloads fall below their minimum if a cluster, a zone or a region is lost; compared with a whole compilation."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.model.capacity import Capacity
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.selector_text import parse_selector_text
from reconciler.model.survival import DomainKind, MinAvailable
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.present.n_minus_1 import n_minus_1_document, n_minus_1_lines
from reconciler.review.n_minus_1 import FailureDomain, NMinusOne, failure_domains, n_minus_1
from reconciler.review.simulate import Scenario, simulate
from reconciler.review.workload_minimums import InvalidMinimumError
from tests.support.expanding import WordRenderer, expanding
from tests.support.in_memory_fleet import NOW, Files, committed, load
from tests.support.shop import DIVIDED, SHOP, cluster_file, on, policy_file, workload
from tests.unit.interpreter.test_resource_summary import node
from tests.unit.passes.test_capacity import STATIC, dynamic, fleet
from tests.unit.pipeline.test_contents import FILES, TEMPLATES, chart

CLUSTER, ZONE, REGION = DomainKind
ALL = tuple(DomainKind)


def check(files: Files, *kinds: DomainKind, minimum: str = "1", selector: str = "") -> NMinusOne:
    compiler = Compiler()
    compiled = compiler.compile(load(files, compiler), RecordedState(), NOW, settled=True)
    chosen = parse_selector_text(selector) if selector else None
    return n_minus_1(compiled, kinds or (CLUSTER,), MinAvailable.parse(minimum), NOW, compiler.place, chosen)


def lines(files: Files, *kinds: DomainKind, minimum: str = "1", selector: str = "") -> list[str]:
    return list(n_minus_1_lines(check(files, *kinds, minimum=minimum, selector=selector), kinds or (CLUSTER,)))


def test_a_workload_on_one_member_does_not_survive_its_loss() -> None:
    """web is divided over m1 and m2; api is on m3 alone."""
    assert lines(SHOP) == [
        "Deployment.apps shop/api: 0 of 2 replicas left without cluster m3, 1 needed (PropagationPolicy shop/api, "
        "api/policy.yaml:6): 0/2 clusters are available: 2 cluster(s) did not match the placement cluster affinity constraint.",
        "1 of 2 workloads falls below its minimum if one of 3 clusters is lost.",
    ]


def test_what_can_be_moved_counts() -> None:
    anywhere = {
        **SHOP,
        "api/policy.yaml": policy_file("api", "Deployment", "").replace("placement: {}", f"placement: {{{DIVIDED}}}"),
    }
    assert lines(anywhere) == ["2 workloads: none falls below its minimum if one of 3 clusters is lost."]
    assert lines(anywhere, minimum="100%")[-1] == "2 workloads: none falls below its minimum if one of 3 clusters is lost."
    duplicated = {**SHOP, "web/policy.yaml": policy_file("web", "Deployment", on("m1", "m2"))}
    assert lines(duplicated, minimum="51%")[-2:] == [
        "Deployment.apps shop/web: 4 of 8 replicas left without cluster m1, cluster m2, 5 needed (PropagationPolicy shop/web, "
        "web/policy.yaml:6)",
        "2 of 2 workloads fall below their minimum if one of 3 clusters is lost.",
    ]


def test_a_workload_may_state_its_own_minimum_and_a_class_is_chosen_by_its_labels() -> None:
    own = workload("api", 2).replace("namespace: shop}", "namespace: shop, annotations: {reconciler.dev/min-available: '0'}}", 1)
    assert lines({**SHOP, "api/deployment.yaml": own})[-1].startswith("2 workloads: none")
    critical = workload("web", 4).replace("namespace: shop}", "namespace: shop, labels: {tier: critical}}", 1)
    assert lines({**SHOP, "web/deployment.yaml": critical}, selector="tier=critical")[-1].startswith("1 workload: none")
    with pytest.raises(InvalidMinimumError, match=r"shop/api: annotation .*: many is neither a number nor a percentage"):
        lines({**SHOP, "api/deployment.yaml": own.replace("'0'", "many")})


def test_zones_and_regions() -> None:
    placed = {"m1": ("eu", ["a"]), "m2": ("eu", ["b", "c"]), "m3": ("us", ["b"])}
    clusters = [Cluster(ClusterName(name), region=region, zones=tuple(zones)) for name, (region, zones) in placed.items()]
    labelled = Cluster(ClusterName("m4"), labels={"topology.kubernetes.io/zone": "a", "topology.kubernetes.io/region": "us"})
    found = failure_domains([*clusters, labelled], (ZONE, REGION))
    assert [(str(one), one.clusters) for one in found] == [
        ("region eu", ("m1", "m2")),
        ("region us", ("m3", "m4")),
        ("zone a", ("m1", "m4")),
        ("zone b", ("m3",)),
    ]
    region = SHOP | {
        f"clusters/{name}.yaml": cluster_file(name).replace("spec: {", "spec: {region: eu, ") for name in ("m1", "m2")
    }
    result = check(region, REGION)
    assert [(one.key.name, one.domain) for one in result.shortfalls] == [("web", FailureDomain(REGION, "eu", ("m1", "m2")))]
    assert lines(region, REGION, ZONE)[-1].endswith("region eu is lost. No Cluster states a zone.")
    assert lines(SHOP, ZONE) == ["No Cluster states a zone."]


def test_equal_shortfalls_are_one_line() -> None:
    many = {f"many/{number}.yaml": workload(f"w{number}", 1) for number in range(20)}
    policy = policy_file("many", "Deployment", on("m1")).replace(", name: many}]", "}]")
    files = {**SHOP, **many, "many.yaml": policy}
    assert lines(files)[1].startswith(
        "20 Deployments (shop/w0, shop/w1, shop/w10 and 17 more): 0 of 1 replica each left without "
    )
    assert len(n_minus_1_document(check(files))["shortfalls"]) == 21


PLACEMENTS = st.sampled_from([
    on("m1"),
    on("m1", "m2"),
    "",
    f"{on('m1', 'm2')}, {DIVIDED}",
    DIVIDED,
    "spreadConstraints: [{spreadByField: cluster, minGroups: 2, maxGroups: 2}]",
    f"spreadConstraints: [{{spreadByField: cluster, minGroups: 1, maxGroups: 2}}], {DIVIDED}",
    "clusterAffinities: [{affinityName: a, clusterNames: [m1]}, {affinityName: b, clusterNames: [m2, m3]}]",
])  # fmt: skip


@settings(max_examples=25)
@given(st.lists(PLACEMENTS, min_size=1, max_size=4), st.sampled_from(["1", "50%", "100%", "3"]), st.integers(1, 5))
def test_it_is_what_a_whole_simulation_finds(placements: list[str], minimum: str, replicas: int) -> None:
    files = {path: text for path, text in SHOP.items() if path.startswith(("clusters/", "namespace"))}
    for number, placement in enumerate(placements):
        files |= {
            f"{number}.yaml": workload(f"w{number}", replicas),
            f"p{number}.yaml": policy_file(f"w{number}", "Deployment", placement),
        }
    found = {(one.key.name, one.domain.name): one.left for one in check(files, minimum=minimum).shortfalls}
    assert found == asyncio.run(simulated(files, minimum))


async def simulated(files: Files, minimum: str) -> dict[tuple[str, str], int]:
    """(workload, lost member) → what is left, where that is too little."""
    compiler = Compiler()
    desired = load(files, compiler)
    compiled = compiler.compile(desired, RecordedState(), NOW, settled=True)
    totals = {key: total for key, one in compiled.templates.items() if (total := sum(t.replicas for t in one.placed.targets))}
    short = {}
    for lost in ("m1", "m2", "m3"):
        result = await simulate(desired, RecordedState(), Scenario(frozenset({lost})), ThreadCompiler(compiler), NOW)
        for key, total in totals.items():
            targets = {target.name: target.replicas for target in compiled.templates[key].placed.targets}
            for one in result.differences:
                if one.key == key:
                    for name in one.clusters:
                        targets[name] = 0 if one.after is None else one.after.manifest["spec"]["replicas"]
            left = sum(number for name, number in targets.items() if name != lost)
            if left < MinAvailable.parse(minimum).of(total):
                short[key.name, lost] = left
    return short


def with_room(files: Files, **nodes: int) -> list[str]:
    """The lines for members with so many nodes of 8 CPUs."""
    compiler = Compiler()
    recorded = RecordedState(
        clusters={
            ClusterName(name): RecordedCluster(ClusterName(name), f"clusters/{name}.yaml", capacity=capacity(count))
            for name, count in nodes.items()
        }
    )
    compiled = compiler.compile(load(files, compiler), recorded, NOW, settled=True)
    return list(n_minus_1_lines(n_minus_1(compiled, (CLUSTER,), MinAvailable.parse("100%"), NOW, compiler.place), (CLUSTER,)))


def capacity(nodes: int) -> Capacity:
    summary = ResourceSummary()
    for number in range(nodes):
        summary.add_node(node(f"n{number}", memory="64Gi"))
    return summary.capacity(())


def test_what_is_divided_by_capacity_needs_room_elsewhere() -> None:
    files = {**fleet("m1", "m2"), **dynamic("web", 8, cpu="1")}
    assert with_room(files, m1=1, m2=1)[-1].startswith("1 workload: none")
    too_many = with_room({**fleet("m1", "m2"), **dynamic("web", 9, cpu="1")}, m1=1, m2=1)
    assert "of 9 replicas left without cluster m1" in too_many[0]
    assert "Clusters available replicas" in too_many[0]


def test_two_workloads_do_not_take_the_same_room() -> None:
    both = {**fleet("m1", "m2"), **dynamic("api", 4, cpu="1"), **dynamic("web", 5, cpu="1")}
    assert with_room(both, m1=1, m2=1)[-1] == "1 of 2 workloads falls below its minimum if one of 2 clusters is lost."
    fewer = {**both, **dynamic("web", 4, cpu="1")}
    assert with_room(fewer, m1=1, m2=1)[-1].startswith("2 workloads: none")


def test_other_workloads_count_where_they_fit() -> None:
    """zoo has 6 on each member, and web is on m1."""
    static = {**fleet("m1", "m2"), **dynamic("zoo", 12, STATIC, cpu="1"), **dynamic("web", 1, cpu="1")}
    assert [line.partition(" (")[0] for line in with_room(static, m1=1, m2=1) if "shop/zoo" in line] == [
        "Deployment.apps shop/zoo: 8 of 12 replicas left without cluster m1, 12 needed",
        "Deployment.apps shop/zoo: 7 of 12 replicas left without cluster m2, 12 needed",
    ]
    assert with_room(static, m1=2, m2=2)[-1].startswith("2 workloads: none")


async def charts(files: Files, minimum: str = "1", **nodes: int) -> list[str]:
    """As `with_room`, with Charts expanded; of members without nodes, the capacity is not known."""
    compiler = Compiler()
    client = expanding(WordRenderer(), ThreadCompiler(compiler))
    known = {
        ClusterName(name): RecordedCluster(ClusterName(name), f"clusters/{name}.yaml", capacity=capacity(count))
        for name, count in nodes.items()
    }
    compiled = await client.compile(await client.load(*committed(files)), RecordedState(clusters=known), NOW, settled=True)
    return list(n_minus_1_lines(n_minus_1(compiled, (CLUSTER,), MinAvailable.parse(minimum), NOW, compiler.place), (CLUSTER,)))


def starts(lines: list[str]) -> list[str]:
    return [line.partition(" (")[0] for line in lines if line.startswith("Deployment.apps shop/app")]


async def test_children_of_a_chart_go_where_it_goes() -> None:
    """Two workloads: one has the replicas of the chart, the other one copy on each member."""
    fixed = TEMPLATES["charts/app/templates/web.yaml"].replace("<release>-web", "<release>-one").replace("<count>", "1")
    files = {**FILES, "charts/app/templates/one.yaml": fixed}
    divided = files | chart(4, placement=DIVIDED, divided=True)
    assert await charts(divided, minimum="100%") == [
        "Deployment.apps shop/app-one: 1 of 2 replicas left without cluster m1, cluster m2, 2 needed "
        "(PropagationPolicy shop/app, app/policy.yaml:6)",
        "1 of 2 workloads falls below its minimum if one of 2 clusters is lost.",
    ]
    assert (await charts(divided, minimum="50%"))[-1].startswith("2 workloads: none")
    alone = files | chart(4, placement=on("m1"))
    assert starts(await charts(alone)) == [
        "Deployment.apps shop/app-one: 0 of 1 replica left without cluster m1, 1 needed",
        "Deployment.apps shop/app-web: 0 of 4 replicas left without cluster m1, 1 needed",
    ]


async def test_a_chart_may_state_the_minimum_of_its_children() -> None:
    stated = {
        path: text.replace("{name: app, namespace: shop}", NONE_NEEDED) for path, text in chart(2, placement=on("m1")).items()
    }
    assert (await charts(FILES | stated))[-1].startswith("1 workload: none")


NONE_NEEDED = "{name: app, namespace: shop, annotations: {reconciler.dev/min-available: '0'}}"


async def test_what_a_chart_runs_needs_room_elsewhere() -> None:
    """The chart has 6 Pods on each member of 8 CPUs; web makes their capacity known."""
    web = dynamic("web", 1, cpu="1")
    divided = FILES | chart(12, placement=DIVIDED, divided=True) | web
    assert starts(await charts(divided, "100%", m1=1, m2=1)) == [
        "Deployment.apps shop/app-web: 8 of 12 replicas left without cluster m1, 12 needed",
        "Deployment.apps shop/app-web: 7 of 12 replicas left without cluster m2, 12 needed",
    ]
    assert starts(await charts(divided, "100%", m1=2, m2=2)) == []
