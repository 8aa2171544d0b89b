"""Carrying out a change set on one member."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import pytest

from reconciler.apply.executor import carry_out
from reconciler.model.changes import Action, ChangeSet, Create, Outcome
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest
from reconciler.model.settings import Settings
from reconciler.model.work import Work
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PruneRules
from tests.support.builders import config, crd, deployment, manifest, namespace, ours, rendered
from tests.support.fakemember import FakeMember

WIDGET = manifest("Widget", api="example.com/v1")


def changes(member: FakeMember, *wanted: Manifest) -> ChangeSet:
    work = Work(ClusterName("m1"), tuple(rendered(item) for item in wanted))
    return plan_cluster(work, LiveView(member.name, dict(member.objects)), Settings(), PruneRules(consent=True))


async def run(member: FakeMember, *wanted: Manifest, concurrency: int = 8) -> dict[str, str]:
    """Key → error, of all changes that write to the member."""
    outcomes = await carry_out(changes(member, *wanted), member, concurrency)
    return {str(outcome.change.key): outcome.error for outcome in outcomes if outcome.change.action is not Action.UNCHANGED}


async def test_what_others_stand_on_comes_first_and_removal_last() -> None:
    member = FakeMember("m1", *map(ours, (namespace("old"), manifest("ConfigMap", "c", "old"), deployment("old"))))
    assert not any((await run(member, WIDGET, deployment(), config(), crd(), namespace("shop"))).values())
    assert member.log == [
        "apply Namespace shop",
        "apply CustomResourceDefinition.apiextensions.k8s.io widgets.example.com",
        "apply ConfigMap shop/config",
        "apply Deployment.apps shop/web",
        "apply Widget.example.com shop/web",
        "delete Deployment.apps shop/old",
        "delete ConfigMap old/c",
        "delete Namespace old",
    ]


async def test_unchanged_and_skipped_objects_cost_no_request() -> None:
    member = FakeMember("m1", ours(config("same")), config("foreign"))
    outcomes = await carry_out(changes(member, config("same"), config("foreign")), member, 8)
    assert member.log == []
    assert {str(outcome.change.action) for outcome in outcomes} == {"unchanged", "skip"}
    assert all(outcome.done for outcome in outcomes)


@pytest.mark.parametrize("concurrency", [1, 3, 50])
async def test_no_more_requests_at_once_than_allowed(concurrency: int) -> None:
    member = FakeMember()
    await run(member, *[config(f"c{number:02}") for number in range(20)], concurrency=concurrency)
    assert member.most_at_once == min(concurrency, 20)


async def test_objects_of_one_rank_do_not_overtake_the_next() -> None:
    member = FakeMember()
    await run(member, *[config(f"c{number}") for number in range(5)], *[deployment(f"d{number}") for number in range(5)])
    assert [line.split()[1] for line in member.log] == ["ConfigMap"] * 5 + ["Deployment.apps"] * 5


ELSEWHERE = manifest("ConfigMap", "c", "other")


@pytest.mark.parametrize(
    ("refuses", "failed"),
    [
        (
            {"Namespace shop"},
            {"Namespace shop", "ConfigMap shop/config", "Deployment.apps shop/web", "Widget.example.com shop/web"},
        ),
        (
            {"CustomResourceDefinition.apiextensions.k8s.io widgets.example.com"},
            {"CustomResourceDefinition.apiextensions.k8s.io widgets.example.com", "Widget.example.com shop/web"},
        ),
        ({"ConfigMap shop/config"}, {"ConfigMap shop/config"}),
        ({"Deployment.apps shop/web"}, {"Deployment.apps shop/web"}),
    ],
)  # fmt: skip
async def test_a_failure_stops_only_what_stands_on_it(refuses: Collection[str], failed: set[str]) -> None:
    member = FakeMember(refuses=refuses)
    wanted = (namespace("shop"), namespace("other"), ELSEWHERE, crd(), config(), deployment(), WIDGET)
    result = await run(member, *wanted)
    assert {name for name, error in result.items() if error} == failed
    assert set(member.holds()) == {str(name) for name in result} - failed
    (culprit,) = refuses
    assert result[culprit] == f"{culprit} is refused"
    assert all(result[name] == f"{culprit}, which it needs, could not be written" for name in failed - {culprit})
    assert len(member.log) == len(wanted) - len(failed) + 1


async def test_what_holds_an_object_that_would_not_go_stays() -> None:
    objects = [namespace("shop"), namespace("other"), config("stuck"), config("free"), ELSEWHERE, crd(), WIDGET]
    member = FakeMember("m1", *map(ours, objects), refuses={"ConfigMap shop/stuck", "Widget.example.com shop/web"})
    result = await run(member)
    assert set(member.holds()) == {
        "ConfigMap shop/stuck",
        "Namespace shop",
        "Widget.example.com shop/web",
        "CustomResourceDefinition.apiextensions.k8s.io widgets.example.com",
    }
    assert result["Namespace shop"].endswith(", which it contains, could not be pruned")
    assert result["CustomResourceDefinition.apiextensions.k8s.io widgets.example.com"].startswith("Widget.example.com shop/web")
    assert not result["Namespace other"]


def chain(*names: str) -> ChangeSet:
    """ConfigMaps, each of which waits for the one before it."""
    creations = [Create(rendered(config(name)), config(name)) for name in names]
    waits = {later.key: (earlier.key,) for earlier, later in pairwise(creations)}
    return ChangeSet(ClusterName("m1"), tuple((creation,) for creation in creations), waits)


async def test_a_failure_stops_what_waits_for_it_through_others_too() -> None:
    member = FakeMember(refuses={"ConfigMap shop/b"})
    outcomes = await carry_out(chain("a", "b", "c", "d"), member, 8)
    assert [outcome.error for outcome in outcomes] == [
        "",
        "ConfigMap shop/b is refused",
        "ConfigMap shop/b, which it needs, could not be written",
        "ConfigMap shop/c, which it needs, could not be written",
    ]
    assert member.log == ["apply ConfigMap shop/a", "apply ConfigMap shop/b"]


async def test_the_first_failure_in_the_order_of_stages_is_the_reason() -> None:
    member = FakeMember(refuses={"ConfigMap shop/a", "ConfigMap shop/b"})
    creations = [Create(rendered(config(name)), config(name)) for name in "abc"]
    waits = {creations[2].key: (creations[0].key, creations[1].key)}
    outcomes = await carry_out(ChangeSet(member.name, (tuple(creations[:2]), (creations[2],)), waits), member, 8)
    assert outcomes[2].error == "ConfigMap shop/a, which it needs, could not be written"


async def test_an_object_is_deleted_in_the_way_that_the_plan_names() -> None:
    member = FakeMember("m1", ours(config()), ours(manifest("Job", api="batch/v1", spec={})))
    await run(member)
    assert member.propagations == {"ConfigMap shop/config": "Background", "Job.batch shop/web": "Foreground"}


async def test_nothing_begins_any_more_once_it_is_stopped() -> None:
    member = FakeMember()
    planned = changes(member, namespace("shop"), config(), deployment())
    outcomes = await carry_out(planned, member, 8, postpone=lambda change: "enough" if member.log else "")
    assert member.log == ["apply Namespace shop"]
    errors = {outcome.error for outcome in outcomes[1:]}
    assert errors == {"enough"}, "the stop is the reason, not a dependency that did not begin either"


async def test_a_failed_write_does_not_stop_pruning() -> None:
    member = FakeMember("m1", ours(config("gone")), refuses={"ConfigMap shop/new"})
    await run(member, config("new"))
    assert member.holds() == {}


async def test_outcomes_keep_the_order_of_the_changes_and_progress_tells_each_write() -> None:
    member = FakeMember("m1", ours(config("same")), ours(config("gone")), refuses={"ConfigMap shop/b"})
    planned = changes(member, config("same"), config("a"), config("b"), namespace("shop"))
    reported: list[Outcome] = []
    outcomes = await carry_out(planned, member, 2, reported.append)
    assert tuple(outcome.change for outcome in outcomes) == planned.changes
    assert {outcome.change.key for outcome in reported} == {change.key for change in planned.writes}


async def test_progress_is_told_while_the_others_are_still_at_work() -> None:
    member = FakeMember()
    counts: list[int] = []
    await carry_out(changes(member, *map(config, "abc")), member, 1, lambda outcome: counts.append(len(member.objects)))
    assert counts == [1, 2, 3]


async def test_doing_it_again_changes_nothing() -> None:
    member = FakeMember()
    wanted = (namespace("shop"), config(), deployment())
    await run(member, *wanted)
    member.log.clear()
    assert await run(member, *wanted) == {}
    assert member.log == []
