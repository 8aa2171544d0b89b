"""A Cluster of another name with the same address is the same member."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.model.cluster import KUBECONFIG_ANNOTATION, Cluster
from reconciler.model.eviction import EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.keys import ClusterName
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.model.rollout import ClusterProgress, GroupOfClusters, RecordedRollout
from reconciler.transition.renamed import find_readdressed, find_renamed, with_new_names
from tests.support.builders import binding, recorded, recorded_state, status


def declared(**folders: str) -> tuple[Cluster, ...]:
    """Name → folder of a directory member."""
    return tuple(Cluster(ClusterName(name), api_endpoint=f"file:{folder}") for name, folder in folders.items())


def known(**folders: str) -> RecordedState:
    """Name → recorded folder; empty for a record of an earlier version."""
    clusters = [
        RecordedCluster(ClusterName(name), f"{name}.yaml", addresses={"spec.apiEndpoint": f"file:{folder}"} if folder else {})
        for name, folder in folders.items()
    ]
    first, since, placed = ClusterName(min(folders)), datetime(2026, 1, 1, tzinfo=UTC), binding(**dict.fromkeys(folders, 1))
    web = recorded(
        placed,
        *map(status, folders),
        leaving={first: since},
        evictions=(EvictionTask(first, PurgeMode.GRACEFULLY, "", "", since, clusters_before=placed.targets),),
        unhealthy_since={first: since},
        preserved={first: {"job": "1"}},
    )
    return recorded_state(web, clusters=clusters)


@pytest.mark.parametrize(
    ("recorded", "clusters", "renamed"),
    [
        (known(m1="a", m2="b"), declared(m1="a", m2="b"), {}),
        (known(m1="a", m2="b"), declared(alpha="a", m2="b"), {"m1": "alpha"}),
        (known(m1="a", m2="b"), declared(alpha="a", beta="b"), {"m1": "alpha", "m2": "beta"}),
        (known(m1="a", m2="b"), declared(m1="b", m2="a"), {"m1": "m2", "m2": "m1"}),
        (known(m1="a", m2="b"), declared(m1="b"), {"m2": "m1"}),
        (known(m1="a"), declared(m1="elsewhere"), {}),
        (known(m1="a"), declared(alpha="elsewhere"), {}),
        (known(m1=""), declared(alpha="a"), {}),
    ],
)
def test_a_member_is_recognised(recorded: RecordedState, clusters: tuple[Cluster, ...], renamed: dict[str, str]) -> None:
    assert find_renamed(recorded, clusters, ()) == renamed


@pytest.mark.parametrize(
    ("recorded", "clusters", "readdressed"),
    [
        (known(m1="a", m2="b"), declared(m1="a", m2="b"), []),
        (known(m1="a", m2="b"), declared(m1="c", m2="b"), ["m1"]),
        (known(m1="a", m2="b"), declared(m1="b"), ["m1"]),
        (known(m1="a", m2="b"), declared(m1="b", m2="a"), []),
        (known(m1="a"), declared(alpha="a", m1="c"), []),
        (known(m1="a"), declared(m2="b"), []),
        (known(m1=""), declared(m1="a"), []),
    ],
)
def test_a_name_that_leads_elsewhere_is_noticed(
    recorded: RecordedState, clusters: tuple[Cluster, ...], readdressed: list[str]
) -> None:
    assert list(find_readdressed(recorded, clusters, find_renamed(recorded, clusters, ()))) == readdressed


@pytest.mark.parametrize(
    ("url", "kubeconfig", "noticed"), [("https://new", "", True), ("https://old/", "", False), ("https://new", "a", False)]
)
def test_a_secret_of_the_same_name_does_not_make_it_the_same_server(url: str, kubeconfig: str, noticed: bool) -> None:
    annotations = {KUBECONFIG_ANNOTATION: kubeconfig} if kubeconfig else {}
    name = ClusterName("m1")
    before = Cluster(name, annotations=annotations, api_endpoint="https://old", secret_ref="ns/m1")
    after = Cluster(name, annotations=annotations, api_endpoint=url, secret_ref="ns/m1")
    state = RecordedState(clusters={name: RecordedCluster(name, "m1.yaml", addresses=before.addresses)})
    assert (list(find_readdressed(state, (after,), {})) == [name]) is noticed


def test_one_of_several_addresses_is_enough() -> None:
    before = Cluster(ClusterName("m1"), annotations={KUBECONFIG_ANNOTATION: "./a.kubeconfig"}, api_endpoint="https://old")
    after = Cluster(ClusterName("alpha"), annotations={KUBECONFIG_ANNOTATION: "a.kubeconfig"}, api_endpoint="https://new")
    state = RecordedState(clusters={before.name: RecordedCluster(before.name, "m1.yaml", addresses=before.addresses)})
    assert find_renamed(state, (after,), ()) == {"m1": "alpha"}


def test_a_member_whose_file_has_an_error_may_still_have_its_name() -> None:
    assert find_renamed(known(m1="a"), declared(alpha="a"), {"m1.yaml"}) == {}


def test_everything_gets_the_new_name_and_back_again() -> None:
    state = known(m1="a", m2="b")
    there = with_new_names(state, {ClusterName("m1"): ClusterName("zeta")})
    (decision,), (report,) = there.decisions.values(), there.reports.values()
    assert (decision.binding.cluster_names, list(decision.leaving)) == (("m2", "zeta"), ["zeta"])
    (task,) = decision.evictions
    assert (task.from_cluster, [one.name for one in task.clusters_before]) == ("zeta", ["m2", "zeta"])
    assert (list(decision.unhealthy_since), list(decision.preserved)) == (["zeta"], ["zeta"])
    assert [one.cluster for one in report.statuses] == ["m2", "zeta"]
    assert (list(there.clusters), there.clusters[ClusterName("zeta")].name) == (["m2", "zeta"], "zeta")
    assert with_new_names(there, {ClusterName("zeta"): ClusterName("m1")}) == state
    assert with_new_names(state, {}) is state


def test_what_the_former_holder_of_a_name_had_is_forgotten() -> None:
    there = with_new_names(known(m1="a", m2="b"), {ClusterName("m2"): ClusterName("m1")})
    (decision,) = there.decisions.values()
    assert (decision.binding.cluster_names, decision.leaving) == (("m1",), {})
    assert (decision.evictions, decision.unhealthy_since) == ((), {})
    assert there.clusters[ClusterName("m1")].addresses == {"spec.apiEndpoint": "file:b"}


def test_a_rollout_goes_on_under_the_new_name() -> None:
    m1, m2, zeta = ClusterName("m1"), ClusterName("m2"), ClusterName("zeta")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    before = binding(m1=2, m2=1)
    rollout = RecordedRollout(
        None,
        "target",
        since,
        groups=(GroupOfClusters("canary", (m1,)), GroupOfClusters("rest", (m2,))),
        base="base",
        kept={m2: "older"},
        progress={m1: ClusterProgress(since)},
        objects={before.key: before.targets},
    )
    state = replace(known(m1="a", m2="b"), rollouts={rollout.name: rollout})
    there = with_new_names(state, {m1: zeta}).rollouts[rollout.name]
    assert [group.clusters for group in there.groups] == [(zeta,), (m2,)]
    assert (there.pending([m2, zeta]), there.commit_of(m2)) == ({m2}, "older")
    assert there.objects == {before.key: binding(m2=1, zeta=2).targets}
    assert with_new_names(with_new_names(state, {m1: zeta}), {zeta: m1}) == state
