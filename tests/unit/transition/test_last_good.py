"""The last good placement stays in force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.binding import Unschedulable
from reconciler.model.eviction import EvictionTask
from reconciler.model.failover import PurgeMode
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.transition.last_good import keep_last_good, report_within, without_departed
from tests.support.builders import binding, recorded, status
from tests.unit.transition.test_handover import NOW

OTHER = PolicyRef("ClusterPropagationPolicy", "", "all")
NO_FIT = Unschedulable(binding().key, OTHER, "NoClusterFit", "0/2 clusters are available: no cluster exists.")


def test_the_placement_stays_under_the_policy_that_claims_it_now() -> None:
    binding_in_force, message = keep_last_good(NO_FIT, recorded(binding(m1=2)).decision)
    assert binding_in_force is not None
    assert (binding_in_force.policy, binding_in_force.targets) == (OTHER, binding(m1=2).targets)
    assert message == "NoClusterFit: 0/2 clusters are available: no cluster exists."


@pytest.mark.parametrize("previous", [None, recorded(binding()).decision])
def test_without_a_last_good_placement_nothing_is_in_force(previous: None) -> None:
    assert keep_last_good(NO_FIT, previous)[0] is None


def test_clusters_that_are_not_declared_any_more_are_forgotten() -> None:
    previous, report = recorded(binding(m1=1, m2=2), leaving={ClusterName("m1"): NOW})
    rest = without_departed(previous, {"m2", "m3"})
    assert rest is not None
    assert (rest.binding.cluster_names, rest.leaving) == (("m2",), {})
    assert report_within(report, {"m2", "m3"}).statuses == (status("m2"),)
    assert without_departed(previous, {"m1", "m2"}) is previous
    assert report_within(report, {"m1", "m2"}) is report
    assert without_departed(None, {"m1"}) is None


def test_evictions_from_them_are_forgotten_and_nothing_returns_there() -> None:
    tasks = [
        EvictionTask(ClusterName(name), PurgeMode.GRACEFULLY, "", "", NOW, clusters_before=binding(m1=1, m2=1).targets)
        for name in ("m1", "m2")
    ]
    previous = recorded(binding(m3=1), evictions=tuple(tasks)).decision
    rest = without_departed(previous, {"m2", "m3"})
    assert rest is not None
    assert rest.evictions == (replace(tasks[1], clusters_before=binding(m2=1).targets),)
    assert without_departed(previous, {"m1", "m2", "m3"}) is previous


def test_copies_that_were_leaving_there_are_forgotten_too() -> None:
    """Otherwise a successor would wait for a copy on a cluster without a connection."""
    previous, report = recorded(binding(), status("m1", applied=False), leaving={ClusterName("m1"): NOW})
    rest = without_departed(previous, {"m2"})
    assert rest is not None
    assert (rest.leaving, report_within(report, {"m2"}).statuses) == ({}, ())
