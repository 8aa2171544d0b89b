"""The decision that the next one starts from is read back as it was written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.binding import TargetCluster
from reconciler.model.keys import ClusterName
from reconciler.record.branch_layout import files_of, state_of
from tests.support.builders import Recorded, binding, recorded, recorded_state

MADE = replace(binding(m1=3, m2=1), affinity_name="near", placement_digest="0123456789abcdef")
TARGETS = (TargetCluster(ClusterName("m1"), 1), TargetCluster(ClusterName("m2"), 3))


PARTS = {ClusterName("m1"): 7, ClusterName("m2"): 3}
MADE_HERE = [
    recorded(MADE),
    recorded(MADE, decided=TARGETS),
    recorded(MADE, decided=()),
    recorded(replace(MADE, completions=PARTS), overridden=PARTS),
]


@pytest.mark.parametrize("item", MADE_HERE)
def test_a_decision_is_read_back(item: Recorded) -> None:
    state = recorded_state(item)
    assert state_of(files_of(state)) == state
