"""Which decisions may come into force, so that no quota is exceeded."""

from __future__ import annotations

from reconciler.transition.quota import Admitted, Amounts, Demand, Excess, Limit, admit


def decide(cpu: int, **changes: tuple[int, int]) -> Admitted[str, str]:
    """changes: by workload, what it has and what it asks for."""
    demands = [Demand(name, {"cpu": held}, {"cpu": wanted}) for name, (held, wanted) in sorted(changes.items())]
    return admit(demands, [Limit("q", {"cpu": cpu})])


def test_what_fits_is_admitted_and_the_rest_says_by_how_much() -> None:
    admitted = decide(10, a=(0, 6), b=(0, 5), c=(0, 4))
    assert admitted.used == {"cpu": 10}
    assert admitted.refused == {"b": (Excess("q", "cpu", used=10, more=5, by=5),)}


def test_who_needs_less_makes_room_in_the_same_pass() -> None:
    assert not decide(10, a=(2, 8), z=(8, 2)).refused


def test_a_smaller_quota_takes_nothing_away() -> None:
    admitted = decide(5, a=(4, 4), b=(4, 5), c=(4, 3))
    assert admitted.used == {"cpu": 11}
    assert list(admitted.refused) == ["b"]


def test_one_that_is_refused_in_one_resource_is_refused_as_a_whole() -> None:
    held: Amounts = {"cpu": 4, "memory": 1}
    demands = [Demand("a", held, {"cpu": 2, "memory": 9}), Demand("b", {}, {"cpu": 3})]
    admitted = admit(demands, [Limit("q", {"cpu": 5, "memory": 8})])
    assert admitted.used == held
    assert list(admitted.refused) == ["a", "b"]


def test_one_that_gives_a_resource_back_admits_one_before_it() -> None:
    demands = [Demand("a", {}, {"cpu": 3}), Demand("b", {"cpu": 4}, {"cpu": 2, "memory": 8})]
    assert not admit(demands, [Limit("q", {"cpu": 5, "memory": 8})]).refused


def test_every_quota_counts() -> None:
    limits = [Limit("one", {"cpu": 5}), Limit("two", {"cpu": 4, "pods": 1})]
    (told,) = admit([Demand("a", {}, {"cpu": 6})], limits).refused.values()
    assert [(one.limit, one.by) for one in told] == [("one", 1), ("two", 2)]
