"""What holds for every division of an autoscaler's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.render.scaler_limits import Limits, divide_limits, stated_limits, with_limits

NAMES = [ClusterName(f"m{number}") for number in range(1, 7)]
WEB = ResourceKey("apps", "Deployment", "shop", "web")
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 40), min_size=1).filter(lambda weights: any(weights.values()))
LIMITS = st.tuples(st.integers(0, 60), st.integers(1, 60)).filter(lambda limits: limits[0] <= limits[1])


def scaler(minimum: int, maximum: int) -> dict[str, Any]:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": minimum, "maxReplicas": maximum}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}, "spec": spec}


def shares_of(weights: dict[ClusterName, int], leaving: frozenset[ClusterName] = frozenset(), total: int = 0) -> TargetShares:
    targets = tuple(TargetCluster(*item) for item in sorted(weights.items()))
    decided = sum(replicas for name, replicas in weights.items() if name not in leaving)
    return TargetShares(WEB, targets, total or decided, leaving)


def divided(limits: tuple[int, int], shares: TargetShares) -> dict[ClusterName, Limits]:
    return dict(divide_limits(scaler(*limits), shares, [one.name for one in shares.clusters]))


@given(WEIGHTS, LIMITS)
def test_the_sums_are_those_of_git_where_each_cluster_can_have_one(weights: dict[ClusterName, int], limits: Any) -> None:
    found = divided(limits, shares_of(weights))
    having = [name for name, weight in weights.items() if weight]
    for stated, position in zip(limits, (0, 1), strict=True):
        expected = 0 if stated == 0 else max(stated, len(having))
        assert sum(found[name][position] for name in having) == expected


@given(WEIGHTS, LIMITS)
def test_every_cluster_gets_limits_that_an_api_server_accepts(weights: dict[ClusterName, int], limits: Any) -> None:
    found = divided(limits, shares_of(weights))
    assert found.keys() == weights.keys()
    for one in found.values():
        assert 0 <= one.minimum <= one.maximum
        assert one.maximum >= 1
        assert (one.minimum == 0) == (limits[0] == 0)


@given(WEIGHTS, LIMITS)
def test_a_cluster_with_more_replicas_never_gets_less(weights: dict[ClusterName, int], limits: Any) -> None:
    found = divided(limits, shares_of(weights))
    for one, larger in [(a, b) for a in weights for b in weights if 0 < weights[a] < weights[b]]:
        assert found[one].minimum <= found[larger].minimum
        assert found[one].maximum <= found[larger].maximum


@given(WEIGHTS, LIMITS, st.integers(0, 20))
def test_more_in_git_never_gives_a_cluster_less(weights: dict[ClusterName, int], limits: Any, more: int) -> None:
    before = divided(limits, shares_of(weights))
    after = divided((limits[0], limits[1] + more), shares_of(weights))
    assert all(before[name].maximum <= after[name].maximum for name in weights)


@given(st.permutations(NAMES), st.lists(st.integers(0, 9), min_size=6, max_size=6), LIMITS)
def test_the_order_does_not_matter(names: list[ClusterName], weights: list[int], limits: Any) -> None:
    if not any(weights):
        return
    shares = shares_of(dict(zip(NAMES, weights, strict=True)))
    assert divide_limits(scaler(*limits), shares, names) == divide_limits(scaler(*limits), shares, NAMES)


@given(WEIGHTS, LIMITS, st.data())
def test_a_move_takes_nothing_from_clusters_that_stay(weights: dict[ClusterName, int], limits: Any, data: st.DataObject) -> None:
    """While old copies wait for new ones, the others already have what they will have."""
    old = data.draw(st.sampled_from(NAMES))
    weights = {name: weight for name, weight in weights.items() if name != old}
    if not any(weights.values()):
        return
    settled = divided(limits, shares_of(weights))
    held = data.draw(st.integers(1, 40))
    moving = divided(limits, shares_of({**weights, old: held}, frozenset({old}), sum(weights.values())))
    assert {name: moving[name] for name in weights} == settled
    assert moving[old].maximum >= 1


@given(WEIGHTS, LIMITS)
def test_what_is_written_is_what_counts(weights: dict[ClusterName, int], limits: Any) -> None:
    for one in divided(limits, shares_of(weights)).values():
        assert stated_limits(with_limits(scaler(*limits), one)) == one


@given(WEIGHTS, LIMITS, st.integers(2, 5))
def test_only_the_proportion_counts(weights: dict[ClusterName, int], limits: Any, times: int) -> None:
    """Replicas that all grow alike, as a commit may state, change no limit."""
    shares = shares_of(weights)
    grown = replace(
        shares,
        clusters=tuple(TargetCluster(one.name, one.replicas * times) for one in shares.clusters),
        replicas=shares.replicas * times,
    )
    assert divided(limits, shares) == divided(limits, grown)
