"""A rollout, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName
from reconciler.model.rollout import (
    NO_CONTROLS,
    ClusterProgress,
    GroupOfClusters,
    Limit,
    RecordedRollout,
    RolloutControls,
    RolloutGroup,
    RolloutPhase,
    RolloutStrategy,
)
from reconciler.transition.rollout import Judgement, RolloutFacts, Verdict, advance, groups_of, with_clusters

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
TARGET = "a" * 40
CURRENT = Judgement(Verdict.CURRENT)
BUSY = Judgement(Verdict.PROGRESSING, "1 of 2 replicas available")
BROKEN = Judgement(Verdict.FAILED, "ImagePullBackOff")


def clusters(*names: str) -> tuple[ClusterName, ...]:
    return tuple(map(ClusterName, names))


def rollout(*groups: tuple[str, ...]) -> RecordedRollout:
    made = tuple(GroupOfClusters(f"g{index}", clusters(*names)) for index, names in enumerate(groups))
    return RecordedRollout(None, TARGET, NOW, groups=made, base="b" * 40)


def strategy(count: int = 2, **values: object) -> RolloutStrategy:
    return replace(RolloutStrategy(tuple(RolloutGroup(f"g{index}") for index in range(count))), **values)


def step(
    value: RecordedRollout,
    plan: RolloutStrategy,
    judgements: dict[str, Judgement],
    *,
    later: float = 0,
    controls: RolloutControls = NO_CONTROLS,
    unready: tuple[str, ...] = (),
    statuses: tuple[str, ...] = (),
) -> RecordedRollout:
    ready = set(value.clusters) - set(unready)
    named = {ClusterName(name): one for name, one in judgements.items()}
    return advance(value, plan, controls, named, RolloutFacts(ready, statuses), NOW + timedelta(seconds=later)).rollout


def released(value: RecordedRollout) -> list[str]:
    return sorted(value.progress)


def test_a_cluster_is_in_the_first_group_that_takes_it_and_in_the_last_if_none_does() -> None:
    plan = RolloutStrategy((RolloutGroup("canary", frozenset({"b"})), RolloutGroup("named", frozenset({"c", "b"}))))
    groups = groups_of(plan, [Cluster(ClusterName(name)) for name in "abc"])
    assert groups == (GroupOfClusters("canary", clusters("b")), GroupOfClusters("named", clusters("a", "c")))


def test_the_first_group_begins_at_once_and_the_second_when_the_first_is_current() -> None:
    first = step(rollout(("a",), ("b",)), strategy(), {})
    assert released(first) == ["a"]
    busy = step(first, strategy(), {"a": BUSY}, later=5)
    assert released(busy) == ["a"]
    assert busy.message == "group g1 waits: a of group g0 is not Current yet"
    second = step(busy, strategy(), {"a": CURRENT}, later=9)
    assert released(second) == ["a", "b"]
    done = step(second, strategy(), {"a": CURRENT, "b": CURRENT}, later=12)
    assert done.phase is RolloutPhase.COMPLETED
    assert done.pending(done.clusters) == frozenset()


def test_the_soak_begins_when_the_last_cluster_of_the_group_is_current() -> None:
    plan = strategy(soak=timedelta(minutes=5))
    value = step(rollout(("a", "b"), ("c",)), plan, {})
    value = step(value, plan, {"a": CURRENT, "b": BUSY}, later=10)
    value = step(value, plan, {"a": CURRENT, "b": CURRENT}, later=60)
    assert value.message == "group g1 waits: group g0 soaks until 2026-11-30 12:06:00 UTC"
    facts = RolloutFacts(set(value.clusters))
    due = advance(value, plan, NO_CONTROLS, {ClusterName("a"): CURRENT}, facts, NOW + timedelta(seconds=61)).due
    assert due == NOW + timedelta(seconds=360)
    assert released(step(value, plan, {"a": CURRENT, "b": CURRENT}, later=359)) == ["a", "b"]
    assert released(step(value, plan, {"a": CURRENT, "b": CURRENT}, later=360)) == ["a", "b", "c"]


def test_the_soak_of_the_last_group_comes_before_the_end() -> None:
    plan = strategy(1, soak=timedelta(minutes=5))
    value = step(step(rollout(("a",)), plan, {}), plan, {"a": CURRENT}, later=10)
    assert value.phase is RolloutPhase.PROGRESSING
    assert value.message == "group g0 soaks until 2026-11-30 12:05:10 UTC"
    assert step(value, plan, {"a": CURRENT}, later=310).phase is RolloutPhase.COMPLETED


def test_a_cluster_that_does_not_stay_current_soaks_anew_and_fails_at_its_deadline() -> None:
    plan = strategy(soak=timedelta(minutes=5), progress_deadline=timedelta(minutes=10))
    value = step(step(rollout(("a",), ("b",)), plan, {}), plan, {"a": CURRENT}, later=10)
    value = step(value, plan, {"a": BUSY}, later=20)
    assert value.message == "group g1 waits: a of group g0 is not Current yet"
    assert released(step(value, plan, {"a": BUSY}, later=400)) == ["a"]
    assert step(value, plan, {"a": BUSY}, later=620).failures == {"a": "not Current after 10m: 1 of 2 replicas available"}
    again = step(value, plan, {"a": CURRENT}, later=60)
    assert again.message == "group g1 waits: group g0 soaks until 2026-11-30 12:06:00 UTC"
    assert released(step(again, plan, {"a": BUSY}, later=360)) == ["a", "b"]


def test_a_cluster_that_is_not_ready_during_its_soak_does_not_begin_anew() -> None:
    plan = strategy(soak=timedelta(minutes=5))
    value = step(step(rollout(("a",), ("b",)), plan, {}), plan, {"a": CURRENT}, later=10)
    value = step(value, plan, {"a": BUSY}, later=20, unready=("a",))
    assert released(step(value, plan, {"a": CURRENT}, later=310)) == ["a", "b"]


def test_a_failure_during_the_soak_stops_it() -> None:
    plan = strategy(soak=timedelta(minutes=5))
    value = step(step(rollout(("a",), ("b",)), plan, {}), plan, {"a": CURRENT}, later=10)
    value = step(value, plan, {"a": BROKEN}, later=20)
    assert (value.phase, released(value)) == (RolloutPhase.FAILED, ["a"])
    assert value.message == "1 cluster failed, and 0 may fail (maxFailures): a: ImagePullBackOff"
    assert value.pending(value.clusters) == {"b"}
    later = step(value, plan, {"a": CURRENT}, later=9000)
    assert (later.phase, released(later)) == (RolloutPhase.FAILED, ["a"])


def test_a_cluster_that_does_not_become_current_in_time_fails() -> None:
    plan = strategy(progress_deadline=timedelta(seconds=90))
    value = step(rollout(("a",), ("b",)), plan, {})
    assert step(value, plan, {"a": BUSY}, later=89).phase is RolloutPhase.PROGRESSING
    late = step(value, plan, {"a": BUSY}, later=90)
    assert late.failures == {"a": "not Current after 1m30s: 1 of 2 replicas available"}
    assert late.phase is RolloutPhase.FAILED


def test_a_failure_within_the_budget_is_passed_by() -> None:
    plan = strategy(max_failures=Limit(1))
    value = step(step(rollout(("a", "b"), ("c",)), plan, {}), plan, {"a": BROKEN, "b": CURRENT}, later=10)
    assert released(value) == ["a", "b", "c"]
    done = step(value, plan, {"a": BROKEN, "b": CURRENT, "c": CURRENT}, later=20)
    assert (done.phase, done.message) == (RolloutPhase.COMPLETED, "a failed: ImagePullBackOff")


def test_only_so_many_clusters_of_a_group_are_under_way_at_once() -> None:
    plan = strategy(1, max_concurrency=Limit(50, percentage=True))
    value = step(rollout(("a", "b", "c", "d")), plan, {})
    assert released(value) == ["a", "b"]
    value = step(value, plan, {"a": CURRENT, "b": BUSY}, later=1)
    assert released(value) == ["a", "b", "c"]


def test_a_cluster_that_is_not_ready_holds_up_nobody_and_follows() -> None:
    value = step(rollout(("a", "b"), ("c",)), strategy(), {}, unready=("b",))
    value = step(value, strategy(), {"a": CURRENT}, later=5, unready=("b",))
    assert released(value) == ["a", "c"]
    back = step(value, strategy(), {"a": CURRENT, "c": BUSY}, later=6)
    assert released(back) == ["a", "b", "c"]
    away = step(value, strategy(), {"a": CURRENT, "c": CURRENT}, later=6, unready=("b",))
    assert (away.phase, away.message) == (RolloutPhase.COMPLETED, "b was not Ready, and follows when it is back")


def test_a_pause_lets_nothing_new_begin_and_still_judges() -> None:
    value = step(rollout(("a",), ("b",)), strategy(), {})
    paused = step(value, strategy(), {"a": CURRENT}, later=5, controls=RolloutControls(paused="load test"))
    assert (released(paused), paused.message) == (["a"], "paused: load test")
    assert paused.progress[ClusterName("a")].ended == NOW + timedelta(seconds=5)
    assert released(step(paused, strategy(), {"a": CURRENT}, later=6)) == ["a", "b"]


def test_a_group_waits_for_its_approval_of_this_revision() -> None:
    plan = strategy()
    plan = replace(plan, groups=(plan.groups[0], replace(plan.groups[1], needs_approval=True)))
    value = step(step(rollout(("a",), ("b",)), plan, {}), plan, {"a": CURRENT}, later=5)
    assert value.message == "group g1 waits: it needs an approval. Run: reconciler rollout approve g1"
    for wrong in (f"{'c' * 40}/g1", f"{TARGET}/g0", f"{TARGET[:6]}/g1"):
        assert released(step(value, plan, {"a": CURRENT}, later=6, controls=RolloutControls(approved=frozenset({wrong})))) == [
            "a"
        ]
    approved = RolloutControls(approved=frozenset({f"{TARGET[:7]}/g1"}))
    assert released(step(value, plan, {"a": CURRENT}, later=6, controls=approved)) == ["a", "b"]


def test_a_group_waits_for_a_commit_status() -> None:
    plan = strategy()
    plan = replace(plan, groups=(plan.groups[0], replace(plan.groups[1], approving_status="qa")))
    value = step(step(rollout(("a",), ("b",)), plan, {}), plan, {"a": CURRENT}, later=5)
    assert value.message == "group g1 waits: the commit status qa of aaaaaaaaaa has not succeeded"
    assert released(step(value, plan, {"a": CURRENT}, later=6, statuses=("qa",))) == ["a", "b"]


def test_a_promotion_waits_for_nothing_and_goes_on_after_a_failure() -> None:
    value = step(rollout(("a",), ("b",), ("c",)), strategy(3), {})
    one = RolloutControls(promoted=frozenset({f"{TARGET[:7]}/g1"}))
    assert released(step(value, strategy(3), {"a": BUSY}, controls=one)) == ["a", "b"]
    failed = step(value, strategy(3), {"a": BROKEN}, later=1)
    every = RolloutControls(promoted=frozenset({f"{TARGET[:7]}/*"}))
    assert released(step(failed, strategy(3), {"a": BROKEN}, controls=every)) == ["a", "b", "c"]


def test_a_promoted_group_overtakes_and_the_others_still_wait_for_all_groups_before_them() -> None:
    plan, value = strategy(4), step(rollout(("a",), ("b",), ("c",), ("d",)), strategy(4), {})
    promoted = RolloutControls(promoted=frozenset({f"{TARGET[:7]}/g2"}))
    value = step(value, plan, {"a": BUSY}, later=1, controls=promoted)
    assert released(value) == ["a", "c"]
    assert value.message == "group g1 waits: a of group g0 is not Current yet"
    value = step(value, plan, {"a": BUSY, "c": CURRENT}, later=2, controls=promoted)
    assert released(value) == ["a", "c"]
    value = step(value, plan, {"a": CURRENT, "c": CURRENT}, later=3, controls=promoted)
    assert released(value) == ["a", "b", "c"]


def test_a_cluster_that_joins_is_in_the_last_group_and_one_that_left_is_forgotten() -> None:
    value = step(rollout(("a",), ("b",)), strategy(), {})
    changed = with_clusters(value, clusters("b", "n"), frozenset(), NOW)
    assert changed.groups == (GroupOfClusters("g1", clusters("b", "n")),)
    assert changed.progress == {}
    assert with_clusters(value, clusters("a", "b"), frozenset(), NOW) is value


def test_a_cluster_that_is_declared_again_has_the_revision_and_is_judged_anew() -> None:
    value = step(step(rollout(("a",), ("b",)), strategy(), {}), strategy(), {"a": BROKEN}, later=1)
    left = with_clusters(value, clusters("b"), {ClusterName("a")}, NOW)
    assert (list(left.progress), left.failures) == (["a"], {})
    again = with_clusters(left, clusters("a", "b"), frozenset(), NOW + timedelta(minutes=1))
    assert again.groups == (GroupOfClusters("g1", clusters("a", "b")),)
    assert again.progress == {"a": ClusterProgress(NOW + timedelta(minutes=1))}


_PLANS = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=4), min_size=1, max_size=4)
_VERDICTS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([CURRENT, BUSY, BROKEN]))
_STEPS = st.lists(st.tuples(_VERDICTS, st.integers(1, 400), st.sets(st.sampled_from("abcdefgh"), max_size=2)), max_size=12)


@given(_PLANS, _STEPS, st.integers(0, 2), st.integers(1, 3), st.integers(0, 300))
def test_whatever_happens_no_group_overtakes_and_nothing_begins_after_the_stop(
    plan: list[list[str]], steps: list[tuple[dict[str, Judgement], int, set[str]]], failures: int, at_once: int, soak: int
) -> None:
    seen: set[str] = set()
    distinct = []
    for names in plan:
        if own := tuple(name for name in names if name not in seen):
            distinct.append(own)
        seen.update(names)
    value = rollout(*distinct)
    chosen = strategy(len(distinct), max_failures=Limit(failures), max_concurrency=Limit(at_once), soak=timedelta(seconds=soak))
    elapsed = 0
    for judgements, seconds, unready in [({}, 0, set()), *steps]:
        elapsed += seconds
        before, value = value, step(value, chosen, judgements, later=elapsed, unready=tuple(unready))
        new = set(value.progress) - set(before.progress)
        assert not new or before.phase is RolloutPhase.PROGRESSING
        assert len(value.failures) <= failures or value.phase is RolloutPhase.FAILED
        now = NOW + timedelta(seconds=elapsed)
        for index, group in enumerate(value.groups):
            running = [name for name in group.clusters if name in value.progress and value.progress[name].ended is None]
            assert len(running) <= max(at_once, 1) or not new.intersection(running)
            begun_now = new.intersection(group.clusters)
            for earlier in value.groups[index - 1 : index] if begun_now else ():
                for name in earlier.clusters:
                    one = value.progress.get(name)
                    assert (one is None and name in unready) or (one is not None and one.ended is not None)
                    assert one is None or one.ended is None or one.ended + timedelta(seconds=soak) <= now
