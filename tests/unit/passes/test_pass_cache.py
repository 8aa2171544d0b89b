"""A pass costs what changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.work import RenderedManifest, Work
from reconciler.passes import observation, passes, survey
from reconciler.passes.pass_cache import Latest, MemberCache, PassCache
from tests.support.builders import config, rendered
from tests.support.drifting_shop import SETTINGS, DriftingShop, value
from tests.support.shop import SHOP, config_file

M1 = ClusterName("m1")


def counted(calls: list[object], function: Any) -> Any:
    def call(*arguments: Any, **aside: Any) -> Any:
        calls.append(getattr(arguments[0], "cluster", None))
        return function(*arguments, **aside)

    return call


@pytest.mark.parametrize("passes_between", [0, 3])
async def test_what_did_not_change_is_not_computed_again(passes_between: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await DriftingShop(SHOP).begin()
    planned: list[object] = []
    observed: list[object] = []
    decided: list[object] = []
    monkeypatch.setattr(survey, "plan_cluster", counted(planned, survey.plan_cluster))
    monkeypatch.setattr(observation, "_timeless", counted(observed, observation._timeless))
    monkeypatch.setattr(passes, "_next_state", counted(decided, passes._next_state))
    for _ in range(2):
        await shop.run_pass()
    for calls in (planned, observed, decided):
        calls.clear()
    for _ in range(passes_between):
        await shop.run_pass()
    assert (planned, observed, decided) == ([], [], []), "nothing changed"
    shop.members["m2"].edit("ConfigMap", "settings", value("9"))
    await shop.run_pass()
    assert planned == ["m2"], "the others have no news"
    assert len(observed) == 1
    assert len(decided) == 1


async def test_single_objects_are_remembered_however_many_passes_had_nothing_to_do() -> None:
    """The memo forgets what two passes did not use; passes without any use for it do not count."""
    shop = await DriftingShop(SHOP).begin()
    for _ in range(4):
        await shop.run_pass()
    memo = shop.reconciliation.cache.of(M1).memo
    known = set(memo._entries)
    assert known
    shop.members["m1"].edit("ConfigMap", "settings", value("9"))
    await shop.run_pass()
    computed = Counter(key[0] for key in memo._entries if key not in known)
    assert computed
    assert max(computed.values()) <= 2, "only the object that changed was planned anew: before the write and after it"


async def test_another_revision_plans_only_the_members_that_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await DriftingShop(SHOP).begin()
    await shop.put({**SHOP, "other/config.yaml": config_file("other")})
    await shop.settle()
    planned: list[object] = []
    monkeypatch.setattr(survey, "plan_cluster", counted(planned, survey.plan_cluster))
    await shop.run_pass()
    planned.clear()
    await shop.put({**SHOP, "settings/tier.yaml": SHOP["settings/tier.yaml"].replace('value: "2"', 'value: "3"')})
    await shop.run_pass()
    assert planned == ["m2"]
    assert shop.members["m2"].objects[SETTINGS]["data"] == {"value": "3"}


def test_the_last_result_counts_while_the_arguments_are_the_same_objects() -> None:
    latest, first, equal = Latest(), [1], [1]
    calls: list[object] = []
    double = counted(calls, lambda items: [*items, *items])
    assert latest(double, first) is latest(double, first)
    assert latest.computed
    latest.computed = False
    latest(double, first)
    assert not latest.computed
    latest(double, equal)
    assert (len(calls), latest.computed) == (2, True)


def test_a_work_of_the_same_manifests_is_the_same_work() -> None:
    cache, one, two = MemberCache(), rendered(config("one")), rendered(config("two"))
    first = cache.same_work(Work(M1, (one, two)))
    assert cache.same_work(Work(M1, (one, two))) is first
    changed = cache.same_work(Work(M1, (rendered(config("one")), rendered(config("two", data={"a": "1"})))))
    assert changed != first
    assert changed.manifests[0] is one, "an equal manifest is the same object"
    suspended = replace(changed, suspended=frozenset({one.key}))
    assert cache.same_work(suspended) == suspended
    assert cache.same_work(Work(M1, (two,))).manifests == (two,)


def test_members_that_left_are_forgotten() -> None:
    cache = PassCache()
    before = cache.of(M1)
    cache.next_pass({M1})
    assert cache.of(M1) is before
    cache.next_pass(())
    assert cache.of(M1) is not before


def test_manifests_that_are_given_again_are_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler gives its own objects in each pass, and others were kept in their place."""
    cache, one, again, two = MemberCache(), rendered(config("one")), rendered(config("one")), rendered(config("two"))
    first = cache.same_work(Work(M1, (one,)))
    assert cache.same_work(Work(M1, (again,))) is first
    compared: list[object] = []
    monkeypatch.setattr(RenderedManifest, "__eq__", lambda manifest, other: compared.append(manifest) or manifest is other)
    assert cache.same_work(Work(M1, (again,))) is first
    assert cache.same_work(Work(M1, (again, two))).manifests == (one, two)
    assert cache.same_work(Work(M1, (again,))).manifests[0] is one
    assert compared == []


@pytest.mark.parametrize("dead", [{"m2"}, {"m1", "m2", "m3"}])
async def test_members_that_do_not_answer_cost_nothing_more_until_they_do(
    dead: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await DriftingShop(SHOP).begin()
    for name in dead:
        shop.members[name].refuses.add("look")
    unread: list[object] = []
    decided: list[object] = []
    monkeypatch.setattr(observation, "_of_unreadable", counted(unread, observation._of_unreadable))
    monkeypatch.setattr(passes, "_next_state", counted(decided, passes._next_state))
    for _ in range(4):
        await shop.run_pass()
        shop.playground.now += timedelta(minutes=1)  # Beyond the threshold after which they are not ready.
    for calls in (unread, decided):
        calls.clear()
    assert (await shop.run_pass()).unreadable.keys() == dead
    await shop.run_pass()
    assert (unread, decided) == ([], [])
    for name in dead:
        shop.members[name].refuses.clear()
    done = await shop.run_pass()
    assert not done.unreadable
    assert len(decided) == 1
    assert {status.health.status for status in done.recorded.statuses} == {HealthStatus.CURRENT}
