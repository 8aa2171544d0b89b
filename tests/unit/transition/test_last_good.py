"""The last good placement, and what keeps it in force."""

from __future__ import annotations

import pytest

from reconciler.model.binding import Unschedulable
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.transition.last_good import keep_last_good, report_within, without_departed
from tests.support.builders import binding, recorded, status
from tests.unit.transition.test_handover import NOW

OTHER = PolicyRef("ClusterPropagationPolicy", "", "all")
NO_FIT = Unschedulable(binding().key, OTHER, "NoClusterFit", "0/2 clusters are available: no cluster exists.")


def test_the_placement_stays_under_the_policy_that_claims_it_now() -> None:
    kept, message = keep_last_good(NO_FIT, recorded(binding(m1=2)).decision)
    assert kept is not None
    assert (kept.policy, kept.targets) == (OTHER, binding(m1=2).targets)
    assert message == "NoClusterFit: 0/2 clusters are available: no cluster exists."


@pytest.mark.parametrize("previous", [None, recorded(binding()).decision])
def test_where_there_is_none_none_is_kept(previous: None) -> None:
    assert keep_last_good(NO_FIT, previous)[0] is None


def test_clusters_that_are_not_declared_any_more_are_forgotten() -> None:
    previous, report = recorded(binding(m1=1, m2=2), leaving={ClusterName("m1"): NOW})
    left = without_departed(previous, {"m2", "m3"})
    assert left is not None
    assert (left.binding.cluster_names, left.leaving) == (("m2",), {})
    assert report_within(report, {"m2", "m3"}).statuses == (status("m2"),)
    assert without_departed(previous, {"m1", "m2"}) is previous
    assert report_within(report, {"m1", "m2"}) is report
    assert without_departed(None, {"m1"}) is None


def test_so_are_copies_that_were_on_their_way_out_there() -> None:
    """Otherwise a successor would wait for a copy that nobody can reach."""
    previous, report = recorded(binding(), status("m1", applied=False), leaving={ClusterName("m1"): NOW})
    left = without_departed(previous, {"m2"})
    assert left is not None
    assert (left.leaving, report_within(report, {"m2"}).statuses) == ({}, ())
