"""Where an object is while a rollout is under way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.transition.staged_placement import staged_placement

KEY = ResourceKey("apps", "Deployment", "default", "app")
Shares = dict[str, int]


def staged(wanted: Shares, had: Shares, pending: str, *, moves_at_once: bool = False) -> Shares:
    decision = Binding(KEY, None, _targets(wanted))
    result = staged_placement(decision, _targets(had), set(map(ClusterName, pending)), moves_at_once=moves_at_once)
    return {target.name: target.replicas for target in result.targets}


def _targets(shares: Shares) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(ClusterName(name), count) for name, count in sorted(shares.items()))


def test_replicas_grow_where_it_is_the_turn() -> None:
    assert staged({"a": 6, "b": 3}, {"a": 4, "b": 2}, "b") == {"a": 6, "b": 2}


def test_a_new_object_is_only_where_it_is_the_turn() -> None:
    assert staged({"a": 1, "b": 1}, {}, "b") == {"a": 1}


def test_nothing_leaves_while_its_new_cluster_waits() -> None:
    assert staged({"b": 2}, {"a": 2}, "b") == {"a": 2}
    assert staged({"a": 2, "b": 4}, {"a": 4, "b": 2}, "b") == {"a": 4, "b": 2}
    assert staged({"b": 2}, {"a": 2}, "a") == {"a": 2, "b": 2}


def test_a_removal_without_a_successor_happens_in_turn() -> None:
    assert staged({"b": 1}, {"a": 1, "b": 1}, "b") == {"b": 1}
    assert staged({}, {"a": 1, "b": 1}, "b") == {"b": 1}


def test_an_object_that_leaves_a_member_that_fails_does_not_wait() -> None:
    assert staged({"b": 2}, {"a": 2}, "b", moves_at_once=True) == {"b": 2}


_SHARES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9))


@given(_SHARES, _SHARES, st.sets(st.sampled_from("abcd")))
def test_replicas_are_never_below_the_smaller_of_the_two_numbers(wanted: Shares, had: Shares, pending: set[str]) -> None:
    now = staged(wanted, had, "".join(sorted(pending)))
    gains = any(wanted.get(name, 0) > had.get(name, 0) for name in pending)
    if gains:
        assert all(now.get(name, -1) >= count for name, count in had.items())
    assert all(now.get(name) == had.get(name) for name in pending)
    assert set(now) <= {*wanted, *had}
