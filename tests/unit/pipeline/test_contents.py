"""What is inside of Charts counts: for quotas, for the capacity of members, and for Namespaces that go where they are needed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.model.issues import errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.record.branch_layout import files_of, state_of
from tests.support.expanding import WordRenderer, chart_object, expanding, playground, value_override
from tests.support.in_memory_fleet import Files, Playground
from tests.support.shop import DIVIDED, NAMESPACE, cluster_file, config_file, on, policy_file, workload
from tests.unit.interpreter.test_resource_summary import node
from tests.unit.passes.test_capacity import DYNAMIC, dynamic, replicas
from tests.unit.pipeline.test_namespaces import CONFIGURATION
from tests.unit.pipeline.test_quotas import app, exceeded, quota, used

CHART = ResourceKey("reconciler.dev", "Chart", "shop", "app")
WEB = "Deployment.apps shop/app-web"
REQUESTS = 'image: "<release>-web:1", resources: {requests: {cpu: <cpu>}}'
TEMPLATES = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/templates/web.yaml": workload("<release>-web", 1)
    .replace("replicas: 1", "replicas: <count>")
    .replace('image: "<release>-web:1"', REQUESTS),
}
FLEET = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")}
FILES = {**FLEET, **TEMPLATES, "namespace.yaml": NAMESPACE}


def chart(count: int, cpu: str = "1", placement: str = on("m1", "m2"), *, divided: bool = False) -> Files:
    more = "  replicas: {path: /count}\n" if divided else ""
    return {
        "app/chart.yaml": chart_object("app", values={"count": count, "cpu": cpu}, more=more),
        "app/policy.yaml": policy_file("app", "Chart", placement, api="reconciler.dev/v1alpha1"),
    }


@pytest.fixture
def shop() -> Playground:
    return playground("m1", "m2", renderer=WordRenderer())


async def sync(shop: Playground, files: Files) -> dict[str, int]:
    """What runs of the child on each member, after a pass that is recorded and read back."""
    await shop.sync(files)
    shop.recorded = state_of(files_of(shop.recorded))
    return replicas(shop, "app-web")


async def test_a_chart_counts_with_all_that_it_runs_on_all_members(shop: Playground) -> None:
    files = FILES | {"quota.yaml": quota("cpu: 10, pods: 9")}
    assert await sync(shop, files | chart(2, cpu="2")) == {"m1": 2, "m2": 2}
    assert used(shop) == {"cpu": "8/10", "pods": "4/9"}
    child = shop.recorded.decisions[ResourceKey("apps", "Deployment", "shop", "app-web")]
    assert {name: str(amount) for name, amount in child.counted.items()} == {"cpu": "8", "pods": "4"}
    before = shop.recorded
    assert await sync(shop, files | chart(2, cpu="2")) == {"m1": 2, "m2": 2}
    assert (shop.requests(), shop.recorded) == ({}, before)


async def test_one_that_would_exceed_a_quota_is_refused_and_what_runs_stays(shop: Playground) -> None:
    files = FILES | {"quota.yaml": quota("cpu: 10")}
    assert await sync(shop, files | chart(6)) == {}
    (issue,) = exceeded(shop)
    assert (issue.origin.file, issue.subject) == ("app/chart.yaml", str(CHART))
    assert "cpu 10 by 2: 0 are used, and it asks for 12 more" in issue.message
    assert await sync(shop, files | chart(4)) == {"m1": 4, "m2": 4}
    for _ in range(2):
        assert await sync(shop, files | chart(6)) == {"m1": 4, "m2": 4}
        assert "8 are used, and it asks for 4 more" in exceeded(shop)[0].message
        assert {one.reason for one in errors_in(shop.passes[-1].compiled.issues)} == {"QuotaExceeded"}
        assert used(shop) == {"cpu": "8/10"}
    assert await sync(shop, files | chart(5)) == {"m1": 5, "m2": 5}


async def test_the_values_of_each_member_count(shop: Playground) -> None:
    files = FILES | {"quota.yaml": quota("cpu: 10"), "app/large.yaml": value_override("app", "m2", count=7)}
    assert await sync(shop, files | chart(3)) == {"m1": 3, "m2": 7}
    assert used(shop) == {"cpu": "10/10"}


async def test_others_get_what_a_chart_leaves(shop: Playground) -> None:
    files = FILES | {"quota.yaml": quota("cpu: 10")} | chart(4)
    await sync(shop, files)
    await sync(shop, files | app("web", 3))
    assert [issue.subject for issue in exceeded(shop)] == ["Deployment.apps shop/web"]
    await sync(shop, files | app("web", 2))
    assert used(shop) == {"cpu": "10/10"}


async def test_children_that_nobody_counted_yet_count_as_they_are(shop: Playground) -> None:
    """They ran before there was a quota, or an earlier version recorded them."""
    await sync(shop, FILES | chart(4))
    files = FILES | {"quota.yaml": quota("cpu: 3")}
    assert await sync(shop, files | chart(4)) == {"m1": 4, "m2": 4}
    assert not exceeded(shop)
    assert used(shop) == {"cpu": "8/3"}
    assert await sync(shop, files | chart(5)) == {"m1": 4, "m2": 4}
    assert exceeded(shop)


async def test_where_it_is_not_known_what_a_chart_comes_to_it_counts_as_before(shop: Playground) -> None:
    files = FILES | {"quota.yaml": quota("cpu: 10")}
    await sync(shop, files | chart(4))
    broken = files | chart(5) | {"charts/app/templates/bad.yaml": "a: <missing>\n"}
    assert await sync(shop, broken | app("web", 3)) == {"m1": 4, "m2": 4}
    assert used(shop) == {"cpu": "8/10"}
    assert [issue.subject for issue in exceeded(shop)] == ["Deployment.apps shop/web"]
    unread = files | chart(4) | {"app/chart.yaml": "kind: [never closed\n"}
    assert await sync(shop, unread) == {"m1": 4, "m2": 4}
    assert used(shop) == {"cpu": "8/10"}
    assert await sync(shop, FLEET | {"quota.yaml": quota("cpu: 10"), "other.yaml": config_file("other")}) == {}
    assert used(shop) == {"cpu": "0/10"}


async def test_children_in_two_namespaces_need_both_quotas(shop: Playground) -> None:
    other = TEMPLATES["charts/app/templates/web.yaml"].replace("<release>-web", "<release>-far").replace("shop}", "far}")
    files = FILES | chart(2) | {
        "charts/app/templates/far.yaml": other,
        "far.yaml": NAMESPACE.replace("shop", "far"),
        "quota.yaml": quota("cpu: 10"),
    }  # fmt: skip
    far = {"far-quota.yaml": quota("cpu: 3", name="far").replace("namespace: shop", "namespace: far")}
    assert await sync(shop, files | far) == {}
    assert [str(use.used["cpu"]) for use in shop.recorded.quotas] == ["0", "0"]
    assert len(exceeded(shop)) == 1
    assert await sync(shop, files | {"far-quota.yaml": far["far-quota.yaml"].replace("cpu: 3", "cpu: 4")}) == {"m1": 2, "m2": 2}
    assert [str(use.used["cpu"]) for use in shop.recorded.quotas] == ["4", "4"]


def roomy(**nodes: int) -> Playground:
    """Members with so many nodes of 8 CPUs."""
    made = Playground(*nodes, compiler=expanding(WordRenderer()))
    for name, count in nodes.items():
        made.members[name].nodes = [node(f"n{number}", memory="64Gi") for number in range(count)]
    return made


async def test_the_replicas_of_a_chart_go_where_what_they_run_finds_room() -> None:
    shop = roomy(m1=3, m2=1)
    files = FILES | chart(8, cpu="4", placement=DYNAMIC, divided=True)
    found = await sync(shop, files)
    assert found == {"m1": 6, "m2": 2}
    assert await sync(shop, files) == found  # A look has seen the Pods now, so nothing is reserved for them any more.
    before = shop.recorded
    assert await sync(shop, files) == found
    assert shop.recorded == before


async def test_more_than_members_have_room_for_is_refused() -> None:
    shop = roomy(m1=1, m2=1)
    assert await sync(shop, FILES | chart(5, cpu="4", placement=DYNAMIC, divided=True)) == {}
    assert await sync(shop, FILES | chart(4, cpu="4", placement=DYNAMIC, divided=True)) == {"m1": 2, "m2": 2}


@pytest.mark.parametrize("divided", [True, False], ids=["divided", "the same on each"])
async def test_what_a_chart_runs_is_no_room_for_others(divided: bool) -> None:
    """Both come at once; the Chart takes 12 of the 16 CPUs."""
    shop = roomy(m1=1, m2=1)
    own = chart(12, placement=DIVIDED, divided=True) if divided else chart(6)
    files: Mapping[str, str] = FILES | own | dynamic("box", 5, cpu="1")
    assert await sync(shop, files) == {"m1": 6, "m2": 6}
    assert replicas(shop, "box") == {}
    await shop.sync({**files, **dynamic("box", 4, cpu="1")})
    assert replicas(shop, "box") == {"m1": 2, "m2": 2}


async def test_a_namespace_goes_where_children_in_it_go(shop: Playground) -> None:
    far = TEMPLATES["charts/app/templates/web.yaml"].replace("namespace: shop", "namespace: far")
    files = FILES | chart(1, placement=on("m1")) | {
        "charts/app/templates/web.yaml": far,
        "far.yaml": NAMESPACE.replace("shop", "far"),
        "reconciler.yaml": CONFIGURATION,
    }  # fmt: skip
    key = "Namespace far"
    await shop.sync(files)
    assert [name for name, held in shop.holds().items() if key in held] == ["m1"]
    decision = shop.recorded.decisions[ResourceKey("", "Namespace", "", "far")]
    assert decision.binding.cluster_names == ("m1",)
    await shop.sync(files | chart(1, placement=on("m2")))
    assert [name for name, held in shop.holds().items() if key in held] == ["m2"]
    await shop.sync(files | chart(1, placement=on("m2")) | {"charts/app/templates/bad.yaml": "a: <missing>\n"})
    assert [name for name, held in shop.holds().items() if key in held] == ["m2"], "what it expands to is not known"


async def test_a_lost_record_changes_nothing_that_is_counted(shop: Playground) -> None:
    files = FILES | {"quota.yaml": quota("cpu: 10")} | chart(4)
    await sync(shop, files)
    shop.recorded = RecordedState()
    assert await sync(shop, files | app("web", 3)) == {"m1": 4, "m2": 4}
    assert used(shop) == {"cpu": "8/10"}
